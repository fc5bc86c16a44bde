"""The top of a quote's page: what it is, what happens next, and what can be done."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from adapters.db.quotes.happenings import InFlight
from adapters.db.record.views import CommandView
from api.desk.quotes.one.facts import QuoteFacts
from api.desk.quotes.one.timeline import ASKS
from domain import instants, wording
from domain.people.roles import Role
from domain.presentation.sheet import offer_sheet
from domain.quotes import reminders
from domain.quotes.envelope import CREATE
from domain.quotes.guards import allowed_actions
from domain.quotes.notices import DeliveryState
from domain.quotes.record import OrderStatus, QuoteView
from domain.quotes.status import Action, CommandStatus, QuoteStatus

_PRICED: Final = frozenset({CREATE, str(Action.REVISE)})
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteHead:
    """`status` is the badge's, `deadline` in words ("Thursday, 24 December 2026, 23:59 CET, in 3 days"), `next` are sentences."""

    number: str
    customer: str
    customer_id: str
    contact: str | None
    status: str
    version: str
    deadline: str
    deadline_label: str
    deadline_stored: str
    total: str
    total_label: str
    owner: str | None
    external_id: str | None
    order: str | None
    order_status: str
    order_told: str | None
    price_is_outdated: bool
    delivery: str
    delivery_reason: str | None
    next: tuple[str, ...]


def head_of(facts: QuoteFacts) -> QuoteHead:
    """What stands on top."""
    view, quote = facts.view, facts.view.quote
    sheet = offer_sheet(view.content)
    accepted = quote.acceptance.total if quote.acceptance else None
    total = wording.money(str(accepted), accepted.currency) if accepted else sheet.total or "to be chosen"
    return QuoteHead(
        number=quote.number,
        customer=wording.one_line(view.customer_name),
        customer_id=quote.customer_id,
        contact=wording.one_line(view.contact or "") or None,
        status=status_of(view),
        version=_version(view),
        deadline=_deadline(view),
        deadline_label="Was valid until" if view.now > quote.valid_until else "Valid until",
        deadline_stored=instants.answered(quote.valid_until),
        total=total,
        total_label="Ordered" if quote.acceptance else sheet.total_label,
        owner=facts.names.of(view.owner) if view.owner else None,
        external_id=view.external_id,
        order=quote.order_reference,
        order_status=str(view.order.status),
        order_told=_order_told(view),
        price_is_outdated=view.price_is_outdated and quote.status is QuoteStatus.DRAFT,
        delivery="" if view.delivery.state is DeliveryState.OK else str(view.delivery.state),
        delivery_reason=view.delivery.reason,
        next=tuple(next_of(facts)),
    )


def status_of(view: QuoteView) -> str:
    """The status as a badge says it: `in_revision` where the customer has one version and another is in preparation."""
    return "in_revision" if view.quote.working_version is not None else str(view.quote.status)


def _version(view: QuoteView) -> str:
    quote = view.quote
    if quote.working_version is None:
        return str(quote.current_version)
    return f"{quote.current_version} with the customer, {quote.working_version} in preparation"


def _deadline(view: QuoteView) -> str:
    told = wording.instant(view.quote.valid_until, view.quote.time_zone)
    return f"{told}, {from_now(view.quote.valid_until, view.now)}" if view.quote.status.is_open else told


def from_now(at: datetime, now: datetime) -> str:
    """How far away it is: "in 3 days", "in 5 hours", "2 days ago"."""
    away = abs(at - now)
    if away < _MINUTE:
        return "just now"
    for size, noun in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (_MINUTE, "minute")):
        if away >= size:
            told = wording.counted(away // size, noun)
            return f"in {told}" if at > now else f"{told} ago"
    raise AssertionError("a minute or more")


def next_of(facts: QuoteFacts) -> Iterator[str]:
    """What happens next and when, by the record's rules: a sentence or two."""
    yield from (_in_flight(each, facts) for each in facts.in_flight)
    view, quote, zone = facts.view, facts.view.quote, facts.zone
    match quote.status:
        case QuoteStatus.DRAFT if view.is_expired:
            yield "Its validity is over. It can still be sent, with a new validity."
        case QuoteStatus.DRAFT:
            yield f"It waits for you to send it; as a draft it expires on {wording.instant(quote.valid_until, zone)}."
        case QuoteStatus.SENT if view.is_expired:
            yield "Its deadline is over: in a moment it expires, once everything that came in time is decided."
        case QuoteStatus.SENT:
            yield from _open(view)
        case QuoteStatus.ACCEPTED:
            yield _ordered(view)
        case QuoteStatus.REJECTED:
            yield "Nothing happens by itself. A new version opens it again."
        case QuoteStatus.EXPIRED:
            yield "Nothing happens by itself. A new deadline opens it again as it was, a new version with new prices."
        case QuoteStatus.CANCELLED:
            yield "Nothing happens any more. A copy makes a new quote of it."


def _ordered(view: QuoteView) -> str:
    reference = view.quote.order_reference
    if reference:
        return f"Nothing happens by itself: the order was handed over as {wording.one_line(reference)}."
    if view.order.status is OrderStatus.PENDING:
        return "The order waits for the system that makes it to take it."
    if view.order.status is OrderStatus.FAILED:
        return (
            "The order could not be handed over, and is not tried any more. Try again, or hand it over yourself "
            "and note its reference."
        )
    return "Nothing happens by itself: the order is yours to hand over to whoever makes it."


def _order_told(view: QuoteView) -> str | None:
    """How the last attempt to hand the order over went, where it was not taken, or not in time."""
    error = view.order.last_error
    if error is None or view.quote.status is QuoteStatus.ACCEPTED:
        then = " It is tried again by itself." if view.order.status is OrderStatus.PENDING else ""
        return error and f"The order was not taken: {error}.{then}"
    return f"{error[:1].upper()}{error[1:]}."


def _open(view: QuoteView) -> Iterator[str]:
    quote = view.quote
    end = wording.instant(quote.valid_until, quote.time_zone)
    coming = next((each for each in reminders.plan(quote) if each.due > view.now), None)
    if not view.readers:
        yield "Nobody holds an open link: send it again so that somebody can answer."
    if coming is None:
        yield f"No reminder is left. If nobody answers, it expires on {end}."
    else:
        left = wording.counted(coming.days_left, "day")
        due = wording.instant(coming.due, quote.time_zone)
        yield f"The customer is reminded on {due}, {left} before the end. If nobody answers, it expires on {end}."
    if quote.working_version is not None:
        yield f"Version {quote.working_version} waits for you to send it; until then the customer may accept version {quote.current_version}."


def _in_flight(command: InFlight, facts: QuoteFacts) -> str:
    asked = ASKS.get(command.name, command.name)
    since = wording.clock(command.received_at, facts.zone)
    waits = "its price is being worked out" if command.name in _PRICED else "it is being decided"
    return f"“{asked}” {facts.names.by(command.actor)} was received at {since}: {waits}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Doable:
    """Something that can be done with the quote now, at `path` below it."""

    path: str
    name: str
    hint: str = ""
    is_first: bool = False
    is_grave: bool = False


def doable(view: QuoteView, role: Role, *, asked: str | None = None) -> list[Doable]:
    """What state and role allow, the next step first: what answers the customer's wish (`asked`, its path) before the rest,
    unless a version waits to be sent.
    """
    if not role.includes(Role.SALES):
        return []
    allowed = set(allowed_actions(view.quote, view.now))
    found = [
        each for action, each in _all(view) if action is None or (action in allowed and _may(action, role))
    ]
    if view.quote.working_version is None and asked in {each.path for each in found}:
        found = [replace(each, is_first=each.path == asked) for each in found]
    return sorted(found, key=lambda each: not each.is_first)


def can_retry_order(view: QuoteView, role: Role) -> bool:
    """Whether the order that could not be handed over may be tried again."""
    is_ordered = view.quote.status is QuoteStatus.ACCEPTED
    return is_ordered and view.order.status is OrderStatus.FAILED and role.includes(Role.SALES)


def _is_handed_over_by_itself(view: QuoteView) -> bool:
    """Whether another system is to take the order, or was."""
    return view.order.status in {OrderStatus.PENDING, OrderStatus.FAILED}


def _handing_over(view: QuoteView) -> str:
    if view.quote.order_reference:
        return "Correct the order's reference …"
    return "Note the order's reference …" if _is_handed_over_by_itself(view) else "Hand the order over …"


def _may(action: Action, role: Role) -> bool:
    return action is not Action.ANNUL or role.includes(Role.ADMIN)


def _all(view: QuoteView) -> Iterator[tuple[Action | None, Doable]]:
    quote = view.quote
    status, version = quote.status, quote.latest.number
    is_draft, is_accepted = status is QuoteStatus.DRAFT, status is QuoteStatus.ACCEPTED
    sends = "Send" if is_draft and version == 1 else f"Send version {version}"
    yield Action.SEND, Doable(path="send", name=f"{sends} …", hint="with a preview before", is_first=True)
    yield (
        Action.ACCEPT,
        Doable(
            path="accept",
            name="Record a yes …",
            hint="by phone, email or purchase order",
            is_first=quote.working_version is None,
        ),
    )
    yield (
        Action.EXTEND,
        Doable(path="extend", name="Change the deadline …", is_first=status is QuoteStatus.EXPIRED),
    )
    yield (
        Action.RESEND,
        Doable(
            path="resend",
            name="Send the confirmation again …" if is_accepted else "Send again, or to somebody else …",
        ),
    )
    yield (
        Action.HAND_OVER,
        Doable(
            path="order",
            name=_handing_over(view),
            is_first=quote.order_reference is None and view.order.status is not OrderStatus.PENDING,
        ),
    )
    yield (
        Action.REVISE,
        Doable(
            path="revise",
            name="Change it …" if is_draft else "Make a new version …",
            is_first=status is QuoteStatus.REJECTED,
        ),
    )
    yield None, Doable(path="copy", name="Copy as a new draft …")
    yield Action.REJECT, Doable(path="reject", name="Record a no …")
    if is_draft:
        yield Action.CANCEL, Doable(path="delete", name="Delete the draft …", is_grave=True)
    else:
        yield Action.CANCEL, Doable(path="cancel", name="Withdraw …", is_grave=True)
    yield Action.ANNUL, Doable(path="annul", name="Annul the acceptance …", is_grave=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """A command that the page was asked to follow: what it is, and what has become of it. `form` is where it can be asked
    again, after a refusal.
    """

    what: str
    status: CommandStatus
    received: str
    why: str | None
    form: str | None


def waited(command: CommandView, zone: str, form: str | None) -> Waited:
    """How the command fares."""
    return Waited(
        what=ASKS.get(command.name, command.name),
        status=command.status,
        received=wording.clock(command.received_at, zone),
        why=command.detail,
        form=form,
    )
