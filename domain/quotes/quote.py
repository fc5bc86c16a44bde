"""The state of a quote: what its events add up to, and nothing else."""

from dataclasses import dataclass
from datetime import datetime

from domain.money import Money
from domain.offer.choice import Pick
from domain.quotes.status import QuoteStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRef:
    """A version by its number (1, 2, …), total and content hash; the content itself is stored apart. Of one that
    `has_choices` the total is that of the default choice. `to_confirm` are the codes of the warnings that have to be
    confirmed before it goes out.
    """

    number: int
    total: Money
    content_hash: str
    created_at: datetime
    has_choices: bool = False
    to_confirm: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceRef:
    """Which command accepted which version; `signer` is a salted hash of signer and link. `selection` and `total` are what was
    chosen and what it comes to, None where the version offered no choice.
    """

    command_id: str
    version: int
    signer: str
    selection: tuple[Pick, ...] | None = None
    total: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """All times are UTC. `time_zone` is the seller's and dates the validity, `reminder_zone` the
    customer's (else the seller's) and dates the reminders.

    `current_version` is what the customer sees, `working_version` is set only while a sent quote is being
    revised, `last_sent_version` is what the customer was sent last, also after a reopening. `reminders_from` is the time of the last sending or extension: earlier reminders are skipped.
    `acceptance` stays when it is annulled. `order_reference` is under what the order was handed over to the system that
    makes it, None before that. `state_version` counts applied commands and expiries.
    """

    id: str
    number: str
    customer_id: str
    time_zone: str
    reminder_zone: str
    status: QuoteStatus
    versions: tuple[VersionRef, ...]
    current_version: int
    working_version: int | None
    last_sent_version: int | None
    valid_until: datetime
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None
    decided_at: datetime | None
    reminders_from: datetime | None
    expired_from: QuoteStatus | None
    acceptance: AcceptanceRef | None
    state_version: int
    order_reference: str | None = None

    @property
    def was_offered(self) -> bool:
        """Whether the customer has it on offer, or had it when it expired: only then is he told what follows, and
        may he ask for more.
        """
        return QuoteStatus.SENT in {self.status, self.expired_from}

    @property
    def is_discarded(self) -> bool:
        """Whether it was taken back before anybody was sent it: its external id may then be given to another quote."""
        return self.status is QuoteStatus.CANCELLED and self.last_sent_version is None

    @property
    def next_sent(self) -> VersionRef:
        """The version that goes out when the quote is sent."""
        return self.versions[(self.working_version or self.current_version) - 1]

    @property
    def is_annulled(self) -> bool:
        """Whether it was accepted, and the acceptance taken back by agreement."""
        return self.status is QuoteStatus.CANCELLED and self.acceptance is not None

    @property
    def current(self) -> VersionRef:
        """The version that the customer sees or would see."""
        return self.versions[self.current_version - 1]

    @property
    def price(self) -> Money:
        """What was accepted, or what the current version comes to where nothing else is chosen."""
        chosen = self.acceptance.total if self.acceptance else None
        return chosen or self.current.total

    @property
    def latest(self) -> VersionRef:
        """The newest version; it differs from `current` while a sent quote is being revised."""
        return self.versions[-1]
