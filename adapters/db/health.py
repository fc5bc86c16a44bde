"""Whether the database can be used."""

from adapters.db.database import Reading


async def ping(r: Reading) -> None:
    """Return when the database answers; raise DatabaseUnavailableError otherwise."""
    raise NotImplementedError


async def is_migrated(r: Reading) -> bool:
    """Whether the tables are those of this version of the program."""
    raise NotImplementedError
