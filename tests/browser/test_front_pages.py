"""`/` and `/docs` in a real browser: well made at two widths, and nothing is asked of another host."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from adapters.settings import Settings
from tests.api.conftest import served
from tests.api.customer.shop import Shop
from tests.browser.conftest import picture, window
from tests.browser.kinds import offer
from tests.browser.test_customer_page import fits
from tests.browser.well_made import COLOURS

WIDTHS = (390, 1280)
PAGES = ("/", "/docs")
PAPER = "getComputedStyle(document.querySelector('.paper')).backgroundColor"
OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"
# Sixty operations and as many forms are made by the same few lines: axe takes a minute for all, seconds for some of each.
FEW = """
for (const [each, kept] of [['.contents li li', 8], ['.group article:not(.form)', 10], ['article.form', 8]])
    [...document.querySelectorAll(each)].slice(kept).forEach(one => one.remove())
"""


@pytest_asyncio.fixture(scope="module")
async def local_run(quiet_settings: Settings) -> AsyncIterator[str]:
    """The address of an API that is told to be the local run's."""
    local = {"environment": "local", "mail_url": "http://inbox.test", "temporal_ui_url": "http://web-ui.test"}
    port = socket.create_server(("127.0.0.1", 0))
    async with served(quiet_settings.model_copy(update=local), port):
        yield f"http://127.0.0.1:{port.getsockname()[1]}"


@pytest.mark.parametrize("path", PAGES)
async def test_a_front_page_is_well_made(
    local_run: str, browser_shop: Shop, chrome: Browser, tmp_path: Path, path: str
) -> None:
    """Fits a phone and a desk, axe finds nothing, also in what is folded and where the reader has it dark."""
    await offer(browser_shop)
    async with window(chrome, axe=True) as page:
        await page.goto(local_run + path)
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 800})
            await fits(page)
            await picture(page, tmp_path / f"{width}.png")
        await page.evaluate(OPEN_ALL)
        await fits(page)
        await page.evaluate(FEW)
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 800})
            await fits(page)
            found = await Axe().run(page)
            assert found.violations_count == 0, f"{width}: {found.generate_report()}"
        await page.emulate_media(color_scheme="dark")
        assert await page.evaluate(PAPER) != "rgb(255, 255, 255)"
        found = await Axe().run(page, options=COLOURS)
        assert found.violations_count == 0, f"dark: {found.generate_report()}"


@pytest.mark.parametrize("path", PAGES)
async def test_nothing_is_loaded_from_elsewhere(
    local_run: str, quiet_settings: Settings, chrome: Browser, path: str
) -> None:
    """Under the page's own policy, which complains of nothing: style sheets and mark come from this address."""
    async with window(chrome) as page:
        asked: list[str] = []
        failed: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
        await page.goto(local_run + path, wait_until="networkidle")
        assert {urlsplit(url).netloc for url in asked} == {urlsplit(local_run).netloc}
        assert len(asked) >= 4
        assert failed == []
        serif = await page.get_by_role("heading", level=1).evaluate(
            "each => getComputedStyle(each).fontFamily"
        )
        assert serif.startswith("Georgia")


async def test_a_newcomer_clicks_and_sees_the_product(
    local_run: str, browser_shop: Shop, chrome: Browser
) -> None:
    """From the address that `make run` prints to the page that a customer gets, without script."""
    await offer(browser_shop)
    async with window(chrome, script=False) as page:
        await page.goto(local_run)
        await page.get_by_role("link", name="Open the customer's page").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Quote Q-")
        await expect(page.get_by_role("button", name="Accept for")).to_be_visible()


async def test_an_operation_is_a_click_away(local_run: str, chrome: Browser) -> None:
    """From the list beside the text to the operation, from its body to the form; both have an address."""
    async with window(chrome, width=1280, script=False) as page:
        await page.goto(f"{local_run}/docs")
        beside = page.get_by_role("navigation", name="Contents")
        await beside.get_by_role("link", name="Record the customer's yes").click()
        await expect(page).to_have_url(f"{local_run}/docs#accept_quote")
        operation = page.get_by_role("article", name="Record the customer's yes")
        await expect(operation.get_by_role("heading", name="Record the customer's yes")).to_be_in_viewport()
        await operation.get_by_role("link", name="AcceptBody").click()
        await expect(page.get_by_role("heading", name="AcceptBody", exact=True)).to_be_in_viewport()
