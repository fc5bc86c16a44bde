"""The envelope in which a command travels: from the inbox row through the signal to the decision.

Fields may be added, never required: every field but `command_id` is optional, unknown ones are ignored.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain import instants
from domain.errors import MalformedCommandError
from domain.offer import readers
from domain.offer.readers import Data
from domain.quotes.status import Action

SCHEMA_VERSION = 1
CREATE = "create"
MEANS_CURRENT = (Action.ACCEPT, Action.REJECT)
"""What is said about one version: it means the one current when it was received, where it names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRef:
    """A command of the inbox that was decided. Its text stays in the inbox row; `digest` says which text it
    was that was decided: SHA-256 over name and data.
    """

    id: str
    name: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A command as stored: `name` is `create`, an `Action` or a `CustomerRequest`, `payload` what `domain.quotes.payloads` says."""

    name: str
    command_id: str
    received_at: datetime
    actor: str = "unknown"
    expected_state_version: int | None = None
    shown_version: int | None = None
    payload: Data = field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data: the argument of the signal (whose name is `name`)."""
        return {
            "command_id": self.command_id,
            "received_at": instants.stored(self.received_at),
            "actor": self.actor,
            "expected_state_version": self.expected_state_version,
            "shown_version": self.shown_version,
            "payload": dict(self.payload),
            "schema_version": self.schema_version,
        }

    def shown(self) -> int:
        """The version that was shown, for a command that needs one. Raises MalformedCommandError."""
        if self.shown_version is None:
            raise readers.bad("shown_version", "is required")
        return self.shown_version

    @property
    def reference(self) -> CommandRef:
        """The command by its id, name and digest."""
        # Unlike `domain.canonical` this takes any JSON, also the floats of a signal that nobody here sent.
        text = json.dumps([self.name, self.to_data()], sort_keys=True, separators=(",", ":"), default=str)
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return CommandRef(id=self.command_id, name=self.name, digest=digest)


def read_envelope(name: str, data: object) -> Envelope:
    """The envelope in a signal's argument. Raises MalformedCommandError that names the field."""
    if not isinstance(data, Mapping):
        raise MalformedCommandError("a command must be an object")
    return Envelope(
        name=name,
        command_id=readers.uuid(data, "command_id"),
        received_at=readers.instant(data, "received_at"),
        actor=readers.optional_text(data, "actor") or "unknown",
        expected_state_version=readers.optional_whole(data, "expected_state_version"),
        shown_version=readers.optional_whole(data, "shown_version"),
        payload=_payload(data),
        schema_version=readers.optional_whole(data, "schema_version") or SCHEMA_VERSION,
    )


def _payload(data: Mapping[str, Any]) -> Data:
    payload = data.get("payload") or {}
    if not isinstance(payload, Mapping):
        raise readers.bad("payload", "must be an object")
    return payload
