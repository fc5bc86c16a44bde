"""The shop's people, for admins; and everybody's own sessions."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from adapters import logs
from adapters.db.database import Reading, Writing
from adapters.db.parties.seller import get_seller
from adapters.db.parties.sessions import DeskUser, end_session, end_sessions_of, list_sessions
from adapters.db.parties.users import (
    LastAdminError,
    UserView,
    find_user_view,
    let_in,
    list_users,
    put_name,
    put_role,
)
from adapters.db.quotes.standing import amounts_out
from api.desk.settings.users.user_pages import (
    NO_ROLE,
    NO_ROLE_WORDS,
    ROLES,
    USERS,
    quotes_kept,
    session_rows,
    user_row,
)
from api.desk.shell.desk_route import desk_router, nothing_here, typed_before
from api.desk.shell.pages import page, see_other
from api.desk.shell.posted import DeskForm, read_desk_form
from api.desk.shell.signed_in import Admin, Viewer
from api.http.fields import Email, Name, OneLine, RequestBody
from api.http.validation import errors_of
from api.services import Services, ServicesDep
from domain.people.roles import IDLE_HOURS, LONGEST_DAYS, Role
from domain.uuids import is_uuid

SESSIONS: Final = "/desk/settings/sessions"
_READS: Final = ["GET", "HEAD"]
_LABELS: Final = {"address": "Email address", "name": "Name", "phone": "Telephone", "role": "Role"}
_DONE: Final = {
    "in": "The person may sign in from now on, with a link that they ask for at the sign-in.",
    "saved": "Saved.",
    "out": "The person may not sign in any more, and is signed out everywhere.",
    "ended": "The session is ended.",
    "all-ended": "All sessions are ended.",
}
_log = logs.logger(__name__)
routes: Final = desk_router()


class NewUserForm(RequestBody):
    """Who is let in, and as what."""

    address: Email
    name: Name
    role: Role


class UserForm(RequestBody):
    """A person's name and telephone number, as customers read them, and what they may do here."""

    name: Name
    phone: OneLine | None
    role: Role | None


@routes.api_route("/settings/users", methods=_READS)
async def users(request: Request, services: ServicesDep, user: Admin) -> Response:
    """All of the shop's people, and a form that lets one more in."""
    return await _users(request, services, user, await typed_before(request, user.id) or DeskForm())


@routes.post("/settings/users")
async def let_user_in(request: Request, services: ServicesDep, user: Admin) -> Response:
    """Also somebody who is named in offers and could not sign in so far."""
    form = await read_desk_form(request)
    try:
        new = NewUserForm.model_validate({name: form.text(name) for name in NewUserForm.model_fields})
    except ValidationError as wrong:
        return await _users(request, services, user, form, _errors(wrong, form))
    async with services.database.write() as w:
        is_new = await let_in(w, address=new.address.lower(), name=new.name, role=new.role)
    if not is_new:
        known = {"address": "was let in before: choose the person in the list to change the role"}
        return await _users(request, services, user, form, known)
    _log.info("user_let_in", role=new.role)
    return see_other(f"{USERS}?done=in")


@routes.api_route("/settings/users/{user_id}", methods=_READS)
async def one_user(request: Request, services: ServicesDep, user: Admin, user_id: str) -> Response:
    """One person: name, role, and where they are signed in."""
    async with services.database.read() as r:
        view = await _find(r, user_id)
        typed = await typed_before(request, user.id)
        return nothing_here(request) if view is None else await _user(request, r, user, view, typed)


@routes.post("/settings/users/{user_id}")
async def change_user(request: Request, services: ServicesDep, user: Admin, user_id: str) -> Response:
    """Name, telephone number and role; or the end of one session or of all."""
    form = await read_desk_form(request)
    async with services.database.write() as w:
        view = await _find(w, user_id)
        if view is None:
            return nothing_here(request)
        if session_id := form.text("session"):
            return see_other(f"{USERS}/{view.id}?done={await _end(w, view.id, session_id)}")
        role = form.text("role")
        typed = {
            "name": form.text("name"),
            "phone": form.text("phone") or None,
            "role": None if role == NO_ROLE else role,
        }
        try:
            asked = UserForm.model_validate(typed)
            await put_role(w, view.id, asked.role, keeps_an_admin=True)
        except ValidationError as wrong:
            return await _user(request, w, user, view, form, _errors(wrong, form))
        except LastAdminError:
            last = {"role": "is that of the only admin: make another person admin first"}
            return await _user(request, w, user, view, form, last)
        await put_name(w, view.id, name=asked.name, phone=asked.phone)
    if asked.role is not view.role:
        _log.info("role_changed", user=view.id, role=asked.role or NO_ROLE)
    return see_other(f"{USERS}/{view.id}?done={'out' if view.role and not asked.role else 'saved'}")


@routes.api_route("/settings/sessions", methods=_READS)
async def own_sessions(request: Request, services: ServicesDep, user: Viewer) -> Response:
    """Where the user is signed in."""
    async with services.database.read() as r:
        return page(
            request,
            "settings/users/templates/sessions.html",
            idle_hours=IDLE_HOURS,
            longest_days=LONGEST_DAYS,
            **await _sessions(request, r, user.id),
        )


@routes.post("/settings/sessions")
async def end_own_sessions(request: Request, services: ServicesDep, user: Viewer) -> Response:
    """One of the user's own, or all of them: then the sign-in follows."""
    form = await read_desk_form(request)
    async with services.database.write() as w:
        done = await _end(w, user.id, form.text("session"))
    return see_other(f"{SESSIONS}?done={done}")


async def _end(w: Writing, user_id: str, session_id: str) -> str:
    """End one session of that user, or `all`; the word for the page that follows."""
    if session_id == "all":
        await end_sessions_of(w, user_id)
        return "all-ended"
    if is_uuid(session_id):
        await end_session(w, session_id, user_id=user_id)
    return "ended"


async def _find(r: Reading, user_id: str) -> UserView | None:
    return await find_user_view(r, user_id) if is_uuid(user_id) else None


async def _users(
    request: Request,
    services: Services,
    user: DeskUser,
    form: DeskForm,
    errors: Mapping[str, str] | None = None,
) -> Response:
    async with services.database.read() as r:
        zone = (await get_seller(r)).time_zone
        listed = await list_users(r)
    return page(
        request,
        "settings/users/templates/users.html",
        status=422 if errors else 200,
        done=_done(request),
        people=[user_row(each, zone=zone, own_id=user.id) for each in listed],
        form=form,
        role=form.text("role") or Role.SALES,
        roles=[(role, name) for role, (name, _) in ROLES.items()],
        meanings=[*ROLES.values()],
        errors=errors or {},
        labels=_LABELS,
    )


async def _user(
    request: Request,
    r: Reading,
    user: DeskUser,
    view: UserView,
    form: DeskForm | None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    zone = (await get_seller(r)).time_zone
    typed = form or DeskForm(
        fields={"name": [view.name], "phone": [view.phone or ""], "role": [view.role or NO_ROLE]}
    )
    return page(
        request,
        "settings/users/templates/user.html",
        status=422 if errors else 200,
        person=user_row(view, zone=zone, own_id=user.id),
        form=typed,
        roles=[*((role, name) for role, (name, _) in ROLES.items()), (NO_ROLE, NO_ROLE_WORDS[0])],
        meanings=[*ROLES.values(), NO_ROLE_WORDS],
        keeps=quotes_kept(await amounts_out(r, owner=view.address), view.address),
        errors=errors or {},
        labels=_LABELS,
        **await _sessions(request, r, view.id),
    )


async def _sessions(request: Request, r: Reading, user_id: str) -> dict[str, Any]:
    zone = (await get_seller(r)).time_zone
    return {
        "done": _done(request),
        "sessions": session_rows(
            await list_sessions(r, user_id), zone=zone, this=request.state.desk_session.id
        ),
    }


def _done(request: Request) -> str:
    return _DONE.get(request.query_params.get("done", ""), "")


def _errors(wrong: ValidationError, form: DeskForm) -> dict[str, str]:
    """What is wrong with each field."""
    named = {each.pointer.lstrip("/"): each.message for each in errors_of(wrong)}
    return {name: says if form.text(name) else "is required" for name, says in named.items()}
