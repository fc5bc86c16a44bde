"""Commands are decided in the order in which they were received, whichever of their signals comes first."""

from datetime import timedelta

import pytest

from tests.workflow.shop import Shop

EARLIER = timedelta(milliseconds=2)


async def test_a_signal_that_came_first_waits_for_what_was_received_first(shop: Shop) -> None:
    """Of an accept and a cancel only the cancel, which was received later, has been signalled: the accept is decided
    first, and its own signal, which comes then, changes nothing.
    """
    quote = await shop.sent()
    accept = quote.stored("accept", {"signer": "someone"}, shown_version=1)
    assert await quote.decided("cancel", at=accept.received_at + EARLIER) == "quote_not_cancellable"
    assert quote.rows.outcomes[accept.command_id] == "applied"
    await quote.signal(accept)
    await quote.ended()
    await quote.replayed()


async def test_many_that_nobody_signalled_are_decided_in_their_order(shop: Shop) -> None:
    """A dozen extensions wait in the inbox; the last one brings them all along."""
    quote = await shop.sent()
    extensions = [quote.stored("extend", {"valid_days": days}) for days in range(40, 52)]
    assert await quote.decided("extend", {"valid_days": 60}) == "applied"
    outcomes = list(quote.rows.outcomes)
    assert outcomes[-13:-1] == [extend.command_id for extend in extensions]


async def test_a_forgery_under_an_earlier_ones_id_gives_way_to_it(shop: Shop) -> None:
    """The forgery says that it came later, and would never have its turn while the record wants the true one first."""
    quote = await shop.sent()
    extend = quote.stored("extend", {"valid_days": 40})
    forged = extend.to_data() | {"received_at": "8999-12-31T20:00:00+00:00"}
    await quote.handle.signal("extend", forged)
    cancel = await quote.command("cancel", at=extend.received_at + EARLIER)
    await quote.until(lambda rows: cancel.command_id in rows.outcomes)
    assert [quote.rows.outcomes[c.command_id] for c in (extend, cancel)] == ["applied", "applied"]


@pytest.mark.parametrize("unfit", [False, True], ids=["malformed", "never taken"])
async def test_a_broken_one_holds_nobody_up(shop: Shop, unfit: bool) -> None:
    """An earlier command of the inbox that says nothing is refused; one that the record will not take a decision about is
    passed over, once and for all.
    """
    quote = await shop.sent()
    broken = quote.stored("extend", {"valid_days": "many"})
    if unfit:
        quote.rows.unfit.add(broken.command_id)
    assert await quote.decided("extend", {"valid_days": 40}) == "applied"
    assert await quote.decided("cancel") == "applied"
    assert quote.rows.outcomes.get(broken.command_id) == (None if unfit else "malformed")


async def test_an_outcome_that_the_record_has_lost_is_decided_anew(shop: Shop) -> None:
    """As after a restored backup: the run remembers the command as settled, and the record wants it decided first."""
    quote = await shop.created()
    first = await quote.command("accept", {"signer": "someone"}, shown_version=1)
    await quote.until(lambda rows: first.command_id in rows.outcomes)
    del quote.rows.outcomes[first.command_id], quote.rows.causes[first.command_id]
    shop.records.saved.pop()
    assert await quote.decided("extend", {"valid_days": 40}) == "applied"
    assert quote.rows.outcomes[first.command_id] == "quote_not_acceptable"
    assert shop.records.sent_back == 1
