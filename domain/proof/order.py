"""An order as it is handed over to the system that makes it, and by which way."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from domain import instants
from domain.offer.choice import all_of, chosen_content
from domain.offer.content import QuoteLine, VersionContent, quantity_to_data
from domain.quotes.quote import Quote
from domain.quotes.record import OrderStatus

HANDED: Final = (OrderStatus.PENDING, OrderStatus.HANDED_OVER, OrderStatus.FAILED)
"""What a stored order can be; none is not stored."""

GIVE_UP_AFTER: Final = timedelta(days=4)
"""How long it is tried to hand an order over, by the quote's clock."""

LATE_ORDER: Final = timedelta(hours=1)
"""When whoever runs the installation hears of an order that is tried and not taken, by the same clock."""

WAIT_FOR_DOCUMENTS: Final = timedelta(minutes=10)
"""How long an order waits for its documents, by the quote's clock: it is worth more than their digests."""

LONGEST_REFERENCE: Final = 200


class OrderWay(StrEnum):
    """`webhook`: the event `quote.accepted` is the order, and who takes it says so. `http`: it is posted to an address.
    `hand`: somebody said that it was handed over, where nothing else was to be done.
    """

    WEBHOOK = "webhook"
    HTTP = "http"
    HAND = "hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    """All that is told of an order. `key` is the same at every attempt and of no other order. `documents` are digests by
    kind, None of those that could not be made. `customer` is as the accepted version names it. `contact`, `customer`, and the
    customer's number are texts as typed, and gone where somebody was forgotten.
    """

    key: str
    asked_at: datetime
    now: datetime
    quote: Quote
    content: VersionContent
    content_hash: str
    external_id: str | None
    customer: Mapping[str, Any]
    contact: str | None
    purchase_order_number: str | None
    documents: Mapping[str, str | None]

    @property
    def is_early(self) -> bool:
        """Whether it is to wait, since a document is not made yet: an attempt that tells less would differ from the next."""
        late = self.now - self.asked_at >= WAIT_FOR_DOCUMENTS
        return not late and None in self.documents.values()

    @property
    def is_given_up(self) -> bool:
        """Whether the next failure is the last."""
        return self.now - self.asked_at >= GIVE_UP_AFTER


def order_key(acceptance: str) -> str:
    """The key of the order that follows from an acceptance, by its command's id."""
    return f"order_{acceptance}"


def ordering_customer(
    customer_id: str, name: str, parties: Mapping[str, Any], signer_email: str | None
) -> dict[str, Any]:
    """Who ordered, by what the accepted version says: `name` and `parties` of the moment of sending. The address is that of the
    contact whom the offer names, or of whoever accepted where it names none.
    """
    contact = parties.get("contact") or {}
    return {
        "id": customer_id,
        "name": name,
        "email": contact.get("email") or signer_email,
        "address": [*(parties.get("address") or ())],
        "tax_id": parties.get("tax_id"),
    }


def order_body(order: PlacedOrder) -> str:
    """What is posted, in the form of Standard Webhooks 1.0; the same at each attempt, but for what was forgotten meanwhile, and
    for a document that was made only after WAIT_FOR_DOCUMENTS.
    """
    quote = order.quote
    accepted = quote.acceptance
    if accepted is None:
        raise ValueError("nothing was ordered")
    chosen = accepted.selection
    ordered = chosen_content(order.content, chosen) if chosen else order.content
    data = {
        "key": order.key,
        "quote": {
            "id": quote.id,
            "number": quote.number,
            "external_id": order.external_id,
            "version": accepted.version,
            "content_hash": order.content_hash,
        },
        "customer": dict(order.customer),
        "contact": order.contact,
        "purchase_order_number": order.purchase_order_number,
        "accepted_at": instants.answered(quote.decided_at),
        "currency": ordered.total.currency,
        "subtotal": str(ordered.subtotal),
        "net_total": str(ordered.net_total),
        "tax_total": str(ordered.tax_total),
        "accepted_total": str(ordered.total),
        "selection": [pick.to_data() for pick in chosen or all_of(order.content)],
        "lines": [_line(line) for line in ordered.lines],
        "documents": dict(order.documents),
    }
    told = {"type": "order", "timestamp": instants.answered(quote.decided_at), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _line(line: QuoteLine) -> dict[str, Any]:
    return {
        "position": line.position,
        "kind": line.kind,
        "description": line.description,
        "part_number": line.part_number,
        "part_revision": line.part_revision,
        "customer_part_number": line.customer_part_number,
        "quantity": quantity_to_data(line.quantity),
        "unit": line.unit,
        "unit_price": line.unit_price,
        "total": line.total,
        "tier": line.tier,
        "lead_time_days": line.lead_time_days,
        "specification": line.specification,
    }


def read_reference(body: bytes) -> str | None:
    """The reference in an answer, `{"reference": "SO-4711"}`; None where it names none that could be one."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    found = data.get("reference") if isinstance(data, dict) else None
    if not isinstance(found, str | int) or isinstance(found, bool):
        return None
    text = str(found).strip()
    return text if 0 < len(text) <= LONGEST_REFERENCE and text.isprintable() else None
