"""A person with a browser: from the mail to the thank-you, on a phone, by keyboard, without script."""

import asyncio
import re
from urllib.parse import urljoin

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Product, window

PHONE = 360


async def fits(page: Page) -> None:
    """Nothing sticks out to the side."""
    seen: list[int] = await page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert seen[0] <= seen[1]


async def downloaded(page: Page, name: str) -> bytes:
    """What stands behind a link with that name, as soon as it is made."""
    address = await page.get_by_role("link", name=name).get_attribute("href")
    async with asyncio.timeout(20):
        while True:
            answer = await page.request.get(urljoin(page.url, address or ""))
            if answer.status != httpx.codes.SERVICE_UNAVAILABLE:
                assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
                return await answer.body()
            await asyncio.sleep(0.1)


async def fill_in(page: Page) -> None:
    """What a person types to accept."""
    await page.get_by_label("Your name").fill("Jonathan Harker")
    await page.get_by_label("Your email address").fill("j.harker@harker-hydraulics.example")
    await page.get_by_label("Your purchase order number").fill("PO-88121")
    await page.get_by_label("I accept this quote on behalf of my company").check()


@pytest.mark.parametrize("width", [PHONE, 1100])
async def test_a_person_reads_and_accepts(product: Product, chrome: Browser, width: int) -> None:
    """Proves the main job on a phone and on a desk: the link from the mail, the quote, the thank-you, the
    confirmation by mail.
    """
    quote_id, link = await product.offered()
    async with window(chrome, width=width) as page:
        await page.goto(link)
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Quote Q-")
        await expect(page.get_by_role("table", name="What we will make for you")).to_contain_text(
            "Bearing block, left"
        )
        await expect(page.get_by_text("EUR 4\u202f261.23").first).to_be_visible()
        await fits(page)
        assert (await downloaded(page, "Open the PDF")).startswith(b"%PDF-")
        await fill_in(page)
        order = page.get_by_label("Your purchase order as a file")
        await order.set_input_files(
            {"name": "order.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
        )
        await page.get_by_role("button", name="Accept for EUR 4\u202f261.23").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")
        assert page.url == link
        await fits(page)
        await page.reload()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")
        await expect(page.get_by_text("Accepted by")).to_be_visible()
        await expect(page.get_by_text("Jonathan Harker")).to_be_visible()
        assert (await downloaded(page, "Certificate of acceptance")).startswith(b"%PDF-")
    assert await product.status(quote_id) == "accepted"


async def test_the_keyboard_alone_is_enough(product: Product, chrome: Browser) -> None:
    """Proves that tabulator, space and enter reach every field in the order of the page, and accept."""
    quote_id, link = await product.offered()
    async with window(chrome) as page:
        await page.goto(link)
        press, typed = page.keyboard.press, page.keyboard.type
        order = []
        for _ in range(10):
            await press("Tab")
            order.append(
                await page.evaluate(
                    "document.activeElement.id || document.activeElement.getAttribute('href').split('/').pop()"
                )
            )
            if order[-1] == "signer_name":
                await typed("Jonathan Harker")
            elif order[-1] == "signer_email":
                await typed("j.harker@harker-hydraulics.example")
            elif order[-1] == "consent":
                await press("Space")
        assert order == [
            "#accept",
            "pdf",
            "#change",
            "#decline",
            "#share",
            "signer_name",
            "signer_email",
            "purchase_order_number",
            "order",
            "consent",
        ]
        await press("Tab")
        await press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")
    assert await product.status(quote_id) == "accepted"


async def test_script_may_be_off(product: Product, chrome: Browser) -> None:
    """Proves that accepting needs no script."""
    quote_id, link = await product.offered()
    async with window(chrome, width=PHONE, script=False) as page:
        await page.goto(link)
        await fill_in(page)
        await page.get_by_role("button", name="Accept for").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")
    assert await product.status(quote_id) == "accepted"


async def test_declining_by_keyboard_and_without_script(product: Product, chrome: Browser) -> None:
    """Proves that the folded form opens by key and takes a reason."""
    quote_id, link = await product.offered()
    async with window(chrome, width=PHONE, script=False) as page:
        await page.goto(link)
        await page.locator("#decline summary").focus()
        await page.keyboard.press("Enter")
        await page.get_by_label("Why are you declining it?").fill("Too late for us.")
        await page.get_by_role("button", name="Decline this quote").press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("This quote has been declined")
        await fits(page)
    assert await product.status(quote_id) == "rejected"


async def test_a_wrong_form_comes_back_with_what_was_typed(product: Product, chrome: Browser) -> None:
    """Proves that the server's own checks lead the reader to the problem and lose nothing."""
    quote_id, link = await product.offered()
    async with window(chrome, width=PHONE) as page:
        await page.goto(link)
        await fill_in(page)
        await page.get_by_label("Your name").fill("12345")
        await page.get_by_role("button", name="Accept for").click()
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("Please type your name in letters.")
        await expect(alert).to_be_focused()
        await expect(page.get_by_label("Your email address")).to_have_value(
            "j.harker@harker-hydraulics.example"
        )
        await fits(page)
        await alert.get_by_role("link").click()
        await page.get_by_label("Your name").fill("Jonathan Harker")
        await page.get_by_role("button", name="Accept for").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")
    assert await product.status(quote_id) == "accepted"


async def test_a_page_left_open_meets_the_newer_version(product: Product, chrome: Browser) -> None:
    """Proves that a form of the old version leads, in one click, to the newer one, which can be accepted."""
    quote_id, link = await product.offered()
    async with window(chrome, width=PHONE) as page:
        await page.goto(link)
        await fill_in(page)
        quote = (await product.caller.get(f"/quotes/{quote_id}")).json()
        part = {
            "lines": [
                {"description": "Bearing block, left", "specification": quote["lines"][0]["specification"]}
            ]
        }
        assert (await product.caller.put(f"/quotes/{quote_id}/pricing", part)).status_code == 200
        await product.caller.done(quote, "send")
        await page.get_by_role("button", name="Accept for").click()
        await expect(page.get_by_role("alert")).to_contain_text("there is a newer version")
        await page.get_by_role("link", name="See the newer version").click()
        await fill_in(page)
        await page.get_by_role("button", name="Accept for").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")
    assert await product.status(quote_id) == "accepted"


async def test_a_scanner_changes_nothing(product: Product, chrome: Browser) -> None:
    """Proves that opening the link, as mail scanners do, by HEAD, GET and a browser that runs scripts,
    by scrolling, by events and clicks of a script, leaves the quote as it was and is no view. (The long version
    of this test runs apart.)
    """
    quote_id, link = await product.offered()
    before = (await product.caller.get(f"/quotes/{quote_id}")).json()["state_version"]
    async with httpx.AsyncClient() as http:
        assert (await http.head(link)).status_code == 200
        for _ in range(5):
            assert (await http.get(link)).status_code == 200
    async with window(chrome) as page:
        await page.goto(link)
        await page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        await page.evaluate("window.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))")
        await page.evaluate("document.querySelector('summary').click()")
        await asyncio.sleep(1)
    after = (await product.caller.get(f"/quotes/{quote_id}")).json()
    assert (after["status"], after["state_version"]) == ("sent", before)
    assert await product.views(quote_id) == []


@pytest.mark.parametrize("sign", ["mouse", "wheel", "key"])
async def test_a_person_who_moves_is_a_view_once(product: Product, chrome: Browser, sign: str) -> None:
    """Proves that one trusted movement, turn or key tells the shop, and that more of them tell nothing more."""
    quote_id, link = await product.offered()
    async with window(chrome, width=PHONE) as page:
        await page.goto(link)
        async with page.expect_response(f"{link}/viewed") as answer:
            for _ in range(3):
                if sign == "mouse":
                    await page.mouse.move(50, 60, steps=3)
                elif sign == "wheel":
                    await page.mouse.wheel(0, 200)
                else:
                    await page.keyboard.press("Tab")
        assert (await answer.value).status == httpx.codes.NO_CONTENT
        await page.reload()
        await page.mouse.move(200, 300, steps=3)
        await page.mouse.wheel(0, 200)
    assert [view["by"] for view in await product.views(quote_id)] == ["interaction"]


async def test_a_change_is_asked_for_in_the_page(product: Product, chrome: Browser) -> None:
    """Proves that the way to the folded form opens it, that the words reach the shop by mail, that the page
    confirms it, and that the offer stays open.
    """
    quote_id, link = await product.offered()
    async with window(chrome, width=PHONE) as page:
        await page.goto(link)
        await page.get_by_role("link", name="Ask for a change").click()
        await page.get_by_label("What would you like to change?").fill("Anodised in blue, please.")
        await fits(page)
        await page.get_by_role("button", name="Send to Keller").click()
        await expect(page.get_by_text("We have told Keller Präzision GmbH; you asked at")).to_be_visible()
        assert page.url == link
        await page.reload()
        await expect(page.get_by_text("We have told Keller Präzision GmbH; you asked at")).to_be_visible()
        await expect(page.get_by_role("button", name="Accept for")).to_be_visible()
        number = (await page.get_by_role("heading", level=1).text_content() or "").removeprefix("Quote ")
    await product.mail_to("angebote@keller-praezision.example", number, "Anodised in blue, please.")
    assert await product.status(quote_id) == "sent"


async def test_a_colleague_is_shown_the_quote(product: Product, chrome: Browser) -> None:
    """Proves the form on a phone and without script, to the mail with the note and the colleague's own link."""
    quote_id, link = await product.offered()
    colleague = f"colleague-of-{quote_id[-8:]}@harker-hydraulics.example"
    async with window(chrome, width=PHONE, script=False) as page:
        await page.goto(link)
        await page.locator("#share summary").press("Enter")
        await page.get_by_label("Your colleague's email address").fill(colleague)
        await page.get_by_label("A note to your colleague").fill("Can you look at the fit?")
        await fits(page)
        await page.get_by_role("button", name="Send to your colleague").click()
        await expect(page.get_by_role("status").filter(has_text="You have shown")).to_contain_text(colleague)
        await fits(page)
        mail = await product.mail_to(colleague, "would like you to see our quote", "Can you look at the fit?")
        found = re.search(r"http://\S+/q/\S+", mail["text"])
        assert found is not None
        assert found[0] != link
        await page.goto(found[0])
        await expect(page.get_by_role("button", name="Accept for")).to_be_visible()


async def test_the_newer_version_says_what_is_new(product: Product, chrome: Browser) -> None:
    """Proves that a reader sees at once what changed since the version of the first mail."""
    quote_id, _ = await product.offered()
    link = await product.revised(quote_id, quantity=30)
    async with window(chrome, width=PHONE) as page:
        await page.goto(link)
        new = page.get_by_role("region", name="New since version 1, which you had before")
        await expect(new).to_contain_text("Pieces: 30 (was 20)")
        await expect(new).to_contain_text("(was EUR 4\u202f261.23)")
        await fits(page)
