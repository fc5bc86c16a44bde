"""The list of quotes, and its export."""

from typing import Final

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from adapters.db.parties.seller import get_seller
from adapters.db.quotes.standing import clock
from api.desk.quotes.listed.asked import read_asked
from api.desk.quotes.listed.csv_export import FORMS, MOST_ROWS, csv_of
from api.desk.quotes.listed.list_assets import LIST_STYLE
from api.desk.quotes.listed.list_page import PATH, read_list
from api.desk.shell.desk_route import desk_router
from api.desk.shell.pages import message, page, see_other
from api.desk.shell.signed_in import Viewer
from api.html import PRIVATE
from api.services import ServicesDep
from domain import wording

_DECIMAL: Final = "decimal"
"""The parameter of the export that no list has."""
routes: Final = desk_router()


@routes.get("/quotes")
async def quotes(request: Request, services: ServicesDep, user: Viewer) -> Response:
    """A page of the list; what of its address was not understood stands above it. Fields that were left empty do not stay in
    the address.
    """
    async with services.database.read() as reading:
        zone = (await get_seller(reading)).time_zone
        asked = read_asked(request.query_params, zone=zone)
        if _has_blanks(request) and not asked.not_understood:
            return see_other(asked.address(PATH))
        shown = await read_list(reading, asked, user, zone)
    return page(
        request,
        "quotes/listed/templates/list.html",
        shown=shown,
        asked=asked,
        most_rows=wording.number(MOST_ROWS),
        list_style=LIST_STYLE.path,
    )


@routes.get("/quotes.csv")
async def quotes_csv(request: Request, services: ServicesDep, _: Viewer) -> Response:
    """The whole list of the same address for a spreadsheet. Nothing is exported where a filter was not understood: it would be
    more than was asked for.
    """
    async with services.database.read() as reading:
        zone, now = (await get_seller(reading)).time_zone, await clock(reading)
    given = request.query_params.multi_items()
    asked = read_asked(QueryParams([each for each in given if each[0] != _DECIMAL]), zone=zone)
    form = FORMS.get(request.query_params.get(_DECIMAL, "point"))
    if form is None:
        return message(request, 422, "Nothing was exported", "decimal: must be point or comma.")
    if asked.not_understood:
        return message(request, 422, "Nothing was exported", " ".join(asked.not_understood))
    name = f"quotes-{wording.for_spreadsheets(now, zone)[:10]}.csv"
    return StreamingResponse(
        csv_of(services.database, asked, zone, form),
        media_type="text/csv; charset=utf-8; header=present",
        headers={**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'},
    )


def _has_blanks(request: Request) -> bool:
    return any(not value.strip() for _, value in request.query_params.multi_items())
