"""Every page of the desk, for eyes, ears and small windows. What LEAST has is walked: a new page cannot be forgotten."""

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from adapters.db.database import Database
from adapters.db.parties.seller import put_seller
from adapters.db.parties.sign_ins import bind_link, make_local_link
from adapters.tokens import new_token, token_hash
from cli.local.postgres.server import Postgres
from domain.people.roles import Role
from tests.api.caller import SIGNER, Caller
from tests.api.conftest import api_key
from tests.api.customer.shop import SELLER
from tests.api.desk.forms import hidden
from tests.api.desk.people import let_in, session_token
from tests.api.desk.test_who_may import ANYBODY, LEAST
from tests.browser.conftest import LINES, Product, window
from tests.browser.well_made import asks_nobody_else, is_well_made
from tests.unit.pdf.test_quote_pdf import png
from tests.waiting import eventually

NO_PAGES: Final = {
    "/desk/price-list/{card_id}/{kind}": "application/yaml",
    "/desk/quotes.csv": "text/csv",
    "/desk/quotes/new/customers": "text/html",  # a part of a page
    "/desk/quotes/{quote_id}/certificate": "application/pdf",
    "/desk/quotes/{quote_id}/files/{sha256}": "application/pdf",
    "/desk/quotes/{quote_id}/live": "text/event-stream",
    "/desk/quotes/{quote_id}/proof": "application/pdf",
    "/desk/quotes/{quote_id}/send/pdf": "application/pdf",
    "/desk/quotes/{quote_id}/versions/{number}/pdf": "application/pdf",
    "/desk/settings/logo": "image/png",
}
"""What is read and is no page, and what it is instead."""
READ: Final = [
    name.removeprefix("GET ")
    for name in LEAST
    if name.startswith("GET ") and "{rest:path}" not in name  # where nothing is
]
PAGES: Final = [path for path in READ if path not in NO_PAGES]
STATES: Final = {
    "draft": ("/send", "/revise", "/delete"),
    "accepted": ("/annul", "/order", "/certificate", "/proof"),
}
"""Which quote a page is about, by how its address goes on; all others are about one with two versions that is out."""
FILE: Final = b"%PDF-1.7 an order"
BROWSER: Final = new_token()
"""By which the door knows the browser to which it gave a link."""


@pytest_asyncio.fixture(scope="module")
async def database(product: Product, postgres: Postgres) -> AsyncIterator[Database]:
    found = Database.connect(postgres.url("browser"))
    async with found.write() as w:
        await put_seller(w, replace(SELLER, logo=png(240, 64)))
    yield found
    async with found.write() as w:
        await put_seller(w, SELLER)
    await found.close()


async def quotes(caller: Caller, file: str) -> dict[str, dict[str, Any]]:
    """One of each of STATES, and one that is out with its second version; by names that are long."""
    contacts = [
        {"name": "Maria-Magdalena Freifrau von und zu Oberstdorf-Kleinwalsertal", "role": "Purchasing"}
    ]
    customer = await caller.customer(
        name="Vereinigte Oberbayerische Präzisionsmaschinenbaugesellschaft Lindner & Söhne GmbH & Co. KG",
        address=["Am Kai 1", "20457 Hamburg"],
        contacts=[{**contacts[0], "email": "maria.magdalena.von-und-zu@oberstdorf-kleinwalsertal.example"}],
    )
    lines = [
        {**LINES[0], "quantities": [20, 50]},
        {"description": "Delivery", "quantity": "1", "unit_price": "-12.50"},
    ]
    files = [{"sha256": file, "name": "drawing-4711-bearing-block-left.pdf", "audience": "internal"}]
    of: dict[str, Any] = {"customer_id": customer["id"], "lines": lines, "files": files}
    draft = await caller.draft(**of)
    out = await caller.sent(**of)
    assert (await caller.put(f"/quotes/{out['id']}/pricing", {"lines": LINES})).status_code == httpx.codes.OK
    sha256 = (await caller.raw("/proofs", FILE, "application/pdf")).json()["sha256"]
    yes = {**SIGNER, "purchase_order_number": "PO-4711", "proof_sha256": sha256}
    accepted = await caller.done(await caller.sent(**of), "accept", yes)
    return {"draft": draft, "out": out, "accepted": accepted, "customer": customer}


@pytest_asyncio.fixture(scope="module")
async def desk(product: Product, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """Of an admin."""
    admin = await let_in(database, "jonas.brandt@keller.example", Role.ADMIN, name="Jonas Brandt")
    assert admin is not None
    cookies = {"desk": await session_token(database, admin)}
    async with httpx.AsyncClient(base_url=product.caller.http.base_url, cookies=cookies, timeout=20) as http:
        yield http


@pytest_asyncio.fixture(scope="module")
async def webhook(product: Product, postgres: Postgres) -> AsyncIterator[str]:
    """The id of one, for as long as its pages are looked at: it would be told of everything."""
    key = await api_key(postgres.url("browser"), "admin")
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=product.caller.http.base_url, headers=headers, timeout=20) as http:
        made = await http.post("/api/v1/webhooks", json={"url": f"https://erp.example.com/{'x' * 200}"})
        assert made.status_code == httpx.codes.CREATED, made.text
        yield str(made.json()["id"])
        assert (await http.delete(f"/api/v1/webhooks/{made.json()['id']}")).is_success


@pytest_asyncio.fixture(scope="module")
async def addresses(
    product: Product, database: Database, desk: httpx.AsyncClient, webhook: str
) -> dict[str, str]:
    """Where each path of READ leads, with what there is one of."""
    file = (await product.caller.raw("/files", FILE, "application/pdf")).json()["sha256"]
    assert file == hashlib.sha256(FILE).hexdigest()
    shelf = await quotes(product.caller, file)
    rows = b"Part;Material;L;W;H;Qty\nBlock;Alu;100;50;20;20\nPlate;Strange;300;200;3;5\n"
    customer = shelf["customer"]["id"]
    parts = await product.caller.raw(f"/parts-lists?customer_id={customer}", rows, "text/csv")
    admin = await let_in(database, "jonas.brandt@keller.example", Role.ADMIN, name="Jonas Brandt")
    assert admin is not None
    long = {"name": "Warenwirtschaftssystemschnittstelle" * 2, "scopes": ["read"]}
    form = hidden((await desk.get("/desk/settings/keys")).text)
    made = await desk.post(
        "/desk/settings/keys", data={**form, **long}, headers={"Origin": str(desk.base_url).rstrip("/")}
    )
    assert made.status_code == httpx.codes.OK, made.text
    token = new_token()
    async with database.write() as w:
        await make_local_link(w, user_id=admin.id, token_hash=token_hash(token))
        await bind_link(w, token_hash=token_hash(token), browser_hash=token_hash(BROWSER))
    out = (await desk.get(f"/desk/quotes/{shelf['out']['id']}")).text
    known = {
        "calculation_id": _found(r"/calculations/([\w-]+)", out),
        "card_id": _found(r"/desk/price-list/([\w-]{36})", (await desk.get("/desk/price-list")).text),
        "customer_id": customer,
        "key_id": _found(r"/desk/settings/keys/([\w-]+)", (await desk.get("/desk/settings/keys")).text),
        "kind": "yaml",
        "link_id": _found(r"/links/([\w-]+)/close", out),
        "list_id": parts.json()["id"],
        "number": "1",
        "sha256": file,
        "token": token,
        "user_id": str(admin.id),
        "webhook_id": webhook,
    }
    return {path: path.format(quote_id=shelf[_state(path)]["id"], **known) for path in READ}


def _state(path: str) -> str:
    step = path.removeprefix("/desk/quotes/{quote_id}")
    return next((state for state, steps in STATES.items() if step.startswith(steps)), "out")


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, pattern
    return found[1]


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_well_made(
    product: Product,
    desk: httpx.AsyncClient,
    addresses: dict[str, str],
    chrome: Browser,
    tmp_path: Path,
    path: str,
) -> None:
    """It opens, has one heading and its own title, fits a phone, axe finds nothing, the console is silent, nobody else is asked."""
    async with window(chrome, axe=True) as page, asks_nobody_else(page):
        home = str(product.caller.http.base_url).rstrip("/")
        is_door = LEAST[f"GET {path}"] is ANYBODY
        name, value = ("desk-browser", BROWSER) if is_door else ("desk", desk.cookies["desk"])
        await page.context.add_cookies([{"name": name, "value": value, "url": home}])
        answer = await page.goto(home + addresses[path])
        assert answer is not None
        assert answer.status == httpx.codes.OK
        assert await page.locator("h1").count() == 1
        await is_well_made(page, re.sub(r"\W+", "-", path).strip("-"), tmp_path)


@pytest.mark.parametrize("path", NO_PAGES)
async def test_what_is_read_otherwise_is_no_page(
    desk: httpx.AsyncClient, addresses: dict[str, str], path: str
) -> None:
    """Each is what NO_PAGES says, and none is a page that is left out of the walk."""
    said: list[httpx.Response] = []

    async def is_there() -> bool:
        async with desk.stream("GET", addresses[path]) as answer:
            said[:] = [answer]
            if answer.headers["content-type"].startswith("text/html"):
                assert "<html" not in (await answer.aread()).decode()
        return answer.status_code != httpx.codes.SERVICE_UNAVAILABLE  # documents are made by and by

    await eventually(is_there, path)
    assert said[0].status_code == httpx.codes.OK
    assert said[0].headers["content-type"].startswith(NO_PAGES[path])
