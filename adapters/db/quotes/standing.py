"""How the shop stands: what waits for somebody in it, what is out, and what became of what was offered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.db.database import Reading, Row
from adapters.db.tables.base import INSTANT, listed
from domain.money import Money
from domain.quotes.events import EventType
from domain.quotes.notices import SETTLING, WISHES
from domain.quotes.record import OrderStatus
from domain.quotes.status import OPEN, QuoteStatus

UNANSWERED: Final = timedelta(days=3)
"""So long after a customer has opened a quote somebody might ask."""
SOON: Final = timedelta(days=7)
"""What runs out within that time is told."""
OPEN_WISH: Final = timedelta(days=90)
"""A wish that nobody answered is told for so long."""
LATEST_ANSWERS: Final = 2000
"""The median time to an answer is of so many at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A quote that wants something of somebody in the shop. `at` is since when, `kind` and `words` say more where there is
    more: an event, a command, and what was written with it. `price` and `valid_until` are None of a quote that is not recorded yet.
    """

    quote_id: str
    number: str
    customer_name: str
    price: Money | None
    valid_until: datetime | None
    at: datetime
    now: datetime
    kind: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matters:
    """By what they want; each list's first few, and whether there are more."""

    asked: Sequence[Matter]
    unanswered: Sequence[Matter]
    running_out: Sequence[Matter]
    unsent: Sequence[Matter]
    in_flight: Sequence[Matter]
    not_handed_over: Sequence[Matter]


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountOut:
    """What open quotes of a status come to, in one currency."""

    status: QuoteStatus
    count: int
    total: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedOffers:
    """Of a span between two instants, the place of which is `span`: how many offers were won, or lost, and what they come to
    in one currency.
    """

    span: int
    is_won: bool
    count: int
    total: Money


async def matters(r: Reading, *, owner: str | None, actor: str | None, limit: int) -> Matters:
    """What waits for somebody; of one owner's quotes (an address in small letters), or of all where it is None. Commands count also that `actor` has sent.

    Raises DatabaseUnavailableError.
    """
    given = {"owner": owner, "limit": limit}
    return Matters(
        asked=[_matter(row) for row in await r.rows(_ASKED, given)],
        unanswered=[_matter(row) for row in await r.rows(_UNANSWERED, given)],
        running_out=[_matter(row) for row in await r.rows(_RUNNING_OUT, given)],
        unsent=[_matter(row) for row in await r.rows(_UNSENT, given)],
        in_flight=[_matter(row) for row in await r.rows(_IN_FLIGHT, {**given, "actor": actor})],
        not_handed_over=[_matter(row) for row in await r.rows(_NOT_HANDED_OVER, given)],
    )


async def amounts_out(r: Reading, *, owner: str | None) -> list[AmountOut]:
    """Drafts, and what customers have on offer, by currency."""
    rows = await r.rows(_OUT, {"owner": owner})
    return [
        AmountOut(status=QuoteStatus(row["status"]), count=row["count"], total=_total(row)) for row in rows
    ]


async def ended(r: Reading, bounds: Sequence[datetime], *, owner: str | None) -> list[EndedOffers]:
    """What ended between each two of `bounds`, which ascend. Won is what was accepted and not annulled since; lost is what was
    declined, or ran out with the customer. Withdrawn quotes are neither.
    """
    rows = await r.rows(_ENDED, {"owner": owner, "begins": [*bounds[:-1]], "ends": [*bounds[1:]]})
    return [
        EndedOffers(span=row["span"] - 1, is_won=row["is_won"], count=row["count"], total=_total(row))
        for row in rows
    ]


async def median_answer(r: Reading, since: datetime, *, owner: str | None) -> timedelta | None:
    """The median time from sending to the customer's yes or no, of the latest answers from `since` on; None without any."""
    seconds = await r.value(_MEDIAN, {"owner": owner, "since": since, "most": LATEST_ANSWERS})
    return None if seconds is None else timedelta(seconds=seconds)


async def clock(r: Reading) -> datetime:
    """The database's time, UTC."""
    now: datetime = await r.value(sa.select(sa.func.clock_timestamp()))
    return now


async def owners(r: Reading) -> list[str]:
    """Who owns quotes, each once, by name: one look into an index each."""
    return [row["owner"] for row in await r.rows(_OWNERS)]


async def currencies_used(r: Reading) -> list[str]:
    """In which quotes are priced."""
    return [row["currency"] for row in await r.rows(_CURRENCIES, {"statuses": [*QuoteStatus]})]


def _matter(row: Row) -> Matter:
    values: Mapping[str, Any] = {
        name: row[name] for name in Matter.__dataclass_fields__ if name not in {"price", "quote_id"}
    }
    price = None if row["total"] is None else Money(row["total"], row["currency"])
    return Matter(quote_id=str(row["quote_id"]), price=price, **values)


def _total(row: Row) -> Money:
    return Money(Decimal(row["total"]), row["currency"])


_OWNED: Final = "(CAST(:owner AS text) IS NULL OR lower(quotes.owner) = CAST(:owner AS text))"
# Every quote goes by its own clock, which may be ahead of the wall's; the furthest one bounds what an index is asked for.
_CLOCK: Final = "(clock_timestamp() + coalesce(clock_offsets.ahead, interval '0'))"
_LATEST: Final = "(SELECT clock_timestamp() + coalesce(max(ahead), interval '0') FROM clock_offsets)"
_NOW: Final = "(SELECT clock_timestamp())"
_QUOTE: Final = f"""
quotes.id AS quote_id, quotes.number, customers.name AS customer_name, quotes.total, quotes.currency, quotes.valid_until,
{_CLOCK} AS now
"""
_JOINED: Final = """
JOIN customers ON customers.id = quotes.customer_id LEFT JOIN clock_offsets ON clock_offsets.quote_id = quotes.id
"""
_ASKED: Final = sa.text(f"""
SELECT {_QUOTE}, asked.at, asked.type AS kind, commands.payload->>'reason' AS words
FROM quote_events AS asked JOIN quotes ON quotes.id = asked.quote_id {_JOINED}
LEFT JOIN commands ON commands.id = CAST(asked.data->>'command_id' AS uuid)
WHERE asked.type IN ({listed(WISHES)}) AND asked.at > {_NOW} - interval '{OPEN_WISH.days} days'
    AND quotes.status IN ('{QuoteStatus.SENT}', '{QuoteStatus.EXPIRED}') AND {_OWNED}
    AND NOT EXISTS (
        SELECT FROM quote_events AS later
        WHERE later.quote_id = asked.quote_id AND later.sequence > asked.sequence
            AND (later.type IN ({listed(SETTLING)}, asked.type)
                OR later.type = '{EventType.EXTENDED}' AND asked.type = '{EventType.EXTENSION_REQUESTED}')
    )
ORDER BY asked.at DESC, asked.quote_id LIMIT :limit
""")  # noqa: S608 - built from words of the domain alone
_UNANSWERED: Final = sa.text(f"""
SELECT {_QUOTE}, opened.at, NULL AS kind, NULL AS words
FROM quotes {_JOINED}
JOIN LATERAL (
    SELECT min(viewed_at) AS at FROM customer_links
    WHERE customer_links.quote_id = quotes.id AND version = quotes.last_sent_version
) AS opened ON opened.at < {_CLOCK} - interval '{UNANSWERED.days} days'
WHERE quotes.status = '{QuoteStatus.SENT}' AND quotes.valid_until > {_NOW} AND quotes.valid_until > {_CLOCK} AND {_OWNED}
ORDER BY quotes.valid_until, quotes.id LIMIT :limit
""")  # noqa: S608 - as above
_RUNNING_OUT: Final = sa.text(f"""
SELECT {_QUOTE}, quotes.valid_until AS at, NULL AS kind, NULL AS words
FROM quotes {_JOINED}
WHERE quotes.status = '{QuoteStatus.SENT}' AND quotes.valid_until > {_NOW}
    AND quotes.valid_until <= {_LATEST} + interval '{SOON.days} days'
    AND quotes.valid_until > {_CLOCK} AND quotes.valid_until <= {_CLOCK} + interval '{SOON.days} days' AND {_OWNED}
ORDER BY quotes.valid_until, quotes.id LIMIT :limit
""")  # noqa: S608 - as above
_UNSENT: Final = sa.text(f"""
SELECT {_QUOTE}, quotes.updated_at AS at, drafts.kind, NULL AS words
FROM (
    (SELECT id, updated_at, NULL AS kind FROM quotes WHERE status = '{QuoteStatus.DRAFT}' AND {_OWNED}
        ORDER BY updated_at DESC, id DESC LIMIT :limit)
    UNION ALL
    (SELECT id, updated_at, 'revision' FROM quotes WHERE working_version IS NOT NULL AND {_OWNED}
        ORDER BY updated_at DESC LIMIT :limit)
) AS drafts JOIN quotes ON quotes.id = drafts.id {_JOINED}
ORDER BY quotes.updated_at DESC, quotes.id DESC LIMIT :limit
""")  # noqa: S608 - as above
_IN_FLIGHT: Final = sa.text(f"""
SELECT commands.quote_id, commands.number, customers.name AS customer_name, quotes.total, quotes.currency, quotes.valid_until,
    commands.stored_at AS at, {_CLOCK} AS now, commands.name AS kind, NULL AS words
FROM commands JOIN customers ON customers.id = commands.customer_id
LEFT JOIN quotes ON quotes.id = commands.quote_id
LEFT JOIN clock_offsets ON clock_offsets.quote_id = quotes.id
WHERE commands.outcome IS NULL AND (
    CAST(:owner AS text) IS NULL OR commands.actor = :actor
    OR lower(coalesce(quotes.owner, commands.payload->>'owner')) = CAST(:owner AS text)
)
ORDER BY commands.stored_at LIMIT :limit
""")  # noqa: S608 - as above
_NOT_HANDED_OVER: Final = sa.text(f"""
SELECT {_QUOTE}, orders.ended_at AS at, NULL AS kind, orders.last_error AS words
FROM orders JOIN quotes ON quotes.id = orders.quote_id {_JOINED}
WHERE orders.status = '{OrderStatus.FAILED}' AND quotes.status = '{QuoteStatus.ACCEPTED}' AND {_OWNED}
ORDER BY orders.ended_at DESC, quotes.id LIMIT :limit
""")  # noqa: S608 - as above
_OUT: Final = sa.text(f"""
SELECT status, currency, count(*) AS count, sum(total) AS total FROM quotes
WHERE status IN ({listed(OPEN)}) AND {_OWNED} GROUP BY status, currency ORDER BY status, sum(total) DESC
""")  # noqa: S608 - as above
_ENDED: Final = sa.text(f"""
SELECT spans.span, found.is_won, found.currency, found.count, found.total
FROM unnest(:begins, :ends) WITH ORDINALITY AS spans (begins, ends, span)
CROSS JOIN LATERAL (
    SELECT status = '{QuoteStatus.ACCEPTED}' AS is_won, currency, count(*) AS count, sum(total) AS total FROM quotes
    WHERE decided_at >= spans.begins AND decided_at < spans.ends AND sent_at IS NOT NULL
        AND status IN ('{QuoteStatus.ACCEPTED}', '{QuoteStatus.REJECTED}', '{QuoteStatus.EXPIRED}') AND {_OWNED}
    GROUP BY status = '{QuoteStatus.ACCEPTED}', currency
) AS found
""").bindparams(  # noqa: S608 - as above
    sa.bindparam("begins", type_=ARRAY(INSTANT)), sa.bindparam("ends", type_=ARRAY(INSTANT))
)
_MEDIAN: Final = sa.text(f"""
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY took) FROM (
    SELECT CAST(extract(epoch FROM decided_at - sent_at) AS float8) AS took FROM quotes
    WHERE decided_at >= :since AND sent_at IS NOT NULL
        AND status IN ('{QuoteStatus.ACCEPTED}', '{QuoteStatus.REJECTED}') AND {_OWNED}
    ORDER BY decided_at DESC LIMIT :most
) AS latest
""")  # noqa: S608 - as above
_OWNERS: Final = sa.text("""
WITH RECURSIVE known AS (
    (SELECT lower(owner) AS owner FROM quotes WHERE owner IS NOT NULL ORDER BY lower(owner) LIMIT 1)
    UNION ALL
    SELECT (SELECT lower(owner) FROM quotes WHERE lower(owner) > known.owner ORDER BY lower(owner) LIMIT 1)
    FROM known WHERE known.owner IS NOT NULL
)
SELECT owner FROM known WHERE owner LIKE '%@%' LIMIT 200
""")
_CURRENCIES: Final = sa.text("""
WITH RECURSIVE known AS (
    SELECT status, (SELECT min(currency) FROM quotes WHERE quotes.status = given.status) AS currency
    FROM unnest(CAST(:statuses AS text[])) AS given (status)
    UNION ALL
    SELECT status, (SELECT min(currency) FROM quotes WHERE quotes.status = known.status AND currency > known.currency)
    FROM known WHERE known.currency IS NOT NULL
)
SELECT DISTINCT currency FROM known WHERE currency IS NOT NULL ORDER BY currency
""")
