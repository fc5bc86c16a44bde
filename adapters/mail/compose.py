"""From a view to the mail that goes out: headers, text, HTML and files, the same bytes for the same view."""

import unicodedata
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from typing import ClassVar, Final

from adapters.mail.logo import Logo
from adapters.mail.render import render
from adapters.mail.view import MailView
from domain.errors import QuoteError

_LONGEST_ADDRESS: Final = 254
_LONGEST_LOCAL_PART: Final = 64


def compose(view: MailView) -> EmailMessage:
    """The mail from the seller to `view.recipient`; answers go to the quote's owner.

    Everything that reaches a header is held to the one rule of `headers`; the subject is checked once
    more as a whole. Raises UnsafeHeaderError that names the field.
    """
    for field in ("number", "customer_name", "kind"):
        header_text(getattr(view, field), field=field)
    words = render(view)
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = _mailbox(view.seller.name, view.seller.email, field="seller")
    message["To"] = _mailbox("", view.recipient, field="recipient")
    message["Reply-To"] = _mailbox(view.reply_to.name, view.reply_to.email, field="reply_to")
    message["Subject"] = header_text(words.subject, field="subject")
    message["Date"] = format_datetime(view.created_at)
    message["Message-ID"] = header_text(view.message_id, field="message_id")
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(words.text, cte="quoted-printable")
    message.add_alternative(words.html, subtype="html", cte="quoted-printable")
    if view.seller.logo is not None:
        _add_logo(message, view.seller.logo)
    for file in view.attachments:
        message.add_attachment(file.content, maintype="application", subtype="pdf", filename=file.filename)
    boundary = sha256(view.message_id.encode()).hexdigest()[:40]
    for depth, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"{boundary}{depth}")
    return message


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
        return Address(display_name=name, addr_spec=address)
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
