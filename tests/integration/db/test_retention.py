"""Keys and answers are kept for thirty days, and what they belong to for ever."""

from datetime import timedelta

import sqlalchemy as sa

from adapters.db.database import Database
from adapters.db.inbox import store
from adapters.db.inbox.kept_answers import KEPT, Idempotency, KeptAnswer, Replay, forget_answers, keep_answer
from adapters.db.inbox.store import NewCommand, Stored
from domain.quotes.payloads import CancelPayload
from tests.integration.db.desk import Desk

_AGE = sa.text("UPDATE commands SET stored_at = stored_at - CAST(:by AS interval) WHERE id = :id")


async def test_an_old_key_is_forgotten_and_its_command_is_not(desk: Desk, database: Database) -> None:
    """Within thirty days a repeat is a replay; afterwards the key is free and the first command still there."""
    quote_id = await desk.draft()
    new = NewCommand(
        asked=CancelPayload.from_data({}),
        quote_id=quote_id,
        actor="key:a",
        idempotency=Idempotency(caller="key:a", key="old", body_hash="same"),
    )
    async with database.write_each() as w:
        first = await store.store(w, new)
        assert isinstance(first, Stored)
        command_id = first.envelope.command_id
        await keep_answer(w, command_id, KeptAnswer(status=200, headers={}, body=b"{}"))
        await w.run(_AGE, {"by": KEPT - timedelta(minutes=1), "id": command_id})
        await forget_answers(w)
        assert isinstance(await store.store(w, new), Replay)
        await w.run(_AGE, {"by": timedelta(minutes=2), "id": command_id})
        assert await forget_answers(w) >= 1
        second = await store.store(w, new)
        assert isinstance(second, Stored)
        assert await store.find_command(w, command_id) is not None
