"""What `firm-offer doctor` asks where the product is installed for good: its role, and the API from within."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
import sqlalchemy as sa
from aiosmtpd.smtp import AuthResult
from pydantic import SecretStr

from adapters.db.database import Database
from adapters.settings import Settings
from adapters.temporal.client import connect
from cli.doctor import installation as record
from cli.doctor import servers
from cli.doctor.examine import Finding, Installation
from cli.local.postgres.server import Postgres
from tests.api.conftest import SECRET, prepared_database
from tests.roles import PRODUCT, as_product
from tests.unit.mail.smtp_server import mailroom

READY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@pytest_asyncio.fixture
async def url(postgres: Postgres) -> str:
    """Of a prepared database of its own, as its owner."""
    return await prepared_database(postgres, f"doctor_{uuid4().hex}")


async def installation(url: str, **more: str) -> Installation:
    """As the command opens it."""
    given = {"DATABASE_URL": url, "FIRM_OFFER_SECRET": SECRET, "TEMPORAL_ADDRESS": "127.0.0.1:1", **more}
    settings = Settings.model_validate(given)
    return Installation(settings, Database.connect(url), await connect(settings))


@pytest_asyncio.fixture
async def owner(url: str) -> AsyncIterator[Installation]:
    """A live one that logs in as the superuser who owns all."""
    at = await installation(url)
    yield at
    await at.database.close()


@pytest_asyncio.fixture
async def product(url: str) -> AsyncIterator[Installation]:
    """A live one that logs in as the role of API and worker."""
    at = await installation(as_product(url))
    yield at
    await at.database.close()


async def test_a_role_that_no_right_bounds_is_told_of(owner: Installation, product: Installation) -> None:
    """In a live installation; with a role of its own all is well."""
    (finding,) = await record.role(owner)
    assert "a superuser" in finding.what
    assert "adapters/db/rights/roles.sql" in finding.do
    assert await record.role(product) == []
    test = Installation(
        owner.settings.model_copy(update={"environment": "test"}), owner.database, owner.client
    )
    assert await record.role(test) == []


async def test_rights_that_are_missing_are_named(owner: Installation, product: Installation) -> None:
    """Whole tables, single columns and the sequence, with the command that gives them."""
    async with owner.database.write() as w:
        await w.run(sa.text(f"REVOKE INSERT ON messages, quotes FROM {PRODUCT}"))
        await w.run(sa.text(f"REVOKE UPDATE (seller) ON quote_versions FROM {PRODUCT}"))
        await w.run(sa.text(f"REVOKE USAGE ON SEQUENCE quote_numbers FROM {PRODUCT}"))
    (finding,) = await record.role(product)
    missing = "INSERT on messages, INSERT on quotes, UPDATE on quote_versions, USAGE on quote_numbers"
    assert finding.what == f"the role {PRODUCT} lacks {missing}"
    assert f"migrate --grant-to {PRODUCT}" in finding.do


async def test_the_api_is_asked_where_this_machine_reaches_it() -> None:
    """Customers' address need not lead anywhere from here; where ours does not either, its setting is named."""

    async def ready(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert (await reader.readline()).startswith(b"GET /readyz ")
        writer.write(READY)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(ready, "127.0.0.1", 0)
    inner = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    urls = {"FIRM_OFFER_URL": "https://customers.invalid", "FIRM_OFFER_API_URL": inner}
    at = await installation("postgresql://nobody@127.0.0.1:1/nothing", **urls)
    async with server:
        assert await servers.api(at) == []
    (finding,) = await servers.api(at)
    assert f"{inner} (FIRM_OFFER_API_URL)" in finding.what
    assert "FIRM_OFFER_API_URL" in finding.do
    await at.database.close()


async def test_rights_beyond_what_is_needed_are_named(owner: Installation, product: Installation) -> None:
    """What is written once may be changed by nobody: whole tables and single columns, also by PUBLIC."""
    async with owner.database.write() as w:
        await w.run(sa.text(f"GRANT DELETE ON quote_events TO {PRODUCT}"))
        await w.run(sa.text(f"GRANT UPDATE (content_hash) ON quote_versions TO {PRODUCT}"))
        await w.run(sa.text("GRANT UPDATE ON documents, proofs TO PUBLIC"))
    (finding,) = await record.role(product)
    told = "UPDATE on documents, UPDATE on proofs, DELETE on quote_events, UPDATE on quote_versions"
    assert finding.what == f"the role {PRODUCT} may do what API and worker need not: {told}"
    assert f"migrate --grant-to {PRODUCT}" in finding.do
    async with owner.database.write() as w:
        await w.run(sa.text(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {PRODUCT}"))
    (finding,) = await record.role(product)
    assert "DELETE on acceptances, TRUNCATE on acceptances, UPDATE on acceptances" in finding.what
    assert " more" in finding.what


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_a_mail_server_is_tried_as_mails_are(product: Installation) -> None:
    """Greeting, encryption and password: each that fails is told by itself, with what helps."""

    def no(*_: object) -> AuthResult:
        return AuthResult(success=False, handled=False)

    async def told(**settings: str) -> Finding:
        given = {"smtp_url": SecretStr(settings["smtp_url"]), "smtp_starttls": settings.get("tls", "offered")}
        tried = product.settings.model_copy(update=given)
        (finding,) = await servers.mail(Installation(tried, product.database, product.client))
        return finding

    async with mailroom(authenticator=no, auth_required=True, auth_require_tls=False) as room:
        plain = await told(smtp_url=room.url, tls="required")
        assert "offers no STARTTLS" in plain.what
        assert "SMTP_STARTTLS" in plain.do
        wrong = await told(smtp_url=f"smtp://shop:wrong@127.0.0.1:{room.port}")
        assert "refused the login (535)" in wrong.what
        assert "Correct user and password" in wrong.do
        assert "wrong" not in wrong.what + wrong.do
        url = room.url
    assert "Start the mail server" in (await told(smtp_url=url)).do
