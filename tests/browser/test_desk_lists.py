"""Today and the list of quotes in a real browser: a journey from what needs somebody to the quotes behind it, without script."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from adapters.db.tables import quotes
from domain.people.roles import Role
from tests.api.customer.shop import Shop
from tests.api.desk.list_shelf import Shelf
from tests.api.desk.people import let_in, session_token
from tests.browser.conftest import Quiet, window
from tests.browser.well_made import asks_nobody_else, is_well_made

OWNER = "marta.keller@keller-praezision.example"


@pytest_asyncio.fixture(scope="module")
async def shelf(browser_shop: Shop) -> Shelf:
    """Quotes of two customers, with something in each list of today's page."""
    database = browser_shop.database
    await let_in(database, OWNER, Role.SALES, name="Marta Keller")
    now = datetime.now(UTC)
    shelf = await Shelf.filled(browser_shop.desk, name="Harker Hydraulics Ltd", owner=OWNER)
    other = await Shelf.filled(browser_shop.desk, name="Brenner Präzisionstechnik GmbH & Co. KG", owner=OWNER)
    for each in (shelf, other):
        for key in each.ids:
            await each.mails(key, status="sent", sent_at=now)
    await shelf.mails(
        "sent", status="failed", sent_at=None, failed_at=now, last_error="550 5.1.1 no such user here"
    )
    await other.links("sent", viewed_at=now - timedelta(days=5))
    wish = {"reason": "Could you quote the bracket in stainless steel, and deliver in two lots?"}
    await other.desk.do(other.ids["asked"], "request_change", wish, shown_version=1)
    async with database.write() as w:
        for n, key in enumerate(("won", "lost", "won")):
            each = (shelf, other)[n % 2]
            ended = {
                "decided_at": now - timedelta(days=9 * n + 1),
                "sent_at": now - timedelta(days=9 * n + 4),
            }
            await w.run(quotes.update().where(quotes.c.id == each.ids[key]).values(**ended))
        soon = {"valid_until": now + timedelta(days=3)}
        await w.run(quotes.update().where(quotes.c.id == other.ids["revised"]).values(**soon))
    return shelf


async def signed_in(page: Page, shop: Shop, quiet: Quiet) -> None:
    user = await let_in(shop.database, OWNER, Role.SALES, name="Marta Keller")
    assert user is not None
    token = await session_token(shop.database, user)
    await page.context.add_cookies([{"name": "desk", "value": token, "url": quiet.address}])


async def test_from_what_needs_somebody_to_the_quotes_behind_it(
    shelf: Shelf, browser_shop: Shop, quiet: Quiet, chrome: Browser
) -> None:
    """By links and forms alone; what was chosen stands in the address, and an export has the same."""
    async with window(chrome, width=1440, script=False) as page:
        await signed_in(page, browser_shop, quiet)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(f"{quiet.address}/desk")
        failed = page.get_by_role("region", name="Emails that were not delivered")
        await expect(failed).to_contain_text("550 5.1.1 no such user here")
        await expect(page.get_by_role("region", name="Customers ask")).to_contain_text("in two lots?")
        await page.get_by_role("link", name="Mine").click()
        await page.get_by_role("link", name="365 days").click()
        await expect(page).to_have_url(f"{quiet.address}/desk?whose=mine&days=365")
        await page.get_by_text("As a table").click()
        await expect(page.get_by_role("row").filter(has_text="EUR")).not_to_have_count(0)
        await page.get_by_role("link", name="Quotes", exact=True).click()
        await page.get_by_label("Sent", exact=True).check()
        await page.get_by_label("Search", exact=True).fill(f"  LTD   {shelf.word.upper()} ")
        await page.get_by_label("Sort by").select_option("Smallest total")
        await page.get_by_role("button", name="Show").click()
        rows = page.get_by_role("row").filter(has_text=shelf.word)
        await expect(rows).to_have_count(3)
        await expect(rows.first).to_contain_text(shelf.numbers["sent"])
        await expect(rows.first).to_contain_text("email failed")
        assert "status=sent" in page.url
        async with page.expect_download() as downloading:
            await page.get_by_role("link", name="Export as CSV").click()
        exported = await page.request.get((await downloading.value).url)
        assert (await exported.body()).count(b"\r\n") == 4
        assert {urlsplit(url).netloc for url in asked} == {urlsplit(quiet.address).netloc}


async def test_full_and_empty_lists_are_well_made(
    shelf: Shelf, browser_shop: Shop, quiet: Quiet, chrome: Browser, tmp_path: Path
) -> None:
    """With failed emails, near deadlines and figures; with a filter that was not understood; and with nothing found."""
    async with window(chrome, axe=True) as page, asks_nobody_else(page):
        await signed_in(page, browser_shop, quiet)
        for name, path in (
            ("today", "/desk?days=30"),
            ("list", "/desk/quotes?colour=red"),
            ("nothing", "/desk/quotes?q=unobtainium&total_from=5&currency=EUR"),
        ):
            await page.goto(quiet.address + path)
            await is_well_made(page, name, tmp_path)
