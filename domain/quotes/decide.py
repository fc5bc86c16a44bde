"""The one decision: what becomes of a quote when a command meets it. Pure, for open and closed quotes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.errors import InvalidQuoteOperationError, QuoteExpiredError, QuoteNotFoundError, RefusalCode
from domain.offer.content import VersionContent
from domain.quotes import commands as c
from domain.quotes.events import Event, EventType
from domain.quotes.fold import evolve
from domain.quotes.guards import allowed_actions, refusal, request_refusal, why
from domain.quotes.quote import Quote
from domain.quotes.status import Action, QuoteStatus, Request
from domain.quotes.validity import DEFAULT_DAYS, Validity, resolve
from domain.wording import local


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The command took effect. Without events it repeats what holds already (a second, equal acceptance)."""

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


def decide(quote: Quote | None, command: c.Command) -> Decision:
    """What becomes of `quote` (None before its creation) by `command`; never raises for a business rule."""
    try:
        facts = _facts(quote, command)
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
    event = Event(
        type=EventType.EXPIRED,
        at=quote.valid_until,
        actor="system",
        data={"from": str(quote.status), "state_version": quote.state_version + 1},
    )
    changed = evolve(quote, event)
    return Applied(quote=changed, events=(event,)) if changed else None


def _facts(quote: Quote | None, command: c.Command) -> tuple[Event, ...]:
    if isinstance(command, c.Create):
        return (_create(quote, command),)
    if quote is None:
        raise QuoteNotFoundError("there is no such quote")
    expected = command.expected_state_version
    if expected is not None and expected != quote.state_version:
        _refuse(RefusalCode.STALE_STATE, f"the quote has state version {quote.state_version}, not {expected}")
    if _repeats_acceptance(quote, command):
        return ()
    if _comes_too_late(quote, command):
        _refuse(RefusalCode.ALREADY_DECIDED, f"the quote was {quote.status} before this command was decided")
    step: Callable[[Quote, Any], tuple[Event, ...]] = _STEPS[type(command)]
    return step(quote, command)


def _repeats_acceptance(quote: Quote, command: c.Command) -> bool:
    """A second acceptance by the same signer and link is the first one again."""
    first = quote.acceptance
    return isinstance(command, c.Accept) and first is not None and first.signer == command.signer


def _comes_too_late(quote: Quote, command: c.Command) -> bool:
    """Stamped earlier than a decision that stands."""
    return quote.decided_at is not None and command.received_at < quote.decided_at


def _guard(action: Action, quote: Quote, command: c.Command, *, renewed: bool = False) -> None:
    code = refusal(action, quote, command.received_at, renewed=renewed)
    if code is RefusalCode.EXPIRED:
        until = local(quote.valid_until, quote.time_zone)
        raise QuoteExpiredError(f"The offer was open until {until}. Extend it, or revise it.")
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


def _event(type_: EventType, quote: Quote, command: c.Command, **data: Any) -> Event:
    version = {"state_version": quote.state_version + 1}
    return Event(type=type_, at=command.received_at, actor=command.actor, data={**data, **version})


def _priced(command: c.Pricing) -> VersionContent:
    if command.priced is None:
        raise InvalidQuoteOperationError("the command has no price yet", code=RefusalCode.NOT_PRICED)
    return command.priced


def _version_data(number: int, content: VersionContent) -> dict[str, Any]:
    return {
        "version": number,
        "total": str(content.total),
        "currency": content.total.currency,
        "content_hash": content.content_hash,
    }


def _create(quote: Quote | None, command: c.Create) -> Event:
    if quote is not None:
        _refuse(RefusalCode.ALREADY_EXISTS, "the quote exists already")
    validity = command.validity or Validity(days=DEFAULT_DAYS)
    until = resolve(validity, command.received_at, command.time_zone)
    data = {
        "quote_id": command.quote_id,
        "number": command.number,
        "customer_id": command.customer_id,
        "time_zone": command.time_zone,
        "reminder_zone": command.reminder_zone,
        "valid_until": until.isoformat(),
        "state_version": 1,
        **_version_data(1, _priced(command)),
    }
    if command.copied_from is not None:
        data["copied_from"] = {
            "quote_id": command.copied_from.quote_id,
            "version": command.copied_from.version,
        }
    return Event(type=EventType.CREATED, at=command.received_at, actor=command.actor, data=data)


def _revise(quote: Quote, command: c.Revise) -> tuple[Event, ...]:
    _guard(Action.REVISE, quote, command)
    reopens = not quote.status.is_open
    validity = command.validity or (Validity(days=DEFAULT_DAYS) if reopens else None)
    until = _until(quote, validity, command)
    version = _version_data(quote.latest.number + 1, _priced(command))
    return (_event(EventType.REVISED, quote, command, valid_until=until, **version),)


def _until(quote: Quote, validity: Validity | None, command: c.Command) -> str:
    if validity is None:
        return quote.valid_until.isoformat()
    return resolve(validity, command.received_at, quote.time_zone).isoformat()


def _send(quote: Quote, command: c.Send) -> tuple[Event, ...]:
    _guard(Action.SEND, quote, command, renewed=command.validity is not None)
    _some_recipient(command.recipients)
    until = _until(quote, command.validity, command)
    version = quote.working_version or quote.current_version
    sent = _event(
        EventType.SENT,
        quote,
        command,
        version=version,
        valid_until=until,
        recipients=len(command.recipients),
        content_hash=quote.versions[version - 1].content_hash,
    )
    if quote.last_sent_version is None:
        return (sent,)
    data = {"version": quote.last_sent_version, "by_version": version}
    return (
        sent,
        Event(type=EventType.SUPERSEDED, at=command.received_at, actor=command.actor, data=data),
    )


def _some_recipient(recipients: tuple[str, ...]) -> None:
    if not recipients:
        _refuse(RefusalCode.NO_RECIPIENT, "at least one recipient is needed")


def _resend(quote: Quote, command: c.Resend) -> tuple[Event, ...]:
    _guard(Action.RESEND, quote, command)
    _some_recipient(command.recipients)
    data = {"version": quote.current_version, "recipients": len(command.recipients)}
    return (_event(EventType.RESENT, quote, command, **data),)


def _extend(quote: Quote, command: c.Extend) -> tuple[Event, ...]:
    _guard(Action.EXTEND, quote, command)
    until = resolve(command.validity, command.received_at, quote.time_zone).isoformat()
    before = quote.valid_until.isoformat()
    return (_event(EventType.EXTENDED, quote, command, valid_until=until, valid_until_before=before),)


def _accept(quote: Quote, command: c.Accept) -> tuple[Event, ...]:
    _guard(Action.ACCEPT, quote, command)
    _shown(quote, command.shown_version)
    proof = {"proof_sha256": command.proof} if command.proof else {}
    return (
        _event(
            EventType.ACCEPTED,
            quote,
            command,
            command_id=command.command_id,
            version=command.shown_version,
            signer=command.signer,
            method=str(command.method),
            content_hash=quote.current.content_hash,
            **proof,
        ),
    )


def _reject(quote: Quote, command: c.Reject) -> tuple[Event, ...]:
    _guard(Action.REJECT, quote, command)
    _shown(quote, command.shown_version)
    method = str(command.method) if command.method else None
    data = {"version": command.shown_version, "method": method}
    return (_event(EventType.REJECTED, quote, command, **data),)


def _shown(quote: Quote, version: int) -> None:
    if version != quote.current_version:
        _refuse(
            RefusalCode.VERSION_SUPERSEDED,
            f"version {version} was shown, version {quote.current_version} is the one on offer",
        )


def _ask(quote: Quote, command: c.Ask) -> tuple[Event, ...]:
    code = request_refusal(command.request, quote, command.received_at)
    if code is RefusalCode.EXPIRED:
        raise QuoteExpiredError("The offer is over: ask for an extension.")
    if code is not None:
        _refuse(code, f"A quote that is {quote.status} takes no request any more.")
    _shown(quote, command.shown_version)
    data = {"version": command.shown_version, "command_id": command.command_id}
    asked = _REQUESTED[command.request]
    return (Event(type=asked, at=command.received_at, actor=command.actor, data=data),)


def _cancel(quote: Quote, command: c.Cancel) -> tuple[Event, ...]:
    _guard(Action.CANCEL, quote, command)
    if command.draft_only and quote.status is not QuoteStatus.DRAFT:
        _refuse(RefusalCode.NOT_CANCELLABLE, "only a draft can be deleted")
    return (_event(EventType.CANCELLED, quote, command, **{"from": str(quote.status)}),)


_STEPS: Mapping[type, Callable[[Quote, Any], tuple[Event, ...]]] = {
    c.Revise: _revise,
    c.Send: _send,
    c.Resend: _resend,
    c.Extend: _extend,
    c.Accept: _accept,
    c.Reject: _reject,
    c.Cancel: _cancel,
    c.Ask: _ask,
}
_REQUESTED: Mapping[Request, EventType] = {
    Request.CHANGE: EventType.CHANGE_REQUESTED,
    Request.EXTENSION: EventType.EXTENSION_REQUESTED,
}
