"""The time machine on a quote's page: in the local run alone."""

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from adapters.db.database import Database
from adapters.settings import Settings
from api.app import create_app
from domain.people.roles import Role
from tests.api.caller import Caller
from tests.api.conftest import running
from tests.api.desk.conftest import Desks
from tests.api.desk.forms import words
from tests.api.desk.people import at_desk, let_in, session_token


def paths(app: FastAPI) -> set[str]:
    """Of all routes."""
    return {str(getattr(route, "path", "")) for route in app.routes}


@pytest.mark.parametrize(
    ("environment", "has_machine", "offered"),
    [("local", True, True), ("local", False, False), ("test", True, False), ("live", True, False)],
)
async def test_the_time_machine_is_there_in_the_local_run_alone(
    settings: Settings, environment: str, has_machine: bool, offered: bool
) -> None:
    """In every other mode there is no such address."""
    mode = settings.model_copy(update={"environment": environment, "time_machine": has_machine})
    async with running(create_app(settings=mode)) as app:
        assert ("/desk/quotes/{quote_id}/time-machine" in paths(app)) is offered


async def test_no_time_machine_answers_beside_the_tests(caller: Caller, desks: Desks) -> None:
    """Neither page nor form."""
    quote = await caller.sent()
    address = f"/desk/quotes/{quote['id']}/time-machine"
    assert (await desks[Role.ADMIN].get(address)).status_code == 404
    assert (await desks[Role.ADMIN].post(address, data={"to": "end"})).status_code in {404, 405}


async def test_time_moves_to_what_is_due_a_day_on_and_past_the_deadline(
    caller: Caller, settings: Settings, database_url: str
) -> None:
    """Each reminder at its own time; then it has expired, and only days are left to move."""
    quote = await caller.sent(valid_days=5)
    here = f"/desk/quotes/{quote['id']}/time-machine"
    # As in the local run, where the product is the owner of its tables.
    local = settings.model_copy(
        update={"environment": "local", "time_machine": True, "database_url": SecretStr(database_url)}
    )
    database = Database.connect(database_url)
    user = await let_in(database, "sales@machine.example.com", Role.SALES)
    assert user is not None
    token = await session_token(database, user)
    async with running(create_app(settings=local)) as app, at_desk(app, token) as desk:
        assert "Move its time" in (await desk.get(f"/desk/quotes/{quote['id']}")).text
        assert ": the customer is reminded, 3 days before the end One day on" in words(
            (await desk.get(here)).text
        )
        moved = words((await desk.post(here, data={"to": "next"})).text)
        assert "Reminder, 3 days left" in moved
        assert "Nothing fell due on the way" in words((await desk.post(here, data={"to": "day"})).text)
        over = words((await desk.post(here, data={"to": "end"})).text)
        assert "Reminder, 1 day left" in over
        assert "Past the deadline" not in over
        assert (await desk.post(here, data={"to": "yesterday"})).status_code == 422
    await database.close()
    assert (await caller.get(f"/quotes/{quote['id']}")).json()["status"] == "expired"
