"""Rate cards and calculations are written once."""

from datetime import UTC, datetime, timedelta

import pytest
from uuid6 import uuid7

from adapters.db import pricing
from adapters.db.database import Database
from adapters.db.errors import CalculationNotFoundError


async def test_the_newest_valid_card_is_active(database: Database) -> None:
    """A card of the future waits for its day; a card that is there already stays as it is."""
    old, new, coming = (str(uuid7()) for _ in range(3))
    now = datetime.now(UTC)
    async with database.read() as r:
        assert await pricing.active_card(r) is None
    async with database.write() as w:
        await pricing.store_card(w, new, {"version": 2})
        await pricing.store_card(w, old, {"version": 1}, valid_from=now - timedelta(days=9))
        await pricing.store_card(w, coming, {"version": 3}, valid_from=now + timedelta(days=9))
        await pricing.store_card(w, new, {"version": 99})
    async with database.read() as r:
        assert await pricing.active_card(r) == (new, {"version": 2})
        assert await pricing.find_card(r, old) == {"version": 1}
        assert await pricing.find_card(r, str(uuid7())) is None


async def test_a_calculation_stays_as_it_was_stored(database: Database) -> None:
    """The second one under an id is the first; without its card there is none."""
    card, id_ = str(uuid7()), str(uuid7())
    async with database.write() as w:
        await pricing.store_card(w, card, {"version": 1})
    async with database.write_each() as w:
        first = await pricing.store_calculation(
            w, id_, data={"total": "1.10"}, specification={"quantity": 3}, rate_card_id=card
        )
        again = await pricing.store_calculation(
            w, id_, data={"total": "9.99"}, specification={}, rate_card_id=card
        )
        assert again == first == await pricing.find_calculation(w, id_)
        assert (first.data, first.specification, first.rate_card_id) == (
            {"total": "1.10"},
            {"quantity": 3},
            card,
        )
        with pytest.raises(CalculationNotFoundError):
            await pricing.store_calculation(
                w, str(uuid7()), data={}, specification={}, rate_card_id=str(uuid7())
            )
    async with database.read() as r:
        assert await pricing.find_calculation(r, str(uuid7())) is None


async def test_many_calculations_are_stored_by_one_statement(database: Database) -> None:
    """Each under its id with its own data, beside the time it was made; all or none without their card."""
    card = str(uuid7())
    new = [
        pricing.NewCalculation(id=str(uuid7()), specification=f'{{"n":{n}}}', data=f'{{"total":"{n}"}}')
        for n in range(3)
    ]
    async with database.write() as w:
        await pricing.store_card(w, card, {"version": 1})
        created = await pricing.store_calculations(w, new, rate_card_id=card)
    assert set(created) == {each.id for each in new}
    async with database.write() as w:
        for n, each in enumerate(new):
            found = await pricing.find_calculation(w, each.id)
            assert found is not None
            assert (found.data, found.specification) == ({"total": str(n)}, {"n": n})
            assert (found.rate_card_id, found.created_at) == (card, created[each.id])
        other = [pricing.NewCalculation(id=str(uuid7()), specification="{}", data="{}")]
        with pytest.raises(CalculationNotFoundError):
            await pricing.store_calculations(w, other, rate_card_id=str(uuid7()))
