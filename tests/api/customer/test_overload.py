"""More waits than can be decided in time: what can be repeated is refused before it is stored, a customer's click never."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest_asyncio
import sqlalchemy as sa

from adapters.settings import Settings
from api.app import create_app
from api.dispatch.backlog import AFTER_AN_OUTAGE_SECONDS, AWAY_SECONDS, Backlog
from tests.api.caller import PART, SIGNER, V1, Caller, problem
from tests.api.conftest import api_key, calling, running
from tests.api.customer.reading import YES
from tests.api.customer.shop import Shop
from tests.unit.api.fakes import FakeClock

WAITING = 500


class FullInbox(Backlog):
    """In which so many wait, whatever the inbox says: test_inbox.py in tests/integration/db reads it."""

    def admit(self, _waiting: int) -> None:
        super().admit(WAITING)


@dataclass
class Overloaded:
    """An API that has just heard of a decision, the last for long, while many commands wait. Nobody decides them."""

    staff: Caller
    customer: httpx.AsyncClient
    clock: FakeClock
    backlog: Backlog


@pytest_asyncio.fixture
async def overloaded(page_settings: Settings, shop: Shop) -> AsyncIterator[Overloaded]:
    settings = page_settings.model_copy(update={"task_queue": "nobody-listens"})
    key = await api_key(shop.database.url, "quote")
    async with running(create_app(settings=settings)) as app, calling(app, key) as staff:
        clock = FakeClock()
        backlog = FullInbox(clock)
        backlog.decided()
        app.state.services.commands._backlog = backlog
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://shop.test") as customer:
            yield Overloaded(staff, customer, clock, backlog)


async def stored(shop: Shop) -> int:
    """How many commands the inbox holds."""
    async with shop.database.read() as r:
        return int(await r.value(sa.text("SELECT count(*) FROM commands")))


async def test_what_can_be_repeated_is_refused_before_it_is_stored(
    overloaded: Overloaded, shop: Shop
) -> None:
    """Of staff and programs, a create as well as any other command: 503 and when to try again."""
    quote_id, before = await shop.sent_quote(), await stored(shop)
    quote = (await overloaded.staff.get(f"/quotes/{quote_id}")).json()
    for path, body in (
        (f"/quotes/{quote_id}/accept", SIGNER),
        ("/quotes", {"customer_id": quote["customer_id"], "specification": PART}),
    ):
        refused = await overloaded.staff.http.post(f"{V1}{path}", json=body)
        assert "Nothing was stored" in problem(refused, 503, "overloaded")["detail"]
        assert int(refused.headers["retry-after"]) >= 2
    assert await stored(shop) == before


async def test_a_click_is_stored_whatever_waits(overloaded: Overloaded, shop: Shop) -> None:
    """A customer's yes counts when it was given: it is taken, and decided afterwards."""
    quote_id = await shop.sent_quote()
    before = await stored(shop)
    (page,) = await shop.paths(quote_id)
    answer = await overloaded.customer.post(f"{page}/accept", data=YES)
    assert (answer.status_code, "We have your answer" in answer.text) == (202, True)
    assert await stored(shop) == before + 1
    await shop.decide_waiting(quote_id)
    assert (await shop.quote(quote_id)).status == "accepted"


async def test_without_decisions_all_is_stored_and_a_repeat_is_never_refused(
    overloaded: Overloaded, shop: Shop
) -> None:
    """Nobody at work is no overload: 202, to be asked after a while. When decisions are heard again, the same request gets
    that answer again, since it adds nothing to what waits; another one is refused.
    """
    path, key = f"/quotes/{await shop.sent_quote()}/accept", {"Idempotency-Key": "sent-while-nobody-decided"}
    overloaded.clock.now += AWAY_SECONDS
    before = await stored(shop)
    pending = await overloaded.staff.post(path, SIGNER, headers=key)
    assert (pending.status_code, await stored(shop)) == (202, before + 1)
    assert int(pending.headers["retry-after"]) == AFTER_AN_OUTAGE_SECONDS
    overloaded.backlog.decided()
    repeated = await overloaded.staff.post(path, SIGNER, headers=key)
    assert (repeated.status_code, repeated.json()["command_id"]) == (202, pending.json()["command_id"])
    other = {"Idempotency-Key": "another"}
    problem(await overloaded.staff.http.post(f"{V1}{path}", json=SIGNER, headers=other), 503, "overloaded")
    assert await stored(shop) == before + 1
