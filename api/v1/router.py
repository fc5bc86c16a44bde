"""What all routes of /api/v1 share."""

from typing import Any, Final

from fastapi import APIRouter

from api.http.strict_route import StrictRoute
from api.v1.quotes.answers import ProblemAnswer

_TITLES: Final = {
    400: "Unreadable: no JSON, or a header that cannot be read",
    401: "No valid API key",
    403: "The key's scopes do not allow this",
    404: "Not there",
    409: "Not allowed in the quote's present state; carries current_status and allowed_actions",
    412: "The quote has changed since it was read (If-Match)",
    413: "More than 1 MiB",
    415: "Not application/json",
    422: "Well-formed but not valid; errors point at fields",
    503: "Not reachable for now; Retry-After says when to try again",
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


READ: Final = problems(401, 403, 422, 503)
CHANGE: Final = problems(400, 401, 403, 413, 415, 422, 503)


def router(tag: str) -> APIRouter:
    """A router of strict routes."""
    return APIRouter(prefix="/api/v1", tags=[tag], route_class=StrictRoute)
