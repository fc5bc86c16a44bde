"""Of which request something came, as its command's row keeps it for traces: a W3C `traceparent`."""

from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.db.database import Reading
from adapters.db.tables import commands, messages, quote_events, quotes, webhook_deliveries

_c = commands.c


async def origin_of_command(r: Reading, command_id: str) -> str | None:
    """None where it was not traced, or there is no such command."""
    return await _one(r, _OF_COMMAND, command_id)


async def origin_of_order(r: Reading, quote_id: str) -> str | None:
    """Of the acceptance that the order comes of."""
    return await _one(r, _OF_ORDER, quote_id)


async def origins_of_messages(r: Reading, ids: Sequence[str]) -> Mapping[str, str]:
    """By the ids of the outbox's rows; without those that no traced command is the cause of."""
    return {row["id"]: row["traceparent"] for row in await r.rows(_OF_MESSAGES, {"ids": list(ids)})}


async def origins_of_events(r: Reading, endpoint_id: str, ids: Sequence[str]) -> Mapping[str, str]:
    """By the ids of events that an endpoint is told; as above."""
    rows = await r.rows(_OF_EVENTS, {"endpoint_id": endpoint_id, "ids": list(ids)})
    return {row["event_id"]: row["traceparent"] for row in rows}


async def _one(r: Reading, statement: sa.Select[tuple[str | None]], id_: str) -> str | None:
    found: str | None = await r.value(statement, {"id": id_})
    return found


def _ids(column: sa.ColumnElement[str]) -> sa.BindParameter[Sequence[str]]:
    return sa.bindparam("ids", type_=ARRAY(column.type))


_OF_COMMAND: Final = sa.select(_c.traceparent).where(_c.id == sa.bindparam("id", type_=_c.id.type))
_OF_ORDER: Final = sa.select(_c.traceparent).where(
    _c.quote_id == sa.bindparam("id", type_=_c.id.type),
    sa.cast(_c.id, sa.Text)
    == sa.select(quotes.c.acceptance["command_id"].as_string())
    .where(quotes.c.id == sa.bindparam("id", type_=_c.id.type))
    .scalar_subquery(),
)
_OF_MESSAGES: Final = (
    sa.select(messages.c.id, _c.traceparent)
    .join(commands, (_c.quote_id == messages.c.quote_id) & (sa.cast(_c.id, sa.Text) == messages.c.cause))
    .where(messages.c.id == sa.any_(_ids(messages.c.id)), _c.traceparent.is_not(None))
)
_d = webhook_deliveries.c
_OF_EVENTS: Final = (
    sa.select(_d.event_id, _c.traceparent)
    .join(
        quote_events,
        (quote_events.c.quote_id == _d.quote_id) & (quote_events.c.sequence == _d.sequence),
    )
    .join(commands, (_c.quote_id == _d.quote_id) & (sa.cast(_c.id, sa.Text) == quote_events.c.cause))
    .where(
        _d.endpoint_id == sa.bindparam("endpoint_id", type_=_d.endpoint_id.type),
        _d.event_id == sa.any_(_ids(_d.event_id)),
        _c.traceparent.is_not(None),
    )
)
