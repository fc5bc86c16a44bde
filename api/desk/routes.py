"""All routes of the desk. Their subjects stand beside them, each in a folder of its own."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.desk.customers import forgetting_routes as forgetting
from api.desk.customers import routes as customers
from api.desk.drafting.assets import DRAFTING_SCRIPT, DRAFTING_STYLE
from api.desk.drafting.parts_lists import routes as parts_lists
from api.desk.drafting.sending import routes as sending
from api.desk.drafting.typed import revising
from api.desk.drafting.typed import routes as drafting
from api.desk.price_list import routes as price_list
from api.desk.quotes.acting import routes as acting
from api.desk.quotes.listed import routes as listed
from api.desk.quotes.listed.list_assets import LIST_STYLE
from api.desk.quotes.one import routes as one_quote
from api.desk.quotes.one.page_assets import FOLLOW, LOOK
from api.desk.settings.keys import routes as api_keys
from api.desk.settings.seller import routes as seller
from api.desk.settings.users import routes as users
from api.desk.settings.webhooks import routes as webhooks
from api.desk.shell.desk_route import desk_router, nothing_here
from api.desk.shell.pages import HTMX, SCRIPT, STYLE, page, see_other
from api.desk.shell.signed_in import Viewer
from api.desk.sign_in import routes as sign_in
from api.desk.today import routes as today
from api.desk.today.today_assets import TODAY_STYLE
from api.html import Asset

_READS: Final = ["GET", "HEAD"]
_FILES: Final = (STYLE, SCRIPT, HTMX, LIST_STYLE, TODAY_STYLE, LOOK, FOLLOW, DRAFTING_STYLE, DRAFTING_SCRIPT)
"""What pages load: the shell's own, and what subjects add to it."""


def _served(files: tuple[Asset, ...]) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    for file in files:
        routes.add_api_route(file.path, file.served, methods=_READS)
    return routes


_shell: Final = desk_router()


@_shell.api_route("/keys", methods=_READS)
async def keys(request: Request, _user: Viewer) -> Response:
    """The keys of the desk, where no dialog shows them."""
    return page(request, "shell/templates/keys_page.html")


_nowhere: Final = desk_router()


@_nowhere.api_route("/{rest:path}", methods=[*_READS, "POST"])
async def nowhere(request: Request, _user: Viewer, rest: str) -> Response:
    """Whatever else is asked of the desk: a page that says so. A slash too many does no harm."""
    if request.method != "POST" and rest.endswith("/") and "//" not in request.url.path:
        return see_other(f"/desk/{rest}".rstrip("/"))
    return nothing_here(request)


SUBJECTS: Final[tuple[APIRouter, ...]] = (
    _served(_FILES),
    _shell,
    sign_in.routes,
    users.routes,
    today.routes,
    listed.routes,
    drafting.routes,  # before the quotes: "new" is no id of one
    revising.routes,
    sending.routes,
    parts_lists.routes,
    acting.routes,
    one_quote.routes,  # the last one: to /quotes/{quote_id} every word is an id, also `new`
    customers.routes,
    forgetting.routes,
    price_list.routes,
    seller.routes,
    api_keys.routes,
    webhooks.routes,
    _nowhere,  # after all others: it takes every address
)
