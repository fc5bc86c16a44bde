"""What happens with nobody asking: reminders, expiry, and how an extension moves them. Time is skipped."""

from datetime import UTC, datetime, timedelta

from domain.quotes.envelope import CREATE
from domain.quotes.events import EventType
from tests.waiting import eventually
from tests.workflow.shop import SEND, Shop, TestedQuote

REMINDED = "reminder:customer"


def reminders(quote: TestedQuote) -> list[int]:
    """The days left of each reminder on record."""
    return [e.data["days_left"] for e in quote.rows.events if e.type is EventType.REMINDED]


def status(quote: TestedQuote) -> str:
    """The status on record."""
    return str(quote.rows.quote.status) if quote.rows.quote else "none"


async def test_thirty_days_three_reminders_one_expiry(shop: Shop) -> None:
    """A sent quote reminds 7, 3 and 1 days before its end, each once, and expires; its run then ends."""
    quote = await shop.sent()
    await quote.skip_to(quote.valid_until - timedelta(hours=12))
    await quote.until(lambda rows: len(reminders(quote)) == 3)
    assert reminders(quote) == [7, 3, 1]
    assert (await quote.live()).next_what.startswith("Valid until")
    await quote.skip(timedelta(hours=13))
    await quote.ended()
    assert quote.rows.quote is not None
    assert status(quote) == "expired"
    assert quote.rows.quote.decided_at == quote.rows.quote.valid_until
    assert reminders(quote) == [7, 3, 1]
    mails = [name.rsplit(":", 1)[0] for name in quote.rows.delivered]
    assert mails == ["sent:recipients", REMINDED, REMINDED, REMINDED, "expired:customer", "expired:seller"]
    await quote.replayed()


async def test_a_draft_expires_without_reminding(shop: Shop) -> None:
    """A draft has no reminders, and its end is told to the seller only."""
    quote = await shop.created(valid_days=10)
    await quote.skip(timedelta(days=12))
    await quote.ended()
    assert [e.type for e in quote.rows.events] == [EventType.CREATED, EventType.EXPIRED]
    assert [name.rsplit(":", 1)[0] for name in quote.rows.delivered] == ["expired:seller"]


async def test_an_extension_moves_the_timer(shop: Shop) -> None:
    """Past the old deadline nothing happens; reminders come anew before the new one; then it expires."""
    quote = await shop.sent(valid_days=10)
    await quote.skip(timedelta(days=8))
    await quote.until(lambda rows: len(reminders(quote)) == 2)
    assert reminders(quote) == [7, 3]
    assert await quote.decided("extend", {"valid_days": 20}) == "applied"
    await quote.skip(timedelta(days=9))
    assert status(quote) == "sent"
    assert reminders(quote) == [7, 3]
    await quote.skip(timedelta(days=13))
    await quote.ended()
    assert reminders(quote) == [7, 3, 7, 3, 1]
    assert status(quote) == "expired"
    await quote.replayed()


async def test_a_shorter_validity_ends_sooner(shop: Shop) -> None:
    """An extension may shorten; the offer then ends on the nearer date."""
    quote = await shop.sent(valid_days=60)
    assert await quote.decided("extend", {"valid_days": 2}) == "applied"
    await quote.skip(timedelta(days=4))
    await quote.ended()
    assert reminders(quote) == [1]
    assert status(quote) == "expired"


async def test_an_expired_quote_comes_back(shop: Shop) -> None:
    """Extending an expired quote starts a run from the record: sent again, reminding again."""
    quote = await shop.sent(valid_days=5)
    await quote.skip(timedelta(days=7))
    await quote.ended()
    quote.rows.ahead = timedelta(0)  # a new run begins at the wall clock
    assert quote.rows.quote is not None
    later = quote.rows.quote.valid_until + timedelta(minutes=1)
    assert await quote.decided("extend", {"valid_days": 20}, at=later) == "applied"
    assert status(quote) == "sent"
    assert (await quote.live()).next_what == "Reminder, 7 days left"
    await quote.replayed()


async def test_nobody_is_reminded_of_what_is_over(shop: Shop) -> None:
    """When the standstill lasted beyond the deadline, the offer expires without a reminder."""
    months_ago = datetime.now(UTC) - timedelta(days=60)
    quote = shop.quote()
    await quote.command(CREATE, quote.create_payload(), at=months_ago)
    await quote.command("send", SEND, at=months_ago + timedelta(seconds=1))
    await quote.ended()
    assert status(quote) == "expired"
    assert reminders(quote) == []


async def test_after_a_long_standstill_one_reminder_goes_out(shop: Shop) -> None:
    """Slots that passed while nobody could remind are not made up for: only the latest is sent."""
    weeks_ago = datetime.now(UTC) - timedelta(days=28)
    quote = shop.quote()
    await quote.command(CREATE, quote.create_payload(), at=weeks_ago)
    await quote.decided("send", SEND, at=weeks_ago + timedelta(seconds=1))
    await quote.until(lambda rows: len(reminders(quote)) == 1)
    assert reminders(quote) == [3]

    async def next_is_the_last() -> bool:
        return (await quote.live()).next_what == "Reminder, 1 day left"

    await eventually(next_is_the_last, "the run knows the reminder that was recorded")
