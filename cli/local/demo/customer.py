"""The customer: a browser without script and without login, as far as a program can be one; and the inbox."""

import asyncio
import re
from dataclasses import dataclass
from html import unescape
from typing import Any, Final

import httpx

from cli.local.demo.telling import StoryError, Teller, check
from cli.local.mail import MailServer

_HEADING: Final = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
_LEAD: Final = re.compile(r'<p class="lead[^"]*"[^>]*>(.*?)</p>', re.DOTALL)
_BUTTON: Final = re.compile(r'<a class="button" href="([^"]+)"')
_VERSION: Final = re.compile(r'name="version" value="([0-9]+)"')
_CONTENT: Final = re.compile(r'name="content_hash" value="([0-9a-f]{64})"')
_TAG: Final = re.compile(r"<[^>]+>")

ACCEPTED = "Thank you for your order"
"""The heading of the page once an acceptance is decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPage:
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

    async def open(self, url: str) -> SeenPage:
        """A page, by its link or by a button of the page before."""
        answer = await self._http.get(url)
        if content := _first(_CONTENT, answer.text):
            self._contents[url] = content
        return _read(answer)

    async def accept(self, link: str, *, version: str | None, order: str = "") -> SeenPage:
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


def _read(answer: httpx.Response) -> SeenPage:
    return SeenPage(
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


_PATIENCE: Final = 40.0
_LINK: Final = re.compile(r"https?://\S+/q/[A-Za-z0-9_-]{43}")


class CaughtMail:
    """What arrives at the catching mail server."""

    def __init__(self, server: MailServer, teller: Teller) -> None:
        self._server = server
        self._teller = teller
        self._told: set[str] = set()

    async def arrives(self, subject: str, to: str) -> dict[str, Any]:
        """The next mail with that beginning of its subject to that person, which has not been told yet."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while True:
                    for mail in await self._server.messages():
                        if self._is_new(mail, subject, to):
                            self._told.add(mail["id"])
                            self._teller.mail(mail)
                            return mail
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise StoryError(f"The demo failed: no email “{subject}…” reached {to}.") from None

    async def are_all_told(self) -> int:
        """How many there were; none that the story knows nothing of, and none twice."""
        caught = await self._server.messages()
        unknown = [mail["subject"] for mail in caught if mail["id"] not in self._told]
        check(not unknown, f"no email other than those shown (there is “{', '.join(unknown)}”)")
        check(len({mail["message_id"] for mail in caught}) == len(caught), "each email once")
        return len(caught)

    def _is_new(self, mail: dict[str, Any], subject: str, to: str) -> bool:
        return mail["id"] not in self._told and mail["subject"].startswith(subject) and to in mail["to"]


def link_in(mail: dict[str, Any]) -> str:
    """The customer's own link."""
    found = _LINK.search(mail["text"] or "")
    check(found, f"a link in the email “{mail['subject']}”")
    return found[0] if found else ""
