"""Webhooks of the whole product: told, retried, replayed, rotated, and no receiver in another's way."""

import asyncio
import hashlib
import json
import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

import asyncpg
import pytest
import pytest_asyncio
from fastapi import FastAPI
from standardwebhooks import Webhook
from temporalio.client import Client
from temporalio.testing import TimeSkipper

from adapters.db.database import Database
from adapters.settings import Settings
from adapters.webhooks.signed_post import SECONDS
from api.openapi import what_is_posted
from cli.doctor import installation as doctor
from cli.doctor.examine import Installation
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from tests import waiting
from tests.api.caller import SIGNER, Caller, fits, places, problem
from tests.api.conftest import api_key, calling, prepared_database, settings_for, working
from tests.unit.webhooks.receiver import OK, Received, Receiver, receiving, saying

MANY = int(os.environ.get("FIRM_OFFER_WEBHOOKS", "60"))
FED = 3 + MANY // 250
"""Quotes besides, whose events come of the feed."""

eventually = partial(waiting.eventually, seconds=150)
"""A repeat comes after seconds, and everything is slower on a machine with other things to do."""


@pytest_asyncio.fixture(scope="module")
async def database_url(postgres: Postgres) -> str:
    """Of a record of its own: another app on the same one would start its workflows on a queue of another worker."""
    return await prepared_database(postgres, "webhooks")


@pytest.fixture(scope="module")
def settings(database_url: str, temporal: Temporal, mail_server: MailServer) -> Settings:
    return settings_for(database_url, temporal.address, mail_server.smtp_url)


@pytest_asyncio.fixture(scope="module")
async def key(database_url: str) -> str:
    return await api_key(database_url, "quote")


@pytest_asyncio.fixture(scope="module")
async def shop(settings: Settings) -> AsyncIterator[FastAPI]:
    """The product with a queue of its own, where this machine may be sent to."""
    own = settings.model_copy(update={"webhook_allow": "127.0.0.0/8", "task_queue": "webhook-tests"})
    async with working(own) as app:
        yield app


@pytest.fixture(scope="module")
def app(shop: FastAPI) -> FastAPI:
    return shop


@pytest_asyncio.fixture(scope="module")
async def admin_key(database_url: str) -> str:
    return await api_key(database_url, "admin")


@pytest_asyncio.fixture
async def admin(shop: FastAPI, admin_key: str) -> AsyncIterator[Caller]:
    """Of the whole product; the endpoints of a test are gone after it."""
    async with calling(shop, admin_key) as caller:
        yield caller
        for each in (await caller.get("/webhooks")).json()["data"]:
            await caller.delete(f"/webhooks/{each['id']}")


async def made(admin: Caller, receiver: Receiver, **fields: Any) -> dict[str, Any]:
    answer = await admin.post("/webhooks", {"url": receiver.url, **fields})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def log_of(admin: Caller, hook: dict[str, Any], **params: Any) -> list[dict[str, Any]]:
    page = (await admin.get(f"/webhooks/{hook['id']}/deliveries", params={"limit": 100, **params})).json()
    found: list[dict[str, Any]] = page["data"]
    return found


def bodies(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(each.body) for each in receiver.received]


async def test_an_acceptance_is_told_with_the_quote_as_it_was(admin: Caller) -> None:
    """Signed, in order, of the types asked for, and whole."""
    async with receiving(saying(OK)) as receiver:
        hook = await made(admin, receiver, types=["quote.sent", "quote.accepted"])
        quote = await admin.sent(external_id="ERP-1")
        await admin.done(quote, "accept", SIGNER)
        await eventually(lambda: len(receiver.received) >= 2, "both were told")
        told = bodies(receiver)
        assert [each["type"] for each in told] == ["quote.sent", "quote.accepted"]
        for got in receiver.received:
            assert Webhook(hook["secret"]).verify(got.body, got.headers)
        event = told[1]["data"]
        fits(what_is_posted.EventPost, told[1])
        assert (event["quote"]["external_id"], event["snapshot"]["status"]) == ("ERP-1", "accepted")
        assert told[0]["data"]["snapshot"]["status"] == "sent"
        assert receiver.received[1].headers["webhook-id"] == event["id"]
        await eventually(_is_delivered(admin, hook, 2), "the log says so")
        page = (await admin.get(f"/webhooks/{hook['id']}/deliveries", params={"limit": 1})).json()
        rest = await log_of(admin, hook, cursor=page["next_cursor"], limit=1)
        assert [page["data"][0]["type"], rest[0]["type"]] == ["quote.accepted", "quote.sent"]


def _is_delivered(admin: Caller, hook: dict[str, Any], count: int) -> Any:
    async def check() -> bool:
        return len(await log_of(admin, hook, status="delivered")) == count

    return check


async def test_what_fails_is_tried_again_before_what_follows(admin: Caller) -> None:
    """Of the same quote: its order is kept. A receiver that hangs holds up no other endpoint, and no other quote."""
    failed: defaultdict[str, int] = defaultdict(int)

    async def respond(got: Received, writer: asyncio.StreamWriter) -> None:
        id_ = got.headers["webhook-id"]
        failed[id_] += 1
        writer.write(b"HTTP/1.1 500 No\r\n\r\n" if id_ == broken and failed[id_] == 1 else OK)

    async def hang(_: Received, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3600)

    broken = ""
    async with receiving(respond) as receiver, receiving(hang) as hanging:
        draft = await admin.draft()
        broken = f"{draft['id']}-2"
        await made(admin, hanging)
        await made(admin, receiver, types=["quote.sent", "quote.accepted"])
        await admin.done(draft, "send")
        await admin.done(draft, "accept", SIGNER)
        other = await admin.sent()
        await eventually(lambda: len(receiver.received) >= 4, "told, the failed one twice")
        seen = [each.headers["webhook-id"] for each in receiver.received]
        own = [each for each in seen if each.startswith(draft["id"])]
        assert own[:2] == [broken, broken]
        assert own[2].startswith(draft["id"])
        assert seen.index(f"{other['id']}-2") < seen.index(own[2])
        assert (
            receiver.received[0].body
            == next(g for g in receiver.received[1:] if g.headers["webhook-id"] == broken).body
        )


async def test_gone_disables_and_says_so(admin: Caller, database_url: str) -> None:
    """Until somebody enables it; then it is told what waited."""
    answer = b"HTTP/1.1 410 Gone\r\n\r\n"

    async def respond(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    async with receiving(respond) as receiver:
        hook = await made(admin, receiver, types=["quote.created"])
        await admin.draft()

        async def is_disabled() -> bool:
            shown = (await admin.get(f"/webhooks/{hook['id']}")).json()
            return not shown["enabled"] and "410" in shown["disabled_reason"]

        await eventually(is_disabled, "it is disabled")
        assert [each["next_attempt_at"] for each in await log_of(admin, hook)] == [None]
        assert "is disabled: the receiver answered 410" in (await _found_by_doctor(database_url))[0]
        answer = OK
        await admin.patch(f"/webhooks/{hook['id']}", {"enabled": True})
        await eventually(_is_delivered(admin, hook, 1), "what waited is told")
        assert await _found_by_doctor(database_url) == []


async def test_the_log_says_when_a_receiver_that_asked_for_time_is_asked_again(admin: Caller) -> None:
    """After what `Retry-After` says: not when the attempt would have been repeated otherwise, nor at once for what is new."""
    async with receiving(saying(b"HTTP/1.1 429 Later\r\nRetry-After: 3600\r\n\r\n")) as receiver:
        hook = await made(admin, receiver, types=["quote.created"])
        await admin.draft()

        async def is_noted() -> bool:
            return [each["last_status"] for each in await log_of(admin, hook)] == [429]

        await eventually(is_noted, "the attempt is on record")
        await admin.draft()

        async def are_both_there() -> bool:
            return len(await log_of(admin, hook)) == 2

        await eventually(are_both_there, "the next event waits too")
        behind, first = await log_of(admin, hook)
        waited = datetime.fromisoformat(first["next_attempt_at"]) - datetime.fromisoformat(
            first["last_attempt_at"]
        )
        assert timedelta(minutes=59) < waited < timedelta(minutes=61)
        assert (behind["attempts"], behind["next_attempt_at"]) == (0, first["next_attempt_at"])
        assert len(receiver.received) == 1


async def _found_by_doctor(url: str) -> list[str]:
    database = Database.connect(url)
    at = Installation(settings=Settings.model_construct(), database=database, client=cast("Client", None))
    try:
        return [finding.what for finding in await doctor.webhooks(at)]
    finally:
        await database.close()


async def test_every_attempt_is_signed_anew_also_while_a_secret_is_rotated(admin: Caller) -> None:
    """Nine attempts of one event, of which the first lasts until the secret is replaced, and the last one alone is taken: each
    under the same id, at its own time, by what signs then: the secret before, both for a day, then the new one.
    """
    rotated, attempts = asyncio.Event(), 9
    secrets: dict[str, str] = {}
    arrived: list[tuple[int, float]] = []
    signers: dict[int, set[str]] = {}

    async def respond(got: Received, writer: asyncio.StreamWriter) -> None:
        arrived.append((int(got.headers["webhook-timestamp"]), time.time()))
        if (attempt := len(arrived)) == 1:
            await rotated.wait()
        signers[attempt] = {name for name, secret in secrets.items() if got.is_signed(secret)}
        writer.write(OK if attempt == attempts else b"HTTP/1.1 503 No\r\n\r\n")

    async with receiving(respond) as receiver:
        hook = await made(admin, receiver, types=["quote.created"])
        draft = await admin.draft()
        await eventually(lambda: arrived, "the first attempt")
        fresh = (await admin.post(f"/webhooks/{hook['id']}/rotate-secret")).json()
        secrets |= {"before": hook["secret"], "fresh": fresh["secret"]}
        rotated.set()
        await eventually(lambda: len(arrived) == 2, "the second attempt, seconds later")
        handle, client = f"webhook-{hook['id']}", _client(admin)
        skipping = TimeSkipper(client).fast_forward(client.get_workflow_handle(handle), timedelta(hours=60))
        await asyncio.wait_for(skipping, 240)
        await eventually(_is_delivered(admin, hook, 1), "the last attempt")
    assert [*signers.values()] == [{"before"}, *[{"before", "fresh"}] * 6, *[{"fresh"}] * 2]
    assert {got.headers["webhook-id"] for got in receiver.received} == {f"{draft['id']}-1"}
    assert len({got.body for got in receiver.received}) == 1
    assert arrived[0][0] < arrived[1][0], "not signed once for all attempts"
    assert all(stamp <= at < stamp + SECONDS + 1 for stamp, at in arrived)
    assert "whsec_" not in (await admin.get("/webhooks")).text


async def test_try_out_and_replay(admin: Caller) -> None:
    """A test event; one event again, also of before there was the endpoint; and a span of time."""
    before = await admin.sent()
    async with receiving(saying(OK)) as receiver:
        hook = await made(admin, receiver, types=["quote.cancelled"], snapshot=False)
        path = f"/webhooks/{hook['id']}"
        assert (await admin.post(f"{path}/test")).status_code == 202
        await eventually(lambda: len(receiver.received) == 1, "the test event")
        assert bodies(receiver)[0]["type"] == "webhook.test"
        fits(what_is_posted.TestPost, bodies(receiver)[0])
        again = await admin.post(f"{path}/replay", {"event_id": f"{before['id']}-1"})
        assert again.json() == {"replayed": 1}
        await eventually(lambda: len(receiver.received) == 2, "the old event")
        assert bodies(receiver)[1]["data"]["id"] == f"{before['id']}-1"
        assert "snapshot" not in bodies(receiver)[1]["data"]
        await eventually(_is_delivered(admin, hook, 2), "the log says so")
        span = {"since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
        assert (await admin.post(f"{path}/replay", span)).json() == {"replayed": 0}, "nothing was parked"
        assert (await admin.post(f"{path}/replay", {**span, "delivered": True})).json() == {"replayed": 2}
        await eventually(lambda: len(receiver.received) == 4, "both again")


async def test_an_endpoint_that_is_deleted_is_told_nothing_more(admin: Caller) -> None:
    """With events waiting."""
    async with receiving(saying(b"HTTP/1.1 500 No\r\n\r\n")) as receiver:
        hook = await made(admin, receiver, types=["quote.created"])
        await admin.draft()
        await eventually(lambda: receiver.received, "the first attempt")
        assert (await admin.delete(f"/webhooks/{hook['id']}")).status_code == 204
        problem(await admin.get(f"/webhooks/{hook['id']}"), 404, "webhook_not_found")
        handle = _client(admin).get_workflow_handle(f"webhook-{hook['id']}")
        await asyncio.wait_for(handle.result(), 60)
        assert len(receiver.received) == 1


async def test_what_is_refused(admin: Caller, silent: Caller) -> None:
    """Addresses of ours, types that there are not, half a span, and whoever is not an admin."""
    for url in ("https://10.0.0.1/", "https://127.1/", "ftp://erp.example.com/", "https://0x7f000001/"):
        answer = await admin.post("/webhooks", {"url": url})
        problem(answer, 422, "validation_failed")
        assert places(answer) == {("/url", "address_refused")}
    wrong: dict[str, Any]
    for wrong in ({"snapshot": "yes"}, {"types": "quote.sent"}, {"types": ["quote.sold"]}):
        answer = await admin.post("/webhooks", {"url": "https://erp.example.com/", **wrong})
        problem(answer, 422, "validation_failed")
        assert {each for each, _ in places(answer)} == {f"/{name}" for name in wrong}
    hook = (await admin.post("/webhooks", {"url": "https://erp.example.com/"})).json()
    for body in ({}, {"since": "2026-01-01T00:00:00Z"}, {"event_id": "x"}, {"event_id": f"{hook['id']}-1"}):
        problem(await admin.post(f"/webhooks/{hook['id']}/replay", body), 422, "validation_failed")
    span = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z", "delivered": True}
    for beside in ({"since": span["since"]}, {"delivered": True}, span):
        answer = await admin.post(f"/webhooks/{hook['id']}/replay", {"event_id": "x", **beside})
        problem(answer, 422, "validation_failed")
        assert places(answer) == {(f"/{name}", "event_or_span") for name in beside}
        assert {each["message"] for each in answer.json()["errors"]} == {
            "is of a span of time: must not be given beside event_id"
        }
    backwards = {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
    answer = await admin.post(f"/webhooks/{hook['id']}/replay", backwards)
    problem(answer, 422, "validation_failed")
    assert places(answer) == {("/until", "not_after")}
    for patch in ({}, {"url": None}, {"enabled": "no"}, {"types": None}):
        problem(await admin.patch(f"/webhooks/{hook['id']}", patch), 422, "validation_failed")
    assert (await admin.get(f"/webhooks/{hook['id']}")).json()["enabled"]
    problem(await silent.get("/webhooks"), 403, "forbidden")
    problem(await silent.post("/webhooks", {"url": "https://erp.example.com/"}), 403, "forbidden")


_MANY = """
INSERT INTO webhook_deliveries (endpoint_id, event_id, quote_id, sequence, type, event_at, body)
SELECT CAST($1 AS uuid), md5('q' || n / 5) || '-' || n % 5, CAST(md5('q' || n / 5) AS uuid), n % 5, 'quote.sent', now(), '{}'
FROM generate_series(0, $2 - 1) AS n
"""


async def test_many_of_which_a_third_fails(admin: Caller, database_url: str) -> None:
    """Within 75 hours, which are skipped, each is told or parked, those of a quote in their order, each attempt signed; what was
    parked is replayed. Some come of the feed while the others are told. `make faults` has five thousand.
    """
    healed, secret = False, ""
    unsigned: list[str] = []
    attempts: defaultdict[str, int] = defaultdict(int)
    taken: list[str] = []

    def fails(id_: str) -> bool:
        chance = int(hashlib.sha256(id_.encode()).hexdigest(), 16) % 10
        return not healed and (chance == 0 or (chance in {1, 2} and attempts[id_] <= 3))

    async def respond(got: Received, writer: asyncio.StreamWriter) -> None:
        id_ = got.headers["webhook-id"]
        attempts[id_] += 1
        if not got.is_signed(secret):
            unsigned.append(id_)
        if fails(id_):
            writer.write(b"HTTP/1.1 500 No\r\n\r\n")
        else:
            taken.append(id_)
            writer.write(OK)

    async with receiving(respond) as receiver:
        hook = await made(admin, receiver, types=["quote.created", "quote.sent"])
        secret = hook["secret"]
        connection = await asyncpg.connect(database_url)
        await connection.execute(_MANY, hook["id"], MANY)
        await admin.patch(f"/webhooks/{hook['id']}", {"enabled": True})
        client = _client(admin)
        fed = await asyncio.gather(*(admin.sent() for _ in range(FED)))
        of_the_feed = {f"{quote['id']}-{sequence}" for quote in fed for sequence in (1, 2)}
        done = "SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = CAST($1 AS uuid) AND status <> 'pending'"

        async def told() -> bool:
            handle = client.get_workflow_handle(f"webhook-{hook['id']}")
            await asyncio.wait_for(TimeSkipper(client).fast_forward(handle, timedelta(hours=8)), 240)
            return bool(await connection.fetchval(done, hook["id"]) == MANY + len(of_the_feed))

        await eventually(told, "all told or parked", seconds=60 + MANY / 5)
        parked = {id_ for id_ in attempts if fails(id_)}
        assert parked
        assert {id_: attempts[id_] for id_ in parked} == dict.fromkeys(parked, 10)
        assert set(taken) == set(attempts) - parked
        assert len(taken) == len(set(taken)), "once each"
        assert len(attempts) == MANY + len(of_the_feed)
        assert of_the_feed < set(attempts)
        for quote in {id_.rpartition("-")[0] for id_ in taken}:
            own = [id_ for id_ in taken if id_.startswith(quote)]
            assert own == sorted(own)
        assert (await admin.get(f"/webhooks/{hook['id']}")).json()["parked"] == len(parked)
        assert f"{len(parked)} event(s) were given up" in (await _found_by_doctor(database_url))[0]
        healed = True
        span = {"since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
        again = await admin.post(f"/webhooks/{hook['id']}/replay", span)
        assert again.json() == {"replayed": len(parked)}
        await eventually(lambda: set(taken) == set(attempts), "the parked ones too")
        assert unsigned == []
        await connection.close()


def _client(admin: Caller) -> Client:
    app: FastAPI = admin.http._transport.app  # type: ignore[attr-defined]
    found: Client = app.state.services.runs._client
    return found
