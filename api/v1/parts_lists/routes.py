"""Parts lists: read and stored, answered, made into a draft."""

import asyncio
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Body, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.db.database import Reading, Writing
from adapters.db.inbox.store import NewCreate
from adapters.db.quotes.parts_lists import (
    StoredList,
    change_list,
    find_list,
    find_list_customer,
    keep_answers,
    store_list,
)
from adapters.spreadsheets.bounded import read_spreadsheet
from api.http.auth import actor_of
from api.http.fields import OneLine, Uuid
from api.http.file_body import MAX_FILE_BYTES
from api.http.idempotency import IdempotencyDep, IdempotencyKey, idempotency_over, once
from api.http.json_body import read_bytes
from api.http.problem import FieldError, ProblemError, invalid
from api.http.validation import pointer
from api.json_answer import answered
from api.services import ServicesDep
from api.v1.parts_lists.answers import PartsListAnswer, list_path
from api.v1.parts_lists.said import ListAnswersBody, ListQuoteBody
from api.v1.pricing.card_of_the_day import card_of_the_day
from api.v1.quotes.answers import QuoteAnswer
from api.v1.quotes.lines import MAX_LINES
from api.v1.quotes.outcome import Submission, quote_named_in, submit
from api.v1.quotes.routes import PENDING
from api.v1.router import CHANGE, READ, problems, router
from domain.offer.parts_lists.answers import ListAnswers
from domain.offer.parts_lists.grid import Grid, ListFileError
from domain.offer.parts_lists.reading import InvalidAnswersError, ListContext, ListReading, read_list
from domain.quotes.payloads import CreatePayload
from domain.wording import number

_TEXTS: Final = ("text/csv", "text/tab-separated-values", "text/plain")
_WORKBOOKS: Final = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.spreadsheet",
)
_ANY: Final = "application/octet-stream"
LIST_TYPES: Final = (*_TEXTS, *_WORKBOOKS, _ANY)
_A_FILE: Final = {
    media_type: {"schema": {"type": "string", "format": "binary", "minLength": 1}}
    for media_type in LIST_TYPES
}
_MOST_TOLD: Final = 40
_LONGEST_NOTE: Final = 5_000

routes = router("parts lists")
CustomerOfList = Annotated[
    Uuid | None, Query(description="Whose list it is; what was kept of this customer's lists counts.")
]
NameOfList = Annotated[OneLine | None, Query(description="The file's name, or another that you know it by.")]
SheetOfList = Annotated[
    OneLine | None, Query(description="The sheet of a workbook; without it, the one that has most of a list.")
]
HeaderRow = Annotated[
    int | None,
    Query(ge=1, le=10_000_000, description="The file's row that names the columns; without it, it is found."),
]


@routes.post(
    "/parts-lists",
    operation_id="read_parts_list",
    status_code=HTTPStatus.CREATED,
    response_model=PartsListAnswer,
    responses=CHANGE,
    openapi_extra={"requestBody": {"required": True, "content": _A_FILE}},
)
async def read_parts_list(
    request: Request,
    services: ServicesDep,
    customer_id: CustomerOfList = None,
    name: NameOfList = None,
    sheet: SheetOfList = None,
    header_row: HeaderRow = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Read a parts list (CSV, TSV, XLSX or ODS, of at most 5 MiB), store it, and tell what was understood of it and what is to be
    answered. Nothing is priced yet.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in LIST_TYPES:
        raise ProblemError("unsupported_media_type", f"Send a list as one of {', '.join(LIST_TYPES)}.")
    content = await read_bytes(request, MAX_FILE_BYTES)
    if not content:
        raise ProblemError("file_empty", "The file is empty.")
    idempotency = idempotency_over(request, idempotency_key, content)
    answers = ListAnswers(header_row=header_row)
    async with services.database.read() as reading:
        context = await _context(reading, customer_id, place="query")
    try:
        async with services.list_turn:
            grid = await read_spreadsheet(content, sheet)
            found = await _read(grid, answers, context)
    except ListFileError as error:
        raise _refused(error) from None

    async def work(writing: Writing) -> Response:
        stored = await store_list(
            writing, grid, customer_id=customer_id, name=name, answers=answers, stored_by=actor_of(request)
        )
        location = {"Location": list_path(stored.id)}
        return answered(PartsListAnswer.of(stored, found), HTTPStatus.CREATED, location)

    # Read before: that takes seconds, in which no transaction should be open.
    return await once(services, idempotency, work)


@routes.get(
    "/parts-lists/{list_id}",
    operation_id="get_parts_list",
    response_model=PartsListAnswer,
    responses={**READ, **problems(404)},
)
async def get_parts_list(services: ServicesDep, list_id: Uuid) -> Response:
    """The list as it is understood now: by the rate card valid now, and by all that has been said about it."""
    async with services.database.read() as reading:
        stored = _there(await find_list(reading, list_id))
        context = await _context(reading, stored.customer_id)
    async with services.list_turn:
        found = await _read(stored.grid, stored.answers, context)
    return answered(PartsListAnswer.of(stored, found))


@routes.patch(
    "/parts-lists/{list_id}",
    operation_id="answer_parts_list",
    response_model=PartsListAnswer,
    responses={**CHANGE, **problems(404)},
)
async def answer_parts_list(
    services: ServicesDep, list_id: Uuid, body: Annotated[ListAnswersBody, Body()]
) -> Response:
    """Say what the list does not say, and read it again. With `keep`, what holds for the customer's next list is kept."""
    async with services.list_turn, services.database.write() as writing:
        before = _there(await find_list(writing, list_id, lock=True))
        customer_id = body.customer_id or before.customer_id
        context = await _context(writing, customer_id)
        answers = body.added_to(before.answers)
        found = await _read(before.grid, answers, context)
        stored = await change_list(writing, list_id, answers=answers, customer_id=customer_id)
        if body.keep:
            await keep_answers(writing, _customer(customer_id), context.kept.with_more(answers).to_keep)
    return answered(PartsListAnswer.of(stored or before, found))


@routes.post(
    "/parts-lists/{list_id}/quote",
    operation_id="quote_parts_list",
    status_code=HTTPStatus.CREATED,
    response_model=QuoteAnswer,
    responses={**CHANGE, **problems(404, 409), **PENDING},
)
async def quote_parts_list(
    request: Request,
    services: ServicesDep,
    list_id: Uuid,
    body: Annotated[ListQuoteBody, Body()],
    idempotency: IdempotencyDep,
) -> Response:
    """A draft with a line for each row that is a part, in the list's order."""
    async with services.list_turn, services.database.write() as writing:
        before = _there(await find_list(writing, list_id, lock=True))
        customer_id = _customer(body.customer_id or before.customer_id)
        context = await _context(writing, customer_id)
        answers = body.added_to(before.answers)
        found = await _read(before.grid, answers, context)
        _check_parts(found)
        await change_list(writing, list_id, answers=answers, customer_id=customer_id)
        if body.keep:
            await keep_answers(writing, customer_id, context.kept.with_more(answers).to_keep)
    asked = CreatePayload(
        lines=[row.line() for row in found.parts],
        discount=body.discount.to_data() if body.discount else None,
        copied_from=None,
        notes=notes_of(found, before.name, body.notes),
        files=None,
        customer_reference=body.customer_reference,
        introduction=body.introduction,
        remarks=body.remarks,
        terms=body.terms,
        delivery_terms=body.delivery_terms,
        no_tax_reason=body.no_tax_reason,
        contact=body.contact,
        owner=body.owner,
        external_id=body.external_id,
        valid_days=body.valid_days,
        valid_until=body.valid_until,
    )
    new = NewCreate(asked=asked, customer_id=customer_id, actor=actor_of(request), idempotency=idempotency)
    response = await submit(services, Submission(request, new, HTTPStatus.CREATED))
    if (quote_id := quote_named_in(response)) is not None:
        async with services.database.write() as writing:
            await change_list(writing, list_id, quote_id=quote_id)
    return response


async def _context(reading: Reading, customer_id: str | None, *, place: str = "body") -> ListContext:
    if customer_id is None:
        return ListContext(card=await card_of_the_day(reading))
    customer = await find_list_customer(reading, customer_id)
    if customer is None:
        message = "no customer with this id"
        error = FieldError(pointer="/customer_id", code="customer_not_found", message=message, place=place)
        raise invalid(error, detail="There is no customer with this id; nothing was stored.")
    card = await card_of_the_day(reading, customer.rate_card)
    return ListContext(card=card, customer_tier=customer.tier, kept=customer.kept)


async def _read(grid: Grid, answers: ListAnswers, context: ListContext) -> ListReading:
    """In a thread: a long list takes a second, in which others are answered. Raises ProblemError."""
    try:
        return await asyncio.to_thread(read_list, grid, answers, context)
    except InvalidAnswersError as error:
        errors = [
            FieldError(pointer=pointer(each.path), code=each.code, message=each.message, allowed=each.allowed)
            for each in error.problems[:_MOST_TOLD]
        ]
        raise ProblemError(
            "invalid_answers", "Some answers cannot be used; nothing was changed.", errors=errors
        ) from None
    except ListFileError as error:
        raise _refused(error) from None


def _refused(error: ListFileError) -> ProblemError:
    told = FieldError(pointer="", code=error.code, message=str(error), place="file")
    return ProblemError("parts_list_refused", f"{error} Nothing was stored.", errors=[told])


def _there(found: StoredList | None) -> StoredList:
    if found is None:
        raise ProblemError("parts_list_not_found", "There is no parts list with this id.")
    return found


def _customer(customer_id: str | None) -> str:
    if customer_id is None:
        message = "is required: the list has no customer yet"
        raise invalid(FieldError(pointer="/customer_id", code="required", message=message))
    return customer_id


def _check_parts(found: ListReading) -> None:
    if len(found.parts) > MAX_LINES:
        raise ProblemError(
            "parts_list_open",
            f"The list has {number(len(found.parts))} parts, and a quote takes {MAX_LINES}. Split it into smaller lists.",
        )
    if not found.parts:
        errors = [
            FieldError(
                pointer=f"/{question.answer}",
                code="question",
                message=question.message,
                allowed=question.allowed,
            )
            for question in found.questions
        ]
        raise ProblemError(
            "parts_list_open", f"No row can be priced yet: {found.summary} No quote was made.", errors=errors
        )


def notes_of(found: ListReading, name: str | None, said: str | None) -> str:
    """The draft's notes, which only staff see: where it is from, and which rows are not in it."""
    listed = f"the parts list {name}" if name else "a parts list"
    told = [f"From {listed}: {len(found.parts)} of {len(found.parts) + len(found.open)} parts."]
    told += [
        f"Row {row.number} ({row.description[:80]}) is left out: its {row.problems[0].field} {row.problems[0].message}."
        for row in found.open[:_MOST_TOLD]
    ]
    if len(found.open) > _MOST_TOLD:
        told.append(f"And {len(found.open) - _MOST_TOLD} more rows.")
    own = "\n".join(told)
    return f"{said}\n\n{own}"[:_LONGEST_NOTE] if said else own[:_LONGEST_NOTE]
