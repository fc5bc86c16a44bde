"""What is written once cannot be changed, and who changes it with force is found out."""

import asyncpg
import pytest
import sqlalchemy as sa

from adapters.db.database import Database
from adapters.db.quotes.repository import PgQuotes
from domain.proof.verify import chain_hash
from tests.integration.db.desk import Desk
from tests.integration.db.test_acceptance import FULL


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE quote_events SET actor = 'somebody' WHERE quote_id = :id",
        "DELETE FROM quote_events WHERE quote_id = :id",
        "DELETE FROM quote_versions WHERE quote_id = :id",
        "UPDATE quote_versions SET content = '{}' WHERE quote_id = :id",
        "UPDATE quote_versions SET total = 1 WHERE quote_id = :id",
        "UPDATE quote_versions SET seller = '{}' WHERE quote_id = :id",
        "UPDATE quote_versions SET seller = NULL WHERE quote_id = :id",
        "UPDATE quote_versions SET customer_name = 'Other' WHERE quote_id = :id",
        "TRUNCATE quote_events",
        "TRUNCATE quote_versions CASCADE",
        "TRUNCATE acceptances",
    ],
)
async def test_events_and_versions_are_written_once(desk: Desk, database: Database, change: str) -> None:
    """Neither updated nor deleted nor emptied, evidence neither; a version's seller is set once, when it is sent."""
    quote_id = await desk.sent()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="written once"):
        async with database.write() as w:
            await w.run(sa.text(change), {"id": quote_id} if ":id" in change else {})


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE acceptances SET signer_name = 'Eve' WHERE quote_id = :id",
        "UPDATE acceptances SET consent_text = NULL WHERE quote_id = :id",
        "UPDATE acceptances SET signer_email = NULL, total = 1 WHERE quote_id = :id",
        "UPDATE acceptances SET ip = '198.51.100.7' WHERE quote_id = :id",
        "UPDATE acceptances SET signer_name = NULL WHERE quote_id = :id",
        "DELETE FROM acceptances WHERE quote_id = :id",
    ],
)
async def test_evidence_is_written_once(desk: Desk, database: Database, change: str) -> None:
    """Neither updated nor deleted, nor filled in afterwards; blanked by `firm-offer forget` alone."""
    quote_id = await desk.sent()
    await desk.do(quote_id, "accept", FULL)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="written once"):
        async with database.write() as w:
            await w.run(sa.text(change), {"id": quote_id})


async def test_a_seller_is_written_into_a_version_alone(desk: Desk, database: Database) -> None:
    """A draft's version may get its seller, but nothing else together with it."""
    quote_id = await desk.draft()
    change = "UPDATE quote_versions SET seller = '{}', total = 1 WHERE quote_id = :id"
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="written once"):
        async with database.write() as w:
            await w.run(sa.text(change), {"id": quote_id})
    async with database.write() as w:
        assert await w.run(
            sa.text("UPDATE quote_versions SET seller = '{}' WHERE quote_id = :id"), {"id": quote_id}
        )


async def test_the_chain_shows_a_change_made_with_force(desk: Desk, database: Database) -> None:
    """With the trigger switched off an event can be changed; its hash no longer follows from it."""
    quote_id = await desk.sent()
    async with database.write() as w:
        await w.run(sa.text("SET LOCAL session_replication_role = replica"))
        change = "UPDATE quote_events SET data = data || '{\"recipients\": 2}' WHERE quote_id = :id AND sequence = 2"
        assert await w.run(sa.text(change), {"id": quote_id}) == 1
    async with database.read() as r:
        events = await PgQuotes(r).events(quote_id)
    sound = [
        event.hash
        == chain_hash(
            quote_id=quote_id, sequence=event.sequence, event=event.event, previous_hash=event.previous_hash
        )
        for event in events
    ]
    assert sound == [True, False]


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE quotes SET status = 'lost'",
        "UPDATE quotes SET status = 'accepted'",
        "UPDATE quotes SET status = 'expired'",
        "UPDATE quotes SET current_version = 2",
        "UPDATE quotes SET customer_id = gen_random_uuid()",
        "UPDATE commands SET outcome = NULL",
        "UPDATE commands SET answer_status = 200",
        "UPDATE commands SET outcome = 'refused', decided_at = now(), code = NULL",
        "UPDATE messages SET status = 'sent'",
        "UPDATE seller SET id = 2",
    ],
)
async def test_the_tables_refuse_what_cannot_be(desk: Desk, database: Database, wrong: str) -> None:
    """Unknown words, states that contradict themselves, rows that refer to nothing, a second seller."""
    await desk.sent()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        async with database.write() as w:
            await w.run(sa.text(wrong))
