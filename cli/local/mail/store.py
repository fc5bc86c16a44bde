"""Caught mails as files, one pair per mail: the mail as it came, and its envelope."""

import json
import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple


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
        folder.mkdir(parents=True, exist_ok=True)

    def save(self, content: bytes, envelope_from: str, recipients: list[str]) -> str:
        """Keeps the mail; when this returns it outlives the process. Returns its id."""
        self._last = max(self._last + 1, time.time_ns())
        mail_id = f"{self._last:020d}"
        envelope = {"from": envelope_from, "to": recipients}
        (self._folder / f"{mail_id}.json").write_text(json.dumps(envelope))
        draft = self._folder / f"{mail_id}.new"
        draft.write_bytes(content)
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
