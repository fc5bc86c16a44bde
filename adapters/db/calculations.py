"""Stored price calculations: written once, explained years later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adapters.db.database import Reading, Writing
from adapters.db.errors import CalculationNotFoundError
from adapters.db.tables import pricing_calculations, rate_cards


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculationView:
    """`data` is the whole explained calculation as plain data, `specification` what was asked for."""

    id: str
    rate_card_id: str
    specification: Mapping[str, Any]
    data: Mapping[str, Any]
    created_at: datetime


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


async def find_calculation(r: Reading, calculation_id: str) -> CalculationView | None:
    """The calculation by id, or None."""
    row = await r.row(_FIND, {"id": calculation_id})
    return CalculationView(**row) if row else None


_c = pricing_calculations.c
_FIND: Final = sa.select(pricing_calculations).where(_c.id == sa.bindparam("id"))
_NAMES: Final = ["id", "rate_card_id", "specification", "data"]
_STORE: Final = (
    insert(pricing_calculations)
    .from_select(
        _NAMES,
        sa.select(*(sa.bindparam(name, type_=_c[name].type) for name in _NAMES)).where(
            sa.exists().where(rate_cards.c.id == sa.bindparam("rate_card_id", type_=rate_cards.c.id.type))
        ),
    )
    .on_conflict_do_nothing()
    .returning(pricing_calculations)
)
