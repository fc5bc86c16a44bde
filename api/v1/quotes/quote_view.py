"""A quote as JSON. What depends on the present moment is worked out from the record and its clock."""

from typing import Any

from adapters.db.quotes.views import EventView, QuoteView, VersionView
from adapters.settings import Settings
from api.http.times import instant
from api.v1.quotes.content_view import amounts_data, lines_data
from domain.quotes import reminders
from domain.quotes.guards import allowed_actions
from domain.quotes.status import QuoteStatus
from domain.quotes.validity import is_on_time

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
