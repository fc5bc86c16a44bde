"""How often a page asks the record: a number of its own, whatever the number of rows."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpx
import pytest
import pytest_asyncio

from adapters.db import database as db
from domain.people.roles import Role
from tests.api.caller import IN_TEXT, Caller
from tests.api.desk.conftest import Desks

OWN: ContextVar[list[str]] = ContextVar("own")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that pages send, and not what goes on beside them."""
    sent: list[str] = []
    before = db._translated

    @contextmanager
    def counted(connection: Any = None, sql: str = "") -> Iterator[None]:
        if sql and OWN.get(None) is sent:
            sent.append(sql)
        with before(connection, sql):
            yield

    monkeypatch.setattr(db, "_translated", counted)
    return sent


def lines(count: int) -> list[dict[str, Any]]:
    part = {
        "description": "Block",
        "specification": IN_TEXT,
        "quantities": [20, 40],
        "tiers": ["standard", "economy"],
    }
    return [
        part if n % 2 else {"description": f"Fee {n}", "quantity": n + 1, "unit_price": "2.00"}
        for n in range(count)
    ]


@pytest_asyncio.fixture(scope="module")
async def of_shop(desks: Desks) -> AsyncIterator[httpx.AsyncClient]:
    yield desks[Role.ADMIN]


async def cost(desk: httpx.AsyncClient, asked: list[str], path: str) -> int:
    """Statements of the page, asked once before so that what is kept is kept."""
    OWN.set(asked)
    for _ in range(2):
        asked.clear()
        answer = await desk.get(path, headers={"Sec-Fetch-Dest": "empty"})
        assert answer.status_code == httpx.codes.OK, path
    return len(asked)


PAGES = (
    *("", "/history", "/compare", "/versions/1", "/verify", "/run", "/revise", "/send"),
    *("/copy", "/delete", "/send/page", "/send/mail"),
)


async def test_a_long_quote_asks_no_more_than_a_short_one(
    desks: Desks, caller: Caller, asked: list[str], of_shop: httpx.AsyncClient
) -> None:
    """Of two lines and of thirty, at every page of a quote."""
    short, long = [await caller.draft(lines=lines(count)) for count in (2, 30)]
    grown = {}
    for page in PAGES:
        few, many = [
            await cost(of_shop, asked, f"/desk/quotes/{quote['id']}{page}") for quote in (short, long)
        ]
        if many > few:
            grown[page] = (few, many)
    assert grown == {}


async def test_lists_ask_no_more_with_more_rows(
    desks: Desks, caller: Caller, silent: Caller, asked: list[str], of_shop: httpx.AsyncClient
) -> None:
    """Of one quote and of twelve; of the settings' lists too."""
    customer = await silent.customer()
    of_customer = [f"/desk/customers/{customer['id']}", f"/desk/quotes?customer_id={customer['id']}"]
    of_customer += [f"/desk/quotes.csv?customer_id={customer['id']}"]
    pages = [*of_customer, "/desk", "/desk/customers", "/desk/price-list", "/desk/settings/users"]
    pages += ["/desk/settings/keys", "/desk/settings/webhooks", "/desk/settings/sessions", "/desk/quotes/new"]
    await caller.draft(customer_id=customer["id"])
    few = {page: await cost(of_shop, asked, page) for page in pages}
    for n in range(11):
        await caller.draft(customer_id=customer["id"], owner=f"owner-{n}@tooling.example.com")
    for n in range(5):
        await silent.customer()
        await of_shop.post(
            "/desk/settings/webhooks", data={"url": f"https://erp.example.com/{n}", "types": "quote.annulled"}
        )
        await of_shop.post("/desk/settings/keys", data={"name": f"Key {n}", "scopes": "read"})
    many = {page: await cost(of_shop, asked, page) for page in pages}
    for path in set(
        re.findall(
            r"/desk/settings/webhooks/[0-9a-f-]{36}", (await of_shop.get("/desk/settings/webhooks")).text
        )
    ):
        await of_shop.post(path, data={"do": "delete"})
    assert many == few


async def test_prices_as_typed_ask_no_more_with_more_lines(
    caller: Caller, asked: list[str], of_shop: httpx.AsyncClient
) -> None:
    """The form that prices as one types, of two parts and of twelve."""
    part = {"kind": "part", "description": "Block", "quantities": "20", "tier": "standard"}
    counts = []
    for count in (2, 12):
        typed = {
            f"lines.{n}.{name}": value
            for n in range(count)
            for name, value in (
                *part.items(),
                *((f"specification.{key}", str(said)) for key, said in IN_TEXT.items() if key != "quantity"),
            )
        }
        OWN.set(asked)
        asked.clear()
        answer = await of_shop.post("/desk/quotes/new/price", data=typed)
        assert answer.status_code == httpx.codes.OK
        counts.append(len(asked))
    assert counts[0] >= counts[1]


async def test_stored_calculations_are_read_at_once(
    silent: Caller, asked: list[str], of_shop: httpx.AsyncClient
) -> None:
    """However many lines name one; what is none is said at its line."""
    ids = [(await silent.calculation(quantity=20 + n))["id"] for n in range(4)]
    counts = []
    for count in (1, 4):
        typed = {
            f"lines.{n}.{name}": value
            for n in range(count)
            for name, value in (("kind", "calculation"), ("pricing_calculation_id", ids[n]))
        }
        OWN.set(asked)
        asked.clear()
        answer = await of_shop.post("/desk/quotes/new/price", data=typed)
        assert answer.status_code == httpx.codes.OK
        assert "not priced yet" not in answer.text
        counts.append(len(asked))
    assert counts[0] == counts[1]
