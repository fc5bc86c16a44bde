"""Quotes for the lists of the desk, decided at once and without a worker."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from adapters.db.tables import customer_links, messages, orders
from domain.money import Money
from tests.integration.db.desk import Desk, content


@dataclass
class Shelf:
    """One customer's quotes by what they are, and the word by which all of them are found."""

    desk: Desk
    word: str
    customer_id: str
    ids: dict[str, str]
    numbers: dict[str, str]

    @classmethod
    async def filled(
        cls, desk: Desk, *, name: str = "Hale <b>& Söhne</b>", owner: str | None = None
    ) -> "Shelf":
        """A draft, three sent (of which one is revised and one asked about), one won and one lost."""
        word = f"w{uuid4().hex[:10]}"
        customer_id = await desk.customer(name=f"{name} {word}", email=f"{word}@hale.example")
        shelf = cls(desk, word, customer_id, {}, {})
        await shelf.add("draft", "90.00", owner=owner)
        for key, total in (
            ("sent", "100.00"),
            ("revised", "250.00"),
            ("asked", "300.00"),
            ("won", "400.00"),
            ("lost", "50.00"),
        ):
            await shelf.add(key, total, owner=owner)
            await desk.do(shelf.ids[key], "send", {"recipients": [f"{key}.{word}@hale.example"]})
        await desk.do(shelf.ids["revised"], "revise", {"lines": LINES})
        await desk.do(shelf.ids["won"], "accept", SIGNED)
        await desk.do(shelf.ids["lost"], "reject")
        return shelf

    async def add(self, key: str, total: str, **fields: Any) -> str:
        """A draft of that total."""
        command = await self.desk.store_create(customer_id=self.customer_id, **fields)
        priced = replace(content(total), total=Money.parse(total, "EUR"))
        await self.desk.save(await self.desk.request(command.quote_id, command.envelope, priced))
        quote = (await self.desk.load(command.quote_id)).quote
        assert quote is not None
        self.ids[key], self.numbers[key] = command.quote_id, quote.number
        return command.quote_id

    async def mails(self, key: str, **values: Any) -> None:
        """What became of all mails of a quote."""
        async with self.desk.database.write() as w:
            await w.run(messages.update().where(messages.c.quote_id == self.ids[key]).values(**values))

    async def order(self, key: str, **values: Any) -> None:
        """One that is, or was, to be posted."""
        async with self.desk.database.write() as w:
            row = {"quote_id": self.ids[key], "key": f"order_{key}", "way": "http", **values}
            now = sa.func.clock_timestamp()
            await w.run(orders.insert().values(**row, asked_at=now, ended_at=now))

    async def links(self, key: str, **values: Any) -> None:
        """The same of its links."""
        async with self.desk.database.write() as w:
            await w.run(
                customer_links.update().where(customer_links.c.quote_id == self.ids[key]).values(**values)
            )


LINES = [{"description": "Bracket", "specification": {"material": "aluminum"}}]
SIGNED: Mapping[str, str] = {
    "signer_name": "Ada Buyer",
    "signer_email": "ada@hale.example",
    "method": "phone",
}
