"""One quote at the desk, in a real browser: two people at once, a yes with its proof."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from adapters.db.database import Database
from cli.local.postgres.server import Postgres
from domain.people.roles import Role
from tests.api.caller import SIGNER
from tests.api.desk.people import let_in, session_token
from tests.browser.conftest import Product, window


@pytest_asyncio.fixture(scope="module")
async def tokens(product: Product, postgres: Postgres) -> AsyncIterator[dict[str, str]]:
    """Sessions of two people, by name."""
    database = Database.connect(postgres.url("browser"))
    found = {}
    for name, role in (("Marta Keller", Role.SALES), ("Jonas Beck", Role.ADMIN)):
        user = await let_in(database, f"{name.split()[0].lower()}@desk.example.com", role, name=name)
        assert user is not None
        found[name] = await session_token(database, user)
    yield found
    await database.close()


@asynccontextmanager
async def at_desk(
    chrome: Browser,
    product: Product,
    token: str,
    *,
    width: int = 1440,
    script: bool = True,
) -> AsyncIterator[Page]:
    """Somebody signed in; nothing is asked of another host."""
    async with window(chrome, width=width, script=script) as page:
        home = str(product.caller.http.base_url).rstrip("/")
        await page.context.add_cookies([{"name": "desk", "value": token, "url": home}])
        foreign: list[str] = []
        page.on("request", lambda asked: None if asked.url.startswith(home) else foreign.append(asked.url))
        yield page
        assert foreign == []


def on_desk(product: Product, quote_id: str, step: str = "") -> str:
    """The address of the quote's page, or of one below it."""
    return f"{str(product.caller.http.base_url).rstrip('/')}/desk/quotes/{quote_id}{step}"


async def test_what_one_does_the_others_page_says_by_itself(
    product: Product, chrome: Browser, tokens: dict[str, str]
) -> None:
    """Nobody reloads: what is unfolded stays so, an open form tells of it, and what was typed there is kept."""
    quote_id, _ = await product.offered()
    async with (
        at_desk(chrome, product, tokens["Marta Keller"]) as marta,
        at_desk(chrome, product, tokens["Marta Keller"]) as other_tab,
        at_desk(chrome, product, tokens["Jonas Beck"]) as jonas,
    ):
        await marta.goto(on_desk(product, quote_id))
        await marta.get_by_text("How line 1 is priced").click()
        await other_tab.goto(on_desk(product, quote_id, "/cancel"))
        await other_tab.get_by_label("Why").fill("No material")
        await jonas.goto(on_desk(product, quote_id))
        await jonas.get_by_role("link", name="Change the deadline").click()
        await jonas.get_by_label("Last day").fill("2027-01-15")
        await jonas.get_by_role("button", name="Change the deadline").click()
        await expect(jonas.get_by_text("The deadline is changed.")).to_be_visible()
        await expect(marta.get_by_text("The deadline was moved later").first).to_be_visible(timeout=20_000)
        await expect(marta.get_by_text("by Jonas Beck").first).to_be_visible()
        await expect(marta.get_by_text("15 January 2027").first).to_be_visible()
        await expect(marta.locator("#v-1")).to_have_attribute("open", "")
        await expect(other_tab.get_by_text("Meanwhile:")).to_be_visible(timeout=20_000)
        await expect(other_tab.get_by_label("Why")).to_have_value("No material")
        await other_tab.get_by_role("button", name="Withdraw the quote").click()
        await expect(other_tab.get_by_role("alert")).to_contain_text("What you typed is still here.")
        await expect(other_tab.get_by_label("Why")).to_have_value("No material")
        await other_tab.get_by_role("button", name="Withdraw the quote").click()
        await expect(other_tab.get_by_text("The quote is withdrawn.")).to_be_visible()
        await expect(jonas.locator(".badge.cancelled")).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("script", [True, False])
async def test_a_yes_is_recorded_with_its_file(
    product: Product, chrome: Browser, tokens: dict[str, str], *, script: bool
) -> None:
    """From the quote's page to its evidence and back to the file, also without script."""
    quote_id, _ = await product.offered()
    async with at_desk(chrome, product, tokens["Marta Keller"], script=script) as page:
        await page.goto(on_desk(product, quote_id))
        await page.get_by_role("link", name="Record a yes").click()
        await page.get_by_label("How it came").select_option("purchase_order")
        await page.get_by_label("Who said yes").fill("Jonathan Harker")
        await page.get_by_label("Purchase order number").fill("PO-88121")
        order = {"name": "order.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 an order"}
        await page.get_by_label("The proof as a file").set_input_files(order)  # type: ignore[arg-type]  # as its own docs have it
        await page.get_by_role("button", name="Record the yes").click()
        await expect(page.get_by_text("The yes is recorded.")).to_be_visible()
        evidence = page.get_by_role("region", name="Evidence of the acceptance")
        await expect(evidence).to_contain_text("Jonathan Harker")
        await expect(evidence).to_contain_text("Marta Keller")
        async with page.expect_download() as downloading:
            await evidence.get_by_role("link", name="Proof").click()
        assert (await downloading.value).suggested_filename.endswith("-proof.pdf")
    assert await product.status(quote_id) == "accepted"


@pytest.mark.parametrize("script", [True, False])
async def test_an_order_that_failed_is_tried_again_by_a_button(
    product: Product, chrome: Browser, postgres: Postgres, tokens: dict[str, str], *, script: bool
) -> None:
    """The badge goes, and the page says that it is tried, also without script."""
    quote_id, _ = await product.offered()
    await product.caller.done({"id": quote_id}, "accept", SIGNER)
    connection = await asyncpg.connect(postgres.url("browser"))
    await connection.execute(
        "INSERT INTO orders (quote_id, key, way, status, asked_at, last_error)"
        " VALUES ($1::uuid, 'order_' || $1::uuid, 'http', 'failed', now(), 'answered 410')",
        quote_id,
    )
    async with at_desk(chrome, product, tokens["Marta Keller"], script=script) as page:
        await page.goto(on_desk(product, quote_id))
        await expect(page.get_by_text("order failed", exact=True)).to_be_visible()
        await expect(page.get_by_text("The order was not taken: answered 410.")).to_be_visible()
        await page.set_viewport_size(
            {"width": 680, "height": 960}
        )  # A4 within its margins: as narrow as a telephone
        await page.emulate_media(media="print")
        await expect(page.get_by_role("columnheader", name="How much")).to_be_visible()
        assert await page.locator("main :is(button, .button, summary):visible").count() == 0
        await page.emulate_media(media="screen")
        await page.get_by_role("button", name="Hand the order over again").click()
        await expect(page.get_by_text("The order is being handed over again.")).to_be_visible()
        await expect(page.get_by_text("order failed", exact=True)).to_have_count(0)
        await expect(page.get_by_role("button", name="Hand the order over again")).to_have_count(0)
    await connection.execute("UPDATE orders SET status = 'handed_over' WHERE quote_id = $1", quote_id)
    await connection.close()
