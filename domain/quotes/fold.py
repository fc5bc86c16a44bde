"""From events to state: `fold(events)` is the quote, by the same steps that decided it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from domain.quotes import events as e
from domain.quotes.events import Event
from domain.quotes.quote import AcceptanceRef, Quote, VersionRef
from domain.quotes.status import QuoteStatus


def fold(events: Iterable[Event]) -> Quote | None:
    """The quote that these events tell of, in their order; None without any.

    Raises ValueError when the first event that changes state is not `quote.created`.
    """
    quote: Quote | None = None
    for event in events:
        quote = evolve(quote, event)
    return quote


def evolve(quote: Quote | None, event: Event) -> Quote | None:
    """The quote after one more event; events that only tell are not read and leave it as it is."""
    kind = event.kind
    if issubclass(kind, e.Remark):
        return quote
    if issubclass(kind, e.Created):
        return _created(kind.from_data(event.data), _time(event))
    if quote is None:
        raise ValueError(f"{event.type} before quote.created")
    at, step = _time(event), kind.from_data(event.data)
    return replace(_after(quote, step, at), updated_at=at, state_version=step.state_version)


def _time(event: Event) -> datetime:
    if event.at is None:
        raise ValueError(f"{event.type} without a time")
    return event.at


def _after(quote: Quote, step: e.Step, at: datetime) -> Quote:
    match step:
        case e.Revised():
            after = _revised(quote, step, at)
        case e.Sent():
            after = _sent(quote, step, at)
        case e.Resent():
            after = quote
        case e.Extended():
            after = _extended(quote, step, at)
        case e.Accepted():
            after = _accepted(quote, step, at)
        case e.Rejected():
            after = replace(quote, status=QuoteStatus.REJECTED, decided_at=at, working_version=None)
        case e.Expired():
            after = replace(quote, status=QuoteStatus.EXPIRED, decided_at=at, expired_from=quote.status)
        case e.Cancelled() | e.Annulled():
            after = replace(
                quote, status=QuoteStatus.CANCELLED, decided_at=at, working_version=None, expired_from=None
            )
        case e.HandedOver():
            after = replace(quote, order_reference=step.reference)
        case _:
            assert_never(step)
    return after


def _version(made: e.Created | e.Revised, at: datetime) -> VersionRef:
    return VersionRef(
        number=made.version,
        total=made.total,
        content_hash=made.content_hash,
        created_at=at,
        has_choices=made.has_choices,
        to_confirm=made.to_confirm,
    )


def _created(created: e.Created, at: datetime) -> Quote:
    return Quote(
        id=created.quote_id,
        number=created.number,
        customer_id=created.customer_id,
        time_zone=created.time_zone,
        reminder_zone=created.reminder_zone,
        status=QuoteStatus.DRAFT,
        versions=(_version(created, at),),
        current_version=1,
        working_version=None,
        last_sent_version=None,
        valid_until=created.valid_until,
        created_at=at,
        updated_at=at,
        sent_at=None,
        decided_at=None,
        reminders_from=None,
        expired_from=None,
        acceptance=None,
        state_version=1,
    )


def _revised(quote: Quote, revised: e.Revised, at: datetime) -> Quote:
    version = _version(revised, at)
    after = replace(quote, versions=(*quote.versions, version), valid_until=revised.valid_until)
    if quote.status is QuoteStatus.SENT:
        return replace(after, working_version=version.number)
    return replace(
        after,
        status=QuoteStatus.DRAFT,
        current_version=version.number,
        working_version=None,
        sent_at=None,
        decided_at=None,
        reminders_from=None,
        expired_from=None,
    )


def _sent(quote: Quote, sent: e.Sent, at: datetime) -> Quote:
    return replace(
        quote,
        status=QuoteStatus.SENT,
        current_version=sent.version,
        working_version=None,
        last_sent_version=sent.version,
        valid_until=sent.valid_until,
        sent_at=at,
        reminders_from=at,
    )


def _extended(quote: Quote, extended: e.Extended, at: datetime) -> Quote:
    status = quote.expired_from or quote.status
    return replace(
        quote,
        status=status,
        valid_until=extended.valid_until,
        decided_at=None,
        expired_from=None,
        reminders_from=at if status is QuoteStatus.SENT else None,
    )


def _accepted(quote: Quote, accepted: e.Accepted, at: datetime) -> Quote:
    acceptance = AcceptanceRef(
        command_id=accepted.command_id,
        version=accepted.version,
        signer=accepted.signer,
        selection=accepted.selection,
        total=accepted.total,
    )
    return replace(
        quote, status=QuoteStatus.ACCEPTED, decided_at=at, working_version=None, acceptance=acceptance
    )
