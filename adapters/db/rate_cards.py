"""Rate cards: dated, and never changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adapters.db.database import Reading, Writing
from adapters.db.tables import rate_cards


async def active_card(r: Reading) -> tuple[str, dict[str, Any]] | None:
    """Id and data of the card that is valid now, or None before one is stored."""
    row = await r.row(_ACTIVE)
    return (row["id"], row["data"]) if row else None


async def has_cards(r: Reading) -> bool:
    """Whether any card is stored, also one that is not valid yet."""
    return bool(await r.value(sa.select(sa.exists().select_from(rate_cards))))


async def find_card(r: Reading, card_id: str) -> dict[str, Any] | None:
    """A card's data by its id, or None."""
    row = await r.row(_FIND, {"card_id": card_id})
    return row["data"] if row else None


async def store_card(
    w: Writing, card_id: str, data: Mapping[str, Any], *, valid_from: datetime | None = None
) -> None:
    """Store a card, valid from now if not said otherwise. A card that is there already stays as it is."""
    values = {"id": card_id, "data": dict(data), "valid_from": valid_from or sa.func.clock_timestamp()}
    await w.run(insert(rate_cards).values(**values).on_conflict_do_nothing())


def active_card_id() -> sa.ScalarSelect[Any]:
    """The id of the card that is valid now, as part of another statement."""
    return _ACTIVE.with_only_columns(_c.id).scalar_subquery()


_c = rate_cards.c
_FIND: Final = sa.select(_c.data).where(_c.id == sa.bindparam("card_id"))
_ACTIVE: Final = (
    sa.select(_c.id, _c.data)
    .where(_c.valid_from <= sa.func.clock_timestamp())
    .order_by(_c.valid_from.desc(), _c.id.desc())
    .limit(1)
)
