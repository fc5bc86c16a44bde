"""Quotes for which something waits, so that they need a run: time, a mail, or a command without an outcome."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa

from adapters.db.database import Database, Reading
from adapters.db.inbox.requests import Waiting
from adapters.db.record.rows import envelope_from
from adapters.db.tables.base import JSON, listed
from domain.quotes.notices import UNFINISHED
from domain.quotes.status import OPEN, QuoteStatus
from domain.wording import summary

_PAGE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingQuote:
    """`status` is None for one that is not recorded yet. `has_mails`: some have waited for long enough to count,
    `has_commands` likewise.
    """

    id: str
    workflow_id: str
    number: str
    customer_name: str
    status: QuoteStatus | None
    has_mails: bool
    has_commands: bool

    @property
    def summary(self) -> str:
        """The run's one line in the Temporal Web UI."""
        return summary(self.number, self.customer_name)

    @property
    def is_open(self) -> bool:
        """Whether time alone can change it."""
        return self.status is not None and self.status.is_open


async def waiting_quotes(database: Database, *, older_than: timedelta) -> AsyncIterator[WaitingQuote]:
    """Every draft and sent quote, and each other one for which a mail or a command has waited for longer than
    `older_than`; by id. No connection is held in between.
    """
    after = "00000000-0000-0000-0000-000000000000"
    while True:
        async with database.read() as r:
            rows = await r.rows(_SELECT, {"after": after, "older_than": older_than, "limit": _PAGE})
        for row in rows:
            yield WaitingQuote(
                id=str(row["id"]),
                workflow_id=row["workflow_id"],
                number=row["number"],
                customer_name=row["name"],
                status=QuoteStatus(row["status"]) if row["status"] else None,
                has_mails=row["has_mails"],
                has_commands=row["has_commands"],
            )
        if len(rows) < _PAGE:
            return
        after = str(rows[-1]["id"])


async def undecided_commands(r: Reading, quote: WaitingQuote) -> list[Waiting]:
    """All its commands without an outcome: the create first, then by received time."""
    rows = await r.rows(_UNDECIDED, {"quote_id": quote.id})
    return [
        Waiting(
            envelope=envelope_from(row),
            quote_id=quote.id,
            workflow_id=quote.workflow_id,
            summary=quote.summary,
        )
        for row in rows
    ]


_TYPES: Final[dict[str, Any]] = {"payload": JSON}
_UNDECIDED: Final = sa.text("""
SELECT * FROM commands WHERE quote_id = CAST(:quote_id AS uuid) AND outcome IS NULL
ORDER BY name <> 'create', received_at, id
""").columns(**_TYPES)

# A mail's time is its quote's clock's, a command's here the wall clock's, as for the relay.
_SELECT: Final = sa.text(f"""
WITH
mails AS MATERIALIZED (
    SELECT DISTINCT quote_id AS id FROM messages WHERE status IN ({listed(UNFINISHED)})
        AND created_at <= quote_now(quote_id) - CAST(:older_than AS interval)
),
wishes AS MATERIALIZED (
    SELECT DISTINCT ON (quote_id) quote_id AS id, number, customer_id FROM commands
    WHERE outcome IS NULL AND stored_at <= clock_timestamp() - CAST(:older_than AS interval)
    ORDER BY quote_id
),
page AS (
    SELECT id FROM quotes WHERE status IN ({listed(OPEN)}) AND id > CAST(:after AS uuid)
    UNION SELECT id FROM mails WHERE id > CAST(:after AS uuid)
    UNION SELECT id FROM wishes WHERE id > CAST(:after AS uuid)
    ORDER BY id LIMIT :limit
)
SELECT page.id, quote_workflow_id(page.id) AS workflow_id, coalesce(quotes.number, wishes.number) AS number, customers.name, quotes.status,
    mails.id IS NOT NULL AS has_mails, wishes.id IS NOT NULL AS has_commands
FROM page
LEFT JOIN quotes ON quotes.id = page.id
LEFT JOIN mails ON mails.id = page.id
LEFT JOIN wishes ON wishes.id = page.id
JOIN customers ON customers.id = coalesce(quotes.customer_id, wishes.customer_id)
ORDER BY page.id
""")  # noqa: S608 - built from words of the domain alone
