"""Stored price calculations: written once, explained years later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.db.database import Reading, Writing


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
    raise NotImplementedError


async def find_calculation(r: Reading, calculation_id: str) -> CalculationView | None:
    """The calculation by id, or None."""
    raise NotImplementedError
