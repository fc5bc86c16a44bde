"""Who may call: the key is compared with its hash, bounded in time and scope, and never told in a log."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from fastapi import FastAPI

from adapters.db.database import Database
from adapters.db.parties.keys import NewKey, store_key
from adapters.tokens import ApiKey, ApiKeyHashes, new_api_key
from tests.api.caller import Caller, problem
from tests.api.conftest import SECRET, api_key, calling

CUSTOMER = {"name": "A", "email": "a@acme.example.com"}


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database.connect(database_url)
    yield database
    await database.close()


async def _stored(database: Database, *, expires_at: datetime | None = None) -> ApiKey:
    key = new_api_key("test")
    hashed = ApiKeyHashes(SECRET).hash(key)
    new = NewKey(
        public_id=key.public_id, secret_hash=hashed, name="t", scopes=("quote",), expires_at=expires_at
    )
    async with database.write() as writing:
        await store_key(writing, new)
    return key


async def test_a_key_that_was_never_made_is_refused(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    """401; the log knows the public id and not the secret."""
    key = new_api_key("test")
    async with calling(app, key.text) as stranger:
        answer = await stranger.get("/quotes")
    problem(answer, 401, "key_invalid")
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    log = caplog.text
    assert key.public_id in log
    assert key.secret not in log + answer.text


async def test_another_secret_under_a_known_id_is_refused(app: FastAPI, database: Database) -> None:
    """With the very answer of an unknown key."""
    known, other = await _stored(database), new_api_key("test")
    forged = ApiKey("test", known.public_id, other.secret)
    async with calling(app, forged.text) as stranger:
        forged_answer = (await stranger.get("/quotes")).json()
    async with calling(app, other.text) as stranger:
        unknown_answer = (await stranger.get("/quotes")).json()
    assert forged_answer["code"] == "key_invalid"
    assert {**forged_answer, "request_id": ""} == {**unknown_answer, "request_id": ""}


async def test_a_key_ends_with_its_time(app: FastAPI, database: Database) -> None:
    """Before it, it works; after it, it does not."""
    now = datetime.now(UTC)
    for expires_at, status in ((now + timedelta(hours=1), 200), (now - timedelta(seconds=1), 401)):
        key = await _stored(database, expires_at=expires_at)
        async with calling(app, key.text) as caller:
            assert (await caller.get("/quotes")).status_code == status


async def test_a_reading_key_reads_and_changes_nothing(app: FastAPI, database_url: str) -> None:
    """403 for a change, also where the body would not be valid."""
    async with calling(app, await api_key(database_url, "read")) as reader:
        assert (await reader.get("/quotes")).status_code == 200
        problem(await reader.post("/customers", CUSTOMER), 403, "forbidden")
        problem(await reader.post("/customers", {}), 403, "forbidden")


async def test_only_an_admins_key_annuls_an_acceptance(
    caller: Caller, app: FastAPI, database_url: str
) -> None:
    """403 before anything is stored; an admin's names why and with whom, and neither may be blank."""
    quote = await caller.sent()
    signer = {"signer_name": "Ada Buyer", "signer_email": "ada@buyer.example", "method": "phone"}
    await caller.done(quote, "accept", signer)
    path, agreed = f"/quotes/{quote['id']}/annul", {"reason": "Not built.", "agreed_with": "Ada Buyer"}
    problem(await caller.post(path, agreed), 403, "forbidden")
    async with calling(app, await api_key(database_url, "admin")) as admin:
        for blank in agreed:
            problem(await admin.post(path, {**agreed, blank: " "}), 422, "validation_failed")
        once = {"Idempotency-Key": "annulled-once"}
        first = await admin.post(path, agreed, headers=once)
        again = await admin.post(path, agreed, headers=once)
    assert (first.status_code, first.json()["status"]) == (200, "cancelled")
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")


async def test_events_name_the_key_by_its_public_id(caller: Caller, key: str) -> None:
    """Never by its secret."""
    draft = await caller.draft()
    events = (await caller.get(f"/quotes/{draft['id']}/events")).json()["data"]
    _, _, public_id, secret = key.split("_")
    assert events[0]["actor"] == f"key:{public_id}"
    assert secret not in str(events)
