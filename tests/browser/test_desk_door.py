"""The desk's door and frame in a real browser: signing in by mail, keys, themes, and nothing from elsewhere."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
import sqlalchemy as sa
from playwright.async_api import Browser, Page, expect

from adapters.db.database import Database
from adapters.db.parties.sessions import DeskUser
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from domain.people.roles import Role
from tests.api.customer.shop import Shop
from tests.api.desk.people import let_in, session_token
from tests.browser.conftest import Quiet, window
from tests.browser.well_made import asks_nobody_else, is_well_made
from tests.waiting import eventually

USERS = "/desk/settings/users"


@pytest_asyncio.fixture(scope="module")
async def record(postgres: Postgres, browser_shop: Shop) -> AsyncIterator[Database]:
    database = Database.connect(postgres.url("browser_quiet"))
    yield database
    await database.close()


@pytest_asyncio.fixture
async def admin(record: Database) -> DeskUser:
    """Somebody who is new here."""
    user = await let_in(record, f"{uuid4().hex[:10]}@keller.example.com", Role.ADMIN, name="Marta Keller")
    assert user is not None
    return user


async def mailed_link(mail_server: MailServer, address: str) -> str:
    mails: list[dict[str, Any]] = []

    async def has_come() -> bool:
        mails[:] = await mail_server.messages(to=address)
        return bool(mails)

    await eventually(has_come, "the mail")
    found = re.search(r"/desk/sign-in/[\w-]{43}", mails[-1]["text"])
    assert found is not None
    return found[0]


@asynccontextmanager
async def at_desk(
    chrome: Browser, quiet: Quiet, record: Database, user: DeskUser, **how: Any
) -> AsyncIterator[Page]:
    """A window that is signed in."""
    async with window(chrome, **how) as page:
        token = await session_token(record, user)
        await page.context.add_cookies([{"name": "desk", "value": token, "url": quiet.address}])
        yield page


@pytest.mark.parametrize("script", [True, False])
async def test_from_the_first_page_to_the_door_to_that_page_and_out(
    chrome: Browser, quiet: Quiet, admin: DeskUser, mail_server: MailServer, script: bool
) -> None:
    """By forms alone. A window beside it is told that the link is not its own."""
    async with window(chrome, width=360, script=script) as page, window(chrome, script=script) as other:
        await page.goto(f"{quiet.address}{USERS}")
        await expect(page).to_have_url(re.compile(r"/desk/sign-in\?next=/desk/settings/users$"))
        await page.get_by_label("Your email address").fill(admin.address)
        await page.get_by_role("button", name="Send me a link").click()
        await expect(page.get_by_role("heading", name="Look into your inbox")).to_be_visible()
        link = quiet.address + await mailed_link(mail_server, admin.address)
        await other.goto(link)
        await expect(other.get_by_role("heading", name="belongs to another browser")).to_be_visible()
        await page.goto(link)
        await expect(page.get_by_text("Marta Keller")).to_be_visible()
        await page.get_by_role("button", name="Sign in").click()
        await expect(page).to_have_url(f"{quiet.address}{USERS}")
        await page.get_by_label("Email address").fill(f"{uuid4().hex[:10]}@keller.example.com")
        await page.get_by_label("Name", exact=True).fill("Kim Berg")
        await page.get_by_role("button", name="Let in").click()
        await expect(page.get_by_role("status").filter(has_text="may sign in from now on")).to_be_visible()
        await expect(page.get_by_role("link", name="Kim Berg").last).to_be_visible()
        await page.get_by_text("Marta Keller").first.click()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_text("You are signed out.")).to_be_visible()
        await page.goto(link)
        await expect(page.get_by_role("heading", name="This link was used before")).to_be_visible()


async def test_keys_lead_through_the_desk(
    chrome: Browser, quiet: Quiet, record: Database, admin: DeskUser
) -> None:
    """The first stop of the tabulator skips the bar; `?` shows the keys and gives the focus back; letters in a field are text."""
    async with at_desk(chrome, quiet, record, admin) as page:
        await page.goto(f"{quiet.address}/desk/settings/sessions")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
        await page.keyboard.press("/")
        await expect(page.get_by_role("searchbox", name="Find quotes")).to_be_focused()
        await page.keyboard.type("g?n/")
        await expect(page.get_by_role("searchbox", name="Find quotes")).to_have_value("g?n/")
        await page.get_by_role("heading", name="My sessions").click()
        await page.keyboard.press("g")
        await page.keyboard.press("q")
        await expect(page).to_have_url(f"{quiet.address}/desk/quotes")


async def test_parts_follow_by_themselves_under_the_policy(
    chrome: Browser, quiet: Quiet, record: Database, admin: DeskUser
) -> None:
    """By htmx as the frame sets it up, without eval and without styles of its own; and a session that ends meanwhile is told."""
    part = """
const part = document.createElement('p');
part.id = 'sessions-title';
part.setAttribute('hx-get', location.pathname);
part.setAttribute('hx-trigger', 'click');
part.setAttribute('hx-select', '#sessions-title');
part.setAttribute('hx-swap', 'innerHTML');
part.textContent = 'before';
document.querySelector('main').prepend(part);
htmx.process(part);
"""
    async with at_desk(chrome, quiet, record, admin) as page:
        await page.goto(f"{quiet.address}/desk/settings/sessions")
        await page.evaluate(part)
        await page.locator("p#sessions-title").click()
        await expect(page.locator("p#sessions-title")).to_have_text("Where you are signed in")
        async with record.write() as w:
            await w.run(
                sa.text(
                    "UPDATE staff_sessions SET ended_at = clock_timestamp() WHERE user_id = CAST(:id AS uuid)"
                ),
                {"id": admin.id},
            )
        await page.locator("p#sessions-title").click()
        await expect(page.get_by_text("Your session has ended.")).to_be_visible()
        await expect(page.locator("p#sessions-title")).to_have_text("Where you are signed in")


async def test_menu_dialog_and_errors_are_well_made(
    chrome: Browser, quiet: Quiet, record: Database, admin: DeskUser, tmp_path: Path
) -> None:
    """What no address shows by itself: menu and dialog of the frame, a form that came back, a link that leads nowhere."""
    async with at_desk(chrome, quiet, record, admin, axe=True) as page, asks_nobody_else(page):
        await page.goto(quiet.address + USERS)
        await page.locator("details.who summary").click()
        await is_well_made(page, "menu", tmp_path)
        await page.keyboard.press("Escape")
        await page.keyboard.press("?")
        await is_well_made(page, "dialog", tmp_path)
        await page.keyboard.press("Escape")
        await page.locator("form[action='/desk/settings/users']").evaluate("form => form.noValidate = true")
        await page.get_by_role("button", name="Let in").click()
        await expect(page.locator("main [aria-invalid=true]").first).to_be_focused()
        await is_well_made(page, "wrong", tmp_path)
        await page.context.clear_cookies()
        await page.goto(f"{quiet.address}/desk/sign-in/none")
        await is_well_made(page, "no-link", tmp_path)
