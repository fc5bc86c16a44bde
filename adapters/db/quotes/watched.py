"""How the record stands as a whole, in figures that an operator watches."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from adapters.db.database import Reading
from adapters.db.tables.base import listed
from domain.proof.feed_event import WebhookStatus
from domain.proof.order import OrderWay
from domain.quotes.notices import UNFINISHED
from domain.quotes.record import OrderStatus
from domain.quotes.status import OPEN, QuoteStatus

WAITED_FOR: Final = (OrderWay.HTTP, OrderWay.WEBHOOK)
"""The ways by which an order can be under way."""

MOST_COUNTED: Final = 10_000
"""Pending orders are counted up to here: where nobody says that he has taken an order, all that ever were are pending."""


class EndpointState(StrEnum):
    """Whether an endpoint is told what happens: `paused` by a person, or `disabled` by the product, with a reason."""

    ENABLED = "enabled"
    PAUSED = "paused"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Ages in seconds, 0 where nothing waits: of the oldest email that is not sent, the open quote longest past its
    deadline and the order that waits the longest, by their quotes' clocks; of the oldest command without an outcome, the one that
    the relay should have signalled again for the longest, and the oldest event that an enabled endpoint has not taken, by the wall's.
    """

    quotes: dict[QuoteStatus, int]
    unsent_email: float
    undecided_command: float
    overdue_expiry: float
    relay_lag: float
    endpoints: dict[EndpointState, int]
    undelivered_webhook: float
    parked_webhooks: int
    """Events that were given up, of enabled endpoints."""
    failed_orders: int
    """Of quotes that are accepted: they wait for a person."""
    pending_orders: dict[OrderWay, int]
    pending_order: dict[OrderWay, float]


async def watched(r: Reading) -> Watched:
    """Counts every quote: not for each request."""
    row = await r.row(_WATCHED)
    outward = await r.row(_OUTWARD)
    counts = await r.rows(_COUNTS)
    waiting = {OrderWay(each["way"]): each for each in await r.rows(_PENDING)}
    if row is None or outward is None:
        raise AssertionError("a statement without FROM has a row")
    found = {each["status"]: each["count"] for each in counts}
    ages = {name: _age(row[name]) for name in row.keys()}  # noqa: SIM118 - a record's values are its items
    return Watched(
        quotes={status: found.get(status, 0) for status in QuoteStatus},
        endpoints={state: outward[state] for state in EndpointState},
        undelivered_webhook=_age(outward["undelivered_webhook"]),
        parked_webhooks=outward["parked_webhooks"],
        failed_orders=outward["failed_orders"],
        pending_orders={way: each["count"] for way, each in waiting.items()},
        pending_order={way: _age(each["age"]) for way, each in waiting.items()},
        **ages,
    )


def _age(seconds: float | None) -> float:
    return max(float(seconds or 0), 0.0)


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
# What the feed holds for an endpoint and it has not taken counts as what it has taken and not told: by type, if it is told of
# some alone, in the form in which only the index by types is of use. Subqueries keep the planner from reading a table whole.
_PLACE: Final = "feed_epoch, feed_transaction, quote_id, sequence"
_REACHED: Final = "e.feed_epoch, e.feed_transaction, e.feed_quote_id, e.feed_sequence"
_OUTWARD: Final = sa.text(f"""
SELECT
    (SELECT count(*) FROM webhook_endpoints WHERE disabled_at IS NULL) AS {EndpointState.ENABLED},
    (SELECT count(*) FROM webhook_endpoints WHERE disabled_at IS NOT NULL AND disabled_reason IS NULL) AS {EndpointState.PAUSED},
    (SELECT count(*) FROM webhook_endpoints WHERE disabled_reason IS NOT NULL) AS {EndpointState.DISABLED},
    (SELECT extract(epoch FROM clock_timestamp() - min(since)) FROM webhook_endpoints AS e CROSS JOIN LATERAL (
        (SELECT created_at AS since FROM webhook_deliveries
            WHERE endpoint_id = e.id AND status = '{WebhookStatus.PENDING}' ORDER BY created_at LIMIT 1)
        UNION ALL
        (SELECT recorded_at FROM quote_events WHERE e.types IS NULL AND ({_PLACE}) > ({_REACHED}) ORDER BY {_PLACE} LIMIT 1)
        UNION ALL
        (SELECT recorded_at FROM jsonb_array_elements_text(e.types) AS asked (type) CROSS JOIN LATERAL (
            SELECT recorded_at FROM quote_events
            WHERE (type, {_PLACE}) > (asked.type, {_REACHED}) AND type <= asked.type ORDER BY type, {_PLACE} LIMIT 1
        ) AS found)
    ) AS waiting WHERE e.disabled_at IS NULL) AS undelivered_webhook,
    (SELECT coalesce(sum(
        (SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = e.id AND status = '{WebhookStatus.PARKED}')
    ), 0)::bigint FROM webhook_endpoints AS e WHERE disabled_at IS NULL) AS parked_webhooks,
    (SELECT count(*) FROM orders WHERE status = '{OrderStatus.FAILED}'
        AND (SELECT quotes.status FROM quotes WHERE quotes.id = quote_id) = '{QuoteStatus.ACCEPTED}') AS failed_orders
""")  # noqa: S608 - as above
# Each way by its own name, so that the planner knows how many there are of it.
_PENDING: Final = sa.text(
    " UNION ALL ".join(
        f"""
SELECT '{way}' AS way, (SELECT count(*) FROM (
    SELECT FROM orders WHERE way = '{way}' AND status = '{OrderStatus.PENDING}' LIMIT {MOST_COUNTED}
) AS counted) AS count, (
    SELECT extract(epoch FROM quote_now(quote_id) - asked_at) FROM orders
    WHERE way = '{way}' AND status = '{OrderStatus.PENDING}' ORDER BY asked_at LIMIT 1
) AS age"""  # noqa: S608 - as above
        for way in WAITED_FOR
    )
)
