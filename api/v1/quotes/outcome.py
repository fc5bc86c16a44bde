"""From a verdict to an answer: the quote, the rule that refused, or where the outcome will be told."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.db.inbox.store import NewCommand, NewCreate, keep_answer
from adapters.db.quotes.queries import find_quote
from adapters.db.quotes.views import CommandStatus, CommandView
from api.dispatch.submit import Decided, Undecided
from api.http.idempotency import as_kept, to_keep
from api.http.preconditions import etag
from api.http.problem_handlers import answer as problem_answer
from api.http.refusals import problem_of_refusal
from api.services import Services
from api.v1.quotes.command_view import command_path, quote_path, undecided_data
from api.v1.quotes.quote_view import quote_data

RETRY_AFTER_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Submission:
    """A command as a route puts it: the request, the command, and the status of success."""

    request: Request
    new: NewCommand | NewCreate
    success: HTTPStatus = HTTPStatus.OK


async def submit(services: Services, submission: Submission) -> Response:
    """Submit the command and answer with its outcome; a repeat with the same key gets the same answer."""
    verdict = await services.commands.submit(submission.new)
    if isinstance(verdict, Undecided):
        return pending_answer(verdict)
    if verdict.answer is not None:
        return as_kept(verdict.answer, replayed=True)
    response = await _outcome_answer(services, submission, verdict)
    if submission.new.idempotency is None:
        return response
    mine = to_keep(response)
    async with services.database.write_each() as writing:
        kept = await keep_answer(writing, verdict.command.id, mine)
    return as_kept(kept, replayed=kept != mine)


def pending_answer(undecided: Undecided) -> Response:
    """202: stored, and where the outcome will be told."""
    headers = {"Location": command_path(undecided.command_id), "Retry-After": str(RETRY_AFTER_SECONDS)}
    return JSONResponse(undecided_data(undecided), status_code=HTTPStatus.ACCEPTED, headers=headers)


def quote_answer(data: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Response:
    """The quote with its entity tag; with its address where it is new."""
    headers = {"ETag": etag(data["state_version"])}
    if status is HTTPStatus.CREATED:
        headers["Location"] = quote_path(data["id"])
    return JSONResponse(data, status_code=status, headers=headers)


async def _outcome_answer(services: Services, submission: Submission, verdict: Decided) -> Response:
    command = verdict.command
    if command.status is CommandStatus.REFUSED:
        return problem_answer(submission.request, problem_of_refusal(command, submission.new.payload))
    if submission.success is HTTPStatus.NO_CONTENT:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    data = await current_quote(services, command)
    return quote_answer(data, submission.success)


async def current_quote(services: Services, command: CommandView) -> dict[str, Any]:
    """The quote of an applied command, as it is now. What was applied is on record."""
    async with services.database.read() as reading:
        view = await find_quote(reading, command.quote_id)
    if view is None:
        raise LookupError("an applied command without a recorded quote")
    return quote_data(view, services.settings)
