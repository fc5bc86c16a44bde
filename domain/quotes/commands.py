"""Commands: the wishes that people and programs send to a quote, as they are decided.

`received_at` is stamped by the database when a command arrives; whether it is on time depends on that
alone. `priced` is filled in by the pricing activity before a command that needs a price is decided.

Each can be read of a stored envelope, and of what is left of it for the decision (`domain.quotes.payloads`), with the same
result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final, Self, TypedDict, get_args

from domain.errors import MalformedCommandError
from domain.offer import readers
from domain.offer.choice import Choices, PickRequest, read_selection
from domain.offer.content import ContentRef, VersionContent
from domain.offer.readers import Data
from domain.offer.to_price import read_to_price
from domain.quotes import payloads
from domain.quotes.envelope import Envelope
from domain.quotes.status import CustomerRequest
from domain.quotes.validity import Validity

Priced = ContentRef | VersionContent
"""What a decision is told of a price. It was the whole content, once, and still is in histories of then."""


class AcceptanceMethod(StrEnum):
    """How the customer's yes reached the shop; all but `online` are recorded on the customer's behalf."""

    ONLINE = "online"
    PHONE = "phone"
    MAIL = "mail"
    PURCHASE_ORDER = "purchase_order"


LINK: Final = "link:"
"""What the actor begins with where somebody acts by a customer's link; its id follows."""


class _Head(TypedDict):
    command_id: str
    received_at: datetime
    actor: str
    expected_state_version: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Command:
    """`name` is also its signal's. Each kind has a `from_envelope`, which raises MalformedCommandError that names the field."""

    name: ClassVar[str]
    command_id: str
    received_at: datetime
    actor: str
    expected_state_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedFrom:
    """The version that a quote was copied from."""

    quote_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(_Command):
    """Open a quote of so many `lines`. `quote_id` and `number` were given when the command was stored."""

    name = payloads.CreatePayload.name
    quote_id: str
    number: str
    customer_id: str
    time_zone: str
    reminder_zone: str
    lines: int
    copied_from: CopiedFrom | None = None
    validity: Validity | None = None
    priced: Priced | None = None

    @classmethod
    def from_envelope(cls, envelope: Envelope) -> Self:
        """The command in its envelope."""
        p = envelope.payload
        return cls(
            **_head(envelope),
            quote_id=readers.uuid(p, "quote_id"),
            number=readers.text(p, "number"),
            customer_id=readers.uuid(p, "customer_id"),
            time_zone=readers.text(p, "time_zone"),
            reminder_zone=readers.text(p, "reminder_zone"),
            lines=_lines(p),
            copied_from=_copied_from(p),
            validity=_validity(p),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Revise(_Command):
    """Price anew: the next version, or the working version of a quote that has been sent.

    With no `lines` (their number) those of the newest version are priced again, by the rate card of the day.
    """

    name = payloads.RevisePayload.name
    lines: int = 0
    validity: Validity | None = None
    priced: Priced | None = None

    @classmethod
    def from_envelope(cls, envelope: Envelope) -> Self:
        """The command in its envelope."""
        return cls(**_head(envelope), lines=_lines(envelope.payload), validity=_validity(envelope.payload))


@dataclass(frozen=True, slots=True, kw_only=True)
class Send(_Command):
    """Offer the draft, or the working version, to so many recipients, and confirm warnings, by their codes."""

    name = payloads.SendPayload.name
    recipients: int
    validity: Validity | None = None
    confirm: tuple[str, ...] = ()

    @classmethod
    def from_envelope(cls, envelope: Envelope) -> Self:
        """The command in its envelope."""
        p = envelope.payload
        return cls(**_head(envelope), recipients=_recipients(p), validity=_validity(p), confirm=_confirmed(p))


@dataclass(frozen=True, slots=True, kw_only=True)
class Resend(_Command):
    """The same version again, by a new link."""

    name = payloads.ResendPayload.name
    recipients: int

    @classmethod
    def from_envelope(cls, envelope: Envelope) -> Self:
        """The command in its envelope."""
        return cls(**_head(envelope), recipients=_recipients(envelope.payload))


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend(_Command):
    """Another validity, later or sooner; reopens an expired quote."""

    name = payloads.ExtendPayload.name
    validity: Validity

    @classmethod
    def from_envelope(cls, envelope: Envelope) -> Self:
        """The command in its envelope."""
        validity = _validity(envelope.payload)
        if validity is None:
            raise readers.bad("valid_until", "or valid_days is required")
        return cls(**_head(envelope), validity=validity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(_Command):
    """The customer's yes to exactly the version shown. `signer` is a salted hash of signer and link, `proof` the
    SHA-256 of a file that the shop keeps as proof of it. Whose link `reads_only` cannot answer. `selection` is what was chosen
    of what the version offers; None where nothing was said. `choices` are filled in before it is decided, where there is
    something to choose or somebody chose.
    """

    name = payloads.AcceptPayload.name
    shown_version: int
    signer: str
    method: AcceptanceMethod
    proof: str | None = None
    reads_only: bool = False
    selection: tuple[PickRequest, ...] | None = None
    choices: Choices | None = None

    @classmethod
    def from_envelope(cls, envelope: Envelope) -> Self:
        """The command in its envelope."""
        p = envelope.payload
        method = _method(p) or AcceptanceMethod.ONLINE
        return cls(
            **_head(envelope),
            shown_version=envelope.shown(),
            signer=readers.text(p, "signer"),
            method=method,
            proof=readers.optional_text(p, "proof_sha256"),
            reads_only=_reads_only(p),
            selection=read_selection(p),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(_Command):
    """The customer's no to the version shown. `method` is None where nobody said how it came."""

    name = payloads.RejectPayload.name
    shown_version: int
    method: AcceptanceMethod | None
    reads_only: bool = False

    @classmethod
    def from_envelope(cls, envelope: Envelope) -> Self:
        """The command in its envelope."""
        p = envelope.payload
        shown = envelope.shown()
        return cls(**_head(envelope), shown_version=shown, method=_method(p), reads_only=_reads_only(p))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask(_Command):
    """The customer asks for something about the version shown; the quote stays as it is. The customer's words
    stay in the inbox.
    """

    name: ClassVar[CustomerRequest]
    shown_version: int
    reads_only: bool = False

    @classmethod
    def from_envelope(cls, envelope: Envelope) -> Self:
        """The command in its envelope."""
        reads_only = _reads_only(envelope.payload)
        return cls(**_head(envelope), shown_version=envelope.shown(), reads_only=reads_only)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskChange(_Ask):
    """For a change."""

    name = payloads.ChangePayload.name


@dataclass(frozen=True, slots=True, kw_only=True)
class AskExtension(_Ask):
    """For more time."""

    name = payloads.ExtensionPayload.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Share(_Ask):
    """That a colleague is shown the quote."""

    name = payloads.SharePayload.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(_Command):
    """The shop takes the quote back. `draft_only` is the wish of a DELETE: only if never sent."""

    name = payloads.CancelPayload.name
    draft_only: bool = False

    @classmethod
    def from_envelope(cls, envelope: Envelope) -> Self:
        """The command in its envelope."""
        return cls(**_head(envelope), draft_only=bool(envelope.payload.get("draft_only", False)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Annul(_Command):
    """Shop and customer agree that the acceptance is taken back."""

    name = payloads.AnnulPayload.name

    @classmethod
    def from_envelope(cls, envelope: Envelope) -> Self:
        """The command in its envelope."""
        return cls(**_head(envelope))


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(_Command):
    """Another system has taken the order, under its own `reference`."""

    name = payloads.HandOverPayload.name
    reference: str

    @classmethod
    def from_envelope(cls, envelope: Envelope) -> Self:
        """The command in its envelope."""
        return cls(**_head(envelope), reference=readers.text(envelope.payload, "reference"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire:
    """The validity timer's wish: it names the deadline it was set for, so that a moved one is left alone."""

    deadline: datetime


Ask = AskChange | AskExtension | Share
PricingCommand = Create | Revise
Command = Create | Accept | Reject | Cancel | Send | Revise | Extend | Resend | HandOver | Annul | Ask
"""Of those received at the same instant, the ones named first are decided first; what only asks has one place."""

_KINDS: Final[Mapping[str, type[Command]]] = {kind.name: kind for kind in get_args(Command)}
_PLACES: Final = {kind: place for place, kind in enumerate(_KINDS.values())}
NAMES: Final = frozenset(_KINDS)


def to_command(envelope: Envelope) -> Command:
    """The command that an envelope carries. Raises MalformedCommandError that names the field."""
    kind = _KINDS.get(envelope.name)
    if kind is None:
        raise MalformedCommandError(f"there is no command {envelope.name!r}"[:200])
    return kind.from_envelope(envelope)


def turn(command: Command) -> tuple[datetime, int, str]:
    """Sort key of commands that wait together: received time, then the place in `Command`; the id last, so that the order
    is total.
    """
    kind = AskChange if isinstance(command, Ask) else type(command)
    return (command.received_at, _PLACES[kind], command.command_id)


def turn_of(envelope: Envelope) -> tuple[datetime, int, str]:
    """The same for an envelope; one of which no command can be made comes after its equals."""
    try:
        return turn(to_command(envelope))
    except MalformedCommandError:
        return (envelope.received_at, len(NAMES), envelope.command_id)


def _head(envelope: Envelope) -> _Head:
    return {
        "command_id": envelope.command_id,
        "received_at": envelope.received_at,
        "actor": envelope.actor,
        "expected_state_version": envelope.expected_state_version,
    }


def _validity(data: Data) -> Validity | None:
    days = readers.optional_whole(data, "valid_days")
    until = readers.optional_text(data, "valid_until")
    if days is None and until is None:
        return None
    if days is not None and until is not None:
        raise readers.bad("valid_until", "cannot be combined with valid_days")
    if days is not None:
        return Validity(days=days)
    if len(until or "") == len("2026-12-24"):
        try:
            return Validity(on=date.fromisoformat(until or ""))
        except ValueError:
            raise readers.bad("valid_until", "must be a date or a time") from None
    # Too far is for the rule of validity to say; it reckons with any instant between these.
    return Validity(
        until=min(max(readers.any_instant(data, "valid_until"), readers.EARLIEST), readers.LATEST)
    )


def _lines(data: Data) -> int:
    """Their number."""
    return len(read_to_price(data).lines)


def _copied_from(data: Data) -> CopiedFrom | None:
    found = data.get("copied_from")
    if found is None:
        return None
    version = readers.optional_whole(found, "version") if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping) or version is None:
        raise readers.bad("copied_from", "must name a quote and a version")
    return CopiedFrom(quote_id=readers.uuid(found, "quote_id"), version=version)


def _recipients(data: Data) -> int:
    """Their number."""
    recipients = data.get("recipients") or []
    if not isinstance(recipients, list) or not all(isinstance(r, str) for r in recipients):
        raise readers.bad("recipients", "must be a list of addresses")
    return len(recipients)


def _confirmed(data: Data) -> tuple[str, ...]:
    codes = data.get("confirm") or []
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise readers.bad("confirm", "must be a list of codes")
    return tuple(dict.fromkeys(codes))


def _reads_only(data: Data) -> bool:
    return data.get("reads_only") is True


def _method(data: Data) -> AcceptanceMethod | None:
    method = readers.optional_text(data, "method")
    try:
        return AcceptanceMethod(method) if method else None
    except ValueError:
        raise readers.bad("method", "must be online, phone, mail or purchase_order") from None
