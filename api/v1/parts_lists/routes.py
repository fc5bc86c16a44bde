"""Parts lists: read and stored, answered, made into a draft."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Body, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.db.database import Writing
from adapters.db.inbox.store import NewCreate
from api.http.auth import actor_of
from api.http.fields import OneLine, Uuid
from api.http.file_body import MAX_FILE_BYTES
from api.http.idempotency import IdempotencyDep, IdempotencyKey, idempotency_over, once
from api.http.json_body import read_bytes
from api.http.problem import ProblemError
from api.json_answer import answered
from api.services import ServicesDep
from api.v1.parts_lists.answers import PartsListAnswer, list_path
from api.v1.parts_lists.said import ListAnswersBody, ListQuoteBody
from api.v1.parts_lists.steps import (
    as_understood,
    draft_asked,
    keep_file,
    note_draft,
    read_file,
    with_answers,
)
from api.v1.quotes.answers import QuoteAnswer
from api.v1.quotes.outcome import Submission, quote_named_in, submit
from api.v1.quotes.routes import PENDING
from api.v1.router import CHANGE, READ, problems, router

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
    summary="Read a parts list",
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
    idempotency = idempotency_over(request, idempotency_key, content)
    read = await read_file(
        services, content, customer_id=customer_id, sheet=sheet, header_row=header_row, place="query"
    )

    async def work(writing: Writing) -> Response:
        stored = await keep_file(writing, read, name=name, stored_by=actor_of(request))
        location = {"Location": list_path(stored.id)}
        return answered(PartsListAnswer.of(stored, read.found), HTTPStatus.CREATED, location)

    return await once(services, idempotency, work)


@routes.get(
    "/parts-lists/{list_id}",
    operation_id="get_parts_list",
    summary="Read what was understood of a parts list",
    response_model=PartsListAnswer,
    responses={**READ, **problems(404)},
)
async def get_parts_list(services: ServicesDep, list_id: Uuid) -> Response:
    """The list as it is understood now: by the rate card valid now, and by all that has been said about it."""
    stored, found = await as_understood(services, list_id)
    return answered(PartsListAnswer.of(stored, found))


@routes.patch(
    "/parts-lists/{list_id}",
    operation_id="answer_parts_list",
    summary="Answer what is open of a parts list",
    response_model=PartsListAnswer,
    responses={**CHANGE, **problems(404)},
)
async def answer_parts_list(
    services: ServicesDep, list_id: Uuid, body: Annotated[ListAnswersBody, Body()]
) -> Response:
    """Say what the list does not say, and read it again. With `keep`, what holds for the customer's next list is kept."""
    stored, found = await with_answers(services, list_id, body)
    return answered(PartsListAnswer.of(stored, found))


@routes.post(
    "/parts-lists/{list_id}/quote",
    operation_id="quote_parts_list",
    summary="Create a quote from a parts list",
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
    customer_id, asked = await draft_asked(services, list_id, body)
    new = NewCreate(asked=asked, customer_id=customer_id, actor=actor_of(request), idempotency=idempotency)
    response = await submit(services, Submission(request, new, HTTPStatus.CREATED))
    if (quote_id := quote_named_in(response)) is not None:
        await note_draft(services, list_id, quote_id)
    return response
