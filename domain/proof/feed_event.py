"""An event of the feed of all quotes, as other systems read it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from domain import instants
from domain.quotes.events import Event, EventType, Remark
from domain.quotes.fold import evolve
from domain.quotes.quote import Quote

SEALED_OTHERWISE: Final = "its secret was sealed by another FIRM_OFFER_SECRET: rotate it"
"""Why an endpoint is disabled that nothing can be signed for. The text is kept with it, and a new secret settles it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEvent:
    """An event beside what names its quote to other systems. `external_id` is the caller's own reference."""

    quote_id: str
    number: str
    external_id: str | None
    sequence: int
    event: Event

    @property
    def id(self) -> str:
        """The same for ever, and of no other event."""
        return f"{self.quote_id}-{self.sequence}"

    def to_data(self, then: Quote | None = None) -> dict[str, Any]:
        """As JSON; `then` is the quote as this event left it, where that is to be told too."""
        data: dict[str, Any] = {
            "id": self.id,
            "type": str(self.event.type),
            "time": instants.answered(self.event.at),
            "quote": {"id": self.quote_id, "number": self.number, "external_id": self.external_id},
            "sequence": self.sequence,
            "version": self.event.data.get("version"),
            "data": dict(self.event.data),
        }
        return {**data, "snapshot": snapshot(then)} if then else data


def read_event_id(text: str) -> tuple[str, int]:
    """Quote and sequence number of an event's id. Raises ValueError."""
    quote_id, _, sequence = text.rpartition("-")
    if not (sequence.isascii() and sequence.isdecimal()):
        raise ValueError("not the id of an event")
    return quote_id, int(sequence)


def snapshot(quote: Quote) -> dict[str, Any]:
    """A quote as JSON, by what its events add up to; lines and names are in its versions."""
    accepted = quote.acceptance
    return {
        "status": str(quote.status),
        "state_version": quote.state_version,
        "customer_id": quote.customer_id,
        "current_version": quote.current_version,
        "working_version": quote.working_version,
        "total_price": str(quote.current.total),
        "currency": quote.current.total.currency,
        "valid_until": instants.answered(quote.valid_until),
        "created_at": instants.answered(quote.created_at),
        "updated_at": instants.answered(quote.updated_at),
        "sent_at": instants.answered(quote.sent_at),
        "decided_at": instants.answered(quote.decided_at),
        "accepted_version": accepted.version if accepted else None,
        "accepted_total": str(quote.price) if accepted else None,
        "order_reference": quote.order_reference,
        "versions": [
            {
                "version": version.number,
                "total_price": str(version.total),
                "currency": version.total.currency,
                "content_hash": version.content_hash,
                "created_at": instants.answered(version.created_at),
            }
            for version in quote.versions
        ],
    }


def states(steps: Iterable[tuple[int, Event]], wanted: Iterable[int]) -> Iterator[tuple[int, Quote]]:
    """A quote as it was after each `wanted` sequence number. `steps` are its events that change it, with their sequence
    numbers; both are in order.
    """
    rest, quote = iter(steps), None
    following = next(rest, None)
    for sequence in wanted:
        while following is not None and following[0] <= sequence:
            quote = evolve(quote, following[1])
            following = next(rest, None)
        if quote is not None:
            yield sequence, quote


STEPS: Final = tuple(
    type_ for type_ in EventType if not issubclass(Event(type=type_, at=None, actor="").kind, Remark)
)
"""The types of events that change a quote."""


class WebhookStatus(StrEnum):
    """What has become of an event that is to be told to an endpoint."""

    PENDING = "pending"
    DELIVERED = "delivered"
    PARKED = "parked"


class WebhookTrouble(StrEnum):
    """What of an endpoint the shop's admins are told by email: that it was disabled, or that an event was given up."""

    DISABLED = "disabled"
    PARKED = "parked"


RETRIES: Final = (
    timedelta(seconds=5),
    *(timedelta(minutes=minutes) for minutes in (5, 30)),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
"""How long after an attempt the next one follows, as Standard Webhooks 1.0 suggests: ten attempts, 75 hours and a half."""

TEST_EVENT: Final = "webhook.test"
"""The type of what is sent to try an endpoint out."""


def webhook_body(type_: str, at: datetime | None, data: dict[str, Any]) -> str:
    """What is posted, in the form of Standard Webhooks 1.0."""
    told = {"type": type_, "timestamp": instants.answered(at), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
