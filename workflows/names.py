"""Names by which workflows are found: ids, task queue, signals, queries, search attributes."""

from datetime import datetime

from temporalio.common import SearchAttributeKey

QUOTE_WORKFLOW = "QuoteWorkflow"
RECEIPT = "receipt"
SNAPSHOT = "snapshot"

QUOTE_NUMBER: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("QuoteNumber")
QUOTE_STATUS: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("QuoteStatus")
CUSTOMER_ID: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("CustomerId")
VALID_UNTIL: SearchAttributeKey[datetime] = SearchAttributeKey.for_datetime("ValidUntil")
QUOTE_TOTAL: SearchAttributeKey[float] = SearchAttributeKey.for_float("QuoteTotal")

SEARCH_ATTRIBUTES: dict[str, str] = {
    "QuoteNumber": "Keyword",
    "QuoteStatus": "Keyword",
    "CustomerId": "Keyword",
    "ValidUntil": "Datetime",
    "QuoteTotal": "Double",
}
"""What the server must have registered: an unregistered attribute blocks every quote."""


def mail_queue(task_queue: str) -> str:
    """The queue of deliveries beside that of decisions: a mail server that hangs takes no decision's place."""
    return f"{task_queue}-mail"
