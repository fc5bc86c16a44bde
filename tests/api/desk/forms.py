"""Forms of the desk's pages, filled in as a person would."""

import html
import re
from typing import Any

import httpx


def hidden(page: str) -> dict[str, str]:
    """What a page's forms carry unseen."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: html.unescape(value) for name, value in found}


async def post(
    desk: httpx.AsyncClient, path: str, fields: dict[str, str], *, page: str | None = None, **more: Any
) -> httpx.Response:
    """The form at that path, opened (unless `page` is one that was opened before) and posted with these fields."""
    opened = page if page is not None else (await desk.get(path)).text
    return await desk.post(path, data={**hidden(opened), **fields}, **more)


def words(page: str) -> str:
    """What a person reads of it."""
    bare = re.sub(r"<[^>]+>", " ", page)
    return re.sub(r"[ \t\n]+", " ", html.unescape(bare)).replace(" ,", ",").replace(" .", ".")
