"""What a person sees of a quote in the Temporal Web UI, and what the workflow answers to queries."""

from dataclasses import dataclass
from datetime import datetime

from temporalio import workflow

from domain.quotes.instants import local
from domain.quotes.quote import Quote
from workflows import names


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


def show(quote: Quote, what_next: str) -> None:
    """Put the state where the Temporal Web UI lists and searches it, and tell what happens next."""
    workflow.upsert_search_attributes(
        [
            names.QUOTE_NUMBER.value_set(quote.number),
            names.QUOTE_STATUS.value_set(str(quote.status)),
            names.CUSTOMER_ID.value_set(quote.customer_id),
            names.VALID_UNTIL.value_set(quote.valid_until),
            names.QUOTE_TOTAL.value_set(float(quote.current.total.amount)),
        ]
    )
    workflow.set_current_details(details(quote, what_next))


def details(quote: Quote, what_next: str) -> str:
    """The state in a few lines of Markdown."""
    total = quote.current.total
    version = f"version {quote.current_version}"
    if quote.working_version is not None:
        version += f" (version {quote.working_version} in work)"
    return "\n".join(
        [
            f"### {quote.number}: {quote.status}",
            f"- {version}, {total} {total.currency}",
            f"- valid until {local(quote.valid_until, quote.time_zone)}",
            f"- next: {what_next}",
        ]
    )
