"""An annulled acceptance on record: sound as it is, and whatever somebody changes of it by force is named."""

import pytest
import sqlalchemy as sa

from adapters.db.database import Database
from adapters.db.quotes.archive import find_annulment, find_evidence
from adapters.db.quotes.verification import find_record
from domain.proof.verify import verify
from tests.integration.db.desk import SIGNER, Desk

AGREED = {"reason": "The press is not built.", "agreed_with": "Ada Buyer"}


async def annulled(desk: Desk) -> str:
    """An accepted quote whose acceptance was taken back; its id."""
    quote_id = await desk.sent()
    await desk.do(quote_id, "accept", SIGNER, shown_version=1)
    await desk.do(quote_id, "annul", AGREED)
    return quote_id


async def complaints(database: Database, quote_id: str) -> list[str]:
    """What `firm-offer verify` says."""
    async with database.read() as r:
        record = await find_record(r, quote_id)
    assert record is not None
    return [str(mismatch) for mismatch in verify(record)]


async def test_it_is_sound_and_its_acceptance_stays(desk: Desk, database: Database) -> None:
    """The row, the evidence and the annulment beside it agree with the events."""
    quote_id = await annulled(desk)
    assert await complaints(database, quote_id) == []
    quote = await desk.found(quote_id)
    assert quote.is_annulled
    async with database.read() as r:
        evidence, annulment = await find_evidence(r, quote_id), await find_annulment(r, quote_id)
    assert evidence is not None
    assert annulment is not None
    assert evidence.received_at < annulment.at == quote.decided_at
    assert {"reason": annulment.reason, "agreed_with": annulment.agreed_with} == AGREED


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            """UPDATE commands SET payload = payload || '{"agreed_with": "Nobody"}' WHERE name = 'annul'""",
            "why, and with whom it was agreed, do not match the digest in event 4",
        ),
        (
            """UPDATE commands SET payload = payload || '{"reason": "Another"}' WHERE name = 'annul'""",
            "why, and with whom it was agreed, do not match the digest in event 4",
        ),
        ("DELETE FROM quote_events WHERE type = 'quote.annulled'", "no event records it"),
        ("UPDATE quotes SET status = 'accepted'", "status does not match the events"),
        ("DELETE FROM acceptances", "its evidence is missing, but event 3 records it"),
    ],
)
async def test_what_was_changed_is_named(desk: Desk, database: Database, change: str, says: str) -> None:
    """Why and with whom, an annulment without its event, and a yes that stands again without one."""
    quote_id = await annulled(desk)
    async with database.write() as w:
        await w.run(sa.text("SET LOCAL session_replication_role = replica"))
        await w.run(sa.text(change))
    assert any(says in complaint for complaint in await complaints(database, quote_id))


async def test_an_annulment_by_force_is_named(desk: Desk, database: Database) -> None:
    """A row that says cancelled, where the events say accepted."""
    quote_id = await desk.sent()
    await desk.do(quote_id, "accept", SIGNER, shown_version=1)
    async with database.write() as w:
        await w.run(sa.text("UPDATE quotes SET status = 'cancelled'"))
    assert any("status does not match the events" in told for told in await complaints(database, quote_id))
