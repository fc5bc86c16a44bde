"""Commands: the wishes that people and programs send to a quote.

`received_at` is stamped by the database when a command arrives; whether it is on time depends on that
alone. `priced` is filled in by the pricing activity before a command that needs a price is decided.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.offer.content import VersionContent
from domain.offer.line_request import DiscountRequest, LineRequest
from domain.quotes.status import Action, Request
from domain.quotes.validity import Validity


class AcceptanceMethod(StrEnum):
    """How the customer's yes reached the shop; all but `online` are recorded on the customer's behalf."""

    ONLINE = "online"
    PHONE = "phone"
    MAIL = "mail"
    PURCHASE_ORDER = "purchase_order"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Command:
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
    """Open a quote. `quote_id` and `number` were given when the command was stored."""

    quote_id: str
    number: str
    customer_id: str
    time_zone: str
    reminder_zone: str
    lines: tuple[LineRequest, ...]
    discount: DiscountRequest | None = None
    copied_from: CopiedFrom | None = None
    notes: str | None = None
    validity: Validity | None = None
    priced: VersionContent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revise(_Command):
    """Price anew: the next version, or the working version of a quote that has been sent.

    Without lines those of the newest version are priced again, by the rate card of the day. Overrides of the
    newest version are kept only if `keep_overrides`.
    """

    lines: tuple[LineRequest, ...] = ()
    discount: DiscountRequest | None = None
    keep_overrides: bool = False
    notes: str | None = None
    validity: Validity | None = None
    priced: VersionContent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Send(_Command):
    """Offer the draft, or the working version, to the recipients."""

    recipients: tuple[str, ...]
    message: str | None = None
    validity: Validity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resend(_Command):
    """The same version again, by a new link."""

    recipients: tuple[str, ...]
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend(_Command):
    """Another validity, later or sooner; reopens an expired quote."""

    validity: Validity


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(_Command):
    """The customer's yes to exactly the version shown. `signer` is a salted hash of signer and link, `proof` the
    SHA-256 of a file that the shop keeps as proof of it.
    """

    shown_version: int
    signer: str
    method: AcceptanceMethod
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(_Command):
    """The customer's no to the version shown. `method` is None where nobody said how it came."""

    shown_version: int
    method: AcceptanceMethod | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(_Command):
    """The customer asks for something about the version shown; the quote stays as it is. The customer's words
    stay in the inbox.
    """

    request: Request
    shown_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(_Command):
    """The shop takes the quote back. `draft_only` is the wish of a DELETE: only if never sent."""

    draft_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire:
    """The validity timer's wish: it names the deadline it was set for, so that a moved one is left alone."""

    deadline: datetime


Command = Create | Revise | Send | Resend | Extend | Accept | Reject | Cancel | Ask
Pricing = Create | Revise

_TIE_ORDER = {
    Accept: Action.ACCEPT,
    Reject: Action.REJECT,
    Cancel: Action.CANCEL,
    Send: Action.SEND,
    Revise: Action.REVISE,
    Extend: Action.EXTEND,
    Resend: Action.RESEND,
}


def turn(command: Command) -> tuple[datetime, int, str]:
    """Sort key of commands that wait together: received time, then create, accept, reject, cancel, send,
    revise, extend, resend, then what only asks; the id last, so that the order is total.
    """
    kinds = [Create, *_TIE_ORDER, Ask]
    return (command.received_at, kinds.index(type(command)), command.command_id)
