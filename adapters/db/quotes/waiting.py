"""What waits, and for too long: quotes that need a run for time, a mail, or a command without an outcome; and what the
doctor tells of those that stand still. Times are told by the clock that the rule in question goes by.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.db.database import Database, Reading, Row
from adapters.db.inbox.requests import UndecidedCommand
from adapters.db.inbox.undecided import in_turn
from adapters.db.record.outbox import WITHOUT
from adapters.db.record.rows import envelope_from
from adapters.db.tables import customer_links, messages, quotes
from adapters.db.tables.base import listed
from domain.presentation.document import DOCUMENT_OF, DocumentKind
from domain.proof.forgotten import is_marked
from domain.proof.order import LATE_ORDER, OrderWay
from domain.quotes.notices import (
    LATE_MAIL,
    LOST_MAIL,
    UNFINISHED,
    UNSENT,
    Audience,
    DeliveryOfQuote,
    DeliveryState,
    DeliveryStatus,
    MessageKind,
    UnsentMail,
)
from domain.quotes.record import OrderStatus
from domain.quotes.status import OPEN, QuoteStatus
from domain.quotes.validity import OVERDUE, STUCK
from domain.wording import summary

FIRST: Final = "00000000-0000-0000-0000-000000000000"
"""No quote's id, and before all of them."""

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
    after = FIRST
    while True:
        async with database.read() as r:
            rows = await r.rows(_SELECT, {"after": after, "older_than": older_than, "limit": _PAGE})
        for row in rows:
            yield _waiting(row)
        if len(rows) < _PAGE:
            return
        after = str(rows[-1]["id"])


async def quotes_with_mails(
    r: Reading, *, after: str, older_than: timedelta, limit: int
) -> list[WaitingQuote]:
    """Quotes for which an email has waited for longer than `older_than`, from the id `after` on, `limit` at most; by id."""
    rows = await r.rows(_WITH_MAILS, {"after": after, "older_than": older_than, "limit": limit})
    return [_waiting(row) for row in rows]


def _waiting(row: Row) -> WaitingQuote:
    return WaitingQuote(
        id=str(row["id"]),
        workflow_id=row["workflow_id"],
        number=row["number"],
        customer_name=row["name"],
        status=QuoteStatus(row["status"]) if row["status"] else None,
        has_mails=row["has_mails"],
        has_commands=row["has_commands"],
    )


async def undecided_commands(r: Reading, quote: WaitingQuote) -> list[UndecidedCommand]:
    """All its commands without an outcome: the create first, then by received time."""
    rows = await r.rows(_UNDECIDED, {"quote_id": quote.id})
    return [
        UndecidedCommand(
            envelope=envelope_from(row),
            quote_id=quote.id,
            workflow_id=quote.workflow_id,
            summary=quote.summary,
        )
        for row in rows
    ]


_UNDECIDED: Final = sa.text(f"""
SELECT * FROM commands WHERE quote_id = CAST(:quote_id AS uuid) AND outcome IS NULL
ORDER BY {in_turn()}
""")  # noqa: S608 - as below

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

_WITH_MAILS: Final = sa.text(f"""
WITH mails AS MATERIALIZED (
    SELECT DISTINCT quote_id AS id FROM messages WHERE status IN ({listed(UNFINISHED)})
        AND quote_id > CAST(:after AS uuid) AND created_at <= quote_now(quote_id) - CAST(:older_than AS interval)
    ORDER BY quote_id LIMIT :limit
)
SELECT quotes.id, quote_workflow_id(quotes.id) AS workflow_id, number, name, status, true AS has_mails, false AS has_commands
FROM mails JOIN quotes ON quotes.id = mails.id JOIN customers ON customers.id = quotes.customer_id ORDER BY quotes.id
""")  # noqa: S608 - as above


MOST: Final = 100
"""Nothing is counted further than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteTrouble:
    """A row that tells of a quote: its number, since when, and a word more."""

    number: str
    since: datetime
    word: str


async def stuck_commands(r: Reading) -> list[QuoteTrouble]:
    """Commands without outcome for more than a minute, oldest first; the word is "tried" or "untried"."""
    return [_entry(row) for row in await r.rows(_STUCK, {"age": STUCK, "limit": MOST + 1})]


async def overdue_quotes(r: Reading) -> list[QuoteTrouble]:
    """Open quotes past their deadline, grace and five minutes, by their own clocks."""
    return [_entry(row) for row in await r.rows(_OVERDUE, {"age": OVERDUE, "limit": MOST + 1})]


async def late_mails(r: Reading) -> list[QuoteTrouble]:
    """Mails that wait for more than ten minutes, by their quotes' clocks; the word is the last error."""
    return [_entry(row) for row in await r.rows(_LATE, {"age": LATE_MAIL, "limit": MOST + 1})]


async def failed_orders(r: Reading) -> list[QuoteTrouble]:
    """Orders of accepted quotes that were given up, oldest first; the word is the last error."""
    return [_entry(row) for row in await r.rows(_FAILED_ORDERS, {"limit": MOST + 1})]


async def late_orders(r: Reading) -> list[QuoteTrouble]:
    """Orders that have been to be posted for more than an hour, by their quotes' clocks; the word likewise."""
    return [_entry(row) for row in await r.rows(_LATE_ORDERS, {"age": LATE_ORDER, "limit": MOST + 1})]


async def lost_mails(r: Reading) -> list[QuoteTrouble]:
    """Mails refused for good or given up in the last two weeks, whose readers were not reached since; the word likewise."""
    failed = _UNSENT.where(
        _m.status == DeliveryStatus.FAILED, _m.created_at > sa.func.quote_now(quotes.c.id) - LOST_MAIL
    )
    return [
        QuoteTrouble(number=row["number"], since=row["created_at"], word=row["error"] or "")
        for row in await r.rows(failed.order_by(_m.created_at))
        if _unsent(row).state(row["now"]) is DeliveryState.FAILED
    ][: MOST + 1]


async def delivery_of(r: Reading, quote_ids: Sequence[str]) -> dict[str, DeliveryOfQuote]:
    """How the mails of these quotes fare; of a quote that is not named all is well."""
    rows = await r.rows(_UNSENT_OF, {"quote_ids": list(quote_ids)})
    mails: dict[str, list[UnsentMail]] = {}
    for row in rows:
        mails.setdefault(row["quote_id"], []).append(_unsent(row))
    now = {row["quote_id"]: row["now"] for row in rows}
    return {quote_id: DeliveryOfQuote.of(found, now[quote_id]) for quote_id, found in mails.items()}


def _unsent(row: Row) -> UnsentMail:
    values = {name: row[name] for name in UnsentMail.__dataclass_fields__}
    words = {"kind": MessageKind, "audience": Audience, "status": DeliveryStatus}
    values["is_reader"] = row["is_reader"] and not is_marked(row["recipient"])
    return UnsentMail(**{**values, **{name: word(values[name]) for name, word in words.items()}})


@dataclass(frozen=True, slots=True, kw_only=True)
class LackingDocument(QuoteTrouble):
    """A document without which a mail went out."""

    quote_id: str
    version: int
    kind: DocumentKind


async def lacking_documents(r: Reading) -> list[LackingDocument]:
    """Documents that could not be made in time for their mails, and are not made since; the word says why."""
    rows = await r.rows(_LACKING, {"limit": MOST + 1})
    return [
        LackingDocument(**{**row, "quote_id": str(row["quote_id"]), "kind": DocumentKind(row["kind"])})
        for row in rows
    ]


def _entry(row: Row) -> QuoteTrouble:
    return QuoteTrouble(number=row["number"], since=row["since"], word=row["word"] or "")


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
_FAILED_ORDERS: Final = sa.text(f"""
SELECT number, ended_at AS since, last_error AS word
FROM orders JOIN quotes ON quotes.id = orders.quote_id
WHERE orders.status = '{OrderStatus.FAILED}' AND quotes.status = '{QuoteStatus.ACCEPTED}'
ORDER BY ended_at LIMIT :limit
""")  # noqa: S608 - as above
_LATE_ORDERS: Final = sa.text(f"""
SELECT number, asked_at AS since, last_error AS word
FROM orders JOIN quotes ON quotes.id = orders.quote_id
WHERE orders.status = '{OrderStatus.PENDING}' AND way = '{OrderWay.HTTP}'
    AND asked_at < quote_now(orders.quote_id) - CAST(:age AS interval)
ORDER BY asked_at LIMIT :limit
""")  # noqa: S608 - as above
_m, _later = messages.c, messages.alias("later")
_UNSENT: Final = (
    sa.select(
        *(
            _m[name]
            for name in ("quote_id", "kind", "audience", "recipient", "status", "created_at", "failed_at")
        ),
        _m.last_error.label("error"),
        quotes.c.number,
        sa.func.quote_now(quotes.c.id).label("now"),
        sa.select(sa.func.max(_later.c.sent_at))
        .where(
            _later.c.quote_id == _m.quote_id,
            (_later.c.audience == Audience.SELLER) == (_m.audience == Audience.SELLER),
            sa.or_(
                _m.audience == Audience.SELLER,
                sa.func.lower(_later.c.recipient) == sa.func.lower(_m.recipient),
                # A signer's address has no link to close: another that was named since stands in its place.
                sa.and_(
                    _m.link_id.is_(None),
                    _later.c.audience == Audience.RECIPIENTS,
                    _later.c.created_at > _m.created_at,
                ),
            ),
        )
        .scalar_subquery()
        .label("reached_at"),
        sa.or_(
            _m.link_id.is_(None),
            sa.and_(
                customer_links.c.revoked_at.is_(None),
                customer_links.c.version >= sa.func.coalesce(quotes.c.last_sent_version, 0),
            ),
        ).label("is_reader"),
    )
    .select_from(messages)
    .join(quotes, quotes.c.id == _m.quote_id)
    .outerjoin(customer_links, customer_links.c.id == _m.link_id)
    .where(sa.text(f"messages.status IN ({listed(UNSENT)})"))
)
_UNSENT_OF: Final = _UNSENT.where(
    _m.quote_id == sa.any_(sa.bindparam("quote_ids", type_=ARRAY(_m.quote_id.type)))
)
_LACKING: Final = sa.text(f"""
SELECT quote_id, number, messages.version, kinds.kind, min(messages.sent_at) AS since,
    substr(min(last_error), {len(WITHOUT) + 1}) AS word
FROM messages JOIN quotes ON quotes.id = messages.quote_id
JOIN (VALUES {", ".join(f"('{mail}', '{document}')" for mail, document in DOCUMENT_OF.items())})
    AS kinds (message, kind) ON kinds.message = messages.kind
WHERE starts_with(last_error, '{WITHOUT}')
    AND NOT EXISTS (
        SELECT FROM documents
        WHERE documents.quote_id = messages.quote_id AND documents.version = messages.version
            AND documents.kind = kinds.kind
    )
GROUP BY quote_id, number, messages.version, kinds.kind
ORDER BY min(messages.sent_at) LIMIT :limit
""")  # noqa: S608 - as above
