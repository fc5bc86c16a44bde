"""The customer: a browser without script and without login, as far as a program can be one."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Final

import httpx

_HEADING: Final = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
_LEAD: Final = re.compile(r'<p class="lead[^"]*"[^>]*>(.*?)</p>', re.DOTALL)
_BUTTON: Final = re.compile(r'<a class="button" href="([^"]+)"')
_VERSION: Final = re.compile(r'name="version" value="([0-9]+)"')
_CONTENT: Final = re.compile(r'name="content_hash" value="([0-9a-f]{64})"')
_TAG: Final = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the customer sees: status, heading, the sentence below it, and where its button leads."""

    status: int
    heading: str
    lead: str
    button: str | None
    version: str | None


class Customer:
    """Opens links and sends forms, as the page had them when it was opened."""

    def __init__(self, http: httpx.AsyncClient, *, name: str, email: str) -> None:
        self._http = http
        self.name = name
        self.email = email
        self._contents: dict[str, str] = {}

    async def open(self, url: str) -> Page:
        """A page, by its link or by a button of the page before."""
        answer = await self._http.get(url)
        if content := _first(_CONTENT, answer.text):
            self._contents[url] = content
        return _read(answer)

    async def accept(self, link: str, *, version: str | None, order: str = "") -> Page:
        """The form of the page, filled in and sent; the page that the browser shows then."""
        form = {
            "version": version or "",
            "content_hash": self._contents.get(link, ""),
            "signer_name": self.name,
            "signer_email": self.email,
            "purchase_order_number": order,
            "consent": "yes",
        }
        return _read(await self._http.post(f"{link}/accept", data=form))


def _read(answer: httpx.Response) -> Page:
    return Page(
        status=answer.status_code,
        heading=_text(_HEADING, answer.text),
        lead=_text(_LEAD, answer.text),
        button=_first(_BUTTON, answer.text),
        version=_first(_VERSION, answer.text),
    )


def _first(pattern: re.Pattern[str], html: str) -> str | None:
    found = pattern.search(html)
    return unescape(found[1]) if found else None


def _text(pattern: re.Pattern[str], html: str) -> str:
    return " ".join(_TAG.sub("", _first(pattern, html) or "").split())
