"""The commands as a person calls them, and what the databases hold before and after."""

from dataclasses import dataclass

import sqlalchemy as sa

from adapters.db.contents import contents
from adapters.db.database import Database
from adapters.db.inbox.store import Stored
from adapters.db.quotes.repository import PgQuotes

Env = dict[str, str]
NOWHERE = "postgresql://nobody:s3cret@127.0.0.1:1/nowhere"


@dataclass(frozen=True, kw_only=True)
class Life:
    """What the backup is made of. `quotes` are those that wait, with `cancel` and `create` undecided."""

    open: str
    accepted: str
    wanted: str
    draft: str
    cancel: Stored
    create: Stored

    @property
    def waiting(self) -> set[str]:
        return {self.open, self.accepted, self.wanted, self.draft, self.create.quote_id}


async def told(database: Database, statement: str, **values: object) -> list[tuple[object, ...]]:
    async with database.write() as w:
        return [tuple(row.values()) for row in await w.rows(sa.text(statement), values)]


async def workflow_of(database: Database, quote_id: str) -> str:
    """The id of the quote's runs."""
    async with database.read() as r:
        return await PgQuotes(r).workflow_id(quote_id)


async def change(database: Database, statement: str, **values: object) -> None:
    async with database.write() as w:
        assert await w.run(sa.text(statement), values) > 0


async def is_empty(url: str) -> bool:
    database = Database.connect(url, pool_size=1)
    async with database.read() as r:
        found = await contents(r)
    await database.close()
    return not found.objects
