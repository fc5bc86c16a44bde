"""Finding a quote for a route, or saying why it is not there."""

from adapters.db.database import Reading
from adapters.db.inbox.store import pending_create
from adapters.db.quotes.queries import find_quote
from adapters.db.quotes.views import CommandStatus, QuoteView
from api.http.problem import ProblemError


async def quote_or_problem(reading: Reading, quote_id: str) -> QuoteView:
    """The quote as recorded. Raises ProblemError 404: `quote_pending` while its creation is not decided
    yet, else `quote_not_found`.
    """
    found = await find_quote(reading, quote_id)
    if found is not None:
        return found
    create = await pending_create(reading, quote_id)
    if create is not None and create.status is CommandStatus.PENDING:
        raise ProblemError(
            "quote_pending",
            "The quote's creation is stored and waits for its decision.",
            extra={"command_id": create.id},
            headers={"Retry-After": "1"},
        )
    raise ProblemError("quote_not_found", "There is no quote with this id.")
