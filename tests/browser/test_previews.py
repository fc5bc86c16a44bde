"""The preview of a page in a real browser: complete in itself, and for everybody to read."""

from dataclasses import replace
from pathlib import Path

from playwright.async_api import Browser, Page, Request, Route, expect

from adapters.db.database import Database
from adapters.db.parties.seller import put_seller
from cli.local.postgres.server import Postgres
from tests.api.customer.shop import SELLER
from tests.browser.conftest import LINES, Product, window
from tests.browser.test_customer_page import fits
from tests.browser.test_kinds import is_well_made
from tests.unit.pdf.test_quote_pdf import png


async def opened(page: Page, product: Product, path: str) -> list[str]:
    """Open the answer to a POST as a page, with its headers. All that was asked for since, by method and address."""
    asked: list[str] = []

    async def post(route: Route) -> None:
        key = product.caller.http.headers["Authorization"]
        await route.continue_(method="POST", headers={"Authorization": key})

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    await page.route("**/preview/page", post)
    await page.goto(str(product.caller.http.base_url) + path)
    return asked


async def test_a_preview_is_read_and_does_nothing(
    product: Product, postgres: Postgres, chrome: Browser, tmp_path: Path
) -> None:
    """Proves that it loads nothing, posts nothing whatever one presses, shows colour and logo, and has no barrier."""
    database = Database.connect(postgres.url("browser"))
    async with database.write() as w:
        await put_seller(w, replace(SELLER, logo=png(240, 64), accent="#7a1f3d"))
    try:
        quote = await product.caller.draft(lines=LINES)
        path = f"/api/v1/quotes/{quote['id']}/preview/page"
        async with window(chrome) as page:
            asked = await opened(page, product, path)
            await expect(page.get_by_role("complementary", name="Preview")).to_contain_text(
                "nothing was sent"
            )
            await expect(page.get_by_role("heading", level=1)).to_have_css("color", "rgb(122, 31, 61)")
            assert await page.locator("img").evaluate("picture => picture.naturalWidth") == 240
            for fold in await page.locator("summary").all():
                await fold.click()
            for button in await page.get_by_role("button").all():
                await expect(button).to_be_disabled()
            await page.get_by_role("link", name="Open the PDF").click(force=True)
            await page.get_by_role("link", name="Accept this quote").click()
            await fits(page)
            assert asked == [str(product.caller.http.base_url) + path]
        async with window(chrome, axe=True) as page:
            await opened(page, product, path)
            for fold in await page.locator("summary").all():
                await fold.click()
            await is_well_made(page, "preview", tmp_path)
    finally:
        async with database.write() as w:
            await put_seller(w, SELLER)
        await database.close()
