"""All that others know of a quote's runs: names, search attributes, queues, what one starts with and what it shows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from temporalio.common import SearchAttributeKey

from domain.quotes.envelope import Envelope
from domain.quotes.payloads import CreatePayload
from domain.quotes.quote import Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingView:
    """A command that waits for its decision."""

    command_id: str
    name: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """The workflow's own view: `next_due` is when its one timer rings and `next_what` what for.

    What depends on the present moment is computed by the caller: a query has no clock of its own.
    """

    quote: Quote | None
    waiting: tuple[WaitingView, ...]
    delivering: tuple[str, ...]
    next_due: datetime | None
    next_what: str


QUOTE_WORKFLOW = "QuoteWorkflow"
RECEIPT = "receipt"
SNAPSHOT = "snapshot"
ORDER_WAITS = "order_waits"

QUOTE_NUMBER: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("QuoteNumber")
QUOTE_STATUS: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("QuoteStatus")
CUSTOMER_ID: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("CustomerId")
VALID_UNTIL: SearchAttributeKey[datetime] = SearchAttributeKey.for_datetime("ValidUntil")
QUOTE_TOTAL: SearchAttributeKey[float] = SearchAttributeKey.for_float("QuoteTotal")

_KEYS: tuple[SearchAttributeKey[Any], ...] = (
    QUOTE_NUMBER,
    QUOTE_STATUS,
    CUSTOMER_ID,
    VALID_UNTIL,
    QUOTE_TOTAL,
)
SEARCH_ATTRIBUTES = {key.name: key.indexed_value_type.name.capitalize() for key in _KEYS}
"""Names and types that the server must have registered: an unregistered attribute blocks every quote."""


class WorkKind(StrEnum):
    """What there is to do for a worker process; each has a task queue of its own."""

    DECISIONS = "decisions"
    DELIVERIES = "deliveries"


def mail_queue(task_queue: str) -> str:
    """The queue of deliveries beside that of decisions: a mail server that hangs takes no decision's place."""
    return f"{task_queue}-mail"


WEBHOOK_WORKFLOW = "WebhookWorkflow"
WEBHOOK_NEWS = "news"


def webhook_queue(task_queue: str) -> str:
    """The queue of webhooks: receivers that hang take neither a decision's nor a mail's place."""
    return f"{task_queue}-webhooks"


def webhook_run_id(endpoint_id: str) -> str:
    """The id of the one workflow that tells an endpoint."""
    return f"webhook-{endpoint_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookStart:
    """Input of a run: the endpoint's id. What is to be told and how far it is stands in the record."""

    endpoint_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteStart:
    """Input of a run: the quote's id; for the first one its create command; after continuing as new the
    commands that still waited. The state itself never travels here: it would be stale.
    """

    quote_id: str
    create: Envelope | None = None
    waiting: tuple[Envelope, ...] = ()


def given_id(create: Envelope | None) -> str | None:
    """The id that a quote's runs were given with its number; None for a create from before there was one."""
    return CreatePayload.from_data(create.payload).workflow_id if create else None
