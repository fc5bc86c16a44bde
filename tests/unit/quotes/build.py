"""Builders of commands and quotes for the tests of the quote's life."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.money import Money
from domain.offer.content import VersionContent
from domain.quotes import commands as c
from domain.quotes.decide import Applied, Decision, Refused, decide, expire
from domain.quotes.quote import Quote
from domain.quotes.status import Action, QuoteStatus
from domain.quotes.validity import Validity

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ZONE = "Europe/Berlin"
CUSTOMER = str(UUID(int=7))
QUOTE = str(UUID(int=1))


def content(total: str = "100.00", currency: str = "EUR") -> VersionContent:
    """A version's content of that total."""
    return VersionContent(lines=(), total=Money.parse(total, currency))


def head(number: int, at: datetime) -> dict[str, object]:
    """The fields that every command has."""
    return {"command_id": str(UUID(int=1000 + number)), "received_at": at, "actor": "key:test"}


def create(at: datetime = START, *, number: int = 0, days: int | None = 30) -> c.Create:
    """A priced create command."""
    return c.Create(
        **head(number, at),  # type: ignore[arg-type]  # the fields are known
        quote_id=QUOTE,
        number="Q-2026-00001",
        customer_id=CUSTOMER,
        time_zone=ZONE,
        reminder_zone=ZONE,
        lines=1,
        validity=None if days is None else Validity(days=days),
        priced=content(),
    )


def command(action: Action, at: datetime, *, number: int = 1, version: int = 1) -> c.Command:
    """A well-formed command of each kind."""
    h = head(number, at)
    build: Mapping[Action, Callable[[], c.Command]] = {
        Action.REVISE: lambda: c.Revise(**h, lines=1, priced=content("120.00")),  # type: ignore[arg-type]
        Action.SEND: lambda: c.Send(**h, recipients=1),  # type: ignore[arg-type]
        Action.RESEND: lambda: c.Resend(**h, recipients=1),  # type: ignore[arg-type]
        Action.EXTEND: lambda: c.Extend(**h, validity=Validity(days=60)),  # type: ignore[arg-type]
        Action.ACCEPT: lambda: c.Accept(
            **h,  # type: ignore[arg-type]
            shown_version=version,
            signer=f"signer-{number}",
            method=c.AcceptanceMethod.PHONE,
        ),
        Action.REJECT: lambda: c.Reject(
            **h,  # type: ignore[arg-type]
            shown_version=version,
            method=c.AcceptanceMethod.PHONE,
        ),
        Action.CANCEL: lambda: c.Cancel(**h),  # type: ignore[arg-type]
        Action.ANNUL: lambda: c.Annul(**h),  # type: ignore[arg-type]
        Action.HAND_OVER: lambda: c.HandOver(**h, reference=f"SO-{number}"),  # type: ignore[arg-type]
    }
    return build[action]()


def applied(decision: Decision) -> Applied:
    """The decision, which must have been applied."""
    assert isinstance(decision, Applied), decision
    return decision


def refused(decision: Decision) -> Refused:
    """The decision, which must have been refused."""
    assert isinstance(decision, Refused), decision
    return decision


def after(*actions: Action, days: int | None = 30) -> Quote:
    """The quote after these actions, an hour apart."""
    quote = applied(decide(None, create(days=days))).quote
    for number, action in enumerate(actions, start=1):
        at = START + timedelta(hours=number)
        step = command(action, at, number=number, version=quote.current_version)
        quote = applied(decide(quote, step)).quote
    return quote


def expired(quote: Quote) -> Quote:
    """The quote after its deadline."""
    gone = expire(quote, c.Expire(deadline=quote.valid_until))
    assert gone is not None
    return gone.quote


def in_status(status: QuoteStatus) -> Quote:
    """A quote of each status."""
    made: Mapping[QuoteStatus, Callable[[], Quote]] = {
        QuoteStatus.DRAFT: after,
        QuoteStatus.SENT: lambda: after(Action.SEND),
        QuoteStatus.ACCEPTED: lambda: after(Action.SEND, Action.ACCEPT),
        QuoteStatus.REJECTED: lambda: after(Action.SEND, Action.REJECT),
        QuoteStatus.EXPIRED: lambda: expired(after(Action.SEND)),
        QuoteStatus.CANCELLED: lambda: after(Action.CANCEL),
    }
    return made[status]()


def repriced(step: c.Command, priced: c.Priced | None) -> c.Command:
    """The command with another price, or none."""
    assert isinstance(step, c.Create | c.Revise)
    return replace(step, priced=priced)
