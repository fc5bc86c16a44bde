"""Every kind of page on a phone and on a desk: for who sees, who hears, and who uses no mouse."""

from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.api.customer.shop import Shop
from tests.browser.conftest import Quiet, picture, window
from tests.browser.kinds import KINDS, Kind, offer
from tests.browser.test_customer_page import fill_in, fits

WIDTHS = (360, 1280)


async def is_well_made(page: Page, name: str, folder: Path) -> None:
    """On a phone and on a desk it fits the width, and axe finds nothing."""
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 740})
        await fits(page)
        await picture(page, folder / f"{name}-{width}.png")
        found = await Axe().run(page)
        assert found.violations_count == 0, f"{width}: {found.generate_report()}"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_every_kind_of_page_is_well_made(
    browser_shop: Shop, quiet: Quiet, chrome: Browser, tmp_path: Path, kind: Kind
) -> None:
    """Proves that no page has a barrier that axe knows, or sticks out of a phone."""
    path = await kind.path(browser_shop)
    async with window(chrome, axe=True) as page:
        await page.goto(quiet.address + path)
        await expect(page.get_by_role("heading", level=1)).to_contain_text(kind.heading)
        await is_well_made(page, kind.name, tmp_path)


async def test_forms_with_errors_and_opened_folds_are_well_made(
    browser_shop: Shop, quiet: Quiet, chrome: Browser, tmp_path: Path
) -> None:
    """Proves the same of forms that came back, and of all that a page had folded away."""
    path = await offer(browser_shop)
    async with window(chrome, axe=True) as page:
        await page.goto(quiet.address + path)
        await fill_in(page)
        await page.get_by_label("Your name").fill("12345")
        await page.get_by_label("Your purchase order number").fill("=?utf-8?q?x?=")
        await page.get_by_role("button", name="Accept for").click()
        await expect(page.get_by_role("alert")).to_be_focused()
        for summary in await page.locator("summary").all():
            await summary.click()
        await is_well_made(page, "offer-with-errors", tmp_path)


async def test_waiting_is_well_made(
    browser_shop: Shop, quiet: Quiet, chrome: Browser, tmp_path: Path
) -> None:
    """Proves the same of the page that waits, and of the answer that came too late."""
    quote_id = await browser_shop.sent_quote()
    (path,) = await browser_shop.paths(quote_id)
    async with window(chrome, axe=True) as page:
        await page.goto(quiet.address + path)
        await fill_in(page)
        await browser_shop.desk.store(quote_id, "cancel")
        await page.get_by_role("button", name="Accept for").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("We have your answer")
        await is_well_made(page, "processing", tmp_path)
        await browser_shop.decide_waiting(quote_id)
        await expect(page.get_by_role("heading", level=1)).to_have_text(
            "This quote has been withdrawn", timeout=15_000
        )
        await expect(page.get_by_role("alert")).to_contain_text("Your acceptance did not take effect")
        await is_well_made(page, "too-late", tmp_path)
