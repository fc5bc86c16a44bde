"""What a person sees of a quote in the Temporal Web UI."""

from datetime import datetime

from temporalio import workflow

from domain.quotes.quote import Quote
from domain.wording import local
from workflows import contract

CANCEL_BY = "POST /api/v1/quotes/{quote_id}/cancel"


def list_by(quote: Quote) -> None:
    """Put the state where the Temporal Web UI lists and searches it."""
    workflow.upsert_search_attributes(
        [
            contract.QUOTE_NUMBER.value_set(quote.number),
            contract.QUOTE_STATUS.value_set(str(quote.status)),
            contract.CUSTOMER_ID.value_set(quote.customer_id),
            contract.VALID_UNTIL.value_set(quote.valid_until),
            contract.QUOTE_TOTAL.value_set(float(quote.price.amount)),
        ]
    )


def details(quote: Quote | None, what_next: str, *, cancel_asked: datetime | None = None) -> str:
    """The state in a few lines of Markdown; also when somebody asked in vain that the run be cancelled."""
    lines = [] if quote is None else _state(quote, what_next)
    if cancel_asked is not None:
        at = local(cancel_asked, quote.time_zone if quote else "UTC")
        by = CANCEL_BY.format(quote_id=quote.id if quote else "{quote_id}")
        lines.append(
            f"- **not cancelled**: a request to cancel this run came at {at}, but runs ignore it. To "
            f"cancel the quote, send it the command: `{by}`"
        )
    return "\n".join(lines)


def _state(quote: Quote, what_next: str) -> list[str]:
    total = quote.price
    version = f"version {quote.current_version}"
    if quote.working_version is not None:
        version += f" (version {quote.working_version} in preparation)"
    return [
        f"### {quote.number}: {quote.status}{', the acceptance annulled by agreement' if quote.is_annulled else ''}",
        f"- {version}, {total} {total.currency}",
        f"- valid until {local(quote.valid_until, quote.time_zone)}",
        *([f"- order handed over as {quote.order_reference}"] if quote.order_reference else ()),
        f"- next: {what_next}",
    ]
