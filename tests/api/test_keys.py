"""Who may call: the key is compared with its hash, bounded in time and scope, and never told in a log."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI

from adapters.db.database import Database
from adapters.db.parties.keys import NewKey, store_key
from adapters.tokens import ApiKey, ApiKeyHashes, new_api_key
from tests.api.caller import Caller, places, problem
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


@pytest_asyncio.fixture
async def admin(app: FastAPI, database_url: str) -> AsyncIterator[Caller]:
    async with calling(app, await api_key(database_url, "admin")) as caller:
        yield caller


async def _reads(app: FastAPI, key: str) -> int:
    async with calling(app, key) as caller:
        return (await caller.get("/quotes", params={"limit": 1})).status_code


async def test_a_key_is_made_once_shown_and_ended(
    admin: Caller, app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    """Its secret stands in the first answer alone, and in no log; ended, it works no more, and ending it again is no fault."""
    body = {"name": "\u200eERP", "scopes": ["read", "read"], "expires_at": "2999-01-01T00:00:00+01:00"}
    answer = await admin.post("/keys", body)
    made = answer.json()
    secret, path = made.pop("key"), f"/keys/{made['id']}"
    assert (answer.status_code, answer.headers["location"]) == (201, f"/api/v1{path}")
    assert answer.headers["cache-control"] == "no-store"
    assert (made["name"], made["scopes"], made["state"]) == ("ERP", ["read"], "live")
    assert made["expires_at"] == "2998-12-31T23:00:00Z"
    assert (await admin.get(path)).json() == made
    listed = await admin.get("/keys")
    assert made in listed.json()["data"]
    assert secret.split("_")[3] not in listed.text + caplog.text
    assert await _reads(app, secret) == 200
    for _ in range(2):
        assert (await admin.delete(path)).status_code == 204
    assert await _reads(app, secret) == 401
    ended = (await admin.get(path)).json()
    assert (ended["state"], ended["revoked_at"] is None) == ("revoked", False)
    problem(await admin.post(f"{path}/rotate"), 409, "key_ended")


async def test_two_secrets_live_while_a_key_is_rotated(admin: Caller, app: FastAPI) -> None:
    """The one in use works on until its time is over; one that nobody ever used makes way for another."""
    made = (await admin.post("/keys", {"name": "ERP"})).json()
    path, first = f"/keys/{made['id']}/rotate", made["key"]
    assert await _reads(app, first) == 200
    await _until_used(admin, made["id"])
    lost = (await admin.post(path)).json()["key"]
    second = (await admin.post(path, {"overlap_hours": 2})).json()
    assert second["old_secret"]["last_used_at"] == second["last_used_at"]
    assert [await _reads(app, key) for key in (first, lost, second["key"])] == [200, 401, 200]
    used = await _until_used(admin, made["id"], after=second["last_used_at"])
    assert used["old_secret"]["works_until"] == second["old_secret"]["works_until"]
    third = (await admin.post(path, {"overlap_hours": 0})).json()
    assert third["old_secret"] is None
    assert [await _reads(app, key) for key in (first, second["key"], third["key"])] == [401, 401, 200]
    assert {made["id"], second["id"], third["id"]} == {made["id"]}


async def _until_used(admin: Caller, key_id: str, *, after: str | None = None) -> dict[str, Any]:
    """The key once its use was noted, which nobody waits for."""
    async with asyncio.timeout(30):
        while True:
            key: dict[str, Any] = (await admin.get(f"/keys/{key_id}")).json()
            if key["last_used_at"] != after and key["last_used_at"] is not None:
                return key
            await asyncio.sleep(0.02)


async def test_what_a_key_cannot_be(admin: Caller) -> None:
    """Each with its field and rule; ids of nothing are not found."""
    for field, value, code in (
        ("name", " ", "blank"),
        ("name", "x" * 101, "too_long"),
        ("name", "A\nB", "control_character"),
        ("scopes", [], "too_few"),
        ("expires_at", "2020-01-01T00:00:00Z", "in_past"),
        ("expires_at", "tomorrow", "not_an_instant"),
        ("secret", "mine", "unknown_field"),
    ):
        answer = await admin.post("/keys", {"name": "ERP", field: value})
        problem(answer, 422, "validation_failed")
        assert places(answer) == {(f"/{field}", code)}
    unknown = await admin.post("/keys", {"name": "ERP", "scopes": ["root"]})
    problem(unknown, 422, "validation_failed")
    for hours in (-1, 721, "2"):
        problem(await admin.post("/keys/00/rotate", {"overlap_hours": hours}), 422, "validation_failed")
    problem(await admin.get("/keys/00"), 404, "key_not_found")
    problem(await admin.post("/keys/00/rotate"), 404, "key_not_found")
    problem(await admin.delete("/keys/00"), 404, "key_not_found")
