"""Forgetting a person at the desk: what is blanked, what is kept and why, shown before it is done."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from adapters import logs
from adapters.db.database import Database
from adapters.db.forgetting.blanking import NotOwnerError, RecordUnsoundError, forget, may_forget
from adapters.db.forgetting.in_words import (
    BEYOND,
    TABLES,
    kept,
    listed,
    obstacle,
    read_address,
    read_name,
    unsound,
)
from adapters.db.forgetting.plan import Plan, plan
from adapters.db.parties.customers import CustomerView, find_customer
from adapters.db.parties.seller import get_seller
from api.desk.customers.customer_pages import CUSTOMERS, customer_facts
from api.desk.shell.checking import Errors
from api.desk.shell.desk_route import desk_router, nothing_here, typed_before
from api.desk.shell.pages import page, see_other
from api.desk.shell.posted import DeskForm, read_desk_form
from api.desk.shell.signed_in import Admin, actor_of
from api.services import Services, ServicesDep
from domain import wording
from domain.proof.forgotten import Reason
from domain.uuids import is_uuid

_READS: Final = ["GET", "HEAD"]
_LABELS: Final = {"address": "Email address", "names": "Other names"}
_REASONS: Final = (
    (Reason.REQUEST, "The person asked for it"),
    (Reason.RETENTION, "The time for which we keep data is over"),
)
_log = logs.logger(__name__)
routes: Final = desk_router()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAsked:
    """Who is to be forgotten, and how far."""

    address: str
    names: tuple[str, ...]
    reason: Reason
    keep: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPlan:
    """A plan in words. `obstacle` says why it cannot be done now; `open` are the quotes in the way, by number and address."""

    who: str
    quotes: str
    rows: tuple[tuple[str, str], ...]
    kept: tuple[str, ...]
    shared: str
    elsewhere: str
    obstacle: str | None
    open: tuple[tuple[str, str], ...]
    is_nothing: bool


@routes.api_route("/customers/{customer_id}/forget", methods=_READS)
async def choose_person(request: Request, services: ServicesDep, user: Admin, customer_id: str) -> Response:
    """Whom, by address: the customer's own, a contact's, or another."""
    view = await _find(services, customer_id)
    if view is None:
        return nothing_here(request)
    return _form(request, view, await typed_before(request, user.id) or DeskForm())


@routes.post("/customers/{customer_id}/forget")
async def forget_person(request: Request, services: ServicesDep, user: Admin, customer_id: str) -> Response:
    """First the plan; then, found anew, what it says."""
    form = await read_desk_form(request)
    view = await _find(services, customer_id)
    if view is None:
        return nothing_here(request)
    asked = _asked(form, services)
    if isinstance(asked, dict):
        return _form(request, view, form, asked)
    async with _owner(services) as database:
        if form.text("do") != "forget":
            return await _plan(request, database, view, form, asked)
        try:
            async with database.write() as w:
                found = await plan(w, asked.address, asked.names, keep_accepted=asked.keep)
                told = obstacle(found)
                if told is None:
                    await forget(w, found, asked.reason, actor=actor_of(user))
        except NotOwnerError:
            return await _plan(request, database, view, form, asked)
        except RecordUnsoundError as error:
            told = unsound(error)
    if told is not None:
        return _form(request, view, form, {"address": told})
    _log.info("person_forgotten", reason=asked.reason, quotes=len(found.quotes), by=actor_of(user))
    return see_other(f"{CUSTOMERS}/{view.id}?done=forgotten")


async def _find(services: Services, customer_id: str) -> CustomerView | None:
    if not is_uuid(customer_id):
        return None
    async with services.database.read() as r:
        return await find_customer(r, customer_id)


@asynccontextmanager
async def _owner(services: Services) -> AsyncIterator[Database]:
    """The record by its tables' owner where the settings name one."""
    url = services.settings.database_owner_url
    if url is None:
        yield services.database
        return
    database = Database.connect(url.get_secret_value(), pool_size=1)
    try:
        yield database
    finally:
        await database.close()


def _asked(form: DeskForm, services: Services) -> PersonAsked | Errors:
    errors: Errors = {}
    address, names = "", []
    try:
        address = read_address(form.text("other") or form.text("address"))
    except ValueError as error:
        errors["address"] = str(error)
    try:
        names = [read_name(line) for line in form.text("names").splitlines() if line.strip()]
    except ValueError as error:
        errors["names"] = str(error)
    if errors:
        return errors
    days = services.settings.keep_accepted_days
    return PersonAsked(
        address=address,
        names=tuple(names),
        reason=Reason.RETENTION if form.text("reason") == Reason.RETENTION else Reason.REQUEST,
        keep=None if form.text("also_accepted") else timedelta(days=days),
    )


def _form(request: Request, view: CustomerView, form: DeskForm, errors: Errors | None = None) -> Response:
    contacts = [(each.get("email"), each.get("name")) for each in view.contacts]
    known = {address: name for address, name in (*contacts, (view.email, view.name)) if address}
    return page(
        request,
        "customers/templates/forget.html",
        status=422 if errors else 200,
        customer=customer_facts(view),
        known=[(address, wording.one_line(str(name))) for address, name in known.items()],
        chosen=form.text("address") or next(iter(known), ""),
        form=form,
        reasons=_REASONS,
        reason=form.text("reason") or Reason.REQUEST,
        errors=errors or {},
        labels=_LABELS,
    )


async def _plan(
    request: Request, database: Database, view: CustomerView, form: DeskForm, asked: PersonAsked
) -> Response:
    async with database.read() as r:
        found = await plan(r, asked.address, asked.names, keep_accepted=asked.keep)
        may = await may_forget(r)
        zone = (await get_seller(r)).time_zone
    return page(
        request,
        "customers/templates/forget_plan.html",
        customer=customer_facts(view),
        plan=_shown(found, zone),
        address=asked.address,
        form=form,
        may=may,
        beyond=BEYOND,
    )


def _shown(found: Plan, zone: str) -> ShownPlan:
    names = listed(sorted(found.person.names))
    return ShownPlan(
        who=f"{found.person.address}, known as {names}" if names else found.person.address,
        quotes=listed(each.number for each in found.quotes),
        rows=tuple((wording.number(count), TABLES[table]) for table, count in found.blanked.items()),
        kept=tuple(kept(quote, zone) for quote in found.kept),
        shared=listed(found.shared),
        elsewhere=listed(found.elsewhere),
        obstacle=obstacle(found),
        open=tuple((quote.number, f"/desk/quotes/{quote.id}") for quote in found.open),
        is_nothing=not found.blanked,
    )
