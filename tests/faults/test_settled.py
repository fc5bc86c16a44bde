"""After all outages of `test_away.py`: what was acknowledged is decided, each by when it was received."""

from datetime import UTC, datetime

import pytest

from adapters.db.database import Database
from domain.quotes.status import QuoteStatus
from domain.quotes.validity import GRACE
from tests.api.caller import Caller
from tests.faults.edges import wrongs
from tests.faults.ledger import AGAIN, lost
from tests.faults.mails import compared, unsent
from tests.faults.outages import OUTAGES, Outage
from tests.faults.record import complaints, recorded
from tests.faults.stack import FaultStack
from tests.faults.test_away import Day
from tests.faults.waiting import eventually


@pytest.mark.parametrize("outage", OUTAGES, ids=str)
async def test_it_is_settled_without_hands(
    outage: Outage, caller: Caller, database: Database, days: dict[str, Day]
) -> None:
    """Who was told 503 asks again with the same key. Nothing acknowledged is lost, nothing is done twice, and
    each quote ends as if somebody had been home at its deadline.
    """
    if outage.name not in days:
        pytest.skip("the outages were not played in this session")
    day = days[outage.name]
    for wish in day.wishes:
        if wish.answers[-1] in AGAIN:
            await wish.insist(caller)

    async def none_lost() -> bool:
        return not await lost(database, day.wishes)

    async def none_open() -> bool:
        return all([await _is_closed(database, edge.quote_id) for edge in day.edges])

    await eventually(none_lost, "every acknowledged command has the outcome that was told")
    left = max(edge.deadline for edge in day.edges) + GRACE - datetime.now(UTC)
    await eventually(none_open, "every deadline has passed", seconds=left.total_seconds() + 60)
    found = [(edge, await recorded(database, edge.quote_id)) for edge in day.edges]
    assert [wrong for edge, quote in found for wrong in wrongs(edge, quote)] == []
    assert await complaints(database, [edge.quote_id for edge in day.edges]) == []


async def _is_closed(database: Database, quote_id: str) -> bool:
    quote = (await recorded(database, quote_id)).quote
    return quote.status not in {QuoteStatus.DRAFT, QuoteStatus.SENT}


async def test_every_mail_is_out_once(stack: FaultStack, database: Database) -> None:
    """Whatever was killed in this folder: each row of the outbox was mailed, and nothing else was. A mail whose
    sending nobody could write down goes out again under the same Message-ID, and so counts once.
    """

    async def all_sent() -> bool:
        return await unsent(database) == 0

    await eventually(all_sent, "every mail is out", seconds=150)
    found = await compared(database, stack.caught)
    assert (found.lost, found.strange) == (set(), set())
