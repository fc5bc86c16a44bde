"""Whatever goes wrong at the desk, the answer is a page, and nothing that was typed is lost."""

import traceback
from collections.abc import Callable, Coroutine
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from adapters import logs
from adapters.db.database import DatabaseUnavailableError
from adapters.db.parties.sessions import FormTooLargeError, find_form, keep_form
from api.desk.shell.pages import KEPT, message, see_other
from api.desk.shell.posted import DeskForm, FormUnreadableError, read_desk_form
from api.desk.shell.signed_in import SIGN_IN, NotSignedInError, RoleLacksError, is_by_script
from api.dispatch.backlog import OverloadedError
from api.http.problem import ProblemError
from api.http.refusals import problem_of
from api.services import services_of
from domain.errors import QuoteError
from domain.uuids import is_uuid

_log = logs.logger(__name__)
_CHANGES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_NOT_KEPT: Final = {"Cache-Control": "no-store"}
_LATER: Final = {"Retry-After": "10"}


class DeskRoute(APIRoute):
    """Takes forms from the desk's own pages alone, and turns errors into pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler, with the first word on who may post and the last one on errors."""
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                if request.method in _CHANGES and not comes_from_here(request):
                    return _forged(request)
                return await handle(request)
            except ClientDisconnect:
                raise
            except Exception as error:  # noqa: BLE001 - the last resort is among them
                return await _answer(request, error)

        return handler


def desk_router() -> APIRouter:
    """A router of a subject of the desk. A form posts to the address that shows it."""
    return APIRouter(prefix="/desk", include_in_schema=False, route_class=DeskRoute)


def comes_from_here(request: Request) -> bool:
    """Whether a page of this installation posted it: by Fetch Metadata, or by Origin where a browser has no such."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = urlsplit(request.headers.get("origin", ""))
    return bool(origin.netloc) and origin.netloc == request.headers.get("host")


async def typed_before(request: Request, user_id: str) -> DeskForm | None:
    """What this user had typed into the form at the request's path when their session ended."""
    form_id = request.query_params.get(KEPT, "")
    if not is_uuid(form_id):
        return None
    async with services_of(request).database.read() as reading:
        fields = await find_form(reading, form_id=form_id, user_id=user_id, path=request.url.path)
    return None if fields is None else DeskForm(fields=fields)


async def _answer(request: Request, error: Exception) -> Response:
    """The page for an error, and for one on the way there: the record away, or a form that cannot be read."""
    try:
        return await _failed(request, error)
    except (DatabaseUnavailableError, FormUnreadableError) as further:
        if type(further) is type(error):
            raise
        return await _answer(request, further)


async def _failed(request: Request, error: Exception) -> Response:  # noqa: PLR0911 - one answer each
    match error:
        case NotSignedInError():
            return await _sign_in(request, error)
        case RoleLacksError():
            return _lacks(request, error)
        case FormUnreadableError():
            return message(
                request, error.status, "Please try again", str(error), headers={"Connection": "close"}
            )
        case RequestValidationError():
            return nothing_here(request)
        case ProblemError() | QuoteError():
            problem = error if isinstance(error, ProblemError) else problem_of(error)
            return message(request, problem.status, "That did not work", problem.detail)
        case DatabaseUnavailableError():
            _log.warning("desk_unavailable", obstacle=error.obstacle)
            return await _again(request, 503, "The record cannot be reached right now")
        case OverloadedError():
            return await _again(request, 503, "More is waiting than can be decided at once")
        case _:
            _log.error("desk_failed", error=type(error).__name__, where=_frames(error))
            return await _again(request, 500, "Something went wrong here")


def nothing_here(request: Request) -> Response:
    """For an address that leads nowhere."""
    return message(
        request, 404, "This page does not exist", "Please check the address, or look for it in the lists."
    )


async def _sign_in(request: Request, error: NotSignedInError) -> Response:
    """To the sign-in, and from there to where one wanted to go: with what was typed, if a session had been there."""
    if is_by_script(request):
        return PlainTextResponse("Your session has ended: please sign in again.", 401, headers=_NOT_KEPT)
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != KEPT]
    if request.method in _CHANGES:
        if error.session is not None and not error.session.is_revoked:
            form = await read_desk_form(request)
            try:
                async with services_of(request).database.write() as w:
                    kept = await keep_form(
                        w, user_id=error.session.user.id, path=request.url.path, fields=form.fields
                    )
            except FormTooLargeError:
                return await _sign_in_beside(request)
            asked.append((KEPT, kept))
    elif KEPT in request.query_params:
        asked.append((KEPT, request.query_params[KEPT]))
    leads_to = f"{request.url.path}?{urlencode(asked)}" if asked else request.url.path
    return see_other(f"{SIGN_IN}?next={quote(leads_to)}")


async def _sign_in_beside(request: Request) -> Response:
    """For a form that is larger than what is kept: the page itself keeps it."""
    return message(
        request,
        401,
        "Your session has ended",
        "What you typed is kept on this page. Please sign in in another tab, then send it again here.",
        kept=await read_desk_form(request),
        sign_in=SIGN_IN,
    )


def _lacks(request: Request, error: RoleLacksError) -> Response:
    _log.warning("role_lacks", needed=error.needed)
    return message(
        request,
        403,
        "You may not do this",
        f"Your role here is {error.user.role}; this takes the role {error.needed}. Nothing was changed. "
        "An admin can change roles in the settings.",
    )


def _forged(request: Request) -> Response:
    _log.warning("form_from_elsewhere", origin=request.headers.get("origin", "")[:200])
    return message(
        request,
        403,
        "This form did not come from here",
        "Nothing was changed. Please use the form on our own page.",
    )


async def _again(request: Request, status: int, title: str) -> Response:
    """The page keeps what was posted, files apart, and sends it again."""
    kept = None
    text = "Nothing is lost. Please open the page again in a moment."
    if request.method in _CHANGES:
        kept = await read_desk_form(request)
        text = "What you typed is kept on this page. Please send it again in a moment."
    return message(request, status, title, text, kept=kept, headers=dict(_LATER))


def _frames(error: Exception) -> list[str]:
    """Where it failed, never with which values."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
