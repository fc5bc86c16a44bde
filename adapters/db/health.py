"""Whether the database can be used."""

import sqlalchemy as sa

from adapters.db.database import Reading
from adapters.db.migrations import head


async def ping(r: Reading) -> None:
    """Return when the database answers; raise DatabaseUnavailableError otherwise."""
    await r.value(sa.text("SELECT 1"))


async def is_migrated(r: Reading) -> bool:
    """Whether the tables are those of this version of the program."""
    if await r.value(sa.text("SELECT CAST(to_regclass('alembic_version') AS text)")) is None:
        return False
    return bool(await r.value(sa.text("SELECT version_num FROM alembic_version")) == head())
