"""The first page of the desk."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from adapters.db.parties.seller import get_seller
from adapters.db.quotes.standing import clock
from api.desk.shell.desk_route import desk_router
from api.desk.shell.pages import page
from api.desk.shell.signed_in import Viewer, actor_of
from api.desk.today.needed import all_done, read_needs, untold_systems
from api.desk.today.today_assets import TODAY_STYLE
from api.desk.today.won_and_lost import HEIGHT, SPANS, WIDTH, read_figures
from api.services import ServicesDep
from domain.people.roles import Role

routes: Final = desk_router()
_MINE: Final = "mine"
_SHORT, _LONG = SPANS[0], SPANS[-1]
_DAYS: Final = SPANS[1]


@routes.get("")
async def today(
    request: Request, services: ServicesDep, user: Viewer, whose: str = "", days: str = ""
) -> Response:
    """What needs somebody, and how the shop stands; of all quotes, or of one's own."""
    is_mine = whose == _MINE
    span = int(days) if days in {str(each) for each in SPANS} else _DAYS
    owner = user.address if is_mine else None
    query = f"&{urlencode({'owner': user.address})}" if is_mine else ""
    async with services.database.read() as reading:
        zone, now = (await get_seller(reading)).time_zone, await clock(reading)
        needs = await read_needs(
            reading, owner=owner, actor=actor_of(user) if is_mine else None, zone=zone, query=query
        )
        untold = await untold_systems(reading, zone) if user.role.includes(Role.ADMIN) and not is_mine else []
        figures = await read_figures(reading, days=span, owner=owner, now=now, zone=zone)
    return page(
        request,
        "today/templates/today.html",
        needs=[each for each in needs if each.needs],
        all_done=all_done(needs) and not untold,
        untold=untold,
        figures=figures,
        is_mine=is_mine,
        whose=[(name, is_on, _address(whose=to, days=span)) for name, to, is_on in _whose(is_mine=is_mine)],
        spans=[(each, each == span, _address(whose=whose if is_mine else "", days=each)) for each in SPANS],
        width=WIDTH,
        height=HEIGHT,
        today_style=TODAY_STYLE.path,
    )


def _whose(*, is_mine: bool) -> list[tuple[str, str, bool]]:
    return [("Everybody's", "", not is_mine), ("Mine", _MINE, is_mine)]


def _address(*, whose: str, days: int) -> str:
    asked = {
        name: value
        for name, value in (("whose", whose), ("days", str(days)))
        if value != str(_DAYS) and value
    }
    return f"/desk?{urlencode(asked)}" if asked else "/desk"
