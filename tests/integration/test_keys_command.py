"""`firm-offer keys`: made, rotated, ended."""

import asyncio
from datetime import UTC, datetime, timedelta

from adapters.db.database import Database
from adapters.db.parties.keys import REMEMBERED_SECONDS, KeyView, find_key, stamp_use
from adapters.tokens import ApiKeyHashes, read_api_key
from api.app import create_app
from tests.api.conftest import SECRET, calling, running, settings_for
from tests.integration.operator import Run, database, elsewhere, run, url
from tests.shell import refused

__all__ = ["database", "elsewhere", "run", "url"]


async def test_a_key_is_shown_once_and_ends_when_it_is_revoked(run: Run, url: str) -> None:
    """Standard output is the key alone. The API takes it, and refuses it from the moment it is revoked."""
    made = await run("keys", "create", "ERP", "--scope", "read", secret=True)
    assert made.exit_code == 0
    key = read_api_key(made.stdout.strip())
    assert key is not None
    assert key.environment == "test"
    assert made.stdout == key.text + "\n"
    listed = (await run("keys", "list")).stdout
    assert listed.splitlines()[0].split("  ")[0] == "PUBLIC ID"
    assert key.public_id in listed
    assert "ERP" in listed
    assert key.secret not in listed
    settings = settings_for(url, "127.0.0.1:1", "smtp://127.0.0.1:1")
    async with running(create_app(settings=settings)) as api, calling(api, key.text) as caller:
        assert (await caller.get("/customers")).status_code == 200
        assert (await caller.post("/customers", {})).status_code == 403
        assert (await run("keys", "revoke", key.public_id)).exit_code == 0
        async with asyncio.timeout(REMEMBERED_SECONDS + 10):
            while (await caller.get("/customers")).status_code != 401:  # noqa: ASYNC110 - remembered for a moment
                await asyncio.sleep(0.1)
    assert f"{key.public_id}  revoked" in (await run("keys", "list")).stdout


async def test_a_key_can_have_scopes_and_an_end(run: Run, database: Database) -> None:
    """`quote` where nothing is said; what is stored is a keyed hash; a whole key names its row as well."""
    made = [
        await run("keys", "create", "Web shop", secret=True),
        await run(
            "keys", "create", "A", "--scope", "admin", "--scope", "read", "--expires", "90d", secret=True
        ),
    ]
    keys = [read_api_key(ended.stdout.strip()) for ended in made]
    stored: list[KeyView] = []
    for key in keys:
        assert key is not None
        async with database.read() as r:
            found = await find_key(r, key.public_id)
        assert found is not None
        assert ApiKeyHashes(SECRET).matches(key, found.secret_hash)
        stored.append(found)
    assert [found.scopes for found in stored] == [("quote",), ("read", "admin")]
    assert stored[0].expires_at is None
    assert stored[1].expires_at is not None
    assert abs(stored[1].expires_at - datetime.now(UTC) - timedelta(days=90)) < timedelta(minutes=5)
    listed = (await run("keys", "list")).stdout
    assert f"live until {stored[1].expires_at:%Y-%m-%d}" in listed
    assert (await run("keys", "revoke", made[1].stdout.strip())).exit_code == 0


async def test_a_key_is_rotated_with_two_secrets_live(run: Run, database: Database) -> None:
    """The new secret is printed alone; what is listed says until when the other one works, and when each was used."""
    first = read_api_key((await run("keys", "create", "Mill", secret=True)).stdout.strip())
    assert first is not None
    async with database.write() as w:
        await stamp_use(w, first.public_id, ApiKeyHashes(SECRET).hash(first))
    ended = await run("keys", "rotate", first.text, "--overlap", "2d", secret=True)
    second = read_api_key(ended.stdout.strip())
    assert second is not None, ended.output
    assert (second.public_id, second.secret == first.secret) == (first.public_id, False)
    async with database.read() as r:
        found = await find_key(r, first.public_id)
    assert found is not None
    assert ApiKeyHashes(SECRET).matches(second, found.secret_hash)
    assert found.old_secret_hash == ApiKeyHashes(SECRET).hash(first)
    listed = (await run("keys", "list")).stdout
    assert "its old secret" in listed
    assert first.secret not in listed
    assert second.secret not in listed
    assert "30 days" in refused(await run("keys", "rotate", first.public_id, "--overlap", "31d", secret=True))
    await run("keys", "revoke", first.public_id)
    assert "keys create" in refused(await run("keys", "rotate", first.public_id, secret=True))


async def test_keys_that_cannot_be_made_or_found_are_refused(run: Run) -> None:
    """A name that is none, a life that is none, an id that nobody has; and without the secret no key."""
    for name in ("", "  ", "two\nlines", "x" * 101, "\x1b[31mred"):
        assert "name" in refused(await run("keys", "create", name, secret=True))
    for life in ("0d", "tomorrow", "-1d", "99999w"):
        assert "--expires" in refused(await run("keys", "create", "ERP", "--expires", life, secret=True))
    assert "FIRM_OFFER_SECRET" in refused(await run("keys", "create", "ERP"))
    assert "keys list" in refused(await run("keys", "revoke", "000000000000000000"))
    assert (await run("keys", "create", "ERP", "--scope", "root", secret=True)).exit_code == 2
