"""Rate cards: the price lists, dated, and never changed once they are stored."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Body, Depends
from starlette.responses import Response
from uuid6 import uuid7

from adapters.db.database import Writing
from adapters.db.pricing import (
    CardView,
    check_dates,
    gaps_in_time,
    list_cards,
    store_card,
    view_card,
)
from api.http.auth import administer
from api.http.fields import Uuid
from api.http.idempotency import IdempotencyDep, once
from api.http.pagination import DEFAULT_LIMIT, Cursor, Limit, Page, Position, after, page, read_cursor
from api.http.problem import ProblemError
from api.json_answer import answered
from api.services import ServicesDep
from api.v1.pricing.card_of_the_day import card_problem
from api.v1.rate_cards.answers import RateCardAnswer, RateCardBody, RateCardSummary
from api.v1.router import CHANGE, READ, problems, router
from domain.rate_cards.data import rate_card_to_data
from domain.rate_cards.problems import InvalidRateCardError, Problem
from domain.rate_cards.review import review

routes = router("rate cards")
_FILTERS = {"list": "rate-cards"}
_TAKEN = Problem.at(["id"], "rate_card_exists", "belongs to a card that is stored: a card is never changed")


@routes.post(
    "/rate-cards",
    operation_id="create_rate_card",
    summary="Store a rate card",
    status_code=HTTPStatus.CREATED,
    response_model=RateCardAnswer,
    responses=CHANGE,
    dependencies=[Depends(administer)],
)
async def post_rate_card(
    services: ServicesDep, body: Annotated[RateCardBody, Body()], idempotency: IdempotencyDep
) -> Response:
    """Store a price list (scope `admin`). What has already been priced keeps its price."""

    async def work(writing: Writing) -> Response:
        view = await stored_card(writing, body)
        answer = RateCardAnswer.with_figures(view, await gaps_in_time(writing, view.name))
        headers = {"Location": f"/api/v1/rate-cards/{view.id}"}
        return answered(answer, HTTPStatus.CREATED, headers)

    return await once(services, idempotency, work)


@routes.get(
    "/rate-cards",
    operation_id="list_rate_cards",
    summary="List rate cards",
    response_model=Page[RateCardSummary],
    responses=READ,
)
async def get_rate_cards(
    services: ServicesDep, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """Price lists, most recently stored first, with their dates and which one is valid now."""
    position = read_cursor(cursor, _FILTERS)
    async with services.database.read() as reading:
        rows = await list_cards(reading, limit=limit + 1, after=after(position))
    return answered(page(rows, limit, show=RateCardSummary.of, position=_position, filters=_FILTERS))


@routes.get(
    "/rate-cards/{rate_card_id}",
    operation_id="get_rate_card",
    summary="Read a rate card",
    response_model=RateCardAnswer,
    responses={**READ, **problems(404)},
)
async def get_rate_card(services: ServicesDep, rate_card_id: Uuid) -> Response:
    """A price list with all its figures."""
    async with services.database.read() as reading:
        found = await view_card(reading, rate_card_id)
        gaps = await gaps_in_time(reading, found.name) if found else []
    if found is None:
        raise ProblemError("rate_card_not_found", "There is no rate card with this id.", status=404)
    return answered(RateCardAnswer.with_figures(found, gaps))


async def stored_card(writing: Writing, body: RateCardBody) -> CardView:
    """The new card. Raises ProblemError 422 with every problem of its figures and its dates."""
    found = review(body.card.root, new_id=str(uuid7()))
    card_id = found.card.id if found.card else ""
    wrong, _ = await check_dates(
        writing, card_id, name=body.rate_card, valid_from=body.valid_from, valid_until=body.valid_until
    )
    if found.card is None or wrong:
        raise card_problem([*found.errors, *wrong])
    try:
        new = await store_card(
            writing,
            card_id,
            rate_card_to_data(found.card),
            name=body.rate_card,
            valid_from=body.valid_from,
            valid_until=body.valid_until,
        )
    except InvalidRateCardError as error:  # another card came between
        raise card_problem(error.problems) from None
    view = await view_card(writing, card_id) if new else None
    if view is None:
        raise card_problem([_TAKEN])
    return view


def _position(row: CardView) -> Position:
    return Position(created_at=row.created_at, id=row.id)
