"""How the record stands as a whole, in figures that an operator watches."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from adapters.db.database import Reading
from adapters.db.tables.base import listed
from domain.quotes.notices import UNFINISHED
from domain.quotes.status import OPEN, QuoteStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Ages in seconds, 0 where nothing waits: of the oldest email that is not sent and the open quote longest past its
    deadline by their quotes' clocks; of the oldest command without an outcome, and the one that the relay should have signalled
    again for the longest, by the wall's.
    """

    quotes: dict[QuoteStatus, int]
    unsent_email: float
    undecided_command: float
    overdue_expiry: float
    relay_lag: float


async def watched(r: Reading) -> Watched:
    """Counts every quote: not for each request."""
    row = await r.row(_WATCHED)
    counts = await r.rows(_COUNTS)
    if row is None:
        raise AssertionError("a statement without FROM has a row")
    found = {each["status"]: each["count"] for each in counts}
    ages = {name: max(float(row[name] or 0), 0.0) for name in row.keys()}  # noqa: SIM118 - a record's values are its items
    return Watched(quotes={status: found.get(status, 0) for status in QuoteStatus}, **ages)


_COUNTS: Final = sa.text("SELECT status, count(*) AS count FROM quotes GROUP BY status")
_WATCHED: Final = sa.text(f"""
SELECT
    (SELECT extract(epoch FROM max(quote_now(quote_id) - created_at)) FROM messages WHERE status IN ({listed(UNFINISHED)}))
        AS unsent_email,
    (SELECT extract(epoch FROM clock_timestamp() - min(stored_at)) FROM commands WHERE outcome IS NULL) AS undecided_command,
    (SELECT extract(epoch FROM max(clock_timestamp() + coalesce(ahead, interval '0') - valid_until))
        FROM quotes LEFT JOIN clock_offsets ON quote_id = id WHERE status IN ({listed(OPEN)})
        AND valid_until < clock_timestamp() + coalesce(ahead, interval '0')) AS overdue_expiry,
    (SELECT extract(epoch FROM clock_timestamp() - min(next_attempt_at)) FROM commands
        WHERE outcome IS NULL AND next_attempt_at < clock_timestamp()) AS relay_lag
""")  # noqa: S608 - words of the domain alone
