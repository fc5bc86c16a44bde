"""What holds for every page of the desk: it fits and nothing is cut, axe finds nothing, in light and dark, and all comes from its own host."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.browser.conftest import picture
from tests.browser.test_customer_page import fits

ON_A_PHONE, AT_A_DESK = 360, 1440
COLOURS: Final[dict[str, Any]] = {"iframes": False, "runOnly": ["color-contrast", "link-in-text-block"]}
"""Dark and light are the same page in other colours."""
EVERYTHING: Final[dict[str, Any]] = {"iframes": False}
CUT: Final = """
[...document.querySelectorAll('.bar nav, .tabs, .columns-read')].filter((each) => each.scrollWidth > each.clientWidth
    || each.scrollWidth > each.parentElement.clientWidth).map((each) => each.className || each.tagName)
"""
"""What a phone must show whole, though it could be scrolled."""
UNFOLD: Final = "document.querySelectorAll('main details').forEach((each) => (each.open = true))"


async def is_well_made(page: Page, name: str, folder: Path) -> None:
    """On a phone and on a desk, in light and dark, with what is folded open."""
    await page.evaluate(UNFOLD)
    for width in (AT_A_DESK, ON_A_PHONE):
        await page.set_viewport_size({"width": width, "height": 800})
        await fits(page)
        assert await page.evaluate(CUT) == [], f"{name} {width}: scrolls sideways inside"
        for scheme, rules in (("light", EVERYTHING), ("dark", COLOURS)):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # of two known words
            await picture(page, folder / f"{name}-{width}-{scheme}.png")
            found = await Axe().run(page, options=rules)
            assert found.violations_count == 0, f"{name} {width} {scheme}: {found.generate_report()}"


@asynccontextmanager
async def asks_nobody_else(page: Page) -> AsyncIterator[None]:
    """All that the page loads meanwhile comes from one address."""
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    yield
    assert asked == {urlsplit(page.url).netloc}
