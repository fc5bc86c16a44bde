"""Who the shop is, set at the desk by the rules of `firm-offer seller`."""

import base64
import re
from collections.abc import AsyncIterator
from html import escape

import pytest
import pytest_asyncio

from adapters.db.database import Database
from adapters.db.parties.seller import Seller, get_seller, put_seller
from domain.people.roles import Role
from tests.api.desk.conftest import Desks

SETTINGS = "/desk/settings"
EVIL = "<script>alert(1)</script>"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """With the seller put back afterwards: other tests share it."""
    database = Database.connect(database_url)
    async with database.read() as r:
        before = await get_seller(r)
    yield database
    async with database.write() as w:
        await put_seller(w, before)
    await database.close()


async def stored(database: Database) -> Seller:
    async with database.read() as r:
        return await get_seller(r)


def edition(page: str) -> str:
    return found[1] if (found := re.search(r'name="edition" value="([^"]*)"', page)) else ""


def typed(**changes: str) -> dict[str, str]:
    return {
        "name": "ACME Tooling",
        "email": "quotes@tooling.example.com",
        "accent": "#1f4f5f",
        "paper": "letter",
        "time_zone": "Europe/Berlin",
        "currency": "EUR",
        "terms": "Net 30.\r\nEx works.",
        "consent_text": "I accept.",
        **changes,
    }


async def test_the_shop_is_set_with_its_logo(desks: Desks, database: Database) -> None:
    """HTML stays text; the logo stays until it is replaced or taken away; everybody sees the letterhead."""
    manager = desks[Role.MANAGER]
    begun = edition((await manager.get(SETTINGS)).text)
    asked = typed(
        edition=begun, address=f"{EVIL}\r\n71634 Ludwigsburg", tax_rate="19", tax_id=EVIL, phone=EVIL
    )
    answer = await manager.post(SETTINGS, data=asked, files={"logo": ("l.png", PNG, "image/png")})
    assert answer.headers["location"] == f"{SETTINGS}?done=saved", answer.text
    seller = await stored(database)
    assert (seller.terms, seller.tax_rate, seller.paper) == ("Net 30.\nEx works.", "0.19", "letter")
    assert seller.address == (EVIL, "71634 Ludwigsburg")
    shown = (await desks[Role.VIEWER].get(SETTINGS)).text
    assert EVIL not in shown
    assert '<form method="post" action="/desk/settings"' not in shown
    logo = await desks[Role.VIEWER].get(f"{SETTINGS}/logo")
    assert (logo.content, logo.headers["content-type"]) == (PNG, "image/png")
    form = (await manager.get(SETTINGS)).text
    assert EVIL not in form
    kept = await manager.post(SETTINGS, data=typed(edition=edition(form)))
    assert kept.status_code == 303
    assert (await stored(database)).logo == seller.logo
    late = await manager.post(SETTINGS, data=typed(edition=begun, name="Late"))
    assert (late.status_code, 'value="Late"' in late.text) == (409, True)
    gone = await manager.post(SETTINGS, data=typed(edition=edition(late.text), name="Late", no_logo="yes"))
    assert gone.status_code == 303
    assert ((await stored(database)).logo, (await stored(database)).name) == (None, "Late")
    assert (await manager.get(f"{SETTINGS}/logo")).status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", " ", "is required"),
        ("email", "nobody", "email address"),
        ("accent", "#ffffff", "darker"),
        ("paper", "a3", "must be"),
        ("time_zone", "Europe/Atlantis", "time zone"),
        ("currency", "EURO", "ISO 4217"),
        ("tax_rate", "190", "from 0 to 1"),
        ("consent_text", " ", "blank"),
        ("address", "a\n" * 11, "at most 10"),
        ("logo", "no picture", "PNG or JPEG"),
    ],
)
async def test_what_is_wrong_stands_beside_its_field(
    desks: Desks, database: Database, field: str, value: str, told: str
) -> None:
    """Everything as it was typed, and nothing stored."""
    before = await stored(database)
    begun = edition((await desks[Role.MANAGER].get(SETTINGS)).text)
    files = {"logo": ("l.png", value.encode(), "image/png")} if field == "logo" else None
    asked = typed(edition=begun, phone="typed before", **({} if field == "logo" else {field: value}))
    answer = await desks[Role.MANAGER].post(SETTINGS, data=asked, files=files)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert told in answer.text
    assert 'value="typed before"' in answer.text
    assert await stored(database) == before


async def test_only_managers_set_it(desks: Desks, database: Database) -> None:
    """A form that others post changes nothing."""
    before = await stored(database)
    for role in (Role.VIEWER, Role.SALES):
        assert (await desks[role].post(SETTINGS, data=typed())).status_code == 403
        shown = (await desks[role].get(SETTINGS)).text
        for said in (before.consent_text, before.time_zone, before.currency):
            assert escape(said) in shown
        assert '<form method="post" action="/desk/settings"' not in shown
    assert await stored(database) == before
