"""What all routes of /api/v1 share."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from adapters.db.database import Reading
from adapters.db.inbox.store import pending_create
from adapters.db.quotes.repository import PgQuotes
from adapters.db.quotes.verification import find_record
from api.http.problem import ProblemAnswer, ProblemError
from api.http.strict_route import StrictRoute
from api.v1.verification import VerificationAnswer
from domain.quotes.record import QuoteView
from domain.quotes.status import CommandStatus

PREFIX: Final = "/api/v1"

_TITLES: Final = {
    400: "Malformed: the body is not valid JSON, or a header cannot be read",
    401: "No valid API key",
    403: "The key's scopes do not allow this",
    404: "Not found",
    409: "Not allowed in the quote's current state; includes current_status and allowed_actions",
    410: "It was blanked, because a person in it was forgotten",
    412: "The quote has changed since it was read (If-Match)",
    413: "More than 1 MiB, or than 20,000 JSON values",
    415: "Not application/json",
    422: "Well-formed but not valid; errors point at fields",
    500: "Something went wrong on our side",
    503: "Temporarily unavailable; Retry-After says when to try again",
}
Responses = dict[int | str, dict[str, Any]]


def problems(*statuses: int) -> Responses:
    """The problems that a route may answer with, for the OpenAPI document."""
    return {
        status: {
            "description": _TITLES[status],
            "model": ProblemAnswer,
            "content": {"application/problem+json": {}},
        }
        for status in statuses
    }


READ: Final = problems(401, 403, 422, 500, 503)
CHANGE: Final = problems(400, 401, 403, 413, 415, 422, 500, 503)


def router(tag: str) -> APIRouter:
    """A router of strict routes."""
    return APIRouter(prefix="/api/v1", tags=[tag], route_class=StrictRoute)


async def quote_or_problem(reading: Reading, quote_id: str) -> QuoteView:
    """The quote as recorded. Raises ProblemError 404: `quote_pending` while its creation is not decided
    yet, else `quote_not_found`.
    """
    found = await PgQuotes(reading).find(quote_id)
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


Verify = Annotated[
    bool, Query(description="Verify the whole record of the quote, and report what does not match.")
]


async def verification(reading: Reading, quote_id: str, *, wanted: bool) -> VerificationAnswer | None:
    """`verification`, where it is wanted and there is a record."""
    record = await find_record(reading, quote_id) if wanted else None
    return VerificationAnswer.of(record) if record else None
