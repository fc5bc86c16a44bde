"""Lists of quotes."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query
from starlette.responses import Response

from adapters.db.parties.customers import find_customer
from adapters.db.quotes.repository import PgQuotes
from api.http.fields import Instant, Uuid
from api.http.pagination import DEFAULT_LIMIT, Cursor, Limit, Page, Position, after, page, read_cursor
from api.http.problem import ProblemError
from api.json_answer import answered
from api.services import ServicesDep
from api.v1.quotes.answers import QuoteAnswer
from api.v1.router import READ, problems, router
from domain import instants
from domain.quotes.notices import DeliveryState
from domain.quotes.record import QuoteFilters, QuoteView
from domain.quotes.status import QuoteStatus

routes = router("quotes")
_Number = Annotated[str | None, Query(max_length=30, description="Exact number, such as Q-2026-00012.")]
_Search = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=100,
        description=(
            "Number (also 2026-00015 or 15), start of number or external id, part of the customer's name, or words "
            "of part numbers, descriptions and purchase order numbers. Accents and case do not matter in names and words."
        ),
    ),
]
_DeliveryFilter = Annotated[DeliveryState | None, Query(description="How the quote's emails fare.")]
_From = Annotated[Instant | None, Query(description="Inclusive.")]
_To = Annotated[Instant | None, Query(description="Exclusive.")]


async def filters_of(
    *,
    status: QuoteStatus | None = None,
    customer_id: Uuid | None = None,
    number: _Number = None,
    created_after: _From = None,
    created_before: _To = None,
    valid_until_before: _To = None,
    delivery: _DeliveryFilter = None,
    q: _Search = None,
) -> QuoteFilters:
    """Which quotes to list."""
    return QuoteFilters(
        status=status,
        customer_id=customer_id,
        number=number,
        created_after=created_after,
        created_before=created_before,
        valid_until_before=valid_until_before,
        delivery=delivery,
        q=q,
    )


@routes.get("/quotes", operation_id="list_quotes", response_model=Page[QuoteAnswer], responses=READ)
async def get_quotes(
    services: ServicesDep,
    filters: Annotated[QuoteFilters, Depends(filters_of)],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Quotes, newest first, a page at a time."""
    bound_to = {"list": "quotes", **_named(filters)}
    position = read_cursor(cursor, bound_to)
    async with services.database.read() as reading:
        rows = await PgQuotes(reading).page(filters, limit=limit + 1, after=after(position))
    shown = page(
        rows,
        limit,
        show=lambda view: QuoteAnswer.of(view, services.settings),
        position=_position,
        filters=bound_to,
    )
    return answered(shown)


@routes.get(
    "/quotes/customer/{customer_id}",
    operation_id="list_customer_quotes",
    response_model=list[QuoteAnswer],
    responses={**READ, **problems(404)},
)
async def get_customer_quotes(
    services: ServicesDep, customer_id: Uuid, status: QuoteStatus | None = None, limit: Limit = 50
) -> Response:
    """A customer's quotes, newest first, as a plain list."""
    async with services.database.read() as reading:
        rows = await PgQuotes(reading).by_customer(customer_id, status=status, limit=limit)
        if not rows and await find_customer(reading, customer_id) is None:
            raise ProblemError("customer_not_found", "There is no customer with this id.", status=404)
    return answered([QuoteAnswer.of(view, services.settings) for view in rows])


def _named(filters: QuoteFilters) -> dict[str, Any]:
    return {name: _text(getattr(filters, name)) for name in QuoteFilters.__dataclass_fields__}


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return instants.stored(value) if isinstance(value, datetime) else str(value)


def _position(view: QuoteView) -> Position:
    return Position(created_at=view.quote.created_at, id=view.quote.id)
