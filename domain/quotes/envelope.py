"""The envelope in which a command travels: from the inbox row through the signal to the decision.

Fields may be added, never required: every field but `command_id` is optional, unknown ones are ignored.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from domain import instants
from domain.errors import MalformedCommandError
from domain.offer import readers
from domain.offer.line_request import LineRequest, read_discount, read_line
from domain.offer.readers import Payload
from domain.quotes import commands as c
from domain.quotes.status import Action, Request
from domain.quotes.validity import Validity

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
    """A command as stored: `name` is `create` or an `Action`, `payload` its own fields as plain data."""

    name: str
    command_id: str
    received_at: datetime
    actor: str = "unknown"
    expected_state_version: int | None = None
    shown_version: int | None = None
    payload: Payload = field(default_factory=dict)
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
        raise MalformedCommandError("a command is an object")
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


def to_command(envelope: Envelope) -> c.Command:
    """The command that an envelope carries. Raises MalformedCommandError that names the field."""
    build = _BUILDERS.get(envelope.name)
    if build is None:
        raise MalformedCommandError(f"there is no command {envelope.name!r}"[:200])
    head = {
        "command_id": envelope.command_id,
        "received_at": envelope.received_at,
        "actor": envelope.actor,
        "expected_state_version": envelope.expected_state_version,
    }
    return build(head, envelope.payload, envelope.shown_version)


def _payload(data: Mapping[str, Any]) -> Payload:
    payload = data.get("payload") or {}
    if not isinstance(payload, Mapping):
        raise readers.bad("payload", "must be an object")
    return payload


def _validity(data: Payload) -> Validity | None:
    days = readers.optional_whole(data, "valid_days")
    until = readers.optional_text(data, "valid_until")
    if days is None and until is None:
        return None
    if days is not None and until is not None:
        raise readers.bad("valid_until", "stands for valid_days, not beside it")
    if days is not None:
        return Validity(days=days)
    if len(until or "") == len("2026-12-24"):
        try:
            return Validity(on=date.fromisoformat(until or ""))
        except ValueError:
            raise readers.bad("valid_until", "must be a date or a time") from None
    # Too far is for the rule of validity to say; it reckons with any instant between these.
    return Validity(
        until=min(max(readers.any_instant(data, "valid_until"), readers.EARLIEST), readers.LATEST)
    )


def _lines(data: Payload) -> tuple[LineRequest, ...]:
    lines = data.get("lines")
    if not isinstance(lines, list) or not lines:
        raise readers.bad("lines", "at least one is needed")
    return tuple(read_line(position, line) for position, line in enumerate(lines, start=1))


def _copied_from(data: Payload) -> c.CopiedFrom | None:
    found = data.get("copied_from")
    if found is None:
        return None
    version = readers.optional_whole(found, "version") if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping) or version is None:
        raise readers.bad("copied_from", "must name a quote and a version")
    return c.CopiedFrom(quote_id=readers.uuid(found, "quote_id"), version=version)


def _recipients(data: Payload) -> tuple[str, ...]:
    recipients = data.get("recipients") or []
    if not isinstance(recipients, list) or not all(isinstance(r, str) for r in recipients):
        raise readers.bad("recipients", "must be a list of addresses")
    return tuple(recipients)


def _method(data: Payload) -> c.AcceptanceMethod | None:
    method = readers.optional_text(data, "method")
    try:
        return c.AcceptanceMethod(method) if method else None
    except ValueError:
        raise readers.bad("method", "must be online, phone, mail or purchase_order") from None


def _shown(version: int | None) -> int:
    if version is None:
        raise readers.bad("shown_version", "is required")
    return version


Head = dict[str, Any]


def _create(head: Head, p: Payload, _shown_version: int | None) -> c.Create:
    return c.Create(
        **head,
        quote_id=readers.uuid(p, "quote_id"),
        number=readers.text(p, "number"),
        customer_id=readers.uuid(p, "customer_id"),
        time_zone=readers.text(p, "time_zone"),
        reminder_zone=readers.text(p, "reminder_zone"),
        lines=_lines(p),
        discount=read_discount(p),
        copied_from=_copied_from(p),
        notes=readers.optional_text(p, "notes"),
        validity=_validity(p),
    )


def _revise(head: Head, p: Payload, _shown_version: int | None) -> c.Revise:
    return c.Revise(
        **head,
        lines=() if p.get("reprice") is True else _lines(p),
        discount=read_discount(p),
        keep_overrides=p.get("overrides") == "keep",
        notes=readers.optional_text(p, "notes"),
        validity=_validity(p),
    )


def _send(head: Head, p: Payload, _shown_version: int | None) -> c.Send:
    message = readers.optional_text(p, "message")
    return c.Send(**head, recipients=_recipients(p), message=message, validity=_validity(p))


def _resend(head: Head, p: Payload, _shown_version: int | None) -> c.Resend:
    return c.Resend(**head, recipients=_recipients(p), message=readers.optional_text(p, "message"))


def _extend(head: Head, p: Payload, _shown_version: int | None) -> c.Extend:
    validity = _validity(p)
    if validity is None:
        raise readers.bad("valid_until", "or valid_days is required")
    return c.Extend(**head, validity=validity)


def _accept(head: Head, p: Payload, shown_version: int | None) -> c.Accept:
    method = _method(p) or c.AcceptanceMethod.ONLINE
    return c.Accept(
        **head,
        shown_version=_shown(shown_version),
        signer=readers.text(p, "signer"),
        method=method,
        proof=readers.optional_text(p, "proof_sha256"),
    )


def _reject(head: Head, p: Payload, shown_version: int | None) -> c.Reject:
    return c.Reject(**head, shown_version=_shown(shown_version), method=_method(p))


def _ask(request: Request) -> Callable[[Head, Payload, int | None], c.Ask]:
    def build(head: Head, _p: Payload, shown_version: int | None) -> c.Ask:
        return c.Ask(**head, request=request, shown_version=_shown(shown_version))

    return build


def _cancel(head: Head, p: Payload, _shown_version: int | None) -> c.Cancel:
    return c.Cancel(**head, draft_only=bool(p.get("draft_only", False)))


_BUILDERS: Mapping[str, Callable[[Head, Payload, int | None], c.Command]] = {
    CREATE: _create,
    "revise": _revise,
    "send": _send,
    "resend": _resend,
    "extend": _extend,
    "accept": _accept,
    "reject": _reject,
    "cancel": _cancel,
    **{request: _ask(request) for request in Request},
}
