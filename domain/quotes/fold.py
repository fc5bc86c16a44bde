"""From events to state: `fold(events)` is the quote, by the same steps that decided it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.money import Money
from domain.quotes.events import Event, EventType
from domain.quotes.quote import AcceptanceRef, Quote, VersionRef
from domain.quotes.status import QuoteStatus

Data = Mapping[str, Any]


def fold(events: Iterable[Event]) -> Quote | None:
    """The quote that these events tell of, in their order; None without any.

    Raises ValueError when the first event that changes state is not `quote.created`.
    """
    quote: Quote | None = None
    for event in events:
        quote = evolve(quote, event)
    return quote


def evolve(quote: Quote | None, event: Event) -> Quote | None:
    """The quote after one more event; events that only tell leave it as it is."""
    if event.type is EventType.CREATED:
        return _created(event.data, _time(event))
    step = _STEPS.get(event.type)
    if step is None:
        return quote
    if quote is None:
        raise ValueError(f"{event.type} before quote.created")
    changed = step(quote, event.data, _time(event))
    return replace(changed, updated_at=_time(event), state_version=int(event.data["state_version"]))


def _time(event: Event) -> datetime:
    if event.at is None:
        raise ValueError(f"{event.type} without a time")
    return event.at


def _version(data: Data, at: datetime) -> VersionRef:
    return VersionRef(
        number=int(data["version"]),
        total=Money.parse(data["total"], data["currency"]),
        content_hash=data["content_hash"],
        created_at=at,
    )


def _instant(data: Data) -> datetime:
    return datetime.fromisoformat(data["valid_until"])


def _created(data: Data, at: datetime) -> Quote:
    return Quote(
        id=data["quote_id"],
        number=data["number"],
        customer_id=data["customer_id"],
        time_zone=data["time_zone"],
        reminder_zone=data["reminder_zone"],
        status=QuoteStatus.DRAFT,
        versions=(_version(data, at),),
        current_version=1,
        working_version=None,
        last_sent_version=None,
        valid_until=_instant(data),
        created_at=at,
        updated_at=at,
        sent_at=None,
        decided_at=None,
        reminders_from=None,
        expired_from=None,
        acceptance=None,
        state_version=1,
    )


def _revised(quote: Quote, data: Data, at: datetime) -> Quote:
    version = _version(data, at)
    revised = replace(quote, versions=(*quote.versions, version), valid_until=_instant(data))
    if quote.status is QuoteStatus.SENT:
        return replace(revised, working_version=version.number)
    return replace(
        revised,
        status=QuoteStatus.DRAFT,
        current_version=version.number,
        working_version=None,
        sent_at=None,
        decided_at=None,
        reminders_from=None,
        expired_from=None,
    )


def _sent(quote: Quote, data: Data, at: datetime) -> Quote:
    version = int(data["version"])
    return replace(
        quote,
        status=QuoteStatus.SENT,
        current_version=version,
        working_version=None,
        last_sent_version=version,
        valid_until=_instant(data),
        sent_at=at,
        reminders_from=at,
    )


def _resent(quote: Quote, _data: Data, _at: datetime) -> Quote:
    return quote


def _extended(quote: Quote, data: Data, at: datetime) -> Quote:
    status = quote.expired_from or quote.status
    return replace(
        quote,
        status=status,
        valid_until=_instant(data),
        decided_at=None,
        expired_from=None,
        reminders_from=at if status is QuoteStatus.SENT else None,
    )


def _accepted(quote: Quote, data: Data, at: datetime) -> Quote:
    acceptance = AcceptanceRef(
        command_id=data["command_id"], version=int(data["version"]), signer=data["signer"]
    )
    return replace(
        quote, status=QuoteStatus.ACCEPTED, decided_at=at, working_version=None, acceptance=acceptance
    )


def _rejected(quote: Quote, _data: Data, at: datetime) -> Quote:
    return replace(quote, status=QuoteStatus.REJECTED, decided_at=at, working_version=None)


def _expired(quote: Quote, _data: Data, at: datetime) -> Quote:
    return replace(quote, status=QuoteStatus.EXPIRED, decided_at=at, expired_from=quote.status)


def _cancelled(quote: Quote, _data: Data, at: datetime) -> Quote:
    return replace(
        quote, status=QuoteStatus.CANCELLED, decided_at=at, working_version=None, expired_from=None
    )


_STEPS: Mapping[EventType, Callable[[Quote, Data, datetime], Quote]] = {
    EventType.REVISED: _revised,
    EventType.SENT: _sent,
    EventType.RESENT: _resent,
    EventType.EXTENDED: _extended,
    EventType.ACCEPTED: _accepted,
    EventType.REJECTED: _rejected,
    EventType.EXPIRED: _expired,
    EventType.CANCELLED: _cancelled,
}
