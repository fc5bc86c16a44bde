"""The one decision: what becomes of a quote when a command meets it. Pure, for open and closed quotes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from domain.errors import InvalidQuoteOperationError, QuoteExpiredError, QuoteNotFoundError, RefusalCode
from domain.money import Money
from domain.offer.choice import Pick, choose
from domain.pricing.advice.limits import PriceLimit
from domain.quotes import commands as c
from domain.quotes import events as e
from domain.quotes.events import Event
from domain.quotes.fold import evolve
from domain.quotes.guards import (
    allowed_actions,
    claims_online,
    confirms_again,
    refusal,
    repeats_reference,
    request_refusal,
    speaks_by_read_only,
    why,
)
from domain.quotes.quote import Quote, VersionRef
from domain.quotes.status import Action, CustomerRequest, QuoteStatus
from domain.quotes.validity import DEFAULT_DAYS, Validity, resolve
from domain.wording import local


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The command took effect. Without events it repeats what holds already: an equal acceptance, or an order handed over
    under the reference that it has.
    """

    quote: Quote
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The command changed nothing. `alert` marks one that should have come before what was decided."""

    code: str
    detail: str
    status: QuoteStatus | None = None
    allowed: tuple[Action, ...] = ()
    alert: bool = False


Decision = Applied | Refused


def decide(
    quote: Quote | None,
    command: c.Command,
    *,
    online_by_anybody: bool = False,
    confirms_once: bool = False,
    tells_again: bool = False,
) -> Decision:
    """What becomes of `quote` (None before its creation) by `command`; never raises for a business rule.

    `online_by_anybody` is for runs that decided before online belonged to links alone, `confirms_once` for those from
    before an acceptance could be confirmed again, `tells_again` for those that told of an order's reference as
    often as it was written.
    """
    try:
        if not online_by_anybody and claims_online(command):
            _refuse(RefusalCode.ONLINE_NEEDS_LINK, _ONLINE)
        if speaks_by_read_only(command):
            _refuse(RefusalCode.LINK_READ_ONLY, _READ_ONLY)
        if confirms_once and quote is not None and confirms_again(command, quote):
            _refuse(RefusalCode.NOT_RESENDABLE, why(Action.RESEND, quote.status))
        repeats = repeats_reference(command, quote) and not tells_again
        facts = _facts(quote, command, repeats=repeats)
    except InvalidQuoteOperationError as refused:
        return _refused(quote, command, refused)
    except QuoteNotFoundError as absent:
        return Refused(code=absent.code, detail=str(absent))
    changed = quote
    for event in facts:
        changed = evolve(changed, event)
    if changed is None:
        raise AssertionError("an applied command leaves a quote")
    return Applied(quote=changed, events=facts)


def expire(quote: Quote, command: c.Expire) -> Applied | None:
    """The quote expired at its deadline, or None when it is closed or the deadline was moved.

    The caller has had the on-time commands decided first.
    """
    if not quote.status.is_open or quote.valid_until != command.deadline:
        return None
    over = e.Expired(from_=quote.status, state_version=quote.state_version + 1)
    event = Event.of(over, at=quote.valid_until, actor="system")
    changed = evolve(quote, event)
    return Applied(quote=changed, events=(event,)) if changed else None


def _facts(quote: Quote | None, command: c.Command, *, repeats: bool) -> tuple[Event, ...]:
    if isinstance(command, c.Create):
        return (_create(quote, command),)
    if quote is None:
        raise QuoteNotFoundError("there is no such quote")
    expected = command.expected_state_version
    if expected is not None and expected != quote.state_version:
        _refuse(
            RefusalCode.STALE_STATE, f"the quote is at state version {quote.state_version}, not {expected}"
        )
    if repeats or _repeats_acceptance(quote, command):
        return ()
    if _comes_too_late(quote, command):
        _refuse(RefusalCode.ALREADY_DECIDED, f"the quote was {quote.status} before this command was decided")
    step: Callable[[Quote, Any], tuple[Event, ...]] = _STEPS[type(command)]
    return step(quote, command)


def _repeats_acceptance(quote: Quote, command: c.Command) -> bool:
    """A second acceptance by the same signer and link is the first one again, as long as that holds."""
    first = None if quote.is_annulled else quote.acceptance
    return isinstance(command, c.Accept) and first is not None and first.signer == command.signer


def _comes_too_late(quote: Quote, command: c.Command) -> bool:
    """Stamped earlier than a decision that stands."""
    return quote.decided_at is not None and command.received_at < quote.decided_at


def _guard(action: Action, quote: Quote, command: c.Command, *, renewed: bool = False) -> None:
    code = refusal(action, quote, command.received_at, renewed=renewed)
    if code is RefusalCode.EXPIRED:
        until = local(quote.valid_until, quote.time_zone)
        raise QuoteExpiredError(f"The offer was open until {until}. Extend or revise the quote.")
    if code is not None:
        _refuse(code, why(action, quote.status))


def _refuse(code: RefusalCode, detail: str) -> None:
    raise InvalidQuoteOperationError(detail, code=code)


def _refused(quote: Quote | None, command: c.Command, why: InvalidQuoteOperationError) -> Refused:
    if quote is None:
        return Refused(code=why.code, detail=str(why))
    return Refused(
        code=why.code,
        detail=str(why),
        status=quote.status,
        allowed=allowed_actions(quote, command.received_at),
        alert=_comes_too_late(quote, command),
    )


def _event(body: e.Body, command: c.Command) -> Event:
    return Event.of(body, at=command.received_at, actor=command.actor)


def _priced(command: c.PricingCommand) -> c.Priced:
    if command.priced is None:
        raise InvalidQuoteOperationError("the command has no price yet", code=RefusalCode.NOT_PRICED)
    return command.priced


def _create(quote: Quote | None, command: c.Create) -> Event:
    if quote is not None:
        _refuse(RefusalCode.ALREADY_EXISTS, "the quote already exists")
    validity = command.validity or Validity(days=DEFAULT_DAYS)
    content = _priced(command)
    created = e.Created(
        quote_id=command.quote_id,
        number=command.number,
        customer_id=command.customer_id,
        time_zone=command.time_zone,
        reminder_zone=command.reminder_zone,
        valid_until=resolve(validity, command.received_at, command.time_zone),
        state_version=1,
        version=1,
        total=content.total,
        content_hash=content.content_hash,
        copied_from=command.copied_from,
        has_choices=content.has_choices,
        to_confirm=content.to_confirm,
    )
    return _event(created, command)


def _revise(quote: Quote, command: c.Revise) -> tuple[Event, ...]:
    _guard(Action.REVISE, quote, command)
    reopens = not quote.status.is_open
    validity = command.validity or (Validity(days=DEFAULT_DAYS) if reopens else None)
    until = _until(quote, validity, command)
    content = _priced(command)
    revised = e.Revised(
        valid_until=until,
        version=quote.latest.number + 1,
        total=content.total,
        content_hash=content.content_hash,
        state_version=quote.state_version + 1,
        has_choices=content.has_choices,
        to_confirm=content.to_confirm,
    )
    return (_event(revised, command),)


def _until(quote: Quote, validity: Validity | None, command: c.Command) -> datetime:
    if validity is None:
        return quote.valid_until
    return resolve(validity, command.received_at, quote.time_zone)


def _send(quote: Quote, command: c.Send) -> tuple[Event, ...]:
    _guard(Action.SEND, quote, command, renewed=command.validity is not None)
    _some_recipient(command.recipients)
    until = _until(quote, command.validity, command)
    version = quote.next_sent
    _confirmed(version.to_confirm, command.confirm)
    sent = e.Sent(
        version=version.number,
        valid_until=until,
        recipients=command.recipients,
        content_hash=version.content_hash,
        state_version=quote.state_version + 1,
        confirmed=command.confirm,
    )
    if quote.last_sent_version is None:
        return (_event(sent, command),)
    superseded = e.Superseded(version=quote.last_sent_version, by_version=version.number)
    return (_event(sent, command), _event(superseded, command))


def _some_recipient(recipients: int) -> None:
    if not recipients:
        _refuse(RefusalCode.NO_RECIPIENT, "recipients: at least one address is required")


def _confirmed(asked: Sequence[str], confirmed: Sequence[str]) -> None:
    """Whoever confirms what is not there has looked at another version."""
    needless = [code for code in confirmed if code not in asked]
    if needless:
        there = f"; there is {', '.join(asked)}" if asked else ""
        _refuse(
            RefusalCode.NOTHING_TO_CONFIRM,
            f"confirm: this version has no warning {', '.join(needless)[:200]}{there}",
        )
    open_ = [code for code in asked if code not in confirmed]
    if open_:
        told = "; ".join(f"{code} ({PriceLimit(code).told})" for code in open_)
        _refuse(
            RefusalCode.PRICE_NEEDS_CONFIRMATION,
            f"Confirm what is meant, or revise the quote: {told}.",
        )


def _resend(quote: Quote, command: c.Resend) -> tuple[Event, ...]:
    _guard(Action.RESEND, quote, command)
    _some_recipient(command.recipients)
    resent = e.Resent(
        version=quote.current_version,
        recipients=command.recipients,
        state_version=quote.state_version + 1,
    )
    return (_event(resent, command),)


def _extend(quote: Quote, command: c.Extend) -> tuple[Event, ...]:
    _guard(Action.EXTEND, quote, command)
    extended = e.Extended(
        valid_until=resolve(command.validity, command.received_at, quote.time_zone),
        valid_until_before=quote.valid_until,
        state_version=quote.state_version + 1,
    )
    return (_event(extended, command),)


def _accept(quote: Quote, command: c.Accept) -> tuple[Event, ...]:
    _guard(Action.ACCEPT, quote, command)
    _shown(quote, command.shown_version)
    chosen = _chosen(quote.current, command)
    accepted = e.Accepted(
        command_id=command.command_id,
        version=command.shown_version,
        signer=command.signer,
        method=command.method,
        content_hash=quote.current.content_hash,
        proof_sha256=command.proof or None,
        state_version=quote.state_version + 1,
        selection=chosen[0] if chosen else None,
        total=chosen[1] if chosen else None,
    )
    return (_event(accepted, command),)


def _chosen(version: VersionRef, command: c.Accept) -> tuple[tuple[Pick, ...], Money] | None:
    """What was chosen of the version, and its total; None of one that offers no choice, of which what somebody names has to
    be what is there. Refused as not priced as long as nobody has told what there is to choose.
    """
    if not version.has_choices and command.selection is None:
        return None
    choices = command.choices
    if choices is None or choices.content_hash != version.content_hash:
        raise InvalidQuoteOperationError(
            "it is not known what the version offers to choose", code=RefusalCode.NOT_PRICED
        )
    picks, sums = choose(choices, command.selection)
    return (picks, sums.total) if version.has_choices else None


def _reject(quote: Quote, command: c.Reject) -> tuple[Event, ...]:
    _guard(Action.REJECT, quote, command)
    _shown(quote, command.shown_version)
    rejected = e.Rejected(
        version=command.shown_version,
        method=command.method,
        state_version=quote.state_version + 1,
    )
    return (_event(rejected, command),)


def _shown(quote: Quote, version: int) -> None:
    if version != quote.current_version:
        _refuse(
            RefusalCode.VERSION_SUPERSEDED,
            f"version {version} was shown, but version {quote.current_version} is on offer",
        )


def _ask(quote: Quote, command: c.Ask) -> tuple[Event, ...]:
    code = request_refusal(command.name, quote, command.received_at)
    if code is RefusalCode.EXPIRED:
        raise QuoteExpiredError("The offer is no longer open: ask for an extension.")
    if code is not None:
        _refuse(code, f"No request can be made about a quote that is {quote.status}.")
    _shown(quote, command.shown_version)
    asked = _REQUESTED[command.name](version=command.shown_version, command_id=command.command_id)
    return (_event(asked, command),)


def _cancel(quote: Quote, command: c.Cancel) -> tuple[Event, ...]:
    _guard(Action.CANCEL, quote, command)
    if command.draft_only and quote.status is not QuoteStatus.DRAFT:
        _refuse(RefusalCode.NOT_CANCELLABLE, "only a draft can be deleted")
    cancelled = e.Cancelled(from_=quote.status, state_version=quote.state_version + 1)
    return (_event(cancelled, command),)


def _annul(quote: Quote, command: c.Annul) -> tuple[Event, ...]:
    _guard(Action.ANNUL, quote, command)
    annulled = e.Annulled(
        command_id=command.command_id,
        version=quote.current_version,
        state_version=quote.state_version + 1,
    )
    return (_event(annulled, command),)


def _hand_over(quote: Quote, command: c.HandOver) -> tuple[Event, ...]:
    _guard(Action.HAND_OVER, quote, command)
    handed_over = e.HandedOver(reference=command.reference, state_version=quote.state_version + 1)
    return (_event(handed_over, command),)


_ONLINE = (
    "Online is how a customer answers, by the link that was sent. What you record on the customer's behalf came by "
    "phone, mail or purchase_order: name that as the method."
)
_READ_ONLY = "This link is there to read the quote: who may answer was sent a link of their own."
_STEPS: Mapping[type, Callable[[Quote, Any], tuple[Event, ...]]] = {
    c.Revise: _revise,
    c.Send: _send,
    c.Resend: _resend,
    c.Extend: _extend,
    c.Accept: _accept,
    c.Reject: _reject,
    c.Cancel: _cancel,
    c.Annul: _annul,
    c.HandOver: _hand_over,
    **dict.fromkeys(get_args(c.Ask), _ask),
}
_REQUESTED: Mapping[CustomerRequest, type[e.ChangeRequested | e.ExtensionRequested | e.Shared]] = {
    CustomerRequest.CHANGE: e.ChangeRequested,
    CustomerRequest.EXTENSION: e.ExtensionRequested,
    CustomerRequest.SHARE: e.Shared,
}
