"""From exceptions to problems. The mapping stands here, outside the exceptions."""

import re
from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from adapters import logs
from adapters.db.errors import DatabaseUnavailableError
from api.dispatch.backlog import OverloadedError
from api.dispatch.runs import RunsUnavailableError
from api.http.problem import PROBLEMS, ProblemError, code_of, invalid, unavailable
from api.http.refusals import problem_of
from api.http.request_context import request_id_of
from api.http.validation import field_errors
from domain.errors import QuoteError

_METHODS = frozenset({"get", "put", "post", "patch", "delete"})
_PARAMETER = re.compile(r"\{[^}]+\}")


def allowed_methods(request: Request) -> str | None:
    """The value of `Allow` for the request's path, None for an address that the document does not tell."""
    found = {
        method.upper()
        for pattern, methods in _addresses(request.app)
        if pattern.fullmatch(request.url.path)
        for method in methods
    }
    return ", ".join(sorted(found)) or None


@cache
def _addresses(app: FastAPI) -> tuple[tuple[re.Pattern[str], frozenset[str]], ...]:
    paths: dict[str, dict[str, Any]] = app.openapi()["paths"]
    return tuple(
        (re.compile("[^/]+".join(map(re.escape, _PARAMETER.split(path)))), _METHODS & operations.keys())
        for path, operations in paths.items()
    )


_MAX_ERRORS = 50
_log = logs.logger(__name__)
_DETAILS = {
    404: "There is no such address; all paths are listed in /api/v1/openapi.json.",
    405: "This address does not support this method; the Allow header lists those it does.",
}


def install(app: FastAPI) -> None:
    """Answer every exception below a route with a problem."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(QuoteError, _quote_error)
    app.add_exception_handler(DatabaseUnavailableError, _database_unavailable)
    app.add_exception_handler(RunsUnavailableError, _runs_unavailable)
    app.add_exception_handler(OverloadedError, _overloaded)


def answer(request: Request, problem: ProblemError) -> Response:
    """The problem as the answer to `request`."""
    return problem.response(path=request.url.path, request_id=request_id_of(request.scope))


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101  # registered for this class alone
    return answer(request, error)


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for this class alone
    found: list[dict[str, Any]] = list(error.errors())
    return answer(request, invalid(*field_errors(found[:_MAX_ERRORS])))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this class alone
    code = code_of(error.status_code)
    detail = _DETAILS.get(error.status_code, PROBLEMS.get(code, (0, "The request was refused."))[1])
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (allow := allowed_methods(request)):
        headers["Allow"] = allow
    problem = ProblemError(code, detail, headers=headers, status=error.status_code)
    return answer(request, problem)


async def _quote_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, QuoteError)  # noqa: S101  # registered for this class alone
    return answer(request, problem_of(error))


async def _database_unavailable(request: Request, error: Exception) -> Response:
    assert isinstance(error, DatabaseUnavailableError)  # noqa: S101  # registered for this class alone
    _log.warning("database_unavailable", obstacle=error.obstacle)
    detail = f"The database {error.obstacle.words}. Repeat the request with the same Idempotency-Key."
    return answer(request, unavailable("database_unavailable", detail))


async def _runs_unavailable(request: Request, error: Exception) -> Response:
    _log.warning("temporal_unavailable", error=type(error).__name__)
    return answer(request, unavailable("workflow_unavailable", "Temporal cannot be reached right now."))


async def _overloaded(request: Request, error: Exception) -> Response:
    assert isinstance(error, OverloadedError)  # noqa: S101  # registered for this class alone
    _log.warning("overloaded", waiting=error.waiting, retry_after=error.retry_after)
    detail = (
        "More waits to be decided than can be in two seconds. Nothing was stored; repeat the request later."
    )
    return answer(request, unavailable("overloaded", detail, retry_after=error.retry_after))
