"""What goes into the inbox and what comes back from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.db.inbox.kept_answers import Idempotency
from domain.quotes.envelope import Envelope
from domain.quotes.payloads import CreatePayload, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCommand:
    """A command about an existing quote, to be stored. For accept and reject, `shown_version` None means the current one.
    `traceparent` is the span of its request, where that is traced.
    """

    asked: Payload
    quote_id: str
    actor: str
    expected_state_version: int | None = None
    shown_version: int | None = None
    idempotency: Idempotency | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCreate:
    """The command that creates a quote, to be stored. `traceparent` as for any other."""

    asked: CreatePayload
    customer_id: str
    actor: str
    idempotency: Idempotency | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A command that is in the inbox now, ready to be signalled: first `older`, then `envelope`.

    `older` are earlier commands of the quote without an outcome, the create first, then by received time.
    `summary` is the run's one line, "Q-2026-00012 · ACME". `traceparents` are by the ids of those commands that are traced.
    """

    envelope: Envelope
    quote_id: str
    workflow_id: str
    number: str
    summary: str
    older: tuple[Envelope, ...] = ()
    traceparents: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndecidedCommand:
    """A command without an outcome, to be signalled again. `traceparent` is the span of its request, where that was traced."""

    envelope: Envelope
    quote_id: str
    workflow_id: str
    summary: str
    traceparent: str | None = None
