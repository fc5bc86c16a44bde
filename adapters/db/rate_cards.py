"""Rate cards: dated, and never changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.db.database import Reading, Writing


async def active_card(r: Reading) -> tuple[str, dict[str, Any]] | None:
    """Id and data of the card that is valid now, or None before one is stored."""
    raise NotImplementedError


async def find_card(r: Reading, card_id: str) -> dict[str, Any] | None:
    """A card's data by its id, or None."""
    raise NotImplementedError


async def store_card(
    w: Writing, card_id: str, data: Mapping[str, Any], *, valid_from: datetime | None = None
) -> None:
    """Store a card, valid from now if not said otherwise. A card that is there already stays as it is."""
    raise NotImplementedError
