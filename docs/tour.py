"""A tour of Firm Offer, told as it goes: two quotes, from the price of a part to a yes, and to a yes too late.

Start the product by `make run` in one terminal; then, in another:

    python3 docs/tour.py

Nothing but Python's standard library is needed. Everything here is what a program of yours would do: the shop's side
calls the REST API with a key, the customer's side opens a link and sends a form, as a browser does.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from textwrap import fill
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener
from uuid import uuid4

PROJECT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"http\S+/q/[\w-]{43}")
ACCEPTED, CONFLICT = 202, 409
NO_STACK = "No stack is running: start one with `make run` in another terminal, then try again."
PATIENCE = 30.0  # seconds for what happens by itself: a mail, a decision

T = TypeVar("T")

BEARING_BLOCK = {
    "material": "aluminum",
    "process": "cnc",
    "length_mm": "100",
    "width_mm": "50",
    "height_mm": "20",
    "geometric_complexity_score": "2.5",
    "quantity": 20,
}
COVER_PLATE = {
    "material": "steel",
    "process": "cnc",
    "length_mm": "80",
    "width_mm": "40",
    "height_mm": "12",
    "geometric_complexity_score": "2",
    "quantity": 10,
}


def tour(shop: "Shop", inbox: "Inbox", customer: "Customer") -> None:
    """The story. Each step asks the running product, and stops if it does not do what is told here."""
    priced = a_price(shop)
    number, quote_id = a_quote(shop, priced)
    a_yes(inbox, customer, number)
    what_is_behind_it(shop, quote_id)
    a_month_passes(shop, inbox)
    chapter("That was the tour; all of it is still there")
    show(f"{shop.url:<30}  start here: what runs, and where")
    show(f"{shop.url + '/docs':<30}  the API, operation by operation")
    show(f"{inbox.url:<30}  every email")


def a_price(shop: "Shop") -> dict[str, Any]:
    """A part is priced at every tier, and every price is explained."""
    chapter("1. A price")
    say("A customer asks for 20 bearing blocks, milled from aluminium. How fast, and at what price?")
    priced = shop.call("POST", "/pricing/calculations", {"specification": BEARING_BLOCK})
    for tier, price in priced["tiers"].items():
        days = f"{price['lead_time_days']} working days"
        show(f"{tier.replace('_', ' '):<18}{priced['currency']} {price['total_price']:>9}   {days}")
    lines = priced["tiers"]["standard"]["lines"]
    say(f"Each price is explained line by line; the standard one has {len(lines)} lines. The first:")
    show(f"{lines[0]['name'].replace('_', ' ')}: {lines[0]['formula']}")
    return priced


def a_quote(shop: "Shop", priced: dict[str, Any]) -> tuple[str, str]:
    """One of the prices becomes an offer to a customer; its number and id."""
    chapter("2. A quote")
    nordlicht = shop.customer("Nordlicht")
    offer = {"customer_id": nordlicht["id"], "pricing_calculation_id": priced["id"], "tier": "standard"}
    made = shop.call("POST", "/quotes", offer | {"description": "Bearing block", "part_number": "NR-0417"})
    say(
        f"{made['number']} for {nordlicht['name']}, {money(made)}. It is a {made['status']}: nobody "
        "outside the shop sees it."
    )
    sent = shop.call("POST", f"/quotes/{made['id']}/send", {"message": "Thank you for your enquiry."})
    check(sent["status"] == "sent", "a quote that is sent")
    say(f"Now it is sent, and the shop is bound to it until {sent['valid_until'][:10]}.")
    return sent["number"], sent["id"]


def a_yes(inbox: "Inbox", customer: "Customer", number: str) -> None:
    """The customer opens the link in the mail and accepts."""
    chapter("3. The customer")
    mail = inbox.wait_for(number, "Quote ")
    say(f"An email arrives at {mail['to']}, with the PDF attached:")
    show(mail["subject"])
    link = LINK.findall(mail["text"])[0]
    page = customer.open(link)
    say(f"The link in it opens a page, without a login. It says: “{page.lead}”")
    show(link)
    thanks = customer.accept(link, page, name="Ada Berg", email="ada@nordlicht-robotics.example")
    check(thanks.heading == "Thank you for your order", "the yes to be confirmed")
    say(f"Ada Berg types her name, ticks the box and accepts. “{thanks.lead}”")
    inbox.wait_for(number, "accepted")
    say("The certificate of her acceptance is on its way to both sides. Her link now leads to her order.")


def what_is_behind_it(shop: "Shop", quote_id: str) -> None:
    """The record, which can be proved, and the workflow, which can be looked at."""
    chapter("4. What is behind it")
    accepted = shop.call("GET", f"/quotes/{quote_id}")
    check(accepted["status"] == "accepted", "an accepted quote")
    events = shop.call("GET", f"/quotes/{quote_id}/events?verify=true")
    say(f"The quote is {accepted['status']}. Its record, each event sealed by a hash over the one before:")
    for event in events["data"]:
        show(f"{event['sequence']}  {event['type']:<24}{event['hash'][:16]}…")
    check(events["verification"]["sound"], "a record that holds together")
    say("All of it was verified just now, with the documents: it is consistent, and any change would show.")
    say("It was a single Temporal workflow, from draft to acceptance. See its life in the Temporal Web UI:")
    show(accepted["links"]["temporal_ui"] or "(this run has no Temporal Web UI)")


def a_month_passes(shop: "Shop", inbox: "Inbox") -> None:
    """Nobody answers: reminders, the end, and a yes that comes too late."""
    chapter("5. A month passes")
    harlow = shop.customer("Harlow")
    order = {"customer_id": harlow["id"], "specification": COVER_PLATE, "tier": "economy", "valid_days": 30}
    late = shop.call("POST", "/quotes", order | {"description": "Cover plate"})
    shop.call("POST", f"/quotes/{late['id']}/send")
    say(
        f"{late['number']} goes to {harlow['name']}, who do not answer. Let 32 days pass, for this quote alone:"
    )
    for told in shop.fast_forward(late["number"], "32d"):
        show(told)
    inbox.wait_for(late["number"], "expired")
    mails = [each["subject"] for each in inbox.about(late["number"]) if each["to"] == harlow["email"]]
    say(f"{len(mails)} emails went to them in that time:")
    for subject in mails:
        show(subject)
    say("Then they call: yes, please! But the offer has expired, and it was never extended.")
    yes = {"signer_name": "Dana Whitfield", "signer_email": harlow["email"], "method": "phone"}
    refused = shop.refused("POST", f"/quotes/{late['id']}/accept", yes)
    check((refused["status"], refused["code"]) == (CONFLICT, "quote_expired"), "a yes that comes too late")
    show(f"{refused['status']} {refused['code']}: {refused['detail']}")
    say(f"What the shop can still do with it: {', '.join(refused['allowed_actions'])}.")


class Shop:
    """The shop's own program: the REST API with a key, and the time machine of the local run."""

    def __init__(self, env: dict[str, str], folder: Path, http: OpenerDirector) -> None:
        self.url = env["FIRM_OFFER_URL"]
        self._key = env["FIRM_OFFER_API_KEY"]
        self._folder = folder
        self._http = http

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the API answers when it does what it is asked. 202 says that it is stored and not decided yet: the
        same request by the same key is then answered with the outcome, and nothing happens twice.
        """
        key = str(uuid4())

        def done() -> dict[str, Any] | None:
            status, answer = self._send(method, path, body, key)
            return None if status == ACCEPTED else answer

        try:
            return eventually(done, f"{method} {path} to be decided")
        except HTTPError as error:
            problem = json.load(error)
            raise OtherwiseError(f"{method} {path} answered {error.code} {problem.get('code')}.") from error

    def refused(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The problem that the API answers with when it refuses."""
        try:
            self._send(method, path, body, str(uuid4()))
        except HTTPError as error:
            return dict(json.load(error))
        raise OtherwiseError(f"{method} {path} was not refused.")

    def customer(self, name: str) -> dict[str, Any]:
        """The customer with that name, of the demonstration's."""
        found = self.call("GET", f"/customers?q={quote(name)}")["data"]
        check(found, f"a customer {name} among the demonstration's data")
        return dict(found[-1])

    def fast_forward(self, number: str, duration: str) -> list[str]:
        """Let time pass for one quote; what fell due on the way, line by line."""
        command = [str(PROJECT / ".venv/bin/firm-offer"), "fast-forward", number, duration]
        done = subprocess.run(
            [*command, "--data-dir", str(self._folder)], capture_output=True, text=True, check=False
        )
        check(done.returncode == 0, f"time to pass ({done.stderr.strip()})")
        return done.stdout.splitlines()

    def _send(
        self, method: str, path: str, body: dict[str, Any] | None, key: str
    ) -> tuple[int, dict[str, Any]]:
        request = Request(f"{self.url}/api/v1{path}", method=method)
        request.add_header("Authorization", f"Bearer {self._key}")
        request.add_header("Idempotency-Key", key)
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        with self._http.open(request) as answer:
            return answer.status, json.load(answer)


class Inbox:
    """The catching mail server, where every mail of the local run arrives."""

    def __init__(self, url: str, http: OpenerDirector) -> None:
        self.url = url
        self._http = http

    def about(self, number: str) -> list[dict[str, Any]]:
        """All mails about a quote, oldest first."""
        with self._http.open(f"{self.url}/api/messages") as answer:
            return [mail for mail in json.load(answer) if number in mail["subject"]]

    def wait_for(self, number: str, words: str) -> dict[str, Any]:
        """The first mail about a quote with these words in its subject, as soon as it is there."""

        def found() -> dict[str, Any] | None:
            return next((mail for mail in self.about(number) if words in mail["subject"]), None)

        return eventually(found, f"an email about {number} that says “{words}”")


class Page:
    """What a person sees of a page: its heading, the sentence below, and the hidden fields of its form."""

    def __init__(self, html: str) -> None:
        self.heading = _text(re.search(r"<h1>(.*?)</h1>", html, re.DOTALL))
        self.lead = _text(re.search(r'<p class="lead[^>]*>(.*?)</p>', html, re.DOTALL))
        self.hidden = dict(re.findall(r'type="hidden" name="(version|content_hash)" value="([^"]*)"', html))


class Customer:
    """Somebody with a browser and a mail: no account, no password, no script."""

    def __init__(self, http: OpenerDirector) -> None:
        self._http = http

    def open(self, link: str, form: dict[str, str] | None = None) -> Page:
        """The page behind a link, or the one that a form leads to."""
        with self._http.open(link, urlencode(form).encode() if form else None) as answer:
            return Page(answer.read().decode())

    def accept(self, link: str, page: Page, *, name: str, email: str) -> Page:
        """A yes to exactly what the page shows: its version and the hash of its content go with it."""
        form = page.hidden | {"signer_name": name, "signer_email": email, "consent": "yes"}
        answer = self.open(f"{link}/accept", form)

        def decided() -> Page | None:
            now = answer if answer.heading != "We have your answer" else self.open(link)
            return now if now.heading != "We have your answer" else None

        return eventually(decided, "the yes to be decided")


class OtherwiseError(Exception):
    """The product did not do what is told here."""


def chapter(title: str) -> None:
    """A new part of the story."""
    print(f"\n{title}\n{'-' * len(title)}")


def say(text: str) -> None:
    """A sentence."""
    print(fill(text, 96, break_long_words=False, break_on_hyphens=False))


def show(text: str) -> None:
    """Something that the product said, as it stands."""
    print(f"    {text}")


def money(made: dict[str, Any]) -> str:
    """Amounts are decimal strings, beside their currency."""
    return f"{made['currency']} {made['total_price']}"


def check(holds: object, what: str) -> None:
    """Stops the tour where what it says does not hold."""
    if not holds:
        raise OtherwiseError(f"Expected {what}.")


def eventually(look: Callable[[], T | None], what: str) -> T:
    """What is there sooner or later, as soon as it is."""
    until = time.monotonic() + PATIENCE
    while (found := look()) is None:
        check(time.monotonic() < until, what)
        time.sleep(0.1)
    return found


def _text(found: re.Match[str] | None) -> str:
    # The thin space inside of a figure stays.
    return re.sub(r"[ \t\r\n]+", " ", unescape(re.sub(r"<[^>]+>", "", found[1]))).strip() if found else ""


def _addresses(file: Path) -> Iterator[tuple[str, str]]:
    for line in file.read_text().splitlines() if file.exists() else ():
        name, _, value = line.partition("=")
        yield name, value


def main() -> None:
    """The tour on the stack whose folder is named, or else on that of `make run`."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / ".local"
    env = dict(_addresses(folder / "dev.env"))
    http = build_opener(ProxyHandler({}))  # no proxy stands before this machine's own addresses
    if not env:
        sys.exit(NO_STACK)
    try:
        tour(Shop(env, folder, http), Inbox(env["MAIL_URL"], http), Customer(http))
    except OtherwiseError as error:
        sys.exit(f"The tour failed. {error}")
    except HTTPError as error:
        sys.exit(f"The tour failed. A page answered {error.code}.")
    except BrokenPipeError:  # nobody reads on, as behind `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (URLError, ConnectionError):
        sys.exit(NO_STACK)


if __name__ == "__main__":
    main()
