"""From a message to the mail that goes out: headers, text, HTML and files, the same bytes for the same message."""

import unicodedata
from base64 import encodebytes
from collections.abc import Callable, Sequence
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.quoprimime import body_encode
from email.utils import format_datetime
from hashlib import sha256
from typing import ClassVar, Final, TypeVar

from adapters.mail.addresses import ascii_address
from adapters.mail.logo import Logo, logo_of
from adapters.mail.render import (
    Attachment,
    Mail,
    Rendered,
    SignInMail,
    TroubleMail,
    render,
    render_sign_in,
    render_trouble,
)
from adapters.mail.sender import Composed, TemporaryMailError
from domain.errors import QuoteError
from domain.presentation.message import Message
from domain.quotes.notices import Audience

RECIPIENT: Final = "recipient address"
"""The field of an UnsafeHeaderError that says: nothing can be sent to this address."""

_LONGEST_ADDRESS: Final = 254
_LONGEST_LOCAL_PART: Final = 64
_MIME: Final = b"MIME-Version: 1.0\r\n"
_LINE: Final = 78
"""The longest line: RFC 5322's, which the library keeps to in headers."""
_StaffMail = TypeVar("_StaffMail", SignInMail, TroubleMail)


def compose(mail: Mail) -> Composed:
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
    sender = _mailbox(offer.seller.name, offer.seller.email, field="seller")
    recipient = _mailbox("", message.recipient, field="recipient")
    head = EmailMessage(policy=policy.SMTP)
    head["From"] = sender
    head["To"] = recipient
    head["Reply-To"] = _reply_to(message) or sender
    head["Subject"] = header_text(words.subject, field="subject")
    head["Date"] = format_datetime(message.created_at)
    head["Message-ID"] = header_text(message.message_id, field="message_id")
    head["In-Reply-To"] = head["References"] = message.thread_id
    head["Auto-Submitted"] = "auto-generated"
    head["X-Auto-Response-Suppress"] = "All"
    source = _lines(head) + _MIME + _body(message.message_id, words, mail.logo, mail.attachments)
    return Composed(sender=sender.addr_spec, recipient=recipient.addr_spec, source=source)


def compose_sign_in(mail: SignInMail) -> Composed:
    """The mail with a sign-in link from the seller to one of its people. Raises as `compose`."""
    return _to_staff(mail, render_sign_in)


def compose_trouble(mail: TroubleMail) -> Composed:
    """The mail about a webhook from the seller to one of its people. Raises as `compose`."""
    return _to_staff(mail, render_trouble)


def _to_staff(mail: _StaffMail, render_words: Callable[[_StaffMail], Rendered]) -> Composed:
    if not mail.seller.email:
        raise TemporaryMailError("the seller has no email address yet")
    words = render_words(mail)
    sender = _mailbox(mail.seller.name, mail.seller.email, field="seller")
    recipient = _mailbox("", mail.address, field="recipient")
    head = EmailMessage(policy=policy.SMTP)
    head["From"] = sender
    head["To"] = recipient
    head["Subject"] = header_text(words.subject, field="subject")
    head["Date"] = format_datetime(mail.created_at)
    head["Message-ID"] = message_id = f"<{mail.id}@{sender.domain}>"
    head["Auto-Submitted"] = "auto-generated"
    head["X-Auto-Response-Suppress"] = "All"
    source = _lines(head) + _MIME + _body(message_id, words, logo_of(mail.seller.picture), ())
    return Composed(sender=sender.addr_spec, recipient=recipient.addr_spec, source=source)


def _body(message_id: str, words: Rendered, logo: Logo | None, attachments: Sequence[Attachment]) -> bytes:
    """The text, the HTML with the logo beside it, so that clients do not list it as an attachment, and the files.

    The frame around them is the same for every mail and written out here: the library parses and folds each part's
    headers anew, which takes as long as all else.
    """
    boundary = sha256(message_id.encode()).hexdigest()[:40]
    depth = 1 if attachments else 0
    text = _text("plain", words.text)
    if logo is None:
        html = _text("html", words.html, _MIME)
    else:
        html = _MIME + _multipart(
            "related", f"{boundary}{depth + 1}", _text("html", words.html), _picture(logo)
        )
    body = _multipart("alternative", f"{boundary}{depth}", text, html)
    return _multipart("mixed", f"{boundary}0", body, *map(_file, attachments)) if depth else body


def _multipart(subtype: str, boundary: str, *parts: bytes) -> bytes:
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    opened, closed = f"--{boundary}\r\n".encode(), f"--{boundary}--\r\n".encode()
    return b"".join((head, *(opened + part + b"\r\n" for part in parts), closed))


def _text(subtype: str, words: str, more: bytes = b"") -> bytes:
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n'
    quoted = body_encode(words.encode().decode("latin-1"), _LINE, "\r\n")
    return b"%b%b\r\n%b" % (head.encode(), more, quoted.encode())


def _picture(logo: Logo) -> bytes:
    kept = f'Content-Disposition: inline; filename="logo.{logo.subtype}"\r\nContent-ID: <{logo.cid}>\r\n'
    return _binary(f"image/{logo.subtype}", kept.encode(), logo.content)


def _file(file: Attachment) -> bytes:
    named = EmailMessage(policy=policy.SMTP)
    named.add_header("Content-Disposition", "attachment", filename=file.filename)
    return _binary("application/pdf", _lines(named), file.content)


def _binary(kind: str, described: bytes, content: bytes) -> bytes:
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n".encode()
    return b"%b%b%b\r\n%b" % (head, described, _MIME, encodebytes(content).replace(b"\n", b"\r\n"))


def _lines(head: EmailMessage) -> bytes:
    """Its headers as lines, by the library's rules for them."""
    return b"".join(policy.SMTP.fold_binary(name, value) for name, value in head.items())


def _reply_to(message: Message) -> Address | None:
    """None for a customer's address, as it was typed, that no header takes: the shop must hear of it all the same."""
    try:
        return _mailbox(message.reply_to.name, message.reply_to.email or "", field="reply_to")
    except UnsafeHeaderError:
        if message.audience is not Audience.SELLER:
            raise
        return None


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
