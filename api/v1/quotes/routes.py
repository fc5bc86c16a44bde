"""Quotes: created, read, priced anew, deleted."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Body
from starlette.requests import Request
from starlette.responses import Response

from adapters.db.database import Reading
from adapters.db.errors import CalculationNotFoundError
from adapters.db.inbox.kept_answers import find_replay
from adapters.db.inbox.store import NewCommand, NewCreate
from adapters.db.parties.customers import CustomerView, find_customer
from adapters.db.pricing import find_calculation
from adapters.db.quotes.repository import PgQuotes
from api.http.auth import actor_of
from api.http.fields import Uuid
from api.http.idempotency import IdempotencyDep
from api.http.preconditions import ExpectedVersion
from api.http.problem import FieldError, ProblemError, invalid, unavailable
from api.json_answer import answered
from api.services import Services, ServicesDep
from api.v1.drawings import enclosures
from api.v1.pricing.card_of_the_day import (
    card_of_the_day,
    specification_problem,
    unknown_customer_tier,
    unknown_tier,
)
from api.v1.quotes.answers import LiveAnswer, QuoteAnswer
from api.v1.quotes.bodies import PricingBody, QuoteBody
from api.v1.quotes.lines import PricedBody
from api.v1.quotes.outcome import PendingAnswer, Submission, quote_answer, submit
from api.v1.router import CHANGE, READ, Responses, problems, quote_or_problem, router
from domain.pricing.specification_data import specification_from_data
from domain.proof.counterparties import named_contact
from domain.quotes.payloads import CancelPayload
from domain.rate_cards.problems import InvalidSpecificationError


async def check_specifications(services: Services, body: PricedBody, new: NewCreate | NewCommand) -> None:
    """Raises ProblemError 422 with a pointer for everything that the card of the day cannot price."""
    specifications = body.specifications()
    if not specifications:
        return
    async with services.database.read() as reading:
        customer = await _customer(reading, new)
        card = await card_of_the_day(reading, customer.rate_card if customer else None)
    found: list[tuple[str, InvalidSpecificationError]] = []
    for pointer, data in specifications:
        try:
            specification_from_data(data, card=card)
        except InvalidSpecificationError as error:
            found.append((pointer, error))
    others = [unknown_tier(card, pointer) for pointer, tier in body.named_tiers() if tier not in card.tiers]
    of_customer = customer is None or customer.customer_tier in card.customer_discounts.by_tier
    if not of_customer and any("customer_tier" not in data for _, data in specifications):
        others.append(unknown_customer_tier(card, "/customer_id"))
    if found or others:
        raise specification_problem(found, others)


async def _customer(reading: Reading, new: NewCreate | NewCommand) -> CustomerView | None:
    """Whose quote it is; None where there is no such quote or customer, which is refused elsewhere."""
    if isinstance(new, NewCreate):
        return await find_customer(reading, new.customer_id)
    view = await PgQuotes(reading).find(new.quote_id)
    return await find_customer(reading, view.quote.customer_id) if view else None


async def missing_calculations(services: Services, body: PricedBody) -> ProblemError:
    """Which of the named calculations are not there. Asked only once storing has been refused for it."""
    errors = []
    async with services.database.read() as reading:
        for pointer, calculation_id in body.calculations():
            if await find_calculation(reading, calculation_id) is None:
                message = "no calculation with this id"
                errors.append(FieldError(pointer=pointer, code="calculation_not_found", message=message))
    return invalid(*errors, detail="There is no calculation with this id; nothing was stored.")


async def check_contact(services: Services, customer_id: str, contact: str | None) -> None:
    """Raises ProblemError 422 for whom the customer's contacts do not know. Of a customer who is not there, storing tells."""
    if contact is None:
        return
    async with services.database.read() as reading:
        customer = await find_customer(reading, customer_id)
    if customer is not None and named_contact(customer.contacts, contact) is None:
        message = "must be the name or address of one of the customer's contacts"
        error = FieldError(pointer="/contact", code="unknown_contact", message=message)
        raise invalid(error, detail="The customer has no such contact; nothing was stored.")


routes = router("quotes")
PENDING: Responses = {
    202: {
        "model": PendingAnswer,
        "description": "Stored but not decided yet; follow Location for the outcome",
    }
}
CHANGE_QUOTE: Responses = {**CHANGE, **problems(404, 409, 412), **PENDING}


@routes.post(
    "/quotes",
    operation_id="create_quote",
    summary="Create a quote",
    status_code=HTTPStatus.CREATED,
    response_model=QuoteAnswer,
    responses={**CHANGE, **problems(409), **PENDING},
)
async def create_quote(
    request: Request,
    services: ServicesDep,
    body: Annotated[QuoteBody, Body()],
    idempotency: IdempotencyDep,
) -> Response:
    """A draft from one stored calculation, one specification, or lines."""
    await check_contact(services, body.customer_id, body.contact)
    new = NewCreate(
        asked=body.payload(await enclosures(services, body.files, len(body.lines_data()))),
        customer_id=body.customer_id,
        actor=actor_of(request),
        idempotency=idempotency,
    )
    return await _submit_priced(services, body, Submission(request, new, HTTPStatus.CREATED))


@routes.get(
    "/quotes/{quote_id}",
    operation_id="get_quote",
    summary="Read a quote",
    response_model=QuoteAnswer,
    responses={**READ, **problems(404)},
)
async def get_quote(services: ServicesDep, quote_id: Uuid) -> Response:
    """The quote as recorded; your own changes are visible as soon as they are answered."""
    async with services.database.read() as reading:
        view = await quote_or_problem(reading, quote_id)
    return quote_answer(QuoteAnswer.of(view, services.settings))


@routes.get(
    "/quotes/{quote_id}/live",
    operation_id="get_live_quote",
    summary="Ask a quote's workflow",
    response_model=LiveAnswer,
    responses={**READ, **problems(404)},
)
async def get_live_quote(services: ServicesDep, quote_id: Uuid) -> Response:
    """The workflow's own view, by query: what is waiting, what is being delivered, and what is due next."""
    async with services.database.read() as reading:
        recorded = await quote_or_problem(reading, quote_id)
    live = await services.runs.snapshot(recorded.workflow_id)
    if live is None:
        raise unavailable("workflow_unavailable", "This quote's workflow is not responding right now.")
    return answered(LiveAnswer.of(live, recorded, services.settings))


@routes.put(
    "/quotes/{quote_id}/pricing",
    operation_id="revise_quote",
    summary="Price a quote again",
    response_model=QuoteAnswer,
    responses=CHANGE_QUOTE,
)
async def revise_quote(
    request: Request,
    services: ServicesDep,
    quote_id: Uuid,
    body: Annotated[PricingBody, Body()],
    idempotency: IdempotencyDep,
    expected: ExpectedVersion,
) -> Response:
    """A new version of a draft. For a sent quote it is a working version until it is sent."""
    new = NewCommand(
        asked=body.payload(await enclosures(services, body.files, len(body.lines_data()) or None)),
        quote_id=quote_id,
        actor=actor_of(request),
        expected_state_version=expected,
        idempotency=idempotency,
    )
    return await _submit_priced(services, body, Submission(request, new))


@routes.delete(
    "/quotes/{quote_id}",
    operation_id="delete_quote",
    summary="Delete a draft",
    status_code=HTTPStatus.NO_CONTENT,
    responses={**READ, **problems(400, 404, 409, 412), **PENDING},
)
async def delete_quote(
    request: Request, services: ServicesDep, quote_id: Uuid, expected: ExpectedVersion
) -> Response:
    """Delete a draft. It stays in the record, shown as cancelled."""
    new = NewCommand(
        asked=CancelPayload(reason=None, draft_only=True),
        quote_id=quote_id,
        actor=actor_of(request),
        expected_state_version=expected,
    )
    return await submit(services, Submission(request, new, HTTPStatus.NO_CONTENT))


async def _submit_priced(services: Services, body: PricedBody, submission: Submission) -> Response:
    await check_priced(services, body, submission.new)
    try:
        return await submit(services, submission)
    except CalculationNotFoundError:
        raise await missing_calculations(services, body) from None


async def check_priced(services: Services, body: PricedBody, new: NewCreate | NewCommand) -> None:
    """As `check_specifications`; but what was stored by this key is answered as it was, whatever the card of the day says
    now.
    """
    try:
        await check_specifications(services, body, new)
    except ProblemError:
        async with services.database.read() as reading:
            if await find_replay(reading, new.idempotency) is None:
                raise
