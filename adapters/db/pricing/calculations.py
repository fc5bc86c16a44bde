"""Stored price calculations: written once, explained years later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from adapters.db.database import Reading, Writing
from adapters.db.errors import CalculationNotFoundError
from adapters.db.tables import pricing_calculations, rate_cards
from adapters.db.tables.base import ID


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculationView:
    """`data` is the whole explained calculation as plain data, `specification` what was asked for."""

    id: str
    rate_card_id: str
    specification: Mapping[str, Any]
    data: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCalculation:
    """A calculation under a new id. `specification` and `data` are JSON texts: made once, kept and shown."""

    id: str
    specification: str
    data: str


async def store_calculation(
    w: Writing,
    calculation_id: str,
    *,
    data: Mapping[str, Any],
    specification: Mapping[str, Any],
    rate_card_id: str,
) -> CalculationView:
    """Store a calculation; under an id that is there already the first one stays, and is returned.

    Raises CalculationNotFoundError where the rate card is unknown.
    """
    given = {"data": dict(data), "specification": dict(specification)}
    row = await w.row(_STORE, {"id": calculation_id, "rate_card_id": rate_card_id, **given})
    found = CalculationView(**row) if row else await find_calculation(w, calculation_id)
    if found is None:
        raise CalculationNotFoundError("there is no such rate card")
    return found


async def store_calculations(
    w: Writing, new: Sequence[NewCalculation], *, rate_card_id: str
) -> dict[str, datetime]:
    """Store all of them by one statement; when each was made, by its id.

    Raises CalculationNotFoundError where the rate card is unknown.
    """
    given = {name: [getattr(each, name) for each in new] for name in ("id", "specification", "data")}
    rows = await w.rows(_STORE_ALL, {**given, "rate_card_id": rate_card_id})
    if len(rows) != len(new):
        raise CalculationNotFoundError("there is no such rate card")
    return {row["id"]: row["created_at"] for row in rows}


async def find_calculation(r: Reading, calculation_id: str) -> CalculationView | None:
    """The calculation by id, or None."""
    row = await r.row(_FIND, {"id": calculation_id})
    return CalculationView(**row) if row else None


_c = pricing_calculations.c
_FIND: Final = sa.select(pricing_calculations).where(_c.id == sa.bindparam("id"))
_NAMES: Final = ["id", "rate_card_id", "specification", "data"]
_CARD: Final = sa.bindparam("rate_card_id", type_=rate_cards.c.id.type)
_CARD_EXISTS: Final = sa.exists().where(rate_cards.c.id == _CARD)
_STORE: Final = (
    insert(pricing_calculations)
    .from_select(
        _NAMES,
        sa.select(*(sa.bindparam(name, type_=_c[name].type) for name in _NAMES)).where(_CARD_EXISTS),
    )
    .on_conflict_do_nothing()
    .returning(pricing_calculations)
)
_given: Final = (
    sa.func.unnest(
        sa.bindparam("id", type_=ARRAY(ID)),
        sa.bindparam("specification", type_=ARRAY(sa.Text)),
        sa.bindparam("data", type_=ARRAY(sa.Text)),
    )
    .table_valued(sa.column("id", ID), sa.column("specification", sa.Text), sa.column("data", sa.Text))
    .render_derived(name="given")
)
_STORE_ALL: Final = (
    insert(pricing_calculations)
    .from_select(
        _NAMES,
        sa.select(
            _given.c.id,
            _CARD,
            sa.cast(_given.c.specification, _c.specification.type),
            sa.cast(_given.c.data, _c.data.type),
        ).where(_CARD_EXISTS),
    )
    .returning(_c.id, _c.created_at)
)
