"""Answers as the OpenAPI document shows them. Routes write them as plain data, tests hold them to this."""

from typing import Any

from pydantic import BaseModel, Field

from adapters.db.quotes.views import EventView, QuoteView, VersionView
from adapters.settings import Settings
from api.http.fields import Money, instant
from api.v1.router import AT, ID
from domain.offer.content import QuoteLine, VersionContent, fields_of
from domain.quotes import reminders
from domain.quotes.guards import allowed_actions
from domain.quotes.status import QuoteStatus
from domain.quotes.validity import is_on_time
from workflows.contract import LiveView


class DiscountAnswer(BaseModel):
    """A discount: money off, worked out from the rate where there is one. The customer reads the reason."""

    reason: str
    amount: Money
    rate: str | None = Field(examples=["0.05"])


class TaxAnswer(BaseModel):
    """The tax of one rate, on its lines less their share of the quote's discount."""

    rate: str = Field(examples=["0.19"])
    base: Money
    amount: Money


class OverrideAnswer(BaseModel):
    """A price that a person set, `unit_price` or `total`, beside the computed one, who, and why."""

    reason: str
    by: str
    computed_unit_price: Money
    computed_total: Money
    unit_price: Money | None
    total: Money | None


class OverrideFateAnswer(BaseModel):
    """What became of an override of the version before: `kept`, `replaced` or `dropped`, and why."""

    position: int
    fate: str = Field(examples=["kept"])
    reason: str
    unit_price: Money | None
    total: Money | None


class QuantityPriceAnswer(BaseModel):
    """What a quantity of the same part costs, all together and per piece."""

    quantity: int
    unit_price: Money
    total: Money


class LineAnswer(BaseModel):
    """A priced line of a quote: a `part`, or a `free` line without tier, calculation and specification.

    `total` is `subtotal` less the line's discount, before the quote's discount and tax. `quantity_breaks` are
    there where the line has the computed price.
    """

    position: int
    kind: str
    description: str
    part_number: str | None
    part_revision: str | None
    specification: dict[str, Any] | None
    pricing_calculation_id: str | None
    rate_card_id: str | None
    tier: str | None
    quantity: int
    unit_price: Money
    subtotal: Money
    override: OverrideAnswer | None
    discount: DiscountAnswer | None
    total: Money
    tax_rate: str | None
    quantity_breaks: list[QuantityPriceAnswer]
    lead_time_days: int | None


class NextEventAnswer(BaseModel):
    """What time will bring: a reminder to the customer, or the expiry."""

    kind: str = Field(examples=["reminder"])
    at: str = Field(examples=[AT])
    days_left: int | None = None


class AmountsAnswer(BaseModel):
    """Totals: `subtotal` (the lines) less `discount` is `net_total`; with `tax_total` it is `total_price`."""

    total_price: Money
    currency: str
    subtotal: Money
    discount: DiscountAnswer | None
    net_total: Money
    taxes: list[TaxAnswer]
    tax_total: Money


class QuoteAnswer(AmountsAnswer):
    """A quote as recorded; its lines are the current version's.

    `price_basis` is `outdated` where the newest version was priced by another rate card than the one valid now.
    """

    id: str = Field(examples=[ID])
    number: str = Field(examples=["Q-2026-00012"])
    customer_id: str
    customer_name: str
    status: str
    current_version: int
    working_version: int | None
    price_basis: str = Field(examples=["current"])
    created_at: str
    updated_at: str
    valid_until: str
    time_zone: str
    is_expired: bool
    sent_at: str | None
    decided_at: str | None
    owner: str | None
    external_id: str | None
    notes: str | None
    lines: list[LineAnswer]
    warnings: list[dict[str, Any]]
    override_fates: list[OverrideFateAnswer]
    allowed_actions: list[str]
    next_events: list[NextEventAnswer]
    state_version: int
    links: dict[str, str | None]


class LiveAnswer(BaseModel):
    """The workflow's own view of its quote, asked for just now."""

    quote_id: str
    status: str | None
    state_version: int | None
    current_version: int | None
    valid_until: str | None
    is_expired: bool
    waiting_commands: list[dict[str, Any]]
    deliveries: list[str]
    next_due: str | None
    next_what: str
    workflow_id: str
    temporal_ui_url: str | None


class VersionAnswer(AmountsAnswer):
    """An immutable version, with the explained price of every line: staff only."""

    version: int
    created_at: str
    content_hash: str
    notes: str | None
    lines: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    override_fates: list[OverrideFateAnswer]


PREFIX = "/api/v1"


def quote_data(view: QuoteView, settings: Settings) -> dict[str, Any]:
    """The quote with the lines of its current version."""
    quote = view.quote
    return {
        "id": quote.id,
        "number": quote.number,
        "customer_id": quote.customer_id,
        "customer_name": view.customer_name,
        "status": str(quote.status),
        "current_version": quote.current_version,
        "working_version": quote.working_version,
        **amounts_data(view.content),
        "price_basis": "outdated" if view.price_is_outdated else "current",
        "created_at": instant(quote.created_at),
        "updated_at": instant(quote.updated_at),
        "valid_until": instant(quote.valid_until),
        "time_zone": quote.time_zone,
        "is_expired": is_expired(view),
        "sent_at": instant(quote.sent_at),
        "decided_at": instant(quote.decided_at),
        "owner": view.owner,
        "external_id": view.external_id,
        **lines_data(view.content),
        "allowed_actions": [str(action) for action in allowed_actions(quote, view.now)],
        "next_events": next_events(view),
        "state_version": quote.state_version,
        "links": _links(view, settings),
    }


def is_expired(view: QuoteView) -> bool:
    """Whether the offer is over: recorded as expired, or open with its validity past."""
    quote = view.quote
    late = quote.status.is_open and not is_on_time(view.now, quote.valid_until)
    return late or quote.status is QuoteStatus.EXPIRED


def next_events(view: QuoteView) -> list[dict[str, Any]]:
    """What time will bring: reminders still to come, then the expiry; nothing for a closed quote."""
    quote = view.quote
    if not quote.status.is_open:
        return []
    to_come: list[dict[str, Any]] = [
        {"kind": "reminder", "at": instant(reminder.due), "days_left": reminder.days_left}
        for reminder in reminders.plan(quote)
        if reminder.due > view.now
    ]
    return [*to_come, {"kind": "expiry", "at": instant(quote.valid_until)}]


def version_data(view: VersionView) -> dict[str, Any]:
    """A version with the explained price of every line: for staff only."""
    content = view.content
    return {
        "version": view.number,
        "created_at": instant(view.created_at),
        "content_hash": view.content_hash,
        **amounts_data(content),
        **lines_data(content, explained=True),
    }


def event_data(view: EventView) -> dict[str, Any]:
    """A fact of the audit log in its place of the chain."""
    return {
        "sequence": view.sequence,
        "type": str(view.event.type),
        "at": instant(view.event.at),
        "actor": view.event.actor,
        "data": dict(view.event.data),
        "previous_hash": view.previous_hash,
        "hash": view.hash,
    }


def temporal_ui_url(workflow_id: str, settings: Settings) -> str | None:
    """A quote's workflow in the Temporal Web UI, None where no address of it is set."""
    if not settings.temporal_ui_url:
        return None
    base = settings.temporal_ui_url.rstrip("/")
    return f"{base}/namespaces/{settings.temporal_namespace}/workflows/{workflow_id}"


def _links(view: QuoteView, settings: Settings) -> dict[str, str | None]:
    quote = f"{PREFIX}/quotes/{view.quote.id}"
    return {
        "self": quote,
        "customer": f"{PREFIX}/customers/{view.quote.customer_id}",
        "live": f"{quote}/live",
        "versions": f"{quote}/versions",
        "events": f"{quote}/events",
        "messages": f"{quote}/messages",
        "temporal_ui": temporal_ui_url(view.workflow_id, settings),
    }


def amounts_data(content: VersionContent) -> dict[str, Any]:
    """The totals, from the lines' sum down to what the customer pays."""
    return {
        "total_price": str(content.total),
        "currency": content.total.currency,
        "subtotal": str(content.subtotal),
        "discount": fields_of(content.discount) if content.discount else None,
        "net_total": str(content.net_total),
        "taxes": [fields_of(tax) for tax in content.taxes],
        "tax_total": str(content.tax_total),
    }


def lines_data(content: VersionContent, *, explained: bool = False) -> dict[str, Any]:
    """The lines with notes and warnings, and what became of the version before's overrides.

    `explained` adds the breakdown of every part.
    """
    return {
        "notes": content.notes,
        "lines": [_line(line, explained) for line in content.lines],
        "warnings": [dict(warning) for warning in content.warnings],
        "override_fates": [fields_of(fate) for fate in content.override_fates],
    }


def _line(line: QuoteLine, explained: bool) -> dict[str, Any]:
    data = fields_of(line)
    breakdown = data.pop("breakdown")
    return {
        **data,
        "specification": dict(line.specification) if line.specification is not None else None,
        "subtotal": line.before_discount,
        "override": fields_of(line.override) if line.override else None,
        "discount": fields_of(line.discount) if line.discount else None,
        "quantity_breaks": [fields_of(row) for row in line.quantity_breaks or ()],
        **({"breakdown": [dict(entry) for entry in breakdown]} if explained else {}),
    }


def live_data(live: LiveView, recorded: QuoteView, settings: Settings) -> dict[str, Any]:
    """What the run knows, and beside it what depends on now, from the record's clock."""
    quote = live.quote
    return {
        "quote_id": recorded.quote.id,
        "status": str(quote.status) if quote else None,
        "state_version": quote.state_version if quote else None,
        "current_version": quote.current_version if quote else None,
        "valid_until": instant(quote.valid_until) if quote else None,
        "is_expired": is_expired(recorded),
        "waiting_commands": [
            {"command_id": each.command_id, "name": each.name, "received_at": instant(each.received_at)}
            for each in live.waiting
        ],
        "deliveries": list(live.delivering),
        "next_due": instant(live.next_due),
        "next_what": live.next_what,
        "workflow_id": recorded.workflow_id,
        "temporal_ui_url": temporal_ui_url(recorded.workflow_id, settings),
    }
