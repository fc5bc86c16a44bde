"""From a verdict to an answer: the quote, the rule that refused, or where the outcome will be told."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal, Self

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.db.inbox.kept_answers import keep_answer
from adapters.db.inbox.store import NewCommand, NewCreate
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record.views import CommandView
from api.dispatch.submit import Decided, Undecided
from api.http.idempotency import as_kept, to_keep
from api.http.preconditions import etag
from api.http.problem import VersionWarningAnswer
from api.http.problem_handlers import answer as problem_answer
from api.http.refusals import problem_of_refusal
from api.http.request_context import arrival_of
from api.json_answer import Answer, IdText, InstantText, answered, as_recorded
from api.services import Services
from api.v1.quotes.answers import QuoteAnswer
from api.v1.router import PREFIX
from domain import instants
from domain.errors import RefusalCode
from domain.quotes.status import Action, CommandStatus, QuoteStatus, Receipt


def command_path(command_id: str) -> str:
    """Where a command's outcome is told."""
    return f"{PREFIX}/commands/{command_id}"


def quote_path(quote_id: str) -> str:
    """Where a quote is read."""
    return f"{PREFIX}/quotes/{quote_id}"


def _links(command_id: str, quote_id: str) -> dict[str, str]:
    return {"self": command_path(command_id), "quote": quote_path(quote_id)}


class CommandAnswer(Answer):
    """A command and its outcome, with the quote as it is now. `code` and `detail` say by which rule it was refused."""

    command_id: IdText
    quote_id: IdText
    name: str = Field(examples=["accept"])
    status: CommandStatus
    code: RefusalCode | None
    detail: str | None
    current_status: QuoteStatus | None
    allowed_actions: list[Action]
    received_at: InstantText
    decided_at: InstantText | None
    quote: QuoteAnswer | None
    links: dict[str, str]

    @classmethod
    def of(cls, command: CommandView, quote: QuoteAnswer | None) -> Self:
        """How the command ended, with the quote as it is now where there is one."""
        return cls(
            command_id=command.id,
            quote_id=command.quote_id,
            name=command.name,
            status=command.status,
            code=as_recorded(RefusalCode, command.code) if command.code is not None else None,
            detail=command.detail,
            current_status=command.current_status,
            allowed_actions=[as_recorded(Action, each) for each in command.allowed_actions],
            received_at=instants.answered(command.received_at),
            decided_at=instants.answered(command.decided_at),
            quote=quote,
            links=_links(command.id, command.quote_id),
        )


class PendingAnswer(Answer):
    """A command that is stored and not decided yet: the body of a 202. No quote has its `status`. `workflow` is what the
    quote's run reported; `number` is the quote's.
    """

    command_id: IdText
    quote_id: IdText
    number: str = Field(examples=["Q-2026-00012"])
    status: Literal[CommandStatus.PENDING]
    workflow: Receipt
    links: dict[str, str]

    @classmethod
    def of(cls, undecided: Undecided) -> Self:
        """What was stored, and what the workflow said of it."""
        return cls(
            command_id=undecided.command_id,
            quote_id=undecided.quote_id,
            number=undecided.number,
            status=CommandStatus.PENDING,
            workflow=as_recorded(Receipt, undecided.said),
            links=_links(undecided.command_id, undecided.quote_id),
        )


@dataclass(frozen=True, slots=True)
class Submission:
    """A command as a route puts it: the request, the command, and the status of success."""

    request: Request
    new: NewCommand | NewCreate
    success: HTTPStatus = HTTPStatus.OK


async def submit(services: Services, submission: Submission) -> Response:
    """Submit the command and answer with its outcome; a repeat with the same key gets the same answer."""
    verdict = await services.commands.submit(submission.new, arrived=arrival_of(submission.request.scope))
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


def quote_named_in(response: Response) -> str | None:
    """The id of the quote that an answer to a create made, or is still to make; None of one that refuses."""
    if response.status_code not in {HTTPStatus.CREATED, HTTPStatus.ACCEPTED}:
        return None
    told = json.loads(bytes(response.body))
    return str(told["quote_id"] if response.status_code == HTTPStatus.ACCEPTED else told["id"])


def pending_answer(undecided: Undecided) -> Response:
    """202: stored, and where the outcome will be told."""
    headers = {"Location": command_path(undecided.command_id), "Retry-After": str(undecided.retry_after)}
    return answered(PendingAnswer.of(undecided), HTTPStatus.ACCEPTED, headers)


def quote_answer(quote: QuoteAnswer, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """The quote with its entity tag; with its address where it is new."""
    headers = {"ETag": etag(quote.state_version)}
    if status is HTTPStatus.CREATED:
        headers["Location"] = quote_path(quote.id)
    return answered(quote, status, headers)


async def _outcome_answer(services: Services, submission: Submission, verdict: Decided) -> Response:
    command = verdict.command
    if command.status is CommandStatus.REFUSED:
        problem = problem_of_refusal(command, submission.new.asked)
        if problem.code == RefusalCode.PRICE_NEEDS_CONFIRMATION:
            problem.extra["warnings"] = await warnings_to_confirm(services, command.quote_id)
        return problem_answer(submission.request, problem)
    if submission.success is HTTPStatus.NO_CONTENT:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return quote_answer(await current_quote(services, command), submission.success)


async def warnings_to_confirm(services: Services, quote_id: str) -> list[VersionWarningAnswer]:
    """What has to be confirmed of the version that would be sent now, by line and with its figures."""
    async with services.database.read() as reading:
        quotes = PgQuotes(reading)
        view = await quotes.find(quote_id)
        found = await quotes.version(quote_id, view.quote.next_sent.number) if view else None
    warnings = found.content.warnings if found else ()
    return [VersionWarningAnswer.of(each) for each in warnings if each.get("needs_confirmation")]


async def current_quote(services: Services, command: CommandView) -> QuoteAnswer:
    """The quote of an applied command, as it is now. What was applied is on record."""
    async with services.database.read() as reading:
        view = await PgQuotes(reading).find(command.quote_id)
    if view is None:
        raise LookupError("an applied command without a recorded quote")
    return QuoteAnswer.of(view, services.settings)
