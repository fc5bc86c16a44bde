"""An order on the quote's page: how it stands, and the button by which it is tried again."""

import html
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa

from adapters.db.database import Database
from adapters.db.tables import orders
from adapters.tokens import LinkTokens
from domain.people.roles import Role
from tests.api.conftest import SECRET
from tests.api.desk.conftest import Desks
from tests.api.desk.forms import words
from tests.integration.db.desk import SIGNER, Desk

BUTTON = "Hand the order over again"
FAILED: dict[str, Any] = {"status": "failed", "last_error": "answered 410"}


class Ordered:
    """An accepted quote, the order of which was posted."""

    def __init__(self, desk: Desk, quote_id: str) -> None:
        self.desk, self.id = desk, quote_id
        self.path = f"/desk/quotes/{quote_id}"

    async def comes_to(self, **values: Any) -> None:
        """What became of its order."""
        async with self.desk.database.write() as w:
            await w.run(orders.update().where(orders.c.quote_id == self.id).values(**values))

    async def status(self) -> str:
        """How it fares."""
        async with self.desk.database.read() as r:
            return str(await r.value(sa.select(orders.c.status).where(orders.c.quote_id == self.id)))


@pytest_asyncio.fixture
async def ordered(database_url: str) -> AsyncIterator[Ordered]:
    """One whose order could not be handed over; nobody tries it on after the test."""
    database = Database.connect(database_url)
    desk = Desk(database, LinkTokens(SECRET))
    quote_id = await desk.sent()
    await desk.do(quote_id, "accept", SIGNER)
    async with database.write() as w:
        row = {"quote_id": quote_id, "key": f"order_{quote_id}", "way": "http", **FAILED}
        await w.run(orders.insert().values(**row, asked_at=sa.func.clock_timestamp()))
    quote = Ordered(desk, quote_id)
    yield quote
    await quote.comes_to(status="handed_over", wake_at=None)
    await database.close()


@pytest.mark.parametrize("role", Role)
async def test_one_that_failed_says_so_to_all_and_is_tried_again_by_who_sells(
    desks: Desks, ordered: Ordered, role: Role
) -> None:
    """The badge, why, and what can be done; whoever only reads has no button, and gets nothing by posting what it would."""
    page = (await desks[role].get(ordered.path)).text
    assert '<span class="badge failed">order failed</span>' in page
    assert "The order was not taken: answered 410." in words(page)
    sells = role.includes(Role.SALES)
    assert "Hand the order over …" not in page, "two buttons of one name"
    assert ("Note the order's reference …" in html.unescape(page)) is sells
    assert (f'action="{ordered.path}/order/retry"' in page) is (BUTTON in page) is sells
    answer = await desks[role].post(f"{ordered.path}/order/retry")
    if not sells:
        assert (answer.status_code, await ordered.status()) == (403, "failed")
        return
    assert answer.status_code == 303
    assert await ordered.status() == "pending"
    page = (await desks[role].get(answer.headers["location"])).text
    assert "The order is being handed over again." in words(page)
    assert "The order waits for the system that makes it to take it." in words(page)
    assert "order failed" not in page
    assert BUTTON not in page
    assert "button primary" not in page.split('class="card next"')[1].split("</section>")[0], (
        "nothing to be done"
    )
    await ordered.comes_to(status="pending", last_error="answered 503")
    assert "answered 503. It is tried again by itself." in words((await desks[role].get(ordered.path)).text)
    again = await desks[role].post(f"{ordered.path}/order/retry")
    assert again.headers["location"] == answer.headers["location"], "a second click changes nothing"


async def test_what_was_settled_meanwhile_is_not_said_to_be_tried(desks: Desks, ordered: Ordered) -> None:
    """Somebody wrote its reference, or annulled the acceptance, while the page with the button stood open."""
    await ordered.desk.do(ordered.id, "hand_over", {"reference": "SO-BY-HAND"})
    answer = await desks[Role.SALES].post(f"{ordered.path}/order/retry")
    assert answer.headers["location"] == ordered.path
    page = words((await desks[Role.SALES].get(ordered.path)).text)
    assert "the order was handed over as SO-BY-HAND" in page
    assert "is being handed over" not in page
    assert BUTTON not in page


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            "the acceptance was annulled before the order was handed over",
            "The acceptance was annulled before the order was handed over.",
        ),
        (
            "the order was taken when its acceptance had been annulled: cancel it there",
            "The order was taken when its acceptance had been annulled: cancel it there.",
        ),
        ("<b>no</b>", "<b>no</b>."),
    ],
)
async def test_of_an_annulled_one_it_is_told_what_it_came_to(
    desks: Desks, ordered: Ordered, error: str, told: str
) -> None:
    """It was not refused by anybody, and is not tried again."""
    await ordered.desk.do(ordered.id, "annul", {"reason": "Not built.", "agreed_with": "Ada"})
    await ordered.comes_to(last_error=error)
    page = (await desks[Role.ADMIN].get(ordered.path)).text
    assert html.escape(told) in page
    assert "was not taken" not in page
    assert BUTTON not in page
    answer = await desks[Role.ADMIN].post(f"{ordered.path}/order/retry")
    assert (answer.headers["location"], await ordered.status()) == (ordered.path, "failed")
