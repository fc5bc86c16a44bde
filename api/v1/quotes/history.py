"""What a quote has been through: versions, events, mails, and how a command ended."""

from typing import Annotated, Any, Self

from fastapi import Path, Query
from pydantic import Field
from starlette.responses import PlainTextResponse, Response

from adapters.db.database import Reading
from adapters.db.inbox.store import find_command
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record.outbox import MessageState, list_messages
from adapters.db.record.views import EventView, VersionView
from api.http.fields import Uuid
from api.http.pagination import DEFAULT_LIMIT, Cursor, Limit, Page, read_sequence, whole, write_sequence
from api.http.problem import ProblemError
from api.json_answer import Answer, Count, DigestText, IdText, InstantText, Ordinal, answered
from api.services import ServicesDep
from api.v1.quotes.answers import QuoteAnswer, VersionAnswer
from api.v1.quotes.comparison import DiffAnswer, DiffFormat
from api.v1.quotes.outcome import CommandAnswer
from api.v1.router import READ, Verify, problems, quote_or_problem, router, verification
from api.v1.verification import VerificationAnswer
from domain import instants
from domain.canonical import SHA256_PATTERN
from domain.presentation.differences.diff import diff
from domain.presentation.differences.diff_text import diff_text
from domain.quotes.events import EventType
from domain.quotes.notices import Audience, DeliveryStatus, MessageKind
from domain.quotes.status import CommandStatus


class EventAnswer(Answer):
    """A fact of the audit log, chained to the one before by its hash."""

    sequence: Ordinal
    type: EventType
    at: InstantText
    actor: str
    data: dict[str, Any]
    previous_hash: str = Field(description="Empty for the first event.", pattern=f"^({SHA256_PATTERN})?$")
    hash: DigestText

    @classmethod
    def of(cls, view: EventView) -> Self:
        """The event in its place of the chain."""
        if view.event.at is None:
            raise AssertionError("what is on record has its instant")
        return cls(
            sequence=view.sequence,
            type=view.event.type,
            at=instants.answered(view.event.at),
            actor=view.event.actor,
            data=dict(view.event.data),
            previous_hash=view.previous_hash,
            hash=view.hash,
        )


class EventsAnswer(Answer):
    """A page of the audit log, oldest first."""

    data: list[EventAnswer]
    has_more: bool
    next_cursor: str | None
    verification: VerificationAnswer | None = Field(default=None, description="With `verify=true`.")


class MessageAnswer(Answer):
    """An email and the state of its delivery."""

    id: IdText
    kind: MessageKind
    audience: Audience
    recipient: str
    version: Ordinal
    message_id: str
    status: DeliveryStatus
    attempts: Count
    last_error: str | None
    created_at: InstantText
    sent_at: InstantText | None

    @classmethod
    def of(cls, view: MessageState) -> Self:
        """The mail, and what has become of it."""
        return cls(
            id=view.id,
            kind=view.kind,
            audience=view.audience,
            recipient=view.recipient,
            version=view.version,
            message_id=view.message_id,
            status=view.status,
            attempts=view.attempts,
            last_error=view.last_error,
            created_at=instants.answered(view.created_at),
            sent_at=instants.answered(view.sent_at),
        )


routes = router("history")
VersionNumber = Annotated[int, Path(ge=1, le=1_000_000)]
_READ = {**READ, **problems(404)}


@routes.get(
    "/quotes/{quote_id}/versions",
    operation_id="list_versions",
    summary="List a quote's versions",
    response_model=Page[VersionAnswer],
    responses=_READ,
)
async def get_versions(services: ServicesDep, quote_id: Uuid) -> Response:
    """All versions, oldest first; a version never changes once written."""
    async with services.database.read() as reading:
        found = await PgQuotes(reading).versions(quote_id)
        if not found:
            await quote_or_problem(reading, quote_id)
    return answered(whole([VersionAnswer.of(view) for view in found]))


@routes.get(
    "/quotes/{quote_id}/versions/{number}",
    operation_id="get_version",
    summary="Read a version",
    response_model=VersionAnswer,
    responses=_READ,
)
async def get_version(services: ServicesDep, quote_id: Uuid, number: VersionNumber) -> Response:
    """One version, with the explained price of every line."""
    async with services.database.read() as reading:
        found = await _version(reading, quote_id, number)
    return answered(VersionAnswer.of(found))


@routes.get(
    "/quotes/{quote_id}/versions/{old}/diff/{new}",
    operation_id="compare_versions",
    summary="Compare two versions",
    response_model=DiffAnswer,
    responses={**_READ, 200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def compare_versions(
    services: ServicesDep,
    quote_id: Uuid,
    old: VersionNumber,
    new: VersionNumber,
    format: Annotated[DiffFormat, Query()] = DiffFormat.JSON,  # noqa: A002 (the parameter's public name)
) -> Response:
    """What changed from one version to another; as plain text for people with `format=text`."""
    async with services.database.read() as reading:
        quote = await quote_or_problem(reading, quote_id)
        before = await _version(reading, quote_id, old)
        after = await _version(reading, quote_id, new)
    found = diff(before.content, after.content)
    if format is DiffFormat.TEXT:
        return PlainTextResponse(diff_text(found, number=quote.number, old=old, new=new))
    return answered(DiffAnswer.of(found, old=old, new=new))


@routes.get(
    "/quotes/{quote_id}/events",
    operation_id="list_events",
    summary="List a quote's events",
    response_model=EventsAnswer,
    responses=_READ,
)
async def get_events(
    services: ServicesDep,
    quote_id: Uuid,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    verify: Verify = False,
) -> Response:
    """The audit log, oldest first; each event's hash covers the one before. `verify=true` checks all of it."""
    filters = {"list": "events", "quote_id": quote_id}
    seen = read_sequence(cursor, filters)
    async with services.database.read() as reading:
        found = await PgQuotes(reading).events(quote_id, after_sequence=seen, limit=limit + 1)
        if not found:
            await quote_or_problem(reading, quote_id)
        checked = await verification(reading, quote_id, wanted=verify)
    shown, has_more = found[:limit], len(found) > limit
    following = write_sequence(shown[-1].sequence, filters) if has_more else None
    data = [EventAnswer.of(view) for view in shown]
    answer = EventsAnswer(data=data, has_more=has_more, next_cursor=following)
    if checked:
        answer.verification = checked
    return answered(answer)


@routes.get(
    "/quotes/{quote_id}/messages",
    operation_id="list_messages",
    summary="List a quote's emails",
    response_model=Page[MessageAnswer],
    responses=_READ,
)
async def get_messages(services: ServicesDep, quote_id: Uuid) -> Response:
    """All emails of the quote, oldest first, with the state of their delivery."""
    async with services.database.read() as reading:
        await quote_or_problem(reading, quote_id)
        found = await list_messages(reading, quote_id)
    return answered(whole([MessageAnswer.of(view) for view in found]))


@routes.get(
    "/commands/{command_id}",
    operation_id="get_command",
    summary="Read the outcome of a command",
    response_model=CommandAnswer,
    responses=_READ,
)
async def get_command(services: ServicesDep, command_id: Uuid) -> Response:
    """The outcome of a command that was answered with 202: pending, applied or refused."""
    async with services.database.read() as reading:
        command = await find_command(reading, command_id)
        if command is None:
            raise ProblemError("command_not_found", "There is no command with this id.")
        view = await PgQuotes(reading).find(command.quote_id)
    quote = QuoteAnswer.of(view, services.settings) if view else None
    pending = command.status is CommandStatus.PENDING
    headers = {"Retry-After": "1"} if pending else None
    return answered(CommandAnswer.of(command, quote), headers=headers)


async def _version(reading: Reading, quote_id: str, number: int) -> VersionView:
    found = await PgQuotes(reading).version(quote_id, number)
    if found is None:
        await quote_or_problem(reading, quote_id)
        raise ProblemError("version_not_found", f"The quote has no version {number}.")
    return found
