"""A shop that lives through quotes by the product's API, as fast as it is answered."""

import asyncio
import json
from datetime import datetime
from typing import Any

from adapters.db.database import Database
from adapters.db.parties.keys import NewKey, store_key
from adapters.db.parties.seller import put_seller
from adapters.db.pricing import store_card
from adapters.tokens import ApiKeyHashes, new_api_key
from cli.local.seed.demo_data import SELLER
from domain import instants
from domain.rate_cards.data import rate_card_to_data
from domain.rate_cards.default_card import DEFAULT_RATE_CARD
from tests.api.caller import IN_TEXT
from tests.bench.stack.caller import Caller

V1 = "/api/v1"
_LOOK_SECONDS = 0.25
CUSTOMER = {"name": "ACME", "email": "buyer@acme.example.com"}
SIGNER = {"signer_name": "Maria Huber", "signer_email": CUSTOMER["email"], "method": "phone"}


async def prepared(database_url: str, secret: str) -> str:
    """Put seller, rate card and an API key into a migrated database; the key."""
    database = Database.connect(database_url, pool_size=1)
    key = new_api_key("live")
    hashed = ApiKeyHashes(secret).hash(key)
    async with database.write() as w:
        await put_seller(w, SELLER)
        await store_card(w, DEFAULT_RATE_CARD.id, rate_card_to_data(DEFAULT_RATE_CARD))
        new = NewKey(public_id=key.public_id, secret_hash=hashed, name="bench", scopes=("quote", "admin"))
        await store_key(w, new)
    await database.close()
    return key.text


class Shop:
    """One customer and one stored calculation, of which every quote is made.

    `late` counts the commands that were not decided within the API's two seconds and waited for.
    """

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.late = 0
        self._body: dict[str, Any] = {}

    def remarks(self) -> list[str]:
        """What was not answered at once."""
        told = {
            "commands were answered 202 and waited for": self.late,
            "requests were answered 503 and repeated": self.caller.again,
        }
        return [f"{count} {what}" for what, count in told.items() if count]

    async def open(self) -> None:
        """Make the customer and the calculation."""
        customer = await self.caller.post(f"{V1}/customers", CUSTOMER)
        calculation = await self.caller.post(f"{V1}/pricing/calculations", {"specification": IN_TEXT})
        self._body = {"customer_id": customer["id"], "pricing_calculation_id": calculation["id"]}

    async def tell(self, url: str) -> None:
        """Have another system told of all events."""
        await self.caller.post(f"{V1}/webhooks", {"url": url})

    @property
    def known(self) -> list[str]:
        """Ids of what all quotes are made of."""
        return [str(value) for value in self._body.values()]

    async def create(self) -> str:
        """A draft from the stored calculation; its id."""
        return await self._command(f"{V1}/quotes", self._body)

    async def send(self, quote_id: str, *, valid_until: datetime | None = None) -> None:
        """To the customer's own address; for the usual time, or until that instant."""
        body = {} if valid_until is None else {"valid_until": instants.stored(valid_until)}
        await self._command(f"{V1}/quotes/{quote_id}/send", body)

    async def accept(self, quote_id: str) -> None:
        """By telephone."""
        await self._command(f"{V1}/quotes/{quote_id}/accept", SIGNER)

    async def cancel(self, quote_id: str) -> None:
        """Withdraw it."""
        await self._command(f"{V1}/quotes/{quote_id}/cancel", {})

    async def sent(self) -> str:
        """A quote that waits for its customer."""
        quote_id = await self.create()
        await self.send(quote_id)
        return quote_id

    async def life(self, _number: int = 0) -> None:
        """Create, send, accept."""
        await self.accept(await self.sent())

    async def _command(self, path: str, body: dict[str, Any]) -> str:
        """The quote's id once the command is applied, be it after a 202. Raises RuntimeError when refused."""
        answer = await self.caller.post(path, body)
        if "command_id" not in answer:
            return str(answer["id"])
        self.late += 1
        while answer["status"] == "pending":
            await asyncio.sleep(_LOOK_SECONDS)
            answer = json.loads(await self.caller.get(answer["links"]["self"]))
        if answer["status"] != "applied":
            raise RuntimeError(f"{path} was refused: {answer['code']}")
        return str(answer["quote_id"])
