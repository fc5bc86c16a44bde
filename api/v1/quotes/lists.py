"""Lists of quotes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import Depends, Query
from starlette.responses import Response

from adapters.db.parties.customers import find_customer
from adapters.db.quotes.repository import PgQuotes
from api.http.fields import Currency, DecimalText, Instant, Uuid
from api.http.pagination import DEFAULT_LIMIT, Cursor, Limit, Page, page, read_instant, read_place
from api.http.problem import FieldError, ProblemError, invalid
from api.json_answer import answered
from api.services import ServicesDep
from api.v1.quotes.answers import QuoteAnswer
from api.v1.router import READ, problems, router
from domain import instants
from domain.decimals import is_decimal
from domain.quotes.notices import DeliveryState
from domain.quotes.record import Direction, OrderStatus, QuoteFilters, Sorting, SortKey
from domain.quotes.status import QuoteStatus
from domain.uuids import read_uuid

routes = router("quotes")

MOST_FOUND_BY: Final = 100
"""Characters of a text that is looked for."""
_Statuses = Annotated[
    list[QuoteStatus] | None,
    Query(max_length=len(QuoteStatus), description="May be given several times: quotes of any of them."),
]
_Owner = Annotated[str | None, Query(min_length=1, max_length=254, description="Exact but for capitals.")]
_Number = Annotated[str | None, Query(max_length=30, description="Exact number, such as Q-2026-00012.")]
_ExternalId = Annotated[str | None, Query(min_length=1, max_length=200, description="Exact.")]
_Search = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=MOST_FOUND_BY,
        description=(
            "Number (also 2026-00015 or 15), part of the customer's name, or words that follow each other in part numbers, "
            "descriptions, purchase order numbers, external ids and recipients' addresses; the last one may go on. Accents, "
            "case and blanks do not matter."
        ),
    ),
]
_DeliveryFilter = Annotated[DeliveryState | None, Query(description="How the quote's emails fare.")]
_OrderStatuses = Annotated[
    list[OrderStatus] | None,
    Query(
        max_length=len(OrderStatus),
        description=(
            "How the handing over of the order fares; may be given several times. `none` is also of quotes that are not "
            "accepted."
        ),
    ),
]
_From = Annotated[Instant | None, Query(description="Inclusive.")]
_To = Annotated[Instant | None, Query(description="Exclusive.")]
_TotalBound = Annotated[
    DecimalText | None,
    Query(description="Inclusive, of `currency`: what was accepted, or what the current version comes to."),
]
_Sort = Annotated[
    SortKey, Query(description="`total` lists one currency after the other; amounts are not converted.")
]
_Order = Annotated[Direction, Query(description="Of `sort`: `desc` is the newest, latest or largest first.")]


async def filters_of(  # noqa: PLR0913 - one each for what may be asked
    *,
    status: _Statuses = None,
    customer_id: Uuid | None = None,
    owner: _Owner = None,
    number: _Number = None,
    external_id: _ExternalId = None,
    created_after: _From = None,
    created_before: _To = None,
    updated_after: _From = None,
    decided_after: _From = None,
    valid_until_after: _From = None,
    valid_until_before: _To = None,
    total_from: _TotalBound = None,
    total_to: _TotalBound = None,
    currency: Currency | None = None,
    delivery: _DeliveryFilter = None,
    order_status: _OrderStatuses = None,
    q: _Search = None,
) -> QuoteFilters:
    """Which quotes to list."""
    if currency is None and (total_from is not None or total_to is not None):
        message = "must be given with total_from and total_to: amounts of two currencies are not compared"
        raise invalid(FieldError(pointer="/currency", code="missing", message=message, place="query"))
    return QuoteFilters(
        statuses=tuple(dict.fromkeys(status or ())),
        customer_id=customer_id,
        owner=owner,
        number=number,
        external_id=external_id,
        created_after=created_after,
        created_before=created_before,
        updated_after=updated_after,
        decided_after=decided_after,
        valid_until_after=valid_until_after,
        valid_until_before=valid_until_before,
        total_from=None if total_from is None else Decimal(total_from),
        total_to=None if total_to is None else Decimal(total_to),
        currency=currency,
        delivery=delivery,
        order_statuses=tuple(dict.fromkeys(order_status or ())),
        q=q,
    )


async def sorting_of(*, sort: _Sort = SortKey.CREATED_AT, order: _Order = Direction.DESCENDING) -> Sorting:
    """In which order to list them."""
    return Sorting(sort, order)


@routes.get(
    "/quotes",
    operation_id="list_quotes",
    summary="List and find quotes",
    response_model=Page[QuoteAnswer],
    responses=READ,
)
async def get_quotes(
    services: ServicesDep,
    filters: Annotated[QuoteFilters, Depends(filters_of)],
    sorting: Annotated[Sorting, Depends(sorting_of)],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Quotes, newest first where nothing else is asked for, a page at a time."""
    bound_to = cursor_filters(filters, sorting)
    place = read_place(cursor, bound_to, PLACES[sorting.key])
    async with services.database.read() as reading:
        rows = await PgQuotes(reading).page(filters, sorting, limit=limit + 1, after=place)
    shown = page(
        rows,
        limit,
        show=lambda view: QuoteAnswer.of(view, services.settings),
        position=lambda view: sorting.place_of(view.quote),
        filters=bound_to,
    )
    return answered(shown)


@routes.get(
    "/quotes/customer/{customer_id}",
    operation_id="list_customer_quotes",
    summary="List a customer's quotes",
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


def cursor_filters(filters: QuoteFilters, sorting: Sorting) -> dict[str, object]:
    """What a cursor of a list of quotes is bound to."""
    named = {each.name: _text(getattr(filters, each.name)) for each in fields(QuoteFilters)}
    return {"list": "quotes", "sort": sorting.key, "order": sorting.direction, **named}


def _text(value: Any) -> object:
    if isinstance(value, tuple):
        return sorted(value)
    if value is None:
        return None
    return instants.stored(value) if isinstance(value, datetime) else str(value)


def _decimal(text: str) -> Decimal:
    if not is_decimal(text):
        raise ValueError
    return Decimal(text)


PLACES: Final[Mapping[SortKey, Sequence[Callable[[str], Any]]]] = {
    SortKey.CREATED_AT: (read_instant, read_uuid),
    SortKey.UPDATED_AT: (read_instant, read_uuid),
    SortKey.VALID_UNTIL: (read_instant, read_uuid),
    SortKey.TOTAL: (str, _decimal, read_uuid),
}
"""How the values of a cursor are read, by the list's order."""
