"""The rows of webhooks: endpoints, what each is to be told, and how that goes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adapters.db.database import Reading, Row, Writing
from adapters.db.json_rows import document, insert_of
from adapters.db.record.feed import (
    FeedPosition,
    feed_end,
    feed_page,
    newest_position,
    states_then,
)
from adapters.db.record.rows import text_of
from adapters.db.tables import webhook_deliveries, webhook_endpoints
from adapters.db.tables.keyset import newest_first, page_at, page_of
from domain.proof.feed_event import FeedEvent, WebhookStatus, webhook_body
from domain.quotes.events import EventType
from domain.quotes.notices import DeliveryStatus

TAKEN: Final = 200
"""Events that are taken from the feed at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint:
    """Who is told. `types` are all where none are named; secrets are sealed."""

    id: str
    url: str
    description: str | None
    types: tuple[str, ...]
    snapshot: bool
    secret: bytes
    secret_before: bytes | None
    secret_before_until: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None
    created_at: datetime
    position: FeedPosition


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedEndpoint(WebhookEndpoint):
    """One with its events that are to be told, and those that were given up: the whole log is counted for it."""

    waiting: int
    parked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDelivery:
    """An event on its way to an endpoint. Times of attempts are by the workflow's clock."""

    event_id: str
    type: str
    event_at: datetime
    quote_id: str | None
    body: str
    status: WebhookStatus
    attempts: int
    next_attempt_at: datetime | None
    last_attempt_at: datetime | None
    last_status: int | None
    last_error: str | None
    created_at: datetime


async def add_endpoint(w: Writing, fields: Mapping[str, Any]) -> CountedEndpoint | None:
    """A new one, which is told what happens from now on; None where its id is taken. `fields` are columns."""
    place = (await feed_end(w)).position
    added = await w.run(
        insert(webhook_endpoints).on_conflict_do_nothing(),
        {
            **fields,
            "feed_epoch": place.epoch,
            "feed_transaction": place.transaction,
            "feed_quote_id": place.quote_id,
            "feed_sequence": place.sequence,
            "feed_mark": place.mark,
        },
    )
    return await count_endpoint(w, fields["id"]) if added else None


async def find_endpoint(r: Reading, endpoint_id: str) -> WebhookEndpoint | None:
    """By its id, or None."""
    row = await r.row(_ENDPOINT, {"id": endpoint_id})
    return WebhookEndpoint(**_fields(row)) if row else None


async def count_endpoint(r: Reading, endpoint_id: str) -> CountedEndpoint | None:
    """By its id, or None."""
    row = await r.row(_COUNTED, {"id": endpoint_id})
    return _counted(row) if row else None


async def list_endpoints(
    r: Reading, *, limit: int, after: tuple[datetime, str] | None = None
) -> list[CountedEndpoint]:
    """Newest first."""
    return [_counted(row) for row in await r.rows(_ENDPOINTS, page_at(limit, after))]


async def change_endpoint(w: Writing, endpoint_id: str, fields: Mapping[str, Any]) -> bool:
    """Whether there was one. `fields` are columns."""
    changed = {**fields, "woken_at": None}
    statement = webhook_endpoints.update().where(webhook_endpoints.c.id == sa.bindparam("endpoint_id"))
    statement = statement.values({name: sa.bindparam(name) for name in changed})
    return bool(await w.run(statement, {**changed, "endpoint_id": endpoint_id}))


async def disable_endpoint(w: Writing, endpoint_id: str, why: str) -> bool:
    """Until somebody enables it, nothing is sent there. Whether it was enabled."""
    return bool(await w.run(_DISABLE, {"endpoint_id": endpoint_id, "why": why}))


async def remove_endpoint(w: Writing, endpoint_id: str) -> bool:
    """Whether there was one. What waited for it is gone with it."""
    return bool(await w.run(_REMOVE, {"endpoint_id": endpoint_id}))


async def take_news(w: Writing, endpoint: WebhookEndpoint) -> bool:
    """Take the next events from the feed to be told to the endpoint; whether there are more. Raises UnknownPositionError."""
    types = [EventType(each) for each in endpoint.types]
    page = await feed_page(w, endpoint.position, types=types, limit=TAKEN)
    then = await states_then(w, page.events) if endpoint.snapshot and page.events else {}
    await _take(
        w,
        endpoint,
        page.following,
        [_to_tell(endpoint.id, each, each.to_data(then.get(each.id))) for each in page.events],
    )
    return page.has_more


async def begin_anew(w: Writing, endpoint: WebhookEndpoint) -> None:
    """Tell the endpoint what happens from here on."""
    await _take(w, endpoint, (await feed_end(w)).position, [])


async def _take(
    w: Writing, endpoint: WebhookEndpoint, place: FeedPosition, rows: Sequence[dict[str, Any]]
) -> None:
    await w.run(
        _TAKE,
        {
            "endpoint_id": endpoint.id,
            "deliveries": document(rows),
            "epoch": place.epoch,
            "transaction": place.transaction,
            "quote_id": place.quote_id,
            "sequence": place.sequence,
            "mark": place.mark,
        },
    )


def _to_tell(endpoint_id: str, event: FeedEvent, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "endpoint_id": endpoint_id,
        "event_id": event.id,
        "quote_id": event.quote_id,
        "sequence": event.sequence,
        "type": str(event.event.type),
        "event_at": text_of(event.event.at),
        "body": webhook_body(str(event.event.type), event.event.at, data),
    }


async def add_delivery(w: Writing, endpoint_id: str, event_id: str, type_: str, body: str) -> WebhookDelivery:
    """Something to tell that is of no quote."""
    asked = {"endpoint_id": endpoint_id, "event_id": event_id, "type": type_, "body": body}
    return _delivery((await w.rows(_ADD, asked))[0])


async def tell_again(w: Writing, endpoint: WebhookEndpoint, event: FeedEvent) -> None:
    """An event, whether it was told before or not."""
    then = await states_then(w, [event]) if endpoint.snapshot else {}
    row = _to_tell(endpoint.id, event, event.to_data(then.get(event.id)))
    await w.run(_AGAIN_ONE, {"deliveries": document([row])})


async def tell_span_again(
    w: Writing, endpoint_id: str, since: datetime, until: datetime, status: Collection[WebhookStatus]
) -> int:
    """All of the log that happened from `since` on and before `until`; how many."""
    asked = {"endpoint_id": endpoint_id, "since": since, "until": until, "status": [*map(str, status)]}
    return await w.run(_AGAIN, asked)


async def due_deliveries(r: Reading, endpoint_id: str, now: datetime, limit: int) -> list[WebhookDelivery]:
    """The first one of each quote that waits, where its time has come: those behind it wait for it."""
    rows = await r.rows(_DUE, {"endpoint_id": endpoint_id, "now": now, "limit": limit})
    return [_delivery(row) for row in rows]


async def next_due(r: Reading, endpoint_id: str, now: datetime) -> datetime | None:
    """When the next attempt is due; None where nothing waits."""
    found: datetime | None = await r.value(_NEXT, {"endpoint_id": endpoint_id, "now": now})
    return found


async def note_attempt(
    w: Writing, endpoint_id: str, event_id: str, fields: Mapping[str, Any], held_until: datetime | None
) -> None:
    """How an attempt went; and until when the receiver wants to be left alone."""
    await w.run(_NOTE, {"endpoint_id": endpoint_id, "event_id": event_id, **fields})
    if held_until is not None:
        await w.run(_HOLD, {"endpoint_id": endpoint_id, "held_until": held_until})


async def list_deliveries(
    r: Reading,
    endpoint_id: str,
    *,
    status: WebhookStatus | None,
    limit: int,
    after: tuple[datetime, str] | None = None,
) -> list[WebhookDelivery]:
    """The log, newest first. An attempt is next when the receiver may be asked again, and none is while it is disabled."""
    asked = {"endpoint_id": endpoint_id, "status": status, **page_at(limit, after)}
    return [replace(_delivery(row), next_attempt_at=row["due_at"]) for row in await r.rows(_LOG, asked)]


async def to_be_woken(w: Writing, limit: int) -> list[str]:
    """Endpoints that have something to be told, or of whose trouble somebody is to be told, and whose workflow has not been told
    so within a minute.
    """
    if not await w.value(_ANY):  # asked every second, and most shops have none
        return []
    rows = await w.rows(_WAKE, {"limit": limit, **await newest_position(w)})
    return [row["id"] for row in rows]


async def forget_deliveries(w: Writing, days: int) -> int:
    """Those that have come to their end so many days ago; how many."""
    return await w.run(_FORGET, {"days": days})


def _counted(row: Row) -> CountedEndpoint:
    return CountedEndpoint(**_fields(row), waiting=row["waiting"], parked=row["parked"])


def _fields(row: Row) -> dict[str, Any]:
    place = FeedPosition(
        epoch=row["feed_epoch"],
        transaction=row["feed_transaction"],
        quote_id=row["feed_quote_id"],
        sequence=row["feed_sequence"],
        mark=row["feed_mark"],
    )
    own = {name: row[name] for name in WebhookEndpoint.__dataclass_fields__ if name != "position"}
    return {**own, "types": tuple(row["types"] or ()), "position": place}


def _delivery(row: Row) -> WebhookDelivery:
    own = {name: row[name] for name in WebhookDelivery.__dataclass_fields__}
    return WebhookDelivery(**{**own, "status": WebhookStatus(row["status"])})


_e, _d = webhook_endpoints.c, webhook_deliveries.c


def _count(status: WebhookStatus) -> sa.ScalarSelect[Any]:
    counted = sa.select(sa.func.count()).select_from(webhook_deliveries)
    return counted.where(
        _d.endpoint_id == _e.id, _d.status == sa.literal_column(f"'{status}'")
    ).scalar_subquery()


_ALL: Final = sa.select(
    webhook_endpoints,
    _count(WebhookStatus.PENDING).label("waiting"),
    _count(WebhookStatus.PARKED).label("parked"),
)
_ENDPOINT: Final = sa.select(webhook_endpoints).where(_e.id == sa.bindparam("id", type_=_e.id.type))
_COUNTED: Final = _ALL.where(_e.id == sa.bindparam("id", type_=_e.id.type))
_ENDPOINTS: Final = page_of(_ALL, webhook_endpoints).order_by(None).order_by(*newest_first(webhook_endpoints))
_REMOVE: Final = webhook_endpoints.delete().where(_e.id == sa.bindparam("endpoint_id", type_=_e.id.type))
_DISABLE: Final = sa.text("""
UPDATE webhook_endpoints SET disabled_at = clock_timestamp(), disabled_reason = CAST(:why AS text)
WHERE id = CAST(:endpoint_id AS uuid) AND disabled_at IS NULL
""")
_GIVEN: Final = ["endpoint_id", "event_id", "quote_id", "sequence", "type", "event_at", "body"]
_INSERT: Final = insert_of(webhook_deliveries, _GIVEN, "deliveries")
_TAKE: Final = sa.text(f"""
WITH taken AS ({_INSERT} ON CONFLICT DO NOTHING)
UPDATE webhook_endpoints SET feed_epoch = CAST(:epoch AS integer), feed_transaction = CAST(:transaction AS bigint), feed_quote_id = CAST(:quote_id AS uuid),
    feed_sequence = CAST(:sequence AS integer), feed_mark = CAST(:mark AS text), woken_at = NULL
WHERE id = CAST(:endpoint_id AS uuid)
""")  # noqa: S608 - built from the names in `tables` alone
_ADD: Final = sa.text("""
INSERT INTO webhook_deliveries (endpoint_id, event_id, sequence, type, event_at, body)
VALUES (CAST(:endpoint_id AS uuid), CAST(:event_id AS text), 0, CAST(:type AS text), clock_timestamp(), CAST(:body AS text))
RETURNING *
""")
_ANEW: Final = f"status = '{WebhookStatus.PENDING}', attempts = 0, next_attempt_at = NULL, last_error = NULL"
_AGAIN_ONE: Final = sa.text(f"{_INSERT} ON CONFLICT (endpoint_id, event_id) DO UPDATE SET {_ANEW}")
_AGAIN: Final = sa.text(f"""
UPDATE webhook_deliveries SET {_ANEW}
WHERE endpoint_id = CAST(:endpoint_id AS uuid) AND event_at >= CAST(:since AS timestamptz) AND event_at < CAST(:until AS timestamptz)
    AND status = ANY(CAST(:status AS text[]))
""")  # noqa: S608 - literals
_HEADS: Final = f"""
SELECT DISTINCT ON (coalesce(CAST(quote_id AS text), event_id)) webhook_deliveries.*,
    greatest(next_attempt_at, held_until) AS due_at
FROM webhook_deliveries JOIN webhook_endpoints ON webhook_endpoints.id = endpoint_id
WHERE endpoint_id = CAST(:endpoint_id AS uuid) AND status = '{WebhookStatus.PENDING}'
ORDER BY coalesce(CAST(quote_id AS text), event_id), sequence
"""  # noqa: S608 - literals
_DUE: Final = sa.text(f"""
SELECT * FROM ({_HEADS}) AS heads WHERE coalesce(due_at <= CAST(:now AS timestamptz), true)
ORDER BY event_at, event_id LIMIT CAST(:limit AS integer)
""")  # noqa: S608 - literals
_NEXT: Final = sa.text(
    f"SELECT min(coalesce(due_at, CAST(:now AS timestamptz))) FROM ({_HEADS}) AS heads"  # noqa: S608 - literals
)
_NOTE: Final = sa.text("""
UPDATE webhook_deliveries SET status = CAST(:status AS text), attempts = CAST(:attempts AS integer),
    next_attempt_at = CAST(:next_attempt_at AS timestamptz), last_attempt_at = CAST(:last_attempt_at AS timestamptz),
    last_status = CAST(:last_status AS integer), last_error = CAST(:last_error AS text)
WHERE endpoint_id = CAST(:endpoint_id AS uuid) AND event_id = CAST(:event_id AS text)
""")
_HOLD: Final = sa.text("""
UPDATE webhook_endpoints SET held_until = greatest(held_until, CAST(:held_until AS timestamptz))
WHERE id = CAST(:endpoint_id AS uuid)
""")
_LOG: Final = sa.text(f"""
SELECT webhook_deliveries.*, CASE WHEN status = '{WebhookStatus.PENDING}' AND disabled_at IS NULL
    THEN greatest(next_attempt_at, CASE WHEN held_until > now() THEN held_until END) END AS due_at
FROM webhook_deliveries JOIN webhook_endpoints ON webhook_endpoints.id = endpoint_id
WHERE endpoint_id = CAST(:endpoint_id AS uuid) AND (CAST(:status AS text) IS NULL OR status = CAST(:status AS text))
    AND (webhook_deliveries.created_at, event_id) < (CAST(:after_at AS timestamptz), CAST(:after_id AS text))
ORDER BY webhook_deliveries.created_at DESC, event_id DESC LIMIT CAST(:limit AS integer)
""")  # noqa: S608 - literals
_NEW: Final = """
SELECT FROM quote_events
WHERE (type, feed_epoch, feed_transaction, quote_id, sequence)
    > (asked.type, e.feed_epoch, e.feed_transaction, e.feed_quote_id, e.feed_sequence)
    AND (type, feed_epoch, feed_transaction) < (asked.type, CAST(:end_epoch AS integer), CAST(:end_transaction AS bigint))
LIMIT 1
"""
_UNTOLD: Final = f"webhook_trouble WHERE status = '{DeliveryStatus.PENDING}'"
_ANY: Final = sa.text(f"""
SELECT EXISTS (SELECT FROM webhook_endpoints WHERE disabled_at IS NULL) OR EXISTS (SELECT FROM {_UNTOLD})
""")  # noqa: S608 - literals
_WAKE: Final = sa.text(f"""
UPDATE webhook_endpoints SET woken_at = clock_timestamp()
WHERE id IN (
    SELECT id FROM webhook_endpoints AS e
    WHERE coalesce(woken_at < clock_timestamp() - interval '1 minute', true) AND (disabled_at IS NULL AND (
        CASE WHEN types IS NULL
            THEN (e.feed_epoch, e.feed_transaction, e.feed_quote_id, e.feed_sequence)
                < (CAST(:epoch AS integer), CAST(:transaction AS bigint), CAST(:quote_id AS uuid), CAST(:sequence AS integer))
            ELSE EXISTS (
                SELECT FROM jsonb_array_elements_text(types) AS asked (type), LATERAL ({_NEW}) AS found
            )
        END
        OR EXISTS (
            SELECT FROM webhook_deliveries WHERE endpoint_id = e.id AND status = '{WebhookStatus.PENDING}'
                AND coalesce(greatest(next_attempt_at, held_until) <= clock_timestamp(), true)
        )
    ) OR EXISTS (
        SELECT FROM {_UNTOLD} AND endpoint_id = e.id AND coalesce(next_attempt_at <= clock_timestamp(), true)
    ))
    ORDER BY woken_at NULLS FIRST LIMIT CAST(:limit AS integer) FOR UPDATE SKIP LOCKED
)
RETURNING CAST(id AS text) AS id
""")  # noqa: S608 - literals
_FORGET: Final = sa.text(f"""
DELETE FROM webhook_deliveries
WHERE status <> '{WebhookStatus.PENDING}' AND created_at < clock_timestamp() - make_interval(days => CAST(:days AS integer))
    AND coalesce(last_attempt_at < clock_timestamp() - make_interval(days => CAST(:days AS integer)), true)
""")  # noqa: S608 - literals
