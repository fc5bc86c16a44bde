"""From a message to the mail that goes out: headers, text, HTML and files, the same bytes for the same message."""

import unicodedata
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from typing import ClassVar, Final

from adapters.mail.addresses import ascii_address
from adapters.mail.logo import Logo
from adapters.mail.render import Mail, render
from adapters.mail.sender import TemporaryMailError
from domain.errors import QuoteError
from domain.presentation.message import Message
from domain.quotes.notices import Audience

RECIPIENT: Final = "recipient address"
"""The field of an UnsafeHeaderError that says: nothing can be sent to this address."""

_LONGEST_ADDRESS: Final = 254
_LONGEST_LOCAL_PART: Final = 64


def compose(mail: Mail) -> EmailMessage:
    """The mail from the seller to the message's recipient, below all others of its quote to the same one.

    Answers go to `reply_to`; where that is a customer's address that no header takes, they come to the shop.
    Everything that reaches a header is held to the one rule of `headers`; the subject is checked once
    more as a whole. Raises UnsafeHeaderError that names the field, and TemporaryMailError while the seller has no mail
    address to write from.
    """
    message, offer = mail.message, mail.message.offer
    if not offer.seller.email:
        raise TemporaryMailError("the seller has no email address yet")
    for field, value in (("number", offer.number), ("customer_name", offer.customer_name)):
        header_text(value, field=field)
    words = render(mail)
    made = EmailMessage(policy=policy.SMTP)
    made["From"] = _mailbox(offer.seller.name, offer.seller.email, field="seller")
    made["To"] = _mailbox("", message.recipient, field="recipient")
    made["Reply-To"] = _reply_to(message) or made["From"].addresses[0]
    made["Subject"] = header_text(words.subject, field="subject")
    made["Date"] = format_datetime(message.created_at)
    made["Message-ID"] = header_text(message.message_id, field="message_id")
    made["In-Reply-To"] = made["References"] = message.thread_id
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    made.set_content(words.text, cte="quoted-printable")
    made.add_alternative(words.html, subtype="html", cte="quoted-printable")
    if (logo := mail.logo) is not None:
        _add_logo(made, logo)
    for file in mail.attachments:
        made.add_attachment(file.content, maintype="application", subtype="pdf", filename=file.filename)
    boundary = sha256(message.message_id.encode()).hexdigest()[:40]
    for depth, part in enumerate(part for part in made.walk() if part.is_multipart()):
        part.set_boundary(f"{boundary}{depth}")
    return made


def _reply_to(message: Message) -> Address | None:
    """None for a customer's address, as it was typed, that no header takes: the shop must hear of it all the same."""
    try:
        return _mailbox(message.reply_to.name, message.reply_to.email or "", field="reply_to")
    except UnsafeHeaderError:
        if message.audience is not Audience.SELLER:
            raise
        return None


def _add_logo(message: EmailMessage, logo: Logo) -> None:
    """Beside the HTML that shows it, so that clients do not list it as an attachment."""
    html = message.get_body(("html",))
    if html is None:
        raise AssertionError("the HTML was added before")
    html.add_related(
        logo.content,
        "image",
        logo.subtype,
        cid=f"<{logo.cid}>",
        disposition="inline",
        filename=f"logo.{logo.subtype}",
    )


def _mailbox(name: str, address: str, *, field: str) -> Address:
    header_text(name, field=f"{field} name")
    header_text(address, field=f"{field} address")
    local, at, domain = address.rpartition("@")
    well_formed = at and local and domain and len(address) <= _LONGEST_ADDRESS
    if not well_formed or len(local) > _LONGEST_LOCAL_PART:
        raise UnsafeHeaderError(f"{field} address", "must be one address such as name@example.com")
    try:
        return Address(display_name=name, addr_spec=ascii_address(address))
    except (MessageError, ValueError, IndexError):
        raise UnsafeHeaderError(f"{field} address", "must be one address such as name@example.com") from None


ENCODED_WORD: Final = "=?"
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters (CR, LF, NUL, …), lone surrogates, and the separators U+2028 and U+2029."""


class UnsafeHeaderError(QuoteError):
    """A text that must not reach a header. The message names the field, never the text."""

    default_code: ClassVar[str] = "unsafe_header"

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field


def header_text(value: str, *, field: str) -> str:
    """`value`, unchanged, when it may stand in a header; else UnsafeHeaderError naming `field`."""
    if ENCODED_WORD in value:
        raise UnsafeHeaderError(field, "must not contain =?")
    if any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in value):
        raise UnsafeHeaderError(field, "must be one line without control characters")
    return value
