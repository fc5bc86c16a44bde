"""Which action a quote allows, and by which rule it refuses one. One table for decisions and displays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.errors import RefusalCode, TooManyRequestsError
from domain.quotes.commands import (
    LINK,
    Accept,
    AcceptanceMethod,
    AskChange,
    AskExtension,
    Command,
    HandOver,
    Reject,
    Resend,
)
from domain.quotes.quote import Quote
from domain.quotes.status import Action, CustomerRequest, QuoteStatus
from domain.quotes.validity import is_on_time

MOST_UNDECIDED_REQUESTS: Final = 5
MOST_REQUESTS_A_DAY: Final = 20
"""By one link, for a change or for more time: each is a mail to the shop. More is no customer at work."""
MOST_COLLEAGUES_A_DAY: Final = 10
MOST_COLLEAGUES_OF_A_QUOTE_A_DAY: Final = 30
"""By one link, and by all links of a quote: whoever was shown it can show it on, and each is a mail to a stranger."""
_A_DAY: Final = f"This link takes {MOST_REQUESTS_A_DAY} requests a day."
_UNDECIDED: Final = f"{MOST_UNDECIDED_REQUESTS} requests by this link are still being processed."
_UNDECIDED_SECONDS: Final = 60
"""When it is worth trying again; a decision takes less than a second where a worker runs."""

_DRAFT, _SENT, _ACCEPTED, _REJECTED, _EXPIRED, _CANCELLED = QuoteStatus


def refusal(action: Action, quote: Quote, at: datetime, *, renewed: bool = False) -> RefusalCode | None:
    """The code by which the quote's state refuses `action` at the instant `at`, or None.

    `renewed` says that a new validity comes with the action, which stands in for being on time.
    """
    return _RULES[action](quote, not renewed and _is_late(quote, at))


def request_refusal(request: CustomerRequest, quote: Quote, at: datetime) -> RefusalCode | None:
    """The code by which the quote's state refuses a customer's `request` at the instant `at`, or None.

    A change can be asked for while the offer is open, an extension also when it is over.
    """
    if quote.status in {_ACCEPTED, _REJECTED}:
        return RefusalCode.ALREADY_DECIDED
    if not quote.was_offered:
        return RefusalCode.NOT_REQUESTABLE
    over = quote.status is _EXPIRED or not is_on_time(at, quote.valid_until)
    return RefusalCode.EXPIRED if over and request is not CustomerRequest.EXTENSION else None


def counted_with(request: CustomerRequest) -> tuple[CustomerRequest, ...]:
    """The requests that share one bound with it: to tell the shop something, or to write to a colleague."""
    return (
        (request,)
        if request is CustomerRequest.SHARE
        else (CustomerRequest.CHANGE, CustomerRequest.EXTENSION)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedBefore:
    """What is counted with a request, before it is stored: the link's undecided ones; those of the last day, by the link
    and by all links of the quote; and in how many seconds the oldest of each of these is a day old.
    """

    undecided: int
    of_link: int
    of_quote: int
    link_frees_in: int
    quote_frees_in: int


def too_many(request: CustomerRequest, before: AskedBefore) -> TooManyRequestsError | None:
    """What refuses one request more, or None. The words are for the customer's page."""
    shows = request is CustomerRequest.SHARE
    if before.of_link >= (most := MOST_COLLEAGUES_A_DAY if shows else MOST_REQUESTS_A_DAY):
        told = f"By this link {most} colleagues can be shown the quote in a day." if shows else _A_DAY
        return TooManyRequestsError(told, retry_after=before.link_frees_in)
    if shows and before.of_quote >= MOST_COLLEAGUES_OF_A_QUOTE_A_DAY:
        told = f"The quote can be shown to {MOST_COLLEAGUES_OF_A_QUOTE_A_DAY} colleagues in a day."
        return TooManyRequestsError(told, retry_after=before.quote_frees_in)
    if before.undecided >= MOST_UNDECIDED_REQUESTS:
        return TooManyRequestsError(_UNDECIDED, retry_after=_UNDECIDED_SECONDS)
    return None


def speaks_by_read_only(command: Command) -> bool:
    """Whether somebody speaks for the customer by a link that is there to be read, and to be shown to others."""
    return isinstance(command, Accept | Reject | AskChange | AskExtension) and command.reads_only


def confirms_again(command: Command, quote: Quote | None) -> bool:
    """Whether it has the confirmation of an acceptance sent again."""
    return isinstance(command, Resend) and quote is not None and quote.status is _ACCEPTED


def repeats_reference(command: Command, quote: Quote | None) -> bool:
    """Whether it hands the order over under the reference that it has."""
    return isinstance(command, HandOver) and quote is not None and quote.order_reference == command.reference


def claims_online(command: Command) -> bool:
    """Whether a yes or no is said to have come online, and came by no customer's link."""
    online = isinstance(command, Accept | Reject) and command.method is AcceptanceMethod.ONLINE
    return online and not command.actor.startswith(LINK)


def why(action: Action, status: QuoteStatus) -> str:
    """What a person is told of a refusal by the quote's status, with the way out where there is one."""
    return _WORDS.get((action, status)) or f"You cannot {action} a quote that is {status}."


def allowed_actions(quote: Quote, at: datetime) -> tuple[Action, ...]:
    """What the quote allows at the instant `at`, in the order of `Action`.

    `send` counts as allowed when it is with a new validity.
    """
    late = _is_late(quote, at)
    return tuple(a for a in Action if _RULES[a](quote, late and a is not Action.SEND) is None)


def _is_late(quote: Quote, at: datetime) -> bool:
    return quote.status.is_open and not is_on_time(at, quote.valid_until)


def _accept(quote: Quote, late: bool) -> RefusalCode | None:
    return _customer_decides(quote, RefusalCode.NOT_ACCEPTABLE, late)


def _reject(quote: Quote, late: bool) -> RefusalCode | None:
    return _customer_decides(quote, RefusalCode.NOT_REJECTABLE, late)


def _customer_decides(quote: Quote, code: RefusalCode, late: bool) -> RefusalCode | None:
    if quote.status in {_ACCEPTED, _REJECTED}:
        return RefusalCode.ALREADY_DECIDED
    if quote.status in {_DRAFT, _CANCELLED}:
        return code
    return RefusalCode.EXPIRED if late or quote.status is _EXPIRED else None


def _send(quote: Quote, late: bool) -> RefusalCode | None:
    if quote.status is _EXPIRED:
        return RefusalCode.EXPIRED
    ready = quote.status is _DRAFT or (quote.status is _SENT and quote.working_version is not None)
    if not ready:
        return RefusalCode.NOT_SENDABLE
    return RefusalCode.EXPIRED if late else None


def _resend(quote: Quote, late: bool) -> RefusalCode | None:
    if quote.status is _EXPIRED:
        return RefusalCode.EXPIRED
    if quote.status not in {_SENT, _ACCEPTED}:
        return RefusalCode.NOT_RESENDABLE
    return RefusalCode.EXPIRED if late else None


def _cancel(quote: Quote, _late: bool) -> RefusalCode | None:
    return RefusalCode.NOT_CANCELLABLE if quote.status in {_ACCEPTED, _CANCELLED} else None


def _annul(quote: Quote, _late: bool) -> RefusalCode | None:
    if quote.status is not _ACCEPTED:
        return RefusalCode.NOT_ANNULLABLE
    return RefusalCode.ORDER_HANDED_OVER if quote.order_reference else None


def _hand_over(quote: Quote, _late: bool) -> RefusalCode | None:
    return None if quote.status is _ACCEPTED else RefusalCode.NOT_ORDERED


def _revise(quote: Quote, late: bool) -> RefusalCode | None:
    if quote.status in {_ACCEPTED, _CANCELLED}:
        return RefusalCode.NOT_MODIFIABLE
    return RefusalCode.EXPIRED if late else None


def _extend(quote: Quote, _late: bool) -> RefusalCode | None:
    extendable = quote.status.is_open or quote.status is _EXPIRED
    return None if extendable else RefusalCode.NOT_EXTENDABLE


_RULES: Mapping[Action, Callable[[Quote, bool], RefusalCode | None]] = {
    Action.ACCEPT: _accept,
    Action.REJECT: _reject,
    Action.CANCEL: _cancel,
    Action.SEND: _send,
    Action.REVISE: _revise,
    Action.EXTEND: _extend,
    Action.RESEND: _resend,
    Action.ANNUL: _annul,
    Action.HAND_OVER: _hand_over,
}

_WORDS: Mapping[tuple[Action, QuoteStatus], str] = {
    (Action.ACCEPT, _DRAFT): "A draft cannot be accepted: send it first.",
    (Action.REJECT, _DRAFT): "A draft cannot be rejected: send it first, or cancel it.",
    (
        Action.SEND,
        _SENT,
    ): "The quote has already been sent: resend it, or revise it and send the new version.",
    (Action.SEND, _REJECTED): "The quote was rejected: revise it and send the new version.",
    (Action.RESEND, _DRAFT): "A draft has not been sent yet: send it.",
    (Action.RESEND, _REJECTED): "The quote was rejected: revise it and send the new version.",
    (Action.EXTEND, _REJECTED): "The quote was rejected: revise it, which also sets a new validity.",
    (Action.CANCEL, _ACCEPTED): "An accepted quote cannot be cancelled: annul it, once the customer agrees.",
    (Action.ANNUL, _ACCEPTED): "The order was handed over: it has to be taken back where it is made.",
    **{
        (
            Action.ANNUL,
            status,
        ): f"Only an accepted quote can be annulled, and this one is {status}: cancel it."
        for status in (_DRAFT, _SENT, _REJECTED, _EXPIRED)
    },
    **{
        (Action.HAND_OVER, status): f"There is an order once a quote is accepted, and this one is {status}."
        for status in QuoteStatus
    },
}
