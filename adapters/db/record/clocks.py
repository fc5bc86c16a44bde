"""The one clock. In the local run a quote's may be ahead, so that the time machine can move it."""

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adapters.db.database import Reading, Writing
from adapters.db.tables import clock_offsets

_NONE: Final = timedelta(0)


async def now_for(r: Reading, quote_id: str) -> datetime:
    """The one clock's time for a quote, UTC; the wall clock's for a quote that there is not."""
    now: datetime = await r.value(_NOW, {"quote_id": quote_id})
    return now


async def add_offset(w: Writing, quote_id: str, ahead: timedelta) -> timedelta:
    """Move the quote's clock ahead; the offset as it is then.

    Raises ValueError for less than nothing: a clock that went back would undo what was decided by it.
    """
    if ahead < _NONE:
        raise ValueError("a clock never goes back")
    row = insert(clock_offsets).values(quote_id=quote_id, ahead=ahead)
    sum_ = clock_offsets.c.ahead + row.excluded.ahead
    moved = row.on_conflict_do_update(index_elements=["quote_id"], set_={"ahead": sum_})
    total: timedelta = await w.value(moved.returning(clock_offsets.c.ahead))
    return total


_ID: Final = sa.bindparam("quote_id", type_=clock_offsets.c.quote_id.type)
_NOW: Final = sa.select(sa.func.quote_now(_ID))
