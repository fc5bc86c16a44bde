"""What needs somebody today, and the shop's figures."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio

from adapters.db.database import Database
from adapters.db.quotes import standing
from adapters.db.record import clocks
from adapters.db.tables import quotes
from adapters.tokens import LinkTokens
from api.desk.today.won_and_lost import read_figures
from domain.people.roles import Role
from tests.api.conftest import SECRET
from tests.api.desk.conftest import Desks
from tests.api.desk.list_shelf import LINES, Shelf
from tests.integration.db.desk import Desk

OWNER = "manager@tooling.example.com"
"""Whose quotes they are: a manager's desk shows them as mine."""


@pytest_asyncio.fixture(scope="module")
async def shelf(database_url: str, desks: Desks) -> AsyncIterator[Shelf]:
    database = Database.connect(database_url)
    shelf = await Shelf.filled(Desk(database, LinkTokens(SECRET)), owner=OWNER)
    now = datetime.now(UTC)
    for key in shelf.ids:
        await shelf.mails(key, status="sent", sent_at=now)
    yield shelf
    await database.close()


async def needs(http: httpx.AsyncClient, shelf: Shelf) -> dict[str, dict[str, str]]:
    """By list and quote, what is said of the shelf's quotes on one's own page."""
    text = (await http.get("/desk?whose=mine")).text
    keys = {quote_id: key for key, quote_id in shelf.ids.items()}
    found: dict[str, dict[str, str]] = {}
    for section in re.findall(r'<section class="card need".*?</section>', text, re.DOTALL):
        [name] = re.findall(r'<h2 id="(\w+)">', section)
        items = re.findall(
            r'<li>.*?href="/desk/quotes/([0-9a-f-]{36})".*?class="why">(.*?)</span></li>', section, re.DOTALL
        )
        found[name] = {
            keys[quote_id]: re.sub(r"<[^>]+>", "", why) for quote_id, why in items if quote_id in keys
        }
    return found


async def test_drafts_wait_until_they_are_sent(desks: Desks, shelf: Shelf) -> None:
    """A new version that was not sent too. It is not on the page of somebody else."""
    unsent = (await needs(desks[Role.MANAGER], shelf))["unsent"]
    assert unsent == {
        "draft": "A draft, changed today",
        "revised": "A new version that is not sent, changed today",
    }
    assert "unsent" not in await needs(desks[Role.ADMIN], shelf)
    everybody = (await desks[Role.VIEWER].get("/desk")).text
    assert shelf.numbers["draft"] in everybody


async def test_a_mail_that_failed_is_told_with_the_servers_words(desks: Desks, shelf: Shelf) -> None:
    """Until another one came through."""
    now = datetime.now(UTC)
    await shelf.mails("sent", status="failed", sent_at=None, failed_at=now, last_error="550 no such user")
    failed = (await needs(desks[Role.MANAGER], shelf))["failed"]
    assert list(failed) == ["sent"]
    assert "550 no such user" in failed["sent"]
    await shelf.mails("sent", status="sent", sent_at=now, failed_at=None, last_error=None)
    assert "failed" not in await needs(desks[Role.MANAGER], shelf)


async def test_an_order_that_was_given_up_is_told_with_its_last_answer(desks: Desks, shelf: Shelf) -> None:
    """Until it is handed over, or its acceptance annulled."""
    assert "not_handed_over" not in await needs(desks[Role.MANAGER], shelf)
    await shelf.order("won", status="failed", last_error="answered <410>")
    found = (await needs(desks[Role.MANAGER], shelf))["not_handed_over"]
    assert found == {"won": "Accepted, and its order was given up today: answered &lt;410&gt;"}
    await shelf.desk.do(shelf.ids["won"], "hand_over", {"reference": "SO-1"})
    assert "not_handed_over" not in await needs(desks[Role.MANAGER], shelf)


async def test_a_wish_is_open_until_it_is_answered(desks: Desks, shelf: Shelf) -> None:
    """With what the customer wrote. More time is given by an extension, a change by a version that is sent."""

    async def asked() -> list[tuple[str, str]]:
        text = (await desks[Role.MANAGER].get("/desk?whose=mine")).text
        return re.findall(r">(Asks for [^<]+)</time>(?:: <span class=\"words\">([^<]*))?", text)

    async def on_top() -> tuple[str, str]:
        """What the quote's page says first, and its first button."""
        text = (await desks[Role.MANAGER].get(f"/desk/quotes/{quote_id}")).text
        wish = re.search(r"<strong>(The customer asks for [^<]+)</strong>", text)
        first = re.search(r'class="button primary" href="[^"]+">([^<]+)<', text)
        return wish[1] if wish else "", first[1] if first else ""

    quote_id = shelf.ids["asked"]
    for name, reason in (("request_change", "In <i>blue</i>, please"), ("request_extension", "")):
        await shelf.desk.do(quote_id, name, {"reason": reason}, shown_version=1)
    change = ("Asks for a change, today", "In &lt;i&gt;blue&lt;/i&gt;, please")
    assert await asked() == [("Asks for more time, today", ""), change]
    assert await on_top() == ("The customer asks for more time", "Change the deadline …")
    await shelf.desk.do(quote_id, "extend", {"valid_days": 40})
    assert await asked() == [change]
    assert await on_top() == ("The customer asks for a change", "Make a new version …")
    await shelf.desk.do(quote_id, "revise", {"lines": LINES})
    assert await asked() == [change]
    assert await on_top() == ("The customer asks for a change", "Send version 2 …")
    await shelf.desk.do(quote_id, "send", {"recipients": ["buyer@hale.example"]})
    assert await asked() == []
    assert await on_top() == ("", "Record a yes …")


async def test_what_was_opened_and_not_answered_is_told_after_days(desks: Desks, shelf: Shelf) -> None:
    now = datetime.now(UTC)
    await shelf.links("sent", viewed_at=now - timedelta(days=2))
    await shelf.links("asked", viewed_at=now - timedelta(days=4))
    await shelf.links("lost", viewed_at=now - timedelta(days=4))
    found = (await needs(desks[Role.MANAGER], shelf))["unanswered"]
    assert list(found) == ["asked"]
    assert found["asked"].startswith("Opened 4 days ago, no answer; runs out in ")


async def test_what_runs_out_is_told_by_its_own_clock(desks: Desks, shelf: Shelf, database_url: str) -> None:
    """Which the time machine may have moved."""
    assert "running_out" not in await needs(desks[Role.MANAGER], shelf)
    owning = Database.connect(database_url)
    quote = (await shelf.desk.load(shelf.ids["sent"])).quote
    assert quote is not None
    async with owning.write() as w:
        ahead = quote.valid_until - datetime.now(UTC) - timedelta(days=6, hours=12)
        await clocks.add_offset(w, shelf.ids["sent"], ahead)
    found = (await needs(desks[Role.MANAGER], shelf))["running_out"]
    assert list(found) == ["sent"]
    assert re.match("Runs out in [67] days, ", found["sent"])
    async with owning.write() as w:
        await clocks.add_offset(w, shelf.ids["sent"], timedelta(days=7))
    assert "running_out" not in await needs(desks[Role.MANAGER], shelf)
    await owning.close()


async def test_what_is_in_flight_is_told(desks: Desks, shelf: Shelf) -> None:
    """A create too, before there is a quote."""
    command = await shelf.desk.store(shelf.ids["asked"], "cancel", {})
    create = await shelf.desk.store_create(customer_id=shelf.customer_id, owner=OWNER)
    shelf.ids["new"] = create.quote_id
    found = (await needs(desks[Role.MANAGER], shelf))["in_flight"]
    assert found == {
        "asked": "A withdrawal: received just now, not decided yet",
        "new": "A new quote: received just now, not decided yet",
    }
    for stored in (command, create):
        await shelf.desk.save(await shelf.desk.request(stored.quote_id, stored.envelope))
    assert "in_flight" not in await needs(desks[Role.MANAGER], shelf)


async def test_the_figures_are_the_quotes(desks: Desks, shelf: Shelf) -> None:
    """Won and lost by count and amount, what is out, and how long answers take; as a chart and as a table."""
    owner = f"{shelf.word}@figures.example"
    own = await Shelf.filled(shelf.desk, owner=owner)
    now = datetime.now(UTC)
    async with shelf.desk.database.write() as w:
        for key, hours in (("won", 3), ("lost", 49)):
            await w.run(
                quotes.update()
                .where(quotes.c.id == own.ids[key])
                .values(sent_at=now - timedelta(hours=hours), decided_at=now - timedelta(hours=1))
            )
        await own.add("old", "700.00", owner=owner)
        await own.desk.do(own.ids["old"], "send", {"recipients": ["a@hale.example"]})
        await own.desk.do(own.ids["old"], "reject")
        await w.run(
            quotes.update()
            .where(quotes.c.id == own.ids["old"])
            .values(decided_at=now - timedelta(days=45), sent_at=now - timedelta(days=46))
        )
    async with shelf.desk.database.read() as r:
        assert await standing.median_answer(r, now - timedelta(days=30), owner=owner) == timedelta(hours=25)
        for days, lost in ((30, "EUR 50.00"), (90, "EUR 750.00"), (365, "EUR 750.00")):
            figures = await read_figures(r, days=days, owner=owner, now=now, zone="Europe/Berlin")
            told = {tile.name: tile.lines for tile in (*figures.out, *figures.ended)}
            assert told["Won"] == ("EUR 400.00",)
            assert told["Lost"] == (lost,)
            assert told["With customers"] == ("EUR 650.00",)
            assert told["In drafts"] == ("EUR 90.00",)
            assert sum(int(row.won) for row in figures.rows) == 1
            assert figures.rows[0].won_total == "EUR 400.00"
            drawn = [bar.told for bar in figures.bars if bar.height]
            assert len(drawn) == (2 if days == 30 else 3)
        assert told["Win rate"] == ("33 %",)
        assert await standing.ended(r, [now - timedelta(days=1), now], owner="nobody@x.example") == []


@pytest.mark.parametrize("asked", ["?days=7", "?days=abc&whose=%00", "?whose=theirs&days=%F0%9F%92%A9"])
async def test_garbage_in_the_address_is_as_nothing(desks: Desks, shelf: Shelf, asked: str) -> None:
    answer = await desks[Role.VIEWER].get(f"/desk{asked}")
    assert answer.status_code == 200
    assert 'aria-current="true">90 days' in answer.text
