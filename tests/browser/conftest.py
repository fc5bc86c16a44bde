"""The whole product behind a real address, and a real Chromium in front of it."""

import asyncio
import os
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error, Page, async_playwright

from adapters.db.database import Database
from adapters.db.parties.seller import put_seller
from adapters.settings import Settings
from adapters.temporal.client import connect
from adapters.tokens import LinkTokens
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.setup import find_chromium
from cli.local.temporal.server import Temporal
from tests.api.caller import IN_TEXT, Caller
from tests.api.conftest import SECRET, api_key, prepared_database, served, settings_for
from tests.api.customer.shop import SELLER, Shop
from tests.roles import as_product
from tests.unit.pdf.test_quote_pdf import png
from worker import running_worker

LINES: list[dict[str, Any]] = [
    {
        "description": "Bearing block, left",
        "part_number": "4711-A",
        "part_revision": "C",
        "specification": IN_TEXT,
    }
]


@dataclass
class Product:
    """The running product: its API, as a program calls it, and the mails it has sent."""

    caller: Caller
    mail: MailServer

    async def offered(self) -> tuple[str, str]:
        """A quote sent by mail: its id, and the link that its customer finds there."""
        buyer = f"buyer-{uuid4().hex[:8]}@harker-hydraulics.example"
        customer = await self.caller.customer(name="Harker Hydraulics Ltd", email=buyer)
        quote = await self.caller.sent(customer_id=customer["id"], lines=LINES)
        mail = await self.mail_to(buyer, "Quote Q-")
        found = re.search(r"http://\S+/q/\S+", mail["text"])
        assert found is not None
        return quote["id"], found[0]

    async def revised(self, quote_id: str, *, quantity: int) -> str:
        """The next version of an offered quote, for so many pieces, sent; the link to it."""
        quote = (await self.caller.get(f"/quotes/{quote_id}")).json()
        line = LINES[0]
        specification = {**line["specification"], "quantity": quantity}
        body = {"lines": [{**line, "specification": specification}]}
        assert (await self.caller.put(f"/quotes/{quote_id}/pricing", body)).status_code == httpx.codes.OK
        await self.caller.done(quote, "send")
        customer = (await self.caller.get(f"/customers/{quote['customer_id']}")).json()
        mail = await self.mail_to(customer["email"], quote["number"], "version 2")
        found = re.search(r"http://\S+/q/\S+", mail["text"])
        assert found is not None
        return found[0]

    async def views(self, quote_id: str) -> list[dict[str, Any]]:
        """The data of all views on record."""
        events = (await self.caller.get(f"/quotes/{quote_id}/events")).json()["data"]
        return [event["data"] for event in events if event["type"] == "quote.viewed"]

    async def mail_to(self, recipient: str, *words: str) -> dict[str, Any]:
        """The first mail to that person with all these words in subject and text, as soon as it is there."""
        async with asyncio.timeout(90):
            while True:
                for mail in await self.mail.messages(to=recipient):
                    if all(word in mail["subject"] + mail["text"] for word in words):
                        return dict(mail)
                await asyncio.sleep(0.05)

    async def status(self, quote_id: str) -> str:
        """The quote's status, as the API tells it."""
        return str((await self.caller.get(f"/quotes/{quote_id}")).json()["status"])


@pytest_asyncio.fixture(scope="session")
async def product(postgres: Postgres, temporal: Temporal, mail_server: MailServer) -> AsyncIterator[Product]:
    """API and worker on a free port, with a database of their own."""
    url = await prepared_database(postgres, "browser")
    port = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{port.getsockname()[1]}"
    settings = Settings.model_validate(
        {
            "DATABASE_URL": as_product(url),
            "DATABASE_OWNER_URL": url,
            "TEMPORAL_ADDRESS": temporal.address,
            "SMTP_URL": mail_server.smtp_url,
            "FIRM_OFFER_URL": address,
            "FIRM_OFFER_SECRET": SECRET,
            "FIRM_OFFER_ENV": "test",
            "FIRM_OFFER_TASK_QUEUE": "browser-tests",
        }
    )
    database = Database.connect(url)
    async with database.write() as w:
        await put_seller(w, SELLER)
    headers = {"Authorization": f"Bearer {await api_key(url, 'quote')}"}
    async with (
        running_worker(await connect(settings, lazy=False), settings, database),
        served(settings, port),
        httpx.AsyncClient(base_url=address, headers=headers, timeout=20) as http,
    ):
        yield Product(caller=Caller(http), mail=mail_server)
    await database.close()


@pytest_asyncio.fixture(scope="package")
async def chrome() -> AsyncIterator[Browser]:
    """A Chromium of the machine's own, or Playwright's."""
    arguments = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        except Error as missing:
            pytest.skip(f"browser tests not run: {str(missing).splitlines()[0]}")
        yield browser
        await browser.close()


@dataclass(frozen=True)
class Quiet:
    """An API beside which no worker runs: what is asked there waits until a test decides it."""

    address: str


@pytest_asyncio.fixture(scope="session")
async def quiet_settings(postgres: Postgres, temporal: Temporal, mail_server: MailServer) -> Settings:
    """Of a database of its own, and a task queue that nobody listens to."""
    url = await prepared_database(postgres, "browser_quiet")
    return settings_for(url, temporal.address, mail_server.smtp_url, queue="nobody-listens")


@pytest_asyncio.fixture(scope="session")
async def browser_shop(quiet_settings: Settings, postgres: Postgres) -> AsyncIterator[Shop]:
    """A shop that decides when a test says so, with logo and colour."""
    database = Database.connect(postgres.url("browser_quiet"))
    shop = Shop(database, LinkTokens(SECRET))
    await shop.open()
    async with database.write() as w:
        await put_seller(w, replace(SELLER, logo=png(240, 64), accent="#7a1f3d"))
    yield shop
    await database.close()


@pytest_asyncio.fixture(scope="session")
async def quiet(quiet_settings: Settings) -> AsyncIterator[Quiet]:
    """That API, on a free port."""
    port = socket.create_server(("127.0.0.1", 0))
    async with served(quiet_settings, port):
        yield Quiet(f"http://127.0.0.1:{port.getsockname()[1]}")


@asynccontextmanager
async def window(
    chrome: Browser, *, width: int = 1100, script: bool = True, axe: bool = False
) -> AsyncIterator[Page]:
    """A page of that width. Whatever the browser complains about (also what the page's own policy forbids)
    fails the test. `axe` lets the checker in, past that policy.
    """
    context = await chrome.new_context(
        viewport={"width": width, "height": 740},
        java_script_enabled=script,
        bypass_csp=axe,
        locale="en-GB",
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    await context.close()
    # A status of 4xx or 5xx is reported as a failed resource, and is what some tests look for.
    assert [text for text in complaints if "Failed to load resource" not in text] == []


async def picture(page: Page, file: Path) -> None:
    """A picture of the whole page for who wants to look: FIRM_OFFER_PICTURES=1 leaves them in the tests' folders."""
    if os.environ.get("FIRM_OFFER_PICTURES"):
        await page.screenshot(path=file, full_page=True)
