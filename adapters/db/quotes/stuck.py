"""What the doctor reads of the record. Times are told by the clock that the rule in question goes by."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from adapters.db.database import Reading, Row
from adapters.db.tables.base import listed
from domain.quotes.notices import UNFINISHED, Audience, DeliveryStatus
from domain.quotes.status import OPEN
from domain.quotes.validity import GRACE

MOST: Final = 100
"""Nothing is counted further than this."""

STUCK: Final = timedelta(minutes=1)
OVERDUE: Final = GRACE + timedelta(minutes=5)
LATE_MAIL: Final = timedelta(minutes=10)
LOST_MAIL: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row that tells of a quote: its number, since when, and a word more."""

    number: str
    since: datetime
    word: str


async def wall_clock(r: Reading) -> datetime:
    """PostgreSQL's."""
    now: datetime = await r.value(sa.text("SELECT clock_timestamp()"))
    return now


async def stuck_commands(r: Reading) -> list[Entry]:
    """Commands without outcome for more than a minute, oldest first; the word is "tried" or "untried"."""
    return [_entry(row) for row in await r.rows(_STUCK, {"age": STUCK, "limit": MOST + 1})]


async def overdue_quotes(r: Reading) -> list[Entry]:
    """Open quotes past their deadline, grace and five minutes, by their own clocks."""
    return [_entry(row) for row in await r.rows(_OVERDUE, {"age": OVERDUE, "limit": MOST + 1})]


async def late_mails(r: Reading) -> list[Entry]:
    """Mails that wait for more than ten minutes, by their quotes' clocks; the word is the last error."""
    return [_entry(row) for row in await r.rows(_LATE, {"age": LATE_MAIL, "limit": MOST + 1})]


async def lost_mails(r: Reading) -> list[Entry]:
    """Mails given up in the last two weeks, after which none has reached the same side of the quote."""
    return [_entry(row) for row in await r.rows(_LOST, {"age": LOST_MAIL, "limit": MOST + 1})]


def _entry(row: Row) -> Entry:
    return Entry(number=row["number"], since=row["since"], word=row["word"] or "")


_STUCK: Final = sa.text("""
SELECT number, stored_at AS since, CASE attempts WHEN 0 THEN 'untried' ELSE 'tried' END AS word FROM commands
WHERE outcome IS NULL AND stored_at < clock_timestamp() - CAST(:age AS interval)
ORDER BY stored_at LIMIT :limit
""")
_OVERDUE: Final = sa.text(f"""
SELECT number, valid_until AS since, status AS word FROM quotes LEFT JOIN clock_offsets ON quote_id = id
WHERE status IN ({listed(OPEN)})
    AND valid_until < clock_timestamp() + coalesce(ahead, interval '0') - CAST(:age AS interval)
ORDER BY valid_until LIMIT :limit
""")  # noqa: S608 - built from words of the domain alone
_LATE: Final = sa.text(f"""
SELECT number, messages.created_at AS since, last_error AS word
FROM messages JOIN quotes ON quotes.id = messages.quote_id
WHERE messages.status IN ({listed(UNFINISHED)})
    AND messages.created_at < quote_now(quotes.id) - CAST(:age AS interval)
ORDER BY messages.created_at LIMIT :limit
""")  # noqa: S608 - as above
_LOST: Final = sa.text(f"""
SELECT number, messages.created_at AS since, last_error AS word
FROM messages JOIN quotes ON quotes.id = messages.quote_id
WHERE messages.status = '{DeliveryStatus.FAILED}' AND messages.created_at > quote_now(quotes.id) - CAST(:age AS interval)
    AND NOT EXISTS (
        SELECT FROM messages AS later
        WHERE later.quote_id = messages.quote_id AND later.sent_at > messages.created_at
            AND (later.audience = '{Audience.SELLER}') = (messages.audience = '{Audience.SELLER}')
    )
ORDER BY messages.created_at LIMIT :limit
""")  # noqa: S608 - as above
