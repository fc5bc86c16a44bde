"""What a mail shows: plain data, ready to be set, with nothing in it that only the shop may know."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from adapters.mail.logo import Logo
from domain.presentation.branding import ACCENT
from domain.presentation.sheet import OfferSheet


class Reader(StrEnum):
    """Who opens the mail; each has a folder of templates."""

    CUSTOMER = "customer"
    SELLER = "seller"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A person's or a shop's name and address."""

    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """The seller as every letter shows it. `address` is one line each, `accent` a colour as #rrggbb."""

    name: str
    email: str
    address: tuple[str, ...] = ()
    tax_id: str | None = None
    accent: str = ACCENT
    logo: Logo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A PDF that goes with the mail. The name is ours, never a person's."""

    filename: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """One mail to one person. Times are UTC and shown in `time_zone`, the seller's.

    `kind` names the template's folder. `message_id` and `created_at` are the outbox row's, so that a mail
    which is sent again after a crash is the same mail. `decided_at` is when the quote was accepted,
    rejected, expired or cancelled; `signer`, `purchase_order_number` and `reason` come from the customer.
    `document_says` is the deadline
    in the attached document where it has been moved since. `asked_by` is the address whose link a request came by, `reason` then its words. `replaces` is the
    version that this one supersedes, where one was sent.
    """

    kind: str
    reader: Reader
    message_id: str
    created_at: datetime
    recipient: str
    seller: Letterhead
    reply_to: Mailbox
    customer_name: str
    number: str
    version: int
    sheet: OfferSheet
    valid_until: datetime
    time_zone: str
    link: str | None = None
    message: tuple[str, ...] = ()
    replaces: int | None = None
    days_left: int | None = None
    decided_at: datetime | None = None
    signer: str | None = None
    signer_email: str | None = None
    purchase_order_number: str | None = None
    reason: tuple[str, ...] = ()
    asked_by: str | None = None
    was_offered: bool = True
    document_says: datetime | None = None
    attachments: tuple[Attachment, ...] = ()
