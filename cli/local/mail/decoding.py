"""A caught mail as data: what the inbox shows and what `/api/messages` answers."""

from base64 import b64encode
from email.message import EmailMessage, MIMEPart
from typing import Any

from cli.local.mail.store import Caught
from domain import wording

PICTURES = {"image/png", "image/jpeg", "image/gif"}


def summary(mail: Caught) -> dict[str, Any]:
    """Decoded texts; `headers` by name, a repeated one joined by line breaks."""
    message = mail.message
    headers: dict[str, str] = {}
    for name, value in message.items():
        headers[name] = f"{headers[name]}\n{value}" if name in headers else str(value)
    return {
        "id": mail.id,
        "from": str(message["From"] or mail.envelope_from),
        "to": str(message["To"] or ", ".join(mail.recipients)),
        "subject": str(message["Subject"] or ""),
        "message_id": str(message["Message-ID"] or "").strip(),
        "date": str(message["Date"] or ""),
        "when": _when(message),
        "recipients": mail.recipients,
        "headers": headers,
        "text": body(message, "plain"),
        "html": body(message, "html"),
        "attachments": [
            {
                "filename": part.get_filename() or f"part-{number}",
                "content_type": part.get_content_type(),
                "size": len(payload(part)),
            }
            for number, part in enumerate(message.iter_attachments(), start=1)
        ],
    }


def _when(message: EmailMessage) -> str:
    """The mail's date, short enough for a list; as it stands there when it cannot be read."""
    date = message["Date"]
    stamp = getattr(date, "datetime", None)
    return wording.utc_minute(stamp) if stamp and stamp.tzinfo else str(date or "")


def with_pictures(message: EmailMessage, html: str) -> str:
    """The HTML with the pictures that the mail carries itself: a browser knows no Content-IDs."""
    for part in message.walk():
        content_id = str(part["Content-ID"] or "").strip().strip("<>")
        if content_id and part.get_content_type() in PICTURES:
            data = b64encode(payload(part)).decode()
            html = html.replace(f'"cid:{content_id}"', f'"data:{part.get_content_type()};base64,{data}"')
    return html


def body(message: EmailMessage, kind: str) -> str | None:
    """The part of that kind (`plain` or `html`), decoded; None when the mail has none."""
    part = message.get_body((kind,))
    if part is None:
        return None
    try:
        text = str(part.get_content())
    except (LookupError, UnicodeError):  # a character set that does not exist
        text = payload(part).decode("utf-8", errors="replace")
    return text.replace("\r\n", "\n")  # how lines end on the way is the way's business


def payload(part: MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else part.as_bytes()
