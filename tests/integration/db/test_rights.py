"""The roles of an installation: what API and worker may not do, whoever has their password."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio

from adapters.db import migrate, rights
from adapters.db.tables import metadata
from cli.local.postgres.programs import programs
from cli.local.postgres.server import Postgres
from tests.roles import PRODUCT, make_role, migrated

ROLES = Path(__file__).parents[3] / "adapters/db/rights/roles.sql"
PASSWORDS = {
    "DATABASE_OWNER_PASSWORD": "the-owner's",
    "DATABASE_PASSWORD": "the-product's",
    "TEMPORAL_DATABASE_PASSWORD": "temporal's",
}
KEPT = ("quote_events", "quote_versions", "acceptances", "documents", "proofs", "rate_cards")


@pytest_asyncio.fixture(scope="module")
async def products_url(postgres: Postgres) -> str:
    """What API and worker log in by."""
    return await migrated(await postgres.create_database("rights"))


@pytest_asyncio.fixture
async def product(products_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection as API and worker have it."""
    connection = await asyncpg.connect(products_url)
    yield connection
    await connection.close()


def test_every_table_has_its_rights_declared() -> None:
    """A new table that is forgotten here could not be used by the product."""
    assert set(rights.TABLES) == {*metadata.tables, "alembic_version"}
    for name, table in metadata.tables.items():
        for columns in rights.TABLES[name].values():
            assert set(columns) <= set(table.columns.keys())


@pytest.mark.parametrize("table", KEPT)
@pytest.mark.parametrize(
    "change", ["DELETE FROM {}", "TRUNCATE {} CASCADE", "ALTER TABLE {} DISABLE TRIGGER ALL", "DROP TABLE {}"]
)
async def test_what_is_written_once_is_out_of_reach(
    product: "asyncpg.Connection[asyncpg.Record]", table: str, change: str
) -> None:
    """Not for the triggers' sake: the role has no right to it, nor to switch a trigger off."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await product.execute(change.format(table))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE quote_events SET actor = 'somebody'",
        "UPDATE quote_versions SET content = '{}'",
        "UPDATE acceptances SET signer_name = NULL",
        "UPDATE documents SET sha256 = ''",
        "UPDATE proofs SET sha256 = ''",
        "UPDATE commands SET received_at = received_at",
        "UPDATE commands SET payload = '{}'",
        "DELETE FROM quotes",
        "INSERT INTO clock_offsets VALUES (gen_random_uuid(), '1 day')",
        "SET session_replication_role = replica",
        "CREATE TABLE of_mine ()",
        "COPY quotes TO PROGRAM 'true'",
        "SELECT pg_read_file('postgresql.conf')",
    ],
)
async def test_more_that_the_role_may_not(product: "asyncpg.Connection[asyncpg.Record]", change: str) -> None:
    """When a click arrived, the clock, files and programs of the machine."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await product.execute(change)


async def test_rights_follow_the_declaration(postgres: Postgres) -> None:
    """What was given by hand is taken back, and what is missing given, at each migration."""
    url = await postgres.create_database("rights_again")
    await migrated(url)
    owner = await asyncpg.connect(url)
    try:
        await owner.execute(
            f"GRANT DELETE, UPDATE (actor) ON quote_events TO {PRODUCT}; REVOKE INSERT ON quotes FROM {PRODUCT}"
        )
        await migrated(url)
        held = await owner.fetchrow(
            "SELECT has_table_privilege($1, 'quote_events', 'DELETE'), has_column_privilege($1, 'quote_events', 'actor', 'UPDATE'), "
            "has_table_privilege($1, 'quotes', 'INSERT')",
            PRODUCT,
        )
    finally:
        await owner.close()
    assert held is not None
    assert tuple(held) == (False, False, True)


async def test_only_a_role_that_rights_can_bound_is_given_them(postgres: Postgres) -> None:
    """Not one that is not there, nor a superuser, nor the owner; nothing is changed then, no table made."""
    url = await postgres.create_database("rights_refused")
    await make_role(url)
    owner = await asyncpg.connect(url)
    try:
        superuser = urlsplit(url).username
        for role, why in ((superuser, "superuser"), ("nobody at all", "not there")):
            with pytest.raises(rights.RoleError, match=why):
                await asyncio.to_thread(migrate.upgrade, url, role=role)
        assert await owner.fetchval("SELECT to_regclass('quotes')") is None
        await owner.execute(f"ALTER DATABASE rights_refused OWNER TO {PRODUCT}")
        with pytest.raises(rights.RoleError, match="owns"):
            await asyncio.to_thread(migrate.upgrade, url, role=PRODUCT)
    finally:
        await owner.close()


async def test_the_roles_of_an_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From an empty server: roles and databases, twice; then the owner migrates, and nobody sees another's."""
    monkeypatch.setattr(
        "cli.local.postgres.server.ROLE", "postgres"
    )  # as the image of PostgreSQL names its superuser
    monkeypatch.setattr("cli.local.postgres.server.DATABASE", "unused")
    async with Postgres(tmp_path / "postgres", durable=False) as server:
        for _ in range(2):
            run_psql(server)
        address = f"@127.0.0.1:{server.port}"
        owner = f"postgresql://firm_offer_owner:the-owner's{address}/firm_offer".replace("'", "%27")
        product = f"postgresql://firm_offer:the-product's{address}/firm_offer".replace("'", "%27")
        temporal = f"postgresql://temporal:temporal's{address}/".replace("'", "%27")
        await asyncio.to_thread(migrate.upgrade, owner, role="firm_offer")
        for url in (owner, product, temporal + "temporal", temporal + "temporal_visibility"):
            assert await asked(
                url, "SELECT NOT rolsuper AND NOT rolcreaterole FROM pg_roles WHERE rolname = current_user"
            )
        assert await asked(product, "SELECT count(*) FROM quotes") == 0
        assert await asked(temporal + "temporal", "CREATE TABLE shards (); SELECT 1") is None
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asked(product, "CREATE TEMPORARY TABLE of_mine (); SELECT 1")
        for url in (temporal + "firm_offer", product.rpartition("/")[0] + "/temporal"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await asked(url, "SELECT 1")


def run_psql(server: Postgres) -> None:
    """The file, as compose has it run."""
    psql = shutil.which("psql", path=str(programs())) or pytest.fail("no psql")
    done = subprocess.run(
        [psql, "--no-psqlrc", "--file", str(ROLES), server.url("postgres")],
        env=os.environ | PASSWORDS,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


async def asked(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        if ";" in statement:
            await connection.execute(statement)
            return None
        return await connection.fetchval(statement)
    finally:
        await connection.close()
