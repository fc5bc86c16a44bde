"""Prices: made once, stored with every figure, explained years later."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Body, Query
from starlette.responses import Response
from uuid6 import uuid7

from adapters.db.database import Reading, Writing
from adapters.db.pricing import find_calculation, store_calculation, store_calculations
from api.http.fields import Uuid
from api.http.idempotency import IdempotencyDep, once
from api.http.problem import ProblemError
from api.json_answer import answered
from api.services import ServicesDep
from api.v1.pricing.answers import (
    CalculationAnswer,
    CalculationBody,
    CatalogueAnswer,
)
from api.v1.pricing.batch import BatchAnswer, BatchBody, answer_of, calculations_of, price_each
from api.v1.pricing.card_of_the_day import card_by_id, card_of_the_day, specification_problem
from api.v1.router import CHANGE, READ, problems, router
from domain.pricing.calculation import Calculation, calculate
from domain.pricing.calculation_data import calculation_to_data
from domain.pricing.specification_data import specification_from_data, specification_to_data
from domain.rate_cards.problems import InvalidSpecificationError
from domain.rate_cards.rate_card import RateCard

routes = router("pricing")
RateCardName = Annotated[
    str | None,
    Query(min_length=1, max_length=200, description="The name of a rate card; without it, the default one."),
]


@routes.post(
    "/pricing/calculations",
    operation_id="create_calculation",
    summary="Price a part",
    status_code=HTTPStatus.CREATED,
    response_model=CalculationAnswer,
    responses=CHANGE,
)
async def create_calculation(
    services: ServicesDep, body: Annotated[CalculationBody, Body()], idempotency: IdempotencyDep
) -> Response:
    """Price a part at every tier of the card and store the explained calculation."""

    async def work(writing: Writing) -> Response:
        card = await _card(writing, body)
        made = _calculate(body, card)
        stored = await store_calculation(
            writing,
            str(uuid7()),
            data=calculation_to_data(made),
            specification=specification_to_data(made.specification),
            rate_card_id=card.id,
        )
        location = f"/api/v1/pricing/calculations/{stored.id}"
        return answered(CalculationAnswer.of(stored), HTTPStatus.CREATED, {"Location": location})

    return await once(services, idempotency, work)


@routes.post(
    "/pricing/calculations:batch",
    operation_id="create_calculations",
    summary="Price many parts",
    status_code=HTTPStatus.CREATED,
    response_model=BatchAnswer,
    responses={
        **CHANGE,
        207: {
            "description": "Some or all parts cannot be priced; each entry says whether it was",
            "model": BatchAnswer,
        },
    },
)
async def create_calculations(
    services: ServicesDep, body: Annotated[BatchBody, Body()], idempotency: IdempotencyDep
) -> Response:
    """Price up to 500 parts by one rate card, and store those that can be priced.

    201: all were priced. 207: some or none were; each refused part has its own errors, and nothing is stored for it.
    """

    async def work(writing: Writing) -> Response:
        card = await _card(writing, body)
        outcomes = await price_each(body.specifications, card, explain=body.explain)
        new = calculations_of(outcomes)
        created = await store_calculations(writing, new, rate_card_id=card.id) if new else {}
        status = HTTPStatus.CREATED if len(new) == len(outcomes) else HTTPStatus.MULTI_STATUS
        return Response(answer_of(outcomes, created), status_code=status, media_type="application/json")

    async with services.batch_turn:
        return await once(services, idempotency, work)


@routes.get(
    "/pricing/calculations/{calculation_id}",
    operation_id="get_calculation",
    summary="Read a calculation",
    response_model=CalculationAnswer,
    responses={**READ, **problems(404)},
)
async def get_calculation(services: ServicesDep, calculation_id: Uuid) -> Response:
    """A stored calculation, exactly as it was made."""
    async with services.database.read() as reading:
        found = await find_calculation(reading, calculation_id)
    if found is None:
        raise ProblemError("calculation_not_found", "There is no calculation with this id.", status=404)
    return answered(CalculationAnswer.of(found))


@routes.get(
    "/pricing/catalogue",
    operation_id="get_catalogue",
    summary="Read what can be priced",
    response_model=CatalogueAnswer,
    responses=READ,
)
async def get_catalogue(services: ServicesDep, rate_card: RateCardName = None) -> Response:
    """Materials, processes, the pairs on offer, and tiers, by the rate card valid now."""
    async with services.database.read() as reading:
        card = await card_of_the_day(reading, rate_card)
    return answered(CatalogueAnswer.of(card))


async def _card(reading: Reading, body: CalculationBody | BatchBody) -> RateCard:
    if body.rate_card_id:
        return await card_by_id(reading, body.rate_card_id)
    return await card_of_the_day(reading, body.rate_card)


def _calculate(body: CalculationBody, card: RateCard) -> Calculation:
    try:
        return calculate(specification_from_data(body.specification.to_data(), card=card), card)
    except InvalidSpecificationError as error:
        raise specification_problem([("/specification", error)]) from None
