"""Events: facts in the past tense. Audit log, timeline and webhooks share them. Their data holds ids, figures and salted
hashes only: no names, addresses or texts of people, so that a person can be forgotten without breaking the chain of hashes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final, Self, get_args

from domain.money import Money
from domain.offer.choice import Pick
from domain.offer.readers import Data
from domain.quotes.commands import AcceptanceMethod, CopiedFrom
from domain.quotes.events.body import EventBody, EventType
from domain.quotes.status import QuoteStatus

__all__ = ["EventType"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Created(EventBody):
    """A draft, version 1. `has_choices`, `to_confirm`: see `domain.offer.content.VersionContent`."""

    type = EventType.CREATED
    quote_id: str
    number: str
    customer_id: str
    time_zone: str
    reminder_zone: str
    valid_until: datetime
    state_version: int
    version: int
    total: Money
    content_hash: str
    copied_from: CopiedFrom | None = None
    has_choices: bool = False
    to_confirm: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised(EventBody):
    """A new version."""

    type = EventType.REVISED
    valid_until: datetime
    version: int
    total: Money
    content_hash: str
    state_version: int
    has_choices: bool = False
    to_confirm: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(EventBody):
    """On offer, until `valid_until`. `recipients` is their number; `parties_sha256` is by `domain.proof.counterparties`.
    `confirmed` are the codes of the warnings that the actor confirmed.
    """

    type = EventType.SENT
    version: int
    valid_until: datetime
    recipients: int
    content_hash: str
    state_version: int
    parties_sha256: str | None = None
    confirmed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded(EventBody):
    """`version`, sent before, is no longer on offer: `by_version` is."""

    type = EventType.SUPERSEDED
    version: int
    by_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resent(EventBody):
    """The same version went out again. `recipients` is their number."""

    type = EventType.RESENT
    version: int
    recipients: int
    state_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewed(EventBody):
    """A person has looked at the page, by a link for the first time. `by` is how the person was told from a program."""

    type = EventType.VIEWED
    version: int
    link_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminded(EventBody):
    """A reminder is due and goes out, `days_left` days before the last valid one."""

    type = EventType.REMINDED
    days_left: int
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended(EventBody):
    """Another validity."""

    type = EventType.EXTENDED
    valid_until: datetime
    valid_until_before: datetime
    state_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(EventBody):
    """The customer said yes. `signer` is a salted hash; `evidence_sha256` is over its circumstances and a salt, added as the
    event is written (`domain.proof.evidence.Circumstances`). `selection` and `total`: see `quote.AcceptanceRef`.
    """

    type = EventType.ACCEPTED
    command_id: str
    version: int
    signer: str
    method: AcceptanceMethod
    content_hash: str
    proof_sha256: str | None = None
    state_version: int
    evidence_sha256: str | None = None
    selection: tuple[Pick, ...] | None = None
    total: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected(EventBody):
    """The customer said no. `method` is None where nobody said how it came."""

    type = EventType.REJECTED
    version: int
    method: AcceptanceMethod | None
    state_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired(EventBody):
    """The validity is over; `from_` is the status until then."""

    type = EventType.EXPIRED
    from_: QuoteStatus
    state_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled(EventBody):
    """Taken back; `from_` is the status until then."""

    type = EventType.CANCELLED
    from_: QuoteStatus
    state_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver(EventBody):
    """The system that makes the order has taken it, as its `reference`."""

    type = EventType.HANDED_OVER
    reference: str
    state_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked(EventBody):
    version: int
    command_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Annulled(_Asked):
    """The acceptance was taken back. `evidence_sha256` as Accepted's, over `domain.proof.evidence.Agreement`."""

    type = EventType.ANNULLED
    state_version: int
    evidence_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequested(_Asked):
    """A customer asks for a change; the quote stays as it is."""

    type = EventType.CHANGE_REQUESTED


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRequested(_Asked):
    """A customer asks for more time."""

    type = EventType.EXTENSION_REQUESTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared(_Asked):
    """A reader has had the quote shown to a colleague, who is a reader from now on."""

    type = EventType.SHARED


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRevoked(EventBody):
    """A customer's link was closed."""

    type = EventType.LINK_REVOKED
    link_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonForgotten(EventBody):
    """Rows were blanked in which somebody stood. `blanked` says how many of each table; `rows`, by place, which digest of
    what hashes cover became which (`domain.proof.forgotten`); `reason` why. Nothing says who it was.
    """

    type = EventType.PERSON_FORGOTTEN
    reason: str
    blanked: dict[str, int]
    rows: dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentMade(EventBody):
    """A PDF was made and kept. `kind` is a `DocumentKind`, `sha256` is over its bytes, `made_by` is the edition of the
    program that set it: the same one sets the same bytes again.
    """

    type = EventType.DOCUMENT_MADE
    version: int
    kind: str
    sha256: str
    made_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _MessageEvent(EventBody):
    message_id: str
    kind: str
    audience: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(_MessageEvent):
    """A mail server took a mail. `message_id` is the outbox row's, `kind` and `audience` are those of its notice."""

    type = EventType.MESSAGE_SENT


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFailed(_MessageEvent):
    """A mail was given up."""

    type = EventType.MESSAGE_FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSkipped(_MessageEvent):
    """A mail was not tried: its address was refused for good before. Fields as of MessageSent."""

    type = EventType.MESSAGE_SKIPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRefused(EventBody):
    """A command `name` changed nothing, by the rule `code`; or `count` signals that nobody could read."""

    type = EventType.COMMAND_REFUSED
    code: str
    name: str | None = None
    command_id: str | None = None
    count: int | None = None


Step = Revised | Sent | Resent | Extended | Accepted | Rejected | Expired | Cancelled | Annulled | HandedOver
"""What changes a quote that is there, to the state `state_version`."""

Asked = ChangeRequested | ExtensionRequested | Shared
Mailed = MessageSent | MessageFailed | MessageSkipped
Kept = LinkRevoked | PersonForgotten | DocumentMade
Remark = Superseded | Viewed | Reminded | Asked | Kept | Mailed | CommandRefused
"""What only tells, and leaves the quote as it is."""

Body = Created | Step | Remark
Kind = type[Body]

_KINDS: Final[Mapping[EventType, Kind]] = {kind.type: kind for kind in get_args(Body)}


@dataclass(frozen=True, kw_only=True)  # without slots: they leave no place for the body
class Event:
    """One fact. `at` is the command's received time, for an expiry `valid_until`, else the first writing's (then it is None
    here and stamped by the database). `data` is the stored form of its body, as it was written: hashes are over it. Runs
    and activities exchange events by these four fields.
    """

    type: EventType
    at: datetime | None
    actor: str
    data: Data = field(default_factory=dict)

    @classmethod
    def of(cls, body: Body, *, at: datetime | None, actor: str) -> Self:
        """The event that tells `body`."""
        return cls(type=body.type, at=at, actor=actor, data=body.to_data())

    @property
    def kind(self) -> Kind:
        """The class of its body."""
        return _KINDS[self.type]

    @cached_property
    def body(self) -> Body:
        """What it tells, read once. Raises as `from_data` for data that is not of its type."""
        return self.kind.from_data(self.data)
