"""API keys, for admins: made, rotated and ended. A secret stands on one page, once."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from adapters.db.database import Reading
from adapters.db.parties.keys import KeyView, find_key, list_keys
from adapters.db.parties.seller import get_seller
from adapters.db.parties.sessions import DeskUser
from api.desk.settings.keys.key_pages import KEYS, OVERLAPS, SCOPES, key_row
from api.desk.shell.checking import checked, refused
from api.desk.shell.desk_route import desk_router, nothing_here, typed_before
from api.desk.shell.once import id_once, new_form_id
from api.desk.shell.pages import page, see_other
from api.desk.shell.posted import DeskForm, read_desk_form
from api.desk.shell.signed_in import Admin, actor_of
from api.http.problem import ProblemError
from api.services import Services, ServicesDep
from api.v1.connecting.keys import KeyBody, KeyTakenError, RotateBody, made_key, revoked_key, rotated_key
from domain import instants
from domain.people.scopes import Scope

_READS: Final = ["GET", "HEAD"]
_LABELS: Final = {
    "": "The form",
    "name": "Name",
    "scopes": "What it may do",
    "expires_at": "Works until the end of",
}
_DONE: Final = {"revoked": "The key has ended. No program can use it any more."}
routes: Final = desk_router()


@routes.api_route("/settings/keys", methods=_READS)
async def keys(request: Request, services: ServicesDep, user: Admin) -> Response:
    """All keys with their last use, and a form that makes one more."""
    return await _list(request, services, await typed_before(request, user.id) or DeskForm())


@routes.post("/settings/keys")
async def make_key(request: Request, services: ServicesDep, user: Admin) -> Response:
    """A new key; the page that answers shows its secret, and a repeat of the form does not."""
    form = await read_desk_form(request)
    async with services.database.read() as r:
        zone = (await get_seller(r)).time_zone
    try:
        expires_at = _end_of(form.text("expires_at"), zone)
    except ValueError:
        wrong = {"expires_at": "must be a day such as 2027-12-31"}
        return await _list(request, services, form, wrong)
    body = checked(
        KeyBody, {"name": form.text("name"), "scopes": form.texts("scopes"), "expires_at": expires_at}
    )
    if isinstance(body, dict):
        wrong = {name.partition("-")[0]: words for name, words in body.items()}
        return await _list(request, services, form, wrong)
    try:
        view, key = await made_key(services, body, actor=actor_of(user), public_id=_public_id(form, user))
    except KeyTakenError:
        gone = {
            "": "it has made a key already, which the list shows. Its secret was shown once: rotate it for another."
        }
        return await _list(request, services, DeskForm(), gone)
    return await _secret(request, services, view, key.text)


@routes.api_route("/settings/keys/{key_id}", methods=_READS)
async def one_key(request: Request, services: ServicesDep, _user: Admin, key_id: str) -> Response:
    """One key, to be rotated or ended."""
    return await _one(request, services, key_id)


@routes.post("/settings/keys/{key_id}")
async def change_key(request: Request, services: ServicesDep, user: Admin, key_id: str) -> Response:
    """A new secret, or the end. What somebody else did to the key meanwhile is shown first."""
    form = await read_desk_form(request)
    async with services.database.read() as r:
        view, zone = await _find(r, key_id), (await get_seller(r)).time_zone
    if view is None:
        return nothing_here(request)
    if form.text("do") == "revoke":
        await revoked_key(services, key_id, actor=actor_of(user))
        return see_other(f"{view_path(view)}?done=revoked")
    if form.text("version") != key_row(view, zone).version:
        return await _one(request, services, key_id, meanwhile=True)
    hours = form.text("overlap_hours")
    body = checked(
        RotateBody, {"overlap_hours": int(hours) if hours.isascii() and hours.isdigit() else hours}
    )
    if isinstance(body, dict):
        return await _one(request, services, key_id, body)
    try:
        view, key = await rotated_key(services, key_id, body, actor=actor_of(user))
    except ProblemError as problem:
        return await _one(request, services, key_id, refused(problem))
    return await _secret(request, services, view, key.text)


async def _find(r: Reading, key_id: str) -> KeyView | None:
    """The key, or None, also for what is no id of one."""
    return await find_key(r, key_id) if key_id.isascii() and key_id.isalnum() else None


def view_path(view: KeyView) -> str:
    """The key's page."""
    return f"{KEYS}/{view.public_id}"


def _end_of(day: str, zone: str) -> str | None:
    """The last second of that day in the shop's zone, in RFC 3339. Raises ValueError for what is no day."""
    if not day:
        return None
    ends = datetime.combine(date.fromisoformat(day), time(23, 59, 59), ZoneInfo(zone))
    return instants.to_the_second(ends)


def _public_id(form: DeskForm, user: DeskUser) -> str:
    """The same for the same form, so that it makes one key however often it is sent."""
    return hashlib.sha256(
        id_once(user, form.text("form_id"), {"key": form.text("name")}).encode()
    ).hexdigest()[:18]


async def _list(
    request: Request, services: Services, form: DeskForm, errors: Mapping[str, str] | None = None
) -> Response:
    async with services.database.read() as r:
        zone = (await get_seller(r)).time_zone
        found = await list_keys(r)
    rows = [key_row(view, zone) for view in found]
    return page(
        request,
        "settings/keys/templates/keys.html",
        status=422 if errors else 200,
        live=[row for row in rows if row.is_live],
        ended=[row for row in rows if not row.is_live],
        form=form,
        form_id=form.text("form_id") or new_form_id(),
        chosen=form.texts("scopes") or [Scope.QUOTE],
        scopes=SCOPES,
        errors=errors or {},
        labels=_LABELS,
    )


async def _one(
    request: Request,
    services: Services,
    key_id: str,
    errors: Mapping[str, str] | None = None,
    *,
    meanwhile: bool = False,
) -> Response:
    async with services.database.read() as r:
        view, zone = await _find(r, key_id), (await get_seller(r)).time_zone
    if view is None:
        return nothing_here(request)
    return page(
        request,
        "settings/keys/templates/key.html",
        status=409 if meanwhile else 422 if errors else 200,
        key=key_row(view, zone),
        overlaps=OVERLAPS,
        errors=errors or {},
        meanwhile=meanwhile,
        done=_DONE.get(request.query_params.get("done", ""), ""),
    )


async def _secret(request: Request, services: Services, view: KeyView, text: str) -> Response:
    async with services.database.read() as r:
        zone = (await get_seller(r)).time_zone
    return page(request, "settings/keys/templates/secret.html", key=key_row(view, zone), text=text)
