"""All routes of the desk. Their subjects stand beside them, each in a folder of its own."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desk.settings.users import routes as users
from api.desk.shell.desk_route import desk_router
from api.desk.shell.pages import HTMX, SCRIPT, STYLE, page
from api.desk.shell.signed_in import Viewer
from api.desk.sign_in import routes as sign_in

_assets: Final = APIRouter(include_in_schema=False)
_READS: Final = ["GET", "HEAD"]


@_assets.api_route(STYLE.path, methods=_READS)
async def style() -> Response:
    """The desk's style sheet."""
    return STYLE.answer()


@_assets.api_route(SCRIPT.path, methods=_READS)
async def script() -> Response:
    """The desk's script, which pages can do without."""
    return SCRIPT.answer()


@_assets.api_route(HTMX.path, methods=_READS)
async def htmx() -> Response:
    """The library by which parts of a page follow by themselves."""
    return HTMX.answer()


_shell: Final = desk_router()


@_shell.api_route("/keys", methods=_READS)
async def keys(request: Request, _user: Viewer) -> Response:
    """The keys of the desk, where no dialog shows them."""
    return page(request, "shell/templates/keys_page.html")


SUBJECTS: Final[tuple[APIRouter, ...]] = (
    _assets,
    _shell,
    sign_in.routes,
    users.routes,
)
