"""Customers at the desk: the list, one with its quotes, a new one, changes, and two that are one."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from adapters.db.parties.customers import (
    CustomerChangedError,
    CustomerView,
    find_customer,
    list_customers,
)
from adapters.db.parties.seller import get_seller
from adapters.db.quotes.repository import PgQuotes
from api.desk.customers.customer_pages import (
    CONTACT,
    CUSTOMERS,
    LABELS,
    CustomerForm,
    body_typed,
    choices,
    customer_facts,
    customer_row,
    form_of,
    form_typed,
    quote_row,
)
from api.desk.shell.checking import Errors, checked, refused
from api.desk.shell.desk_route import desk_router, nothing_here, typed_before
from api.desk.shell.once import id_once, new_form_id
from api.desk.shell.pages import page, see_other
from api.desk.shell.posted import DeskForm, read_desk_form
from api.desk.shell.signed_in import Manager, Sales, Viewer, actor_of
from api.http.pagination import Position, after, read_cursor, write_cursor
from api.http.problem import ProblemError
from api.services import Services, ServicesDep
from api.v1.customers import (
    CustomerBody,
    MergeBody,
    merged_customer,
    rewrite_customer,
    store_customer,
)
from domain.people.merging import TooManyContactsError, facts_after
from domain.people.roles import Role
from domain.quotes.record import QuoteFilters
from domain.uuids import is_uuid

_READS: Final = ["GET", "HEAD"]
_PER_PAGE: Final = 50
_QUOTES: Final = 15
_LONGEST: Final = 100
_FOUND: Final = 10
_DONE: Final = {
    "made": "The customer is stored.",
    "saved": "Saved. Quotes that were sent keep what they said.",
    "merged": "The two are one customer now, with the quotes of both.",
    "forgotten": "The person is forgotten. What was kept, and why, the page before said.",
}
routes: Final = desk_router()


@routes.api_route("/customers", methods=_READS)
async def customers(
    request: Request, services: ServicesDep, user: Viewer, q: str = "", cursor: str | None = None
) -> Response:
    """All customers, newest first, or those with a text in name or email."""
    said = q.strip()[:_LONGEST]
    filters = {"list": "desk-customers", "q": said}
    try:
        position = read_cursor(cursor or None, filters)
    except ProblemError:
        position = None
    async with services.database.read() as r:
        zone = (await get_seller(r)).time_zone
        rows = await list_customers(r, limit=_PER_PAGE + 1, after=after(position), q=said or None)
    last = rows[_PER_PAGE - 1] if len(rows) > _PER_PAGE else None
    return page(
        request,
        "customers/templates/customers.html",
        customers=[customer_row(each, zone) for each in rows[:_PER_PAGE]],
        q=said,
        is_first=position is None,
        older=write_cursor(Position(created_at=last.created_at, id=last.id), filters) if last else None,
        may_make=user.role.includes(Role.SALES),
    )


@routes.api_route("/customers/new", methods=_READS)
async def new_customer(request: Request, services: ServicesDep, user: Sales) -> Response:
    """An empty form."""
    return await _form(request, services, form_typed(await typed_before(request, user.id) or DeskForm()))


@routes.post("/customers/new")
async def make_customer(request: Request, services: ServicesDep, user: Sales) -> Response:
    """Store it; what is wrong is said beside the fields."""
    form = await read_desk_form(request)
    body = checked(CustomerBody, body_typed(form))
    if isinstance(body, dict):
        return await _form(request, services, form_typed(form), body)
    try:
        async with services.database.write() as w:
            made = await store_customer(
                w, body, customer_id=id_once(user, form.text("form_id"), body_typed(form))
            )
    except ProblemError as problem:
        return await _form(request, services, form_typed(form), refused(problem))
    return see_other(f"{CUSTOMERS}/{made.id}?done=made")


@routes.api_route("/customers/{customer_id}", methods=_READS)
async def one_customer(request: Request, services: ServicesDep, user: Viewer, customer_id: str) -> Response:
    """One customer with its newest quotes. The id of one that was merged leads to the one that stayed."""
    async with services.database.read() as r:
        view = await find_customer(r, customer_id) if is_uuid(customer_id) else None
        if view is None:
            return nothing_here(request)
        zone = (await get_seller(r)).time_zone
        quotes = await PgQuotes(r).page(QuoteFilters(customer_id=view.id), limit=_QUOTES + 1)
    if view.id != customer_id.lower():
        return see_other(f"{CUSTOMERS}/{view.id}")
    return page(
        request,
        "customers/templates/customer.html",
        customer=customer_facts(view),
        quotes=[quote_row(each, zone) for each in quotes[:_QUOTES]],
        has_more=len(quotes) > _QUOTES,
        may_change=user.role.includes(Role.MANAGER),
        may_forget=user.role.includes(Role.ADMIN),
        may_quote=user.role.includes(Role.SALES),
        done=_DONE.get(request.query_params.get("done", ""), ""),
    )


@routes.api_route("/customers/{customer_id}/edit", methods=_READS)
async def edit_customer(request: Request, services: ServicesDep, user: Manager, customer_id: str) -> Response:
    """The form with what is stored."""
    view = await _find(services, customer_id)
    if view is None:
        return nothing_here(request)
    before = await typed_before(request, user.id)
    return await _form(request, services, form_typed(before) if before else form_of(view), view=view)


@routes.post("/customers/{customer_id}/edit")
async def change_customer(
    request: Request, services: ServicesDep, _user: Manager, customer_id: str
) -> Response:
    """Store the changes, unless somebody else has changed it since the form was opened."""
    form = await read_desk_form(request)
    view = await _find(services, customer_id)
    if view is None:
        return nothing_here(request)
    body = checked(CustomerBody, body_typed(form))
    if isinstance(body, dict):
        return await _form(request, services, form_typed(form), body, view=view)
    try:
        async with services.database.write() as w:
            await rewrite_customer(w, view.id, body, unchanged_since=form.text("edition"))
    except CustomerChangedError:
        return await _form(request, services, form_typed(form), view=view, meanwhile=True)
    except ProblemError as problem:
        return await _form(request, services, form_typed(form), refused(problem), view=view)
    return see_other(f"{CUSTOMERS}/{view.id}?done=saved")


@routes.api_route("/customers/{customer_id}/merge", methods=_READS)
async def choose_to_merge(
    request: Request, services: ServicesDep, _user: Manager, customer_id: str, q: str = "", into: str = ""
) -> Response:
    """Look for the customer that stays, and see what it will have."""
    view = await _find(services, customer_id)
    return nothing_here(request) if view is None else await _merging(request, services, view, q, into)


@routes.post("/customers/{customer_id}/merge")
async def merge(request: Request, services: ServicesDep, user: Manager, customer_id: str) -> Response:
    """Let them be one."""
    form = await read_desk_form(request)
    view = await _find(services, customer_id)
    if view is None:
        return nothing_here(request)
    body = checked(MergeBody, {"into": form.text("into")})
    if isinstance(body, dict):
        return await _merging(request, services, view, form.text("q"), "", body)
    try:
        async with services.database.write() as w:
            merged = await merged_customer(w, customer_id, body.into, actor=actor_of(user))
    except ProblemError as problem:
        return await _merging(request, services, view, form.text("q"), "", refused(problem))
    return see_other(f"{CUSTOMERS}/{merged.id}?done=merged")


async def _find(services: Services, customer_id: str) -> CustomerView | None:
    if not is_uuid(customer_id):
        return None
    async with services.database.read() as r:
        return await find_customer(r, customer_id)


async def _form(
    request: Request,
    services: Services,
    form: CustomerForm,
    errors: Errors | None = None,
    *,
    view: CustomerView | None = None,
    meanwhile: bool = False,
) -> Response:
    async with services.database.read() as r:
        offered = await choices(r, form.values["rate_card"], form.values["customer_tier"])
    return page(
        request,
        "customers/templates/form.html",
        status=409 if meanwhile else 422 if errors else 200,
        form=form,
        form_id=form.form_id or new_form_id(),
        edition=view.edition if view and meanwhile else form.edition,
        now=customer_facts(view) if view and meanwhile else None,
        customer=customer_facts(view) if view else None,
        choices=offered,
        errors=errors or {},
        labels=_labels(errors or {}),
        contact=CONTACT,
    )


def _labels(errors: Mapping[str, str]) -> dict[str, str]:
    """Of the form's fields in the page's order, with those of the contacts that are wrong in their place."""
    found = {}
    for name, words in LABELS.items():
        found[name] = words
        if name == "contacts":
            found |= _contact_labels(errors)
    return found


def _contact_labels(errors: Mapping[str, str]) -> dict[str, str]:
    """Of errors in contacts, as `contacts-0-email`: "Contact 1, email"."""
    found: dict[tuple[int, int], tuple[str, str]] = {}
    parts = [*CONTACT]
    for name in errors:
        group, _, rest = name.partition("-")
        row, _, part = rest.partition("-")
        if group == "contacts" and row.isdigit():
            place = (int(row), parts.index(part) if part in parts else len(parts))
            found[place] = (name, f"Contact {int(row) + 1}, {CONTACT.get(part, part).lower()}")
    return dict(found[place] for place in sorted(found))


async def _merging(
    request: Request,
    services: Services,
    view: CustomerView,
    q: str,
    into: str,
    errors: Errors | None = None,
) -> Response:
    said = q.strip()[:_LONGEST]
    async with services.database.read() as r:
        zone = (await get_seller(r)).time_zone
        stays = await find_customer(r, into) if is_uuid(into) else None
        found = await list_customers(r, limit=_FOUND + 1, q=said or None)
    if stays is not None and stays.id == view.id:
        stays, errors = None, {"into": "must be another customer"}
    return page(
        request,
        "customers/templates/merge.html",
        status=422 if errors else 200,
        customer=customer_facts(view),
        stays=customer_facts(stays) if stays else None,
        after=_afterwards(stays, view) if stays else None,
        found=[(each.id, customer_row(each, zone)) for each in found if each.id != view.id][:_FOUND],
        q=said,
        errors=errors or {},
        labels=LABELS,
    )


def _afterwards(stays: CustomerView, goes: CustomerView) -> dict[str, Any]:
    """What the one that stays will have, and whether the two can be one."""
    facts = {name: getattr(stays, name) for name in CustomerView.__dataclass_fields__}
    theirs = {name: getattr(goes, name) for name in CustomerView.__dataclass_fields__}
    try:
        changes = facts_after(facts, theirs)
    except TooManyContactsError:
        return {"shown": None, "gets": []}
    shown = customer_facts(CustomerView(**{**facts, **changes}))
    return {"shown": shown, "gets": [LABELS[name].lower() for name in changes]}
