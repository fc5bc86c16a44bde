"""A quote from its creation to the customer's yes, all over HTTP, as a shop and a customer do it."""

import asyncio
import json
import re
import time
from typing import Any

import httpx

from cli.local.demo.customer import ACCEPTED, Customer
from cli.local.seed.demo_data import SELLER
from tests.api.caller import PART, V1
from tests.containers.engine import FailedError
from tests.containers.project import Project

PATIENCE = 60.0
LINK = re.compile(r"https?://\S+/q/[A-Za-z0-9_-]{43}")


def check(holds: object, what: str) -> None:
    """Raises FailedError."""
    if not holds:
        raise FailedError(f"expected {what}")


def open_shop(project: Project) -> str:
    """The seller, by the commands of docs/operations.md; an API key."""
    seller = {"name": SELLER.name, "email": SELLER.email, "time_zone": SELLER.time_zone}
    project.command("seller", "set", "-", stdin=json.dumps(seller))
    return project.command("keys", "create", "ERP").strip()


class Shop:
    """Calls the API and reads the mails."""

    def __init__(self, project: Project, key: str) -> None:
        self._project = project
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=project.url, headers=headers, timeout=30, trust_env=False)

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The API, which must do what it is asked."""
        answer = self._http.request(method, V1 + path, json=body)
        check(answer.is_success, f"{method} {path} to succeed, not {answer.status_code} {answer.text[:500]}")
        found: dict[str, Any] = answer.json()
        return found

    async def play(self, name: str) -> dict[str, Any]:
        """A quote to a customer of that name, accepted on the customer's page."""
        buyer = f"{name}@buyers.example.com"
        customer = self.call("POST", "/customers", {"name": f"Buyer {name}", "email": buyer})
        quote = self.call("POST", "/quotes", {"customer_id": customer["id"], "specification": PART})
        check(quote["status"] == "draft", "a draft")
        quote = self.call("POST", f"/quotes/{quote['id']}/send")
        check(quote["status"] == "sent", "a quote that is sent")
        offer = await self._mail(f"Quote {quote['number']}", buyer)
        check(offer["Attachments"] == 1, "the offer's document in its mail")
        found = LINK.search(str(self._mails(f"message/{offer['ID']}")["Text"]))
        check(found, "a link in the offer's mail")
        link = found[0] if found else ""
        check(link.startswith(f"{self._project.url}/"), f"a link that leads to {self._project.url}")
        async with httpx.AsyncClient(follow_redirects=True, timeout=30, trust_env=False) as browser:
            person = Customer(browser, name="Anna Berg", email=buyer)
            page = await person.open(link)
            check(page.heading == f"Quote {quote['number']}", f"the quote's page, not “{page.heading}”")
            page = await person.accept(link, version=page.version, order="PO-1")
        check(
            page.heading == ACCEPTED,
            f"thanks, not “{page.heading}”: {page.lead}",
        )
        check(
            (await self._mail(f"Quote {quote['number']} · accepted, thank you", buyer))["Attachments"] >= 1,
            "the certificate in its mail",
        )
        await self._mail(f"Quote {quote['number']} · accepted by", str(SELLER.email))
        return self.accepted(quote)

    def accepted(self, quote: dict[str, Any]) -> dict[str, Any]:
        """The quote as it is found, which must have been accepted."""
        found = self.call("GET", f"/quotes/{quote['id']}")
        check(found["status"] == "accepted", f"an accepted quote, not one that is {found['status']}")
        return found

    async def _mail(self, subject: str, to: str) -> dict[str, Any]:
        """Wait for a mail, by Mailpit's API."""
        deadline = time.monotonic() + PATIENCE
        while True:
            for mail in self._mails("messages?limit=500")["messages"]:
                if mail["Subject"].startswith(subject) and any(each["Address"] == to for each in mail["To"]):
                    found: dict[str, Any] = mail
                    return found
            check(time.monotonic() < deadline, f"a mail “{subject}…” to {to} within {PATIENCE:.0f} s")
            await asyncio.sleep(0.2)

    def _mails(self, path: str) -> dict[str, Any]:
        """Mailpit's API."""
        found: dict[str, Any] = httpx.get(f"{self._project.mail_url}/api/v1/{path}", trust_env=False).json()
        return found
