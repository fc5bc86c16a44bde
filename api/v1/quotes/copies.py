"""A quote copied to a new draft, for the same customer or another, at the old prices or new ones."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Body
from starlette.requests import Request
from starlette.responses import Response

from adapters.db.inbox.kept_answers import Idempotency
from adapters.db.inbox.store import NewCreate
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record.views import VersionView
from api.http.auth import actor_of
from api.http.fields import Uuid
from api.http.idempotency import IdempotencyDep
from api.http.problem import ProblemError
from api.services import Services, ServicesDep
from api.v1.drawings import enclosures
from api.v1.quotes.answers import QuoteAnswer
from api.v1.quotes.bodies import CopyBody
from api.v1.quotes.outcome import Submission, submit
from api.v1.quotes.routes import PENDING, check_contact
from api.v1.router import CHANGE, problems, quote_or_problem, router
from domain.offer.repeat import discount_again, lines_again, texts_again
from domain.quotes.payloads import CreatePayload
from domain.quotes.record import QuoteView

routes = router("quotes")


@routes.post(
    "/quotes/{quote_id}/copy",
    operation_id="copy_quote",
    summary="Copy a quote",
    status_code=HTTPStatus.CREATED,
    response_model=QuoteAnswer,
    responses={**CHANGE, **problems(404, 409), **PENDING},
)
async def copy_quote(
    request: Request,
    services: ServicesDep,
    quote_id: Uuid,
    idempotency: IdempotencyDep,
    body: Annotated[CopyBody | None, Body()] = None,
) -> Response:
    """A new draft with the lines of a version (by default the newest); the quote itself does not change."""
    new = await copy_asked(
        services, quote_id, body or CopyBody(), actor=actor_of(request), idempotency=idempotency
    )
    return await submit(services, Submission(request, new, HTTPStatus.CREATED))


async def copy_asked(
    services: Services, quote_id: str, body: CopyBody, *, actor: str, idempotency: Idempotency | None
) -> NewCreate:
    """The new draft that a body asks for. Raises ProblemError: 404 for a quote or version that is not there, 422 with
    pointers for files and a contact that are not.
    """
    quote, version = await _source(services, quote_id, body.version)
    files = await enclosures(services, body.files, len(version.content.lines))
    await check_contact(services, body.customer_id or quote.quote.customer_id, body.contact)
    return NewCreate(
        asked=_payload(body, quote, version, files),
        customer_id=body.customer_id or quote.quote.customer_id,
        actor=actor,
        idempotency=idempotency,
    )


async def _source(services: Services, quote_id: str, number: int | None) -> tuple[QuoteView, VersionView]:
    async with services.database.read() as reading:
        quote = await quote_or_problem(reading, quote_id)
        version = await PgQuotes(reading).version(quote_id, number or quote.quote.latest.number)
    if version is None:
        raise ProblemError("version_not_found", "The quote has no version of this number.")
    return quote, version


def _payload(
    body: CopyBody, quote: QuoteView, version: VersionView, files: list[dict[str, Any]] | None
) -> CreatePayload:
    content = version.content
    copied = [each.to_data() for each in content.files] or None
    for_another = body.customer_id not in {None, quote.quote.customer_id}
    texts = texts_again(content, for_another=for_another)
    lines = lines_again(
        content,
        reprice=body.pricing == "reprice",
        keep_overrides=body.keeps_overrides,
        for_another=for_another,
    )
    return CreatePayload(
        lines=lines,
        discount=discount_again(content.discount, content.total.currency),
        copied_from={"quote_id": version.quote_id, "version": version.number},
        notes=_said(body.notes, texts.notes),
        customer_reference=_said(body.customer_reference, texts.customer_reference),
        introduction=_said(body.introduction, texts.introduction),
        remarks=_said(body.remarks, texts.remarks),
        terms=_said(body.terms, texts.terms),
        delivery_terms=_said(body.delivery_terms, texts.delivery_terms),
        no_tax_reason=_said(body.no_tax_reason, texts.no_tax_reason),
        files=copied if files is None else files,
        owner=body.owner,
        external_id=body.external_id,
        contact=body.contact or (None if for_another else quote.contact),
        valid_days=body.valid_days,
        valid_until=body.valid_until,
    )


def _said(asked: str | None, before: str | None) -> str | None:
    return asked if asked is not None else before
