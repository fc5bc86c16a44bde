"""An Idempotency-Key names one request of one caller."""

import asyncio
from dataclasses import replace

import pytest

from adapters.db.database import Database
from adapters.db.errors import IdempotencyKeyReusedError
from adapters.db.inbox import store as inbox
from adapters.db.inbox.kept_answers import Idempotency, KeptAnswer, Replay, claim, keep_answer
from adapters.db.inbox.requests import NewCommand, NewCreate, Stored
from domain.quotes.payloads import CancelPayload, CreatePayload
from tests.integration.db.desk import LINES, Desk


def cancel(quote_id: str, key: Idempotency) -> NewCommand:
    asked = CancelPayload(reason="Changed our minds", draft_only=None)
    return NewCommand(asked=asked, quote_id=quote_id, actor="key:test", idempotency=key)


async def store(database: Database, new: NewCommand | NewCreate) -> Stored | Replay:
    async with database.write_each() as w:
        if isinstance(new, NewCreate):
            return await inbox.store_create(w, new)
        return await inbox.store(w, new)


async def test_the_same_request_again_is_a_replay(desk: Desk, database: Database) -> None:
    """Nothing is stored twice; without a kept answer there is none, afterwards it comes byte for byte."""
    quote_id = await desk.draft()
    new = cancel(quote_id, Idempotency(caller="key:a", key="1", body_hash="same"))
    first = await store(database, new)
    assert isinstance(first, Stored)
    command_id = first.envelope.command_id
    assert await store(database, new) == Replay(
        command_id=command_id,
        quote_id=quote_id,
        workflow_id=first.workflow_id,
        number=first.number,
        answer=None,
    )
    answer = KeptAnswer(status=200, headers={"ETag": '"2"'}, body=b'{"ok": true}\x00')
    async with database.write_each() as w:
        assert await keep_answer(w, command_id, answer) == answer
    assert await store(database, new) == Replay(
        command_id=command_id,
        quote_id=quote_id,
        workflow_id=first.workflow_id,
        number=first.number,
        answer=answer,
    )


async def test_the_first_answer_is_kept(desk: Desk, database: Database) -> None:
    """Of many answers given at once one is kept, and everybody is told the same."""
    create = await desk.store_create()
    command_id = create.envelope.command_id

    async def keep(status: int) -> KeptAnswer:
        async with database.write_each() as w:
            return await keep_answer(w, command_id, KeptAnswer(status=status, headers={}, body=b"x"))

    kept = await asyncio.gather(*(keep(200 + n) for n in range(8)))
    assert len({answer.status for answer in kept}) == 1
    assert await keep(500) == kept[0]
    with pytest.raises(LookupError):
        async with database.write_each() as w:
            await keep_answer(w, create.quote_id, kept[0])


async def test_another_body_under_the_same_key_is_refused(desk: Desk, database: Database) -> None:
    """The key is used up for that caller; another caller may use the same text."""
    quote_id = await desk.draft()
    await store(database, cancel(quote_id, Idempotency(caller="key:b", key="1", body_hash="one")))
    with pytest.raises(IdempotencyKeyReusedError):
        await store(database, cancel(quote_id, Idempotency(caller="key:b", key="1", body_hash="two")))
    other = await store(database, cancel(quote_id, Idempotency(caller="key:c", key="1", body_hash="two")))
    assert isinstance(other, Stored)


async def test_a_request_that_is_no_command_is_claimed_and_answered(database: Database) -> None:
    """The first one is to be done; the same again gets its answer, another one is refused, and another caller's is new."""
    asked = Idempotency(caller="key:f", key="1", body_hash="same")
    answer = KeptAnswer(status=201, headers={"Location": "/here"}, body=b"{}\x00")
    async with database.write() as w:
        assert await claim(w, asked) is None
        assert await keep_answer(w, asked, answer) == answer
    async with database.write() as w:
        assert await claim(w, asked) == answer
        with pytest.raises(IdempotencyKeyReusedError):
            await claim(w, replace(asked, body_hash="other"))
        with pytest.raises(LookupError):
            await keep_answer(w, replace(asked, caller="key:g"), answer)
        assert await claim(w, replace(asked, caller="key:g")) is None


async def test_racing_repeats_store_one_command(desk: Desk, database: Database) -> None:
    """Twenty equal requests at once: one is stored, nineteen are replays of it; for a create as well."""
    quote_id, customer_id = await desk.draft(), await desk.customer()
    key = Idempotency(caller="key:d", key="race", body_hash="same")
    create = NewCreate(
        asked=CreatePayload.from_data({"lines": LINES}),
        customer_id=customer_id,
        actor="key:test",
        idempotency=Idempotency(caller="key:d", key="create", body_hash="same"),
    )
    for new in (cancel(quote_id, key), create):
        results = await asyncio.gather(*(store(database, new) for _ in range(20)))
        first = [result for result in results if isinstance(result, Stored)]
        replays = {result.command_id for result in results if isinstance(result, Replay)}
        assert len(first) == 1
        assert replays == {first[0].envelope.command_id}


async def test_a_transaction_that_fails_gives_the_key_back(desk: Desk, database: Database) -> None:
    """What was rolled back was never stored."""
    quote_id = await desk.draft()
    new = cancel(quote_id, Idempotency(caller="key:e", key="1", body_hash="same"))

    async def fail() -> None:
        async with database.write() as w:
            await inbox.store(w, new)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert isinstance(await store(database, new), Stored)
