"""Customers."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Body, Query
from starlette.responses import JSONResponse, Response

from adapters.db.database import Writing
from adapters.db.parties.customers import (
    CustomerView,
    NewCustomer,
    change_customer,
    create_customer,
    find_customer,
    list_customers,
)
from api.http.fields import Uuid
from api.http.idempotency import IdempotencyDep
from api.http.once import once
from api.http.pages import Position, read_cursor
from api.http.paging import DEFAULT_LIMIT, Cursor, Limit, after, page
from api.http.problem import ProblemError
from api.services import ServicesDep
from api.v1.customer_bodies import CustomerBody, CustomerPatch, contacts_data
from api.v1.customer_view import customer_data
from api.v1.quotes.answers import CustomerAnswer, Page
from api.v1.router import CHANGE, READ, problems, router

routes = router("customers")
Search = Annotated[str | None, Query(min_length=1, max_length=100, description="Part of name or email.")]


@routes.post(
    "/customers",
    operation_id="create_customer",
    status_code=HTTPStatus.CREATED,
    response_model=CustomerAnswer,
    responses=CHANGE,
)
async def post_customer(
    services: ServicesDep, body: Annotated[CustomerBody, Body()], idempotency: IdempotencyDep
) -> Response:
    """Store a customer."""

    async def work(writing: Writing) -> Response:
        new = NewCustomer(
            name=body.name,
            email=body.email,
            customer_tier=str(body.customer_tier),
            time_zone=body.time_zone,
            language=body.language,
            contacts=contacts_data(body.contacts),
        )
        data = customer_data(await create_customer(writing, new))
        headers = {"Location": f"/api/v1/customers/{data['id']}"}
        return JSONResponse(data, status_code=HTTPStatus.CREATED, headers=headers)

    return await once(services, idempotency, work)


@routes.get("/customers", operation_id="list_customers", response_model=Page[CustomerAnswer], responses=READ)
async def get_customers(
    services: ServicesDep, q: Search = None, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """Customers, newest first."""
    filters = {"list": "customers", "q": q}
    position = read_cursor(cursor, filters)
    async with services.database.read() as reading:
        rows = await list_customers(reading, limit=limit + 1, after=after(position), q=q)
    return JSONResponse(page(rows, limit, show=customer_data, position=_position, filters=filters))


@routes.get(
    "/customers/{customer_id}",
    operation_id="get_customer",
    response_model=CustomerAnswer,
    responses={**READ, **problems(404)},
)
async def get_customer(services: ServicesDep, customer_id: Uuid) -> Response:
    """One customer."""
    async with services.database.read() as reading:
        found = await find_customer(reading, customer_id)
    return JSONResponse(customer_data(_there(found)))


@routes.patch(
    "/customers/{customer_id}",
    operation_id="change_customer",
    response_model=CustomerAnswer,
    responses={**CHANGE, **problems(404)},
)
async def patch_customer(
    services: ServicesDep, customer_id: Uuid, body: Annotated[CustomerPatch, Body()]
) -> Response:
    """Change the given fields. Quotes keep the zone they were made with."""
    async with services.database.write() as writing:
        changed = await change_customer(writing, customer_id, body.changes())
    return JSONResponse(customer_data(_there(changed)))


def _there(found: CustomerView | None) -> CustomerView:
    if found is None:
        raise ProblemError("customer_not_found", "There is no customer with this id.", status=404)
    return found


def _position(row: CustomerView) -> Position:
    return Position(created_at=row.created_at, id=row.id)
