"""What the page's one script adds: time that runs, outcomes that come by themselves, buttons that press once."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
from playwright.async_api import Browser, Route, expect

from adapters.db.record.clocks import add_offset
from cli.local.postgres.server import Postgres
from tests.api.customer.shop import Shop
from tests.browser.conftest import Product, Quiet, window
from tests.browser.test_customer_page import fill_in
from tests.browser.test_kinds import is_well_made

HEADING = "Thank you for your order"
NOTE_THE_BUTTON = """
window.addEventListener("submit", (event) => {
    const button = event.target.querySelector("button");
    sessionStorage.setItem("button", `${button.textContent} ${button.getAttribute("aria-disabled")}`);
});
"""


async def test_the_time_left_runs_by_the_servers_clock(
    browser_shop: Shop, quiet: Quiet, chrome: Browser
) -> None:
    """Proves a countdown that ticks, that goes by the record's clock and not by the reader's, and that is quiet
    for who listens.
    """
    quote_id = await browser_shop.sent_quote(days=10)
    (path,) = await browser_shop.paths(quote_id)
    async with browser_shop.database.write() as w:
        await add_offset(w, quote_id, timedelta(days=3))
    async with window(chrome) as page:
        await page.add_init_script("Date.now = ((now) => () => now() - 86400000 * 700)(Date.now)")
        await page.goto(quiet.address + path)
        left = page.get_by_role("timer")
        await expect(left).to_have_text(re.compile(r"^[67] days \d\d:\d\d:\d\d$"))
        before = await left.text_content()
        await expect(left).not_to_have_text(before or "")
        await expect(page.locator("#time-told")).to_be_empty()


async def test_the_end_is_told_and_takes_nothing_from_the_reader(
    browser_shop: Shop, quiet: Quiet, chrome: Browser
) -> None:
    """Proves that the last minute and the end are said aloud, and that what was typed stays."""
    (path,) = await browser_shop.paths(await browser_shop.sent_quote())
    async with window(chrome) as page:
        await page.clock.install()
        await page.goto(quiet.address + path)
        await fill_in(page)
        ahead = "document.getElementById('countdown').dataset"
        left = await page.evaluate(f"Date.parse({ahead}.until) - Date.parse({ahead}.now)")
        await page.clock.fast_forward(left - 61_000)
        await page.clock.run_for(3_000)
        await expect(page.locator("#time-told")).to_have_text("One minute left to answer.")
        await page.clock.run_for(70_000)
        await expect(page.get_by_role("timer")).to_have_text("None")
        await expect(page.locator("#time-told")).to_have_text("The time to accept this quote has run out.")
        await expect(page.get_by_role("link", name="See what you can do now")).to_be_visible()
        await expect(page.get_by_label("Your name")).to_have_value("Jonathan Harker")


async def test_a_page_that_waits_turns_by_itself(browser_shop: Shop, quiet: Quiet, chrome: Browser) -> None:
    """Proves "received at", and the outcome without a touch as soon as there is one; a reload shows it too."""
    quote_id = await browser_shop.sent_quote()
    (path,) = await browser_shop.paths(quote_id)
    async with window(chrome) as page:
        await page.goto(quiet.address + path)
        await fill_in(page)
        await page.get_by_role("button", name="Accept for").click()
        await expect(page.get_by_role("status")).to_have_text(
            re.compile(r"Received at \d\d:\d\d:\d\d CES?T, being processed\.")
        )
        await browser_shop.decide_waiting(quote_id)
        await expect(page.get_by_role("heading", level=1)).to_have_text(HEADING, timeout=15_000)
        await page.reload()
        await expect(page.get_by_role("heading", level=1)).to_have_text(HEADING)


async def test_a_page_that_waits_turns_without_script_too(
    browser_shop: Shop, quiet: Quiet, chrome: Browser
) -> None:
    """Proves that the page refreshes itself where scripts are off."""
    quote_id = await browser_shop.sent_quote()
    (path,) = await browser_shop.paths(quote_id)
    async with window(chrome, script=False) as page:
        await page.goto(quiet.address + path)
        await fill_in(page)
        await page.get_by_role("button", name="Accept for").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("We have your answer")
        await browser_shop.decide_waiting(quote_id)
        await expect(page.get_by_role("heading", level=1)).to_have_text(HEADING, timeout=15_000)


async def test_a_request_on_its_way_is_told_when_it_has_arrived(
    browser_shop: Shop, quiet: Quiet, chrome: Browser
) -> None:
    """Proves that the message changes by itself, and that what is being typed meanwhile stays."""
    quote_id = await browser_shop.sent_quote()
    (path,) = await browser_shop.paths(quote_id)
    async with window(chrome) as page:
        await page.goto(quiet.address + path)
        await page.get_by_role("link", name="Ask for a change").click()
        await page.get_by_label("What would you like to change?").fill("Blue, please.")
        await page.get_by_role("button", name="Send to Keller").click()
        await expect(page.locator("#wish-told")).to_contain_text("being processed")
        await fill_in(page)
        await browser_shop.decide_waiting(quote_id)
        await expect(page.locator("#wish-told")).to_contain_text("We have told", timeout=15_000)
        await expect(page.get_by_label("Your name")).to_have_value("Jonathan Harker")


async def test_a_button_is_pressed_once(product: Product, chrome: Browser) -> None:
    """Proves that a second click, while the first is on its way, sends nothing; the button says so."""
    quote_id, link = await product.offered()
    sent: list[str] = []
    on_its_way, clicked_again = asyncio.Event(), asyncio.Event()

    async def slowly(route: Route) -> None:
        sent.append(route.request.url)
        on_its_way.set()
        await clicked_again.wait()
        await route.continue_()

    async with window(chrome) as page:
        await page.add_init_script(NOTE_THE_BUTTON)
        await page.route("**/accept", slowly)
        await page.goto(link)
        await fill_in(page)
        button = page.get_by_role("button", name="Accept for")
        await button.scroll_into_view_if_needed()
        box = await button.bounding_box()
        assert box is not None
        await page.mouse.click(box["x"] + 9, box["y"] + 9)
        await on_its_way.wait()
        await page.mouse.click(box["x"] + 9, box["y"] + 9)
        clicked_again.set()
        await expect(page.get_by_role("heading", level=1)).to_have_text(HEADING)
        assert await page.evaluate("sessionStorage.getItem('button')") == "Sending… true"
    assert sent == [f"{link}/accept"]
    assert await product.status(quote_id) == "accepted"


@asynccontextmanager
async def read_only(postgres: Postgres, database: str) -> AsyncIterator[None]:
    """Whoever logs in to that database meanwhile may read, and whoever was in has to log in again."""
    administrator = await asyncpg.connect(postgres.url("postgres"))
    out = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
    try:
        await administrator.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
        await administrator.execute(out, database)
        yield
    finally:
        await administrator.execute(f"ALTER DATABASE {database} RESET default_transaction_read_only")
        await administrator.execute(out, database)
        await administrator.close()


async def test_an_answer_that_could_not_be_stored_is_sent_again_by_the_page(
    product: Product, postgres: Postgres, chrome: Browser, tmp_path: Path
) -> None:
    """Proves that the page says so, is well made, and gets through by itself as soon as the record takes it; once."""
    quote_id, link = await product.offered()
    async with window(chrome, axe=True) as page:
        await page.goto(link)
        await fill_in(page)
        async with read_only(postgres, "browser"):
            await page.get_by_role("button", name="Accept for").click()
            await expect(page.get_by_role("heading", level=1)).to_have_text("Your answer has not reached us")
            await expect(page.get_by_role("status")).to_contain_text("sends your answer again by itself")
            await expect(page.get_by_label("Your name")).to_have_value("Jonathan Harker")
            await is_well_made(page, "unsent", tmp_path)
        await expect(page.get_by_role("heading", level=1)).to_have_text(HEADING, timeout=45_000)
    events = (await product.caller.get(f"/quotes/{quote_id}/events")).json()["data"]
    assert [event["type"] for event in events].count("quote.accepted") == 1


async def test_an_answer_that_could_not_be_stored_is_its_readers_once_changed(
    product: Product, postgres: Postgres, chrome: Browser
) -> None:
    """Proves that nothing is sent behind the back of who types; the button does it, without script too."""
    for script in (True, False):
        quote_id, link = await product.offered()
        async with window(chrome, script=script) as page:
            await page.goto(link)
            await fill_in(page)
            async with read_only(postgres, "browser"):
                await page.get_by_role("button", name="Accept for").click()
                await page.get_by_label("Your purchase order number").fill("PO-2")
                if script:
                    await expect(page.get_by_role("status")).to_contain_text("please send it yourself")
            async with asyncio.timeout(30):
                while (await product.caller.http.get("/readyz")).status_code != httpx.codes.OK:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            await page.get_by_role("button", name="Accept for").click()
            await expect(page.get_by_role("heading", level=1)).to_have_text(HEADING, timeout=15_000)
        evidence = (await product.caller.get(f"/quotes/{quote_id}/evidence")).json()
        assert evidence["purchase_order_number"] == "PO-2"
