"""The role of API and worker on a test's PostgreSQL: so that they are tested with the rights that they have in use."""

import asyncio
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from adapters.db import migrate

PRODUCT = "firm_offer_product"
_PASSWORD = "a-product-of-tests"


async def migrated(url: str) -> str:
    """Migrate the database at `url`, its owner's, for the product's role; that role's URL."""
    await make_role(url)
    await asyncio.to_thread(migrate.upgrade, url, role=PRODUCT)
    return as_product(url)


async def make_role(url: str) -> None:
    """The product's role, on the server of that database; it has no right in any yet."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_MAKE)
    finally:
        await connection.close()


def as_product(url: str) -> str:
    """The same database for API and worker; `migrated` it is to be before they use it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{PRODUCT}:{_PASSWORD}@{parts.netloc.rpartition('@')[2]}"))


# Two at once: the second waits for the lock and finds it there.
_MAKE = f"""
DO $$ BEGIN
    PERFORM pg_advisory_xact_lock(1);
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{PRODUCT}') THEN
        CREATE ROLE {PRODUCT} LOGIN PASSWORD '{_PASSWORD}';
    END IF;
END $$
"""
