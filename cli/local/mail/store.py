"""Caught mails as files, one pair per mail: the mail as it came, and its envelope; and as the inbox shows them."""

import json
import time
from base64 import b64encode
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from cli.local.datadir import private, private_folder
from domain import wording


class Caught(NamedTuple):
    """One mail. `id` grows with the time of arrival; the envelope is what the SMTP client said."""

    id: str
    envelope_from: str
    recipients: list[str]
    message: EmailMessage


class MailStore:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last = 0
        private_folder(folder)  # customers' links lie here

    def save(self, content: bytes, envelope_from: str, recipients: list[str]) -> str:
        """Keeps the mail; when this returns it outlives the process. Returns its id."""
        self._last = max(self._last + 1, time.time_ns())
        mail_id = f"{self._last:020d}"
        envelope = {"from": envelope_from, "to": recipients}
        with open(self._folder / f"{mail_id}.json", "w", opener=private) as file:
            file.write(json.dumps(envelope))
        draft = self._folder / f"{mail_id}.new"
        with open(draft, "wb", opener=private) as file:
            file.write(content)
        draft.rename(self._folder / f"{mail_id}.eml")
        return mail_id

    def all(self) -> list[Caught]:
        """Oldest first."""
        return [_read(path) for path in sorted(self._folder.glob("*.eml"))]

    def get(self, mail_id: str) -> Caught | None:
        path = self._folder / f"{mail_id}.eml"
        return _read(path) if mail_id.isdecimal() and path.exists() else None


@lru_cache(maxsize=4096)
def _read(path: Path) -> Caught:
    # A caught mail never changes, so one reading is enough.
    message = message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=default)
    try:
        envelope = json.loads(path.with_suffix(".json").read_text())
    except (OSError, ValueError):
        envelope = {"from": "", "to": []}
    return Caught(path.stem, envelope["from"], envelope["to"], message)


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
