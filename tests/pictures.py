"""The pictures of README and docs, made anew from the product itself: `make pictures`.

A stack of its own plays one quote's life, another one begins as `make run` does and shows the desk; a real Chromium and
PDFium look at them. Nothing is asked of another host.
"""

import asyncio
import csv
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from html import escape
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pypdfium2  # type: ignore[import-untyped]
from PIL import Image
from playwright.async_api import Browser, FloatRect, Locator, Page, Route, async_playwright

from cli.local.demo.customer import Customer, link_in
from cli.local.demo.stage import DemoStack, QuoteJson, Stage, demo_stack, staged
from cli.local.demo.telling import Teller
from cli.local.free_ports import LOOPBACK
from cli.local.seed.demo_data import QUOTES
from cli.local.setup import find_chromium
from domain.rate_cards.data import rate_card_to_data
from domain.rate_cards.default_card import DEFAULT_RATE_CARD

FOLDER: Final = Path(__file__).parents[1] / "docs" / "pictures"
MOST_BYTES: Final = 150_000
COLOURS: Final = (256, 128, 64, 32)
"""How many a picture may have: the first that makes it small enough."""

LIST: Final = Path(__file__).parent / "unit/parts_lists/lists/erp-german.csv"
_SHEET: Final = """
body { margin: 0; font: 14px "Liberation Sans", sans-serif; color: #1d2529; }
table { border-collapse: collapse; background: #fff; }
th, td { border: 1px solid #d4d9dc; padding: 4px 10px; height: 18px; text-align: left; white-space: nowrap; }
th { background: #eef1f2; color: #566069; font-weight: normal; text-align: center; }
"""

_ALUMINIUM: Final = {"material": "aluminum", "process": "cnc", "geometric_complexity_score": "2.8"}
_COVER: Final = {"length_mm": "180", "width_mm": "120", "height_mm": "35", "quantity": 40}
_BLOCK: Final = {"length_mm": "100", "width_mm": "50", "height_mm": "20", "quantity": 20}
_SOLD: Final = {"tier": "standard", "tax_rate": "0.19"}
_LINES: Final[list[dict[str, Any]]] = [
    {
        "description": "Pump housing cover",
        "part_number": "BP-20417",
        "part_revision": "C",
        "specification": _ALUMINIUM | _COVER,
        **_SOLD,
    },
    {
        "description": "Bearing block",
        "part_number": "BP-11802",
        "part_revision": "D",
        "specification": _ALUMINIUM | _BLOCK,
        **_SOLD,
    },
    {
        "description": "First article inspection report",
        "quantity": 1,
        "unit_price": "240.00",
        "tax_rate": "0.19",
    },
]


async def main() -> None:
    """All pictures. Raises what goes wrong; the old ones stay then."""
    await of_an_offer()
    await of_the_desk()


async def of_an_offer() -> None:
    """What a customer sees, how it lived, and a parts list."""
    async with demo_stack() as stack, staged(stack, Teller(_silent)) as stage, _browser() as browser:
        regula = stage.buyer("bergmann", "Regula Bergmann")
        quote, link = await _sent(stage, regula)
        await _customer_page(browser, link)
        await _document(stage.browser, link)
        await _lived(stage, quote, regula, link)
        await _web_ui(browser, (await stage.quote(quote))["links"]["temporal_ui"])
        await _list_as_it_came(browser)
        await _list_as_a_draft(browser, stack, stage)


async def of_the_desk() -> None:
    """The day of a first-time user, at a shop that has quotes already."""
    async with (
        demo_stack(QUOTES) as stack,
        _browser() as browser,
        _window(browser, width=1320, height=880) as page,
    ):
        await page.goto(str(stack.desk_link))
        await page.get_by_role("button", name="Sign in").click()
        await _seen(page, "desk-today", "Today")
        await page.goto(f"{stack.url}/desk/quotes")
        await _seen(page, "desk-quotes", "Quotes")
        await _drafting(page, stack.url)
        await _before_sending(page, stack.url)
        await _one_quote(page, stack.url)
        await _price_list(page, stack.url)


async def _seen(page: Page, name: str, heading: str) -> None:
    """The upper part of the page with that heading."""
    await page.get_by_role("heading", level=1, name=heading).wait_for()
    _keep(name, await page.screenshot())


async def _drafting(page: Page, url: str) -> None:
    """A part at three quantities, priced as it was typed."""
    await page.goto(f"{url}/desk/quotes/new")
    await page.get_by_label("Find by name or email").fill("nordlicht")
    await page.get_by_role("button", name="Nordlicht Robotics").click()
    await page.get_by_role("button", name="Another customer").wait_for()
    for name, said in {
        "description": "Gripper base plate",
        "part_number": "NR-0208",
        "quantities": "10, 25, 100",
    }.items():
        await page.locator(f"[id='lines.0.{name}']").fill(said)
    for name, chosen in (("material", "aluminum"), ("process", "cnc")):
        await page.locator(f"[id='lines.0.specification.{name}']").select_option(chosen)
    for name, said in {
        "length_mm": "120", "width_mm": "80", "height_mm": "15", "geometric_complexity_score": "2.5",
    }.items():  # fmt: skip
        await page.locator(f"[id='lines.0.specification.{name}']").fill(said)
    await page.locator("[id='price.0'] table.tiers").wait_for()
    _keep("desk-new-quote", await page.screenshot())


async def _before_sending(page: Page, url: str) -> None:
    """A draft as its reader would get it."""
    await page.goto(f"{url}/desk/quotes?q=NR-0093-L")
    await page.get_by_role("row").get_by_role("link").first.click()
    await page.get_by_role("link", name="Send …").click()
    await page.frame_locator("iframe[name=preview]").get_by_role("heading", level=1).wait_for()
    _keep("desk-before-sending", await page.screenshot())


async def _one_quote(page: Page, url: str) -> None:
    """An offer that is out, and the form for a yes that came by phone."""
    await page.goto(f"{url}/desk/quotes?q=BP-11802")
    await page.get_by_role("row").get_by_role("link").first.click()
    await page.get_by_role("heading", level=2, name="What happens next").wait_for()
    _keep("desk-quote", await page.screenshot())
    await page.get_by_role("link", name="Record a yes …").click()
    await page.get_by_label("How it came").select_option("phone")
    await page.get_by_label("Who said yes").fill("Regula Bergmann")
    await page.get_by_label("Purchase order number").fill("PO-26-1204")
    _keep("desk-record-a-yes", await page.screenshot())


async def _price_list(page: Page, url: str) -> None:
    """What a price list with a higher overhead would change."""
    card = {name: value for name, value in rate_card_to_data(DEFAULT_RATE_CARD).items() if name != "id"}
    dearer = json.dumps({**card, "name": "Autumn 2027", "version": 2, "overhead": "0.3"}).encode()
    await page.goto(f"{url}/desk/price-list/new")
    await page.get_by_label("File").set_input_files(
        {"name": "autumn-2027.json", "mimeType": "application/json", "buffer": dearer}
    )
    await page.get_by_label("From").fill("2027-10-01T00:00")
    await page.get_by_role("button", name="Check it").click()
    await page.get_by_role("button", name="Take it into force").wait_for()
    _keep("desk-price-list", await page.screenshot())


async def _sent(stage: Stage, buyer: Customer) -> tuple[QuoteJson, str]:
    """A quote that the customer has, and the link in the mail."""
    asked = {"customer_id": await stage.customer_id("bergmann"), "lines": _LINES, "valid_days": 30}
    quote = await stage.call("POST", "/quotes", asked)
    await stage.call("POST", f"/quotes/{quote['id']}/send", {"message": "Thank you for your enquiry."})
    mail = await stage.mails.arrives(f"Quote {quote['number']} · from", buyer.email)
    return quote, link_in(mail)


async def _lived(stage: Stage, quote: QuoteJson, buyer: Customer, link: str) -> None:
    """Reminded twice, then accepted."""
    await stage.wait_until(quote, await stage.now(quote) + timedelta(days=28))
    page = await buyer.open(link)
    await buyer.accept(link, version=page.version, order="PO-26-1187")
    await stage.mails.arrives(f"Quote {quote['number']} · accepted by", "quotes@feinwerk-lindner.example")


async def _customer_page(browser: Browser, link: str) -> None:
    async with _window(browser, width=1000, height=1185) as page:
        await page.goto(link)
        await page.locator("#time-left").wait_for()
        _keep("customer-page", await page.screenshot())


async def _document(http: httpx.AsyncClient, link: str) -> None:
    answer = await http.get(f"{link}/pdf")
    answer.raise_for_status()
    opened = pypdfium2.PdfDocument(answer.content)
    try:
        first = opened[0].render(scale=1.5).to_pil()
        framed = Image.new("RGB", (first.width + 2, first.height + 2), "#d9dcd9")
        framed.paste(first, (1, 1))
        _keep("document", framed)
    finally:
        opened.close()


async def _web_ui(browser: Browser, address: str) -> None:
    """The life from its beginning, down to the end of the timeline."""
    width = 1360
    async with _window(browser, width=width, height=1600) as page:
        await page.goto(address)
        await page.get_by_role("button", name="Descending").click()
        timeline = page.locator("div.canvas").filter(has_text="Mails: accept")
        await timeline.wait_for()
        box = await _at_rest(page, timeline)
        end = box["y"] + box["height"] + 24
        _keep("temporal-web-ui", await page.screenshot(clip={"x": 0, "y": 0, "width": width, "height": end}))


async def _list_as_it_came(browser: Browser) -> None:
    """A customer's list as a spreadsheet program shows it, in the encoding that it has."""
    rows = list(csv.reader(StringIO(LIST.read_bytes().decode("cp1252")), delimiter=";"))
    width = max(map(len, rows))
    letters = "".join(f"<th>{chr(ord('A') + at)}</th>" for at in range(width))
    body = "".join(
        f"<tr><th>{at}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in [*row, *[''] * (width - len(row))])}</tr>"
        for at, row in enumerate(rows, 1)
    )
    async with _window(browser, width=1000, height=400) as page:
        await page.set_content(f"<style>{_SHEET}</style><table><tr><th></th>{letters}</tr>{body}</table>")
        _keep("parts-list-before", await page.locator("table").screenshot())


async def _list_as_a_draft(browser: Browser, stack: DemoStack, stage: Stage) -> None:
    """The draft that the product makes of it, as its customer would read it: the one question is answered."""
    customer = {"name": "Müller & Söhne KG", "email": "einkauf@mueller-soehne.example", "tax_rate": "0.19"}
    owner = (await stage.call("POST", "/customers", customer))["id"]
    headers = {"Authorization": f"Bearer {stack.api_key}"}
    async with httpx.AsyncClient(base_url=f"{stack.url}/api/v1", headers=headers, trust_env=False) as http:
        read = await http.post(
            "/parts-lists",
            params={"customer_id": owner, "name": LIST.name},
            content=LIST.read_bytes(),
            headers={"Content-Type": "text/csv"},
        )
        read.raise_for_status()
        told = {"defaults": {"process": "laser_cutting", "geometric_complexity_score": "1.5"}}
        quote = await stage.call("POST", f"/parts-lists/{read.json()['id']}/quote", told)
        shown = await http.post(f"/quotes/{quote['id']}/preview/page")
        shown.raise_for_status()
    async with _window(browser, width=1000, height=1100) as page:
        await page.set_content(shown.text)
        top = await page.locator("#offer-title").bounding_box()
        below = await page.get_by_role("heading", name="Other quantities").bounding_box()
        assert top is not None
        assert below is not None
        shown_part: FloatRect = {"x": 0, "y": top["y"] - 24, "width": 1000, "height": below["y"] - top["y"]}
        _keep("parts-list-draft", await page.screenshot(clip=shown_part, full_page=True))


async def _at_rest(page: Page, element: Locator) -> FloatRect:
    """Where the element is, once it has stopped moving."""
    before, now = None, await element.bounding_box()
    while now is None or now != before:
        await page.wait_for_timeout(400)
        before, now = now, await element.bounding_box()
    return now


@asynccontextmanager
async def _browser() -> AsyncIterator[Browser]:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        yield browser
        await browser.close()


@asynccontextmanager
async def _window(browser: Browser, *, width: int, height: int) -> AsyncIterator[Page]:
    """A page of that size, which reaches this machine alone."""
    size: Any = {"width": width, "height": height}
    context = await browser.new_context(viewport=size, device_scale_factor=1.25, locale="en-GB")
    await context.route("**/*", _stay_here)
    yield await context.new_page()
    await context.close()


async def _stay_here(route: Route) -> None:
    if urlsplit(route.request.url).hostname == LOOPBACK:
        await route.continue_()
    else:
        await route.abort()


def _keep(name: str, picture: bytes | Image.Image) -> None:
    """Write the picture with as many colours as its size allows. Raises ValueError where none does."""
    image = picture if isinstance(picture, Image.Image) else Image.open(BytesIO(picture))
    for colours in COLOURS:
        out = BytesIO()
        image.convert("RGB").quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= MOST_BYTES:
            (FOLDER / f"{name}.png").write_bytes(out.getvalue())
            told = f"{name}.png: {image.width} × {image.height}, {out.tell():,} bytes, {colours} colours"
            print(told)  # noqa: T201 - a command line prints
            return
    raise ValueError(f"{name} does not fit into {MOST_BYTES:,} bytes")


def _silent(_text: str) -> None:
    """The pictures tell it."""


if __name__ == "__main__":
    asyncio.run(main())
