"""Demo data of the local run: written once, through the product's own API."""

import asyncio
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx

from adapters.db.database import Database
from adapters.db.parties.keys import NewKey, find_key, store_key
from adapters.db.parties.seller import put_seller
from adapters.db.parties.sign_ins import make_local_link
from adapters.db.parties.staff import put_staff
from adapters.db.parties.users import find_user_at, let_in, list_users, put_role
from adapters.db.pricing import store_card
from adapters.db.quotes.links import list_links
from adapters.settings import Settings
from adapters.temporal.client import connect
from adapters.tokens import ApiKeyHashes, LinkTokens, new_api_key, new_token, read_api_key, token_hash
from api.desk.time_machine.journey import TimeMachine
from cli.local.errors import StackError
from cli.local.seed.demo_data import CUSTOMERS, ESTIMATOR, OWNER, SELLER, DemoQuote
from domain import instants
from domain.people.roles import Role
from domain.rate_cards.data import rate_card_to_data
from domain.rate_cards.default_card import DEFAULT_RATE_CARD

KEY_FILE = "api-key"
MARKER = "seeded"
_AT_ONCE = 3


async def seed(*, base_url: str, settings: Settings, data_dir: Path, quotes: Sequence[DemoQuote]) -> str:
    """Give a new data directory its seller, rate card, key, customers and quotes; the API key.

    Whatever was written by an interrupted earlier call is found again by its idempotency key. Raises
    StackError when the API refuses something.
    """
    database = Database.connect(settings.database_url.get_secret_value(), pool_size=2)
    try:
        key = await _api_key(database, settings, data_dir)
        if not (data_dir / MARKER).exists():
            async with database.write() as w:
                await put_seller(w, SELLER)
                await put_staff(w, OWNER)
                await put_staff(w, ESTIMATOR)
                await let_in(w, address=ESTIMATOR.address, name=ESTIMATOR.name, role=Role.SALES)
                await store_card(w, DEFAULT_RATE_CARD.id, rate_card_to_data(DEFAULT_RATE_CARD))
            await _seed_quotes(base_url, key, settings, database, quotes)
            (data_dir / MARKER).touch()
        return key
    finally:
        await database.close()


async def desk_link(settings: Settings) -> str:
    """The address of a link that signs in an admin at the desk: once, in the first browser that opens it. Who is let in by a
    new or an older data directory is the owner of its quotes.
    """
    database = Database.connect(settings.database_url.get_secret_value(), pool_size=1)
    token = new_token()
    try:
        async with database.write() as w:
            admin = next((user for user in await list_users(w) if user.role is Role.ADMIN), None)
            if admin is None:
                if (admin := await find_user_at(w, OWNER.address)) is None:
                    await put_staff(w, OWNER)
                    admin = await find_user_at(w, OWNER.address)
                if admin is None:
                    raise AssertionError("the row was just written")
                await put_role(w, admin.id, Role.ADMIN, keeps_an_admin=False)
            await make_local_link(w, user_id=admin.id, token_hash=token_hash(token))
    finally:
        await database.close()
    return f"{settings.public_url}/desk/sign-in/{token}"


async def _api_key(database: Database, settings: Settings, data_dir: Path) -> str:
    """The key of an earlier start, or a new one, kept in a file that only its owner can read."""
    file = data_dir / KEY_FILE
    known = read_api_key(file.read_text().strip()) if file.exists() else None
    if known is not None:
        async with database.read() as r:
            if await find_key(r, known.public_id) is not None:
                return known.text
    key = new_api_key(settings.environment)
    hashed = ApiKeyHashes(settings.secret.get_secret_value()).hash(key)
    new = NewKey(
        public_id=key.public_id, secret_hash=hashed, name="local run", scopes=("read", "quote", "admin")
    )
    async with database.write() as w:
        await store_key(w, new)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(key.text + "\n")
    return key.text


async def _seed_quotes(
    base_url: str, key: str, settings: Settings, database: Database, quotes: Sequence[DemoQuote]
) -> None:
    client = await connect(settings)
    turns = asyncio.Semaphore(_AT_ONCE)
    headers = {"Authorization": f"Bearer {key}"}
    direct: dict[str, Any] = {"timeout": 30, "trust_env": False}  # no proxy stands before loopback
    async with (
        httpx.AsyncClient(base_url=f"{base_url}/api/v1", headers=headers, **direct) as http,
        httpx.AsyncClient(base_url=base_url, **direct) as pages,
    ):
        shop = Shop(http)
        buyers = Buyers(pages, database, LinkTokens(settings.secret.get_secret_value()))
        customers = {name: await shop.customer(name, body) for name, body in CUSTOMERS.items()}

        async def play(number: int, quote: DemoQuote) -> None:
            async with turns:
                quote_id = await shop.play(f"seed-quote-{number}", quote, customers[quote.customer])
                if quote.asks:
                    await buyers.ask(quote_id, quote.asks, f"seed-quote-{number}-asks")
                if quote.opened_days_ago:
                    await buyers.open(quote_id)
                if by := _passing(quote):
                    machine = await TimeMachine.of(quote_id, database, client, settings.task_queue)
                    await machine.forward(by, lambda _stop: None)

        # One after the other up to here, so that numbers and times read like a shop's own.
        await asyncio.gather(*(play(number, quote) for number, quote in enumerate(quotes, start=1)))


def _passing(quote: DemoQuote) -> timedelta:
    """How far the quote's own time goes on: past its end of a few seconds, or past the days since it was opened."""
    if ("expire", {}) in quote.steps:
        return timedelta(seconds=45)
    return timedelta(days=quote.opened_days_ago)


class Shop:
    """The API as a shop's own program calls it."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def customer(self, name: str, body: dict[str, Any]) -> str:
        created = await self.call("POST", "/customers", body, f"seed-customer-{name}")
        return str(created["id"])

    async def play(self, key: str, quote: DemoQuote, customer_id: str) -> str:
        """Create the quote and take its steps; its id."""
        body = {
            "customer_id": customer_id,
            "valid_days": quote.valid_days,
            "owner": quote.owner.address,
            **quote.said,
            **({"lines": [*quote.lines]} if quote.lines else await self._priced(key, quote)),
        }
        created = await self.call("POST", "/quotes", body, f"{key}-create")
        for step, (action, data) in enumerate(quote.steps, start=1):
            if action == "expire":
                await self._send_for_seconds(f"/quotes/{created['id']}")
            else:
                await self._step(f"{key}-{step}", f"/quotes/{created['id']}", action, data, body)
        return str(created["id"])

    async def _priced(self, key: str, quote: DemoQuote) -> dict[str, Any]:
        """The quote's one part, as a stored calculation."""
        tier = {"customer_tier": CUSTOMERS[quote.customer].get("customer_tier", "standard")}
        asked = {"specification": quote.specification | tier}
        priced = await self.call("POST", "/pricing/calculations", asked, f"{key}-price")
        return {
            "pricing_calculation_id": priced["id"],
            "tier": quote.tier,
            "description": quote.description,
            "part_number": quote.part_number,
            "part_revision": quote.revision,
        }

    async def _step(
        self, key: str, path: str, action: str, data: dict[str, Any], created: dict[str, Any]
    ) -> None:
        if action == "revise":
            kept = ("pricing_calculation_id", "description", "part_number", "part_revision")
            body = {name: created[name] for name in kept}
            await self.call("PUT", f"{path}/pricing", body | data, key)
        else:
            await self.call("POST", f"{path}/{action}", data, key)

    async def _send_for_seconds(self, path: str) -> None:
        """Open for seconds only. Each try names another instant, so it has no key, and asks what is done."""
        if (await self._http.get(path)).json()["status"] == "draft":
            soon = instants.to_the_second(datetime.now(UTC) + timedelta(seconds=5))
            await self.call("POST", f"{path}/send", {"valid_until": soon}, str(uuid4()))

    async def call(self, method: str, path: str, body: dict[str, Any] | None, key: str) -> dict[str, Any]:
        """One request; one that is taken but not decided yet (202), or that has no room now (503), is asked for again by
        the same key.

        Raises StackError when it is refused.
        """
        for _ in range(30):
            headers = {"Idempotency-Key": key}
            answer = await self._http.request(method, path, json=body, headers=headers)
            if answer.status_code not in {httpx.codes.ACCEPTED, httpx.codes.SERVICE_UNAVAILABLE}:
                break
            await asyncio.sleep(1)
        if answer.status_code not in {httpx.codes.OK, httpx.codes.CREATED}:
            problem = answer.json().get("code", answer.status_code)
            raise StackError(
                f"A call while adding the demo data was refused: {method} {path} answered {problem}."
            )
        found: dict[str, Any] = answer.json()
        return found


_PATIENCE: Final = 60.0  # seconds for an email to be written
_VERSION: Final = re.compile(r'name="version" value="([0-9]+)"')


class Buyers:
    """What customers do themselves, by the links that their emails bring; `http` reaches the product's pages."""

    def __init__(self, http: httpx.AsyncClient, database: Database, tokens: LinkTokens) -> None:
        self._http = http
        self._database = database
        self._tokens = tokens

    async def open(self, quote_id: str) -> str:
        """Somebody looks at the offer; the address of its page. Raises StackError where no link to it is made."""
        page = await self._page(quote_id)
        _taken(await self._http.post(f"{page}/viewed"), page)
        return page

    async def ask(self, quote_id: str, wish: str, form_id: str) -> None:
        """Somebody asks for a change; the same form twice is one. Raises StackError where it is not taken."""
        page = await self.open(quote_id)
        shown = _VERSION.search((await self._http.get(page)).text)
        form = {"wish": wish, "version": shown[1] if shown else "", "form_id": form_id}
        _taken(await self._http.post(f"{page}/change", data=form), page)

    async def _page(self, quote_id: str) -> str:
        try:
            async with asyncio.timeout(_PATIENCE):
                while True:
                    async with self._database.read() as r:
                        if links := await list_links(r, quote_id):
                            return f"/q/{self._tokens.token(links[-1].id)}"
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise StackError(
                "The demo data is not complete: an offer that was sent has no link. Try again."
            ) from None


def _taken(answer: httpx.Response, page: str) -> None:
    if answer.is_error:
        step = str(answer.url).rpartition(page)[2]
        raise StackError(
            f"A form of the demo data was refused: {step} answered {answer.status_code}. Try again."
        )
