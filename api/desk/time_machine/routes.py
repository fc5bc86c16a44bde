"""Moving a quote's time. These routes are there in the local run alone: see `api.app`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from adapters.temporal.clock import RunClock, StandsStillError
from api.desk.quotes.one.facts import QuoteFacts, read_facts
from api.desk.quotes.one.head import head_of
from api.desk.shell.desk_route import desk_router
from api.desk.shell.pages import page
from api.desk.shell.posted import read_desk_form
from api.desk.shell.signed_in import Sales
from api.desk.time_machine.journey import Stop, TimeMachine
from api.http.fields import Uuid
from api.services import Services, ServicesDep
from domain import wording
from domain.quotes import reminders
from domain.quotes.validity import GRACE

routes = desk_router()
A_DAY: Final = timedelta(days=1)
_A_MOMENT: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeStep:
    """A way to go: what its button says, how far it goes, and what is met there."""

    words: str
    by: timedelta
    what: str = ""


def _steps(facts: QuoteFacts) -> dict[str, TimeStep]:
    """Where one can go from here, by the values of the form."""
    view, quote = facts.view, facts.view.quote
    steps = {"day": TimeStep(words="One day on", by=A_DAY)}
    if not quote.status.is_open or view.is_expired:
        return steps
    end = quote.valid_until + GRACE + _A_MOMENT - view.now
    past = TimeStep(words="Past the deadline", by=end, what="it expires")
    coming = next((each for each in reminders.plan(quote) if each.due > view.now), None)
    left = wording.counted(coming.days_left, "day") if coming else ""
    following = (
        TimeStep(
            words="To what is due next",
            by=coming.due + _A_MOMENT - view.now,
            what=f"the customer is reminded, {left} before the end",
        )
        if coming
        else replace(past, words="To what is due next")
    )
    return {"next": following, **steps, "end": past}


@routes.get("/quotes/{quote_id}/time-machine")
async def show_time_machine(
    request: Request, services: ServicesDep, _user: Sales, quote_id: Uuid
) -> Response:
    """What time it is for the quote, and where it can go."""
    return await _page(request, services, quote_id)


@routes.post("/quotes/{quote_id}/time-machine")
async def move_time(request: Request, services: ServicesDep, _user: Sales, quote_id: Uuid) -> Response:
    """Move it; what falls due on the way happens at its own time."""
    form = await read_desk_form(request)
    async with services.database.read() as r:
        facts = await read_facts(r, quote_id)
    step = _steps(facts).get(form.text("to"))
    if step is None:
        return await _page(request, services, quote_id, status=422, problem="Please choose where to.")
    told: list[Stop] = []
    try:
        await _machine(services, facts).forward(step.by, told.append)
    except StandsStillError as error:
        return await _page(request, services, quote_id, stops=told, problem=f"{error}.", status=503)
    return await _page(request, services, quote_id, stops=told, moved=True)


def _machine(services: Services, facts: QuoteFacts) -> TimeMachine:
    workflow_id = facts.view.workflow_id
    return TimeMachine(
        facts.view.quote.id,
        workflow_id,
        services.database,
        services.runs,
        RunClock(services.runs.client, workflow_id),
    )


async def _page(
    request: Request,
    services: Services,
    quote_id: str,
    *,
    stops: Sequence[Stop] = (),
    moved: bool = False,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    async with services.database.read() as r:
        facts = await read_facts(r, quote_id)
    return page(
        request,
        "time_machine/templates/time_machine.html",
        status=status,
        quote_id=quote_id,
        head=head_of(facts),
        now=_told(facts.view.now, facts.zone),
        steps=[
            (value, step, _told(facts.view.now + step.by, facts.zone))
            for value, step in _steps(facts).items()
        ],
        stops=[(_told(stop.at, facts.zone), stop.what) for stop in stops],
        moved=moved,
        problem=problem,
    )


def _told(at: datetime, zone: str) -> str:
    return wording.instant(at, zone)
