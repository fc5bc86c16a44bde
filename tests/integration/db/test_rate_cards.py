"""Rate cards over time: one valid at a time, whoever stores them, and what was priced stays priced."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
import sqlalchemy as sa
from uuid6 import uuid7

from adapters.db import pricing
from adapters.db.database import Database
from domain.pricing.calculation import calculate
from domain.pricing.calculation_data import calculation_to_data
from domain.pricing.specification_data import specification_to_data
from domain.rate_cards.data import rate_card_from_data, rate_card_to_data
from domain.rate_cards.default_card import DEFAULT_RATE_CARD
from domain.rate_cards.problems import InvalidRateCardError
from tests.unit.pricing.parts import EXAMPLE

NOW = datetime.now(UTC)
DATA: dict[str, Any] = rate_card_to_data(DEFAULT_RATE_CARD)


@pytest_asyncio.fixture(autouse=True)
async def nothing_stored(database: Database) -> AsyncIterator[None]:
    yield
    async with database.write() as w:
        await w.run(sa.text("DELETE FROM pricing_calculations"))
        await w.run(sa.text("DELETE FROM rate_cards"))


def days(number: float) -> datetime:
    return NOW + timedelta(days=number)


async def stored(database: Database, begins: float | None = None, ends: float | None = None) -> str:
    """The id of a new card with these dates, in days from now."""
    card = str(uuid7())
    async with database.write() as w:
        assert await pricing.store_card(
            w,
            card,
            {**DATA, "id": card},
            valid_from=None if begins is None else days(begins),
            valid_until=None if ends is None else days(ends),
        )
    return card


async def active(database: Database) -> str | None:
    async with database.read() as r:
        found = await pricing.active_card(r)
        listed = [card.id for card in await pricing.list_cards(r, limit=100) if card.active]
        inside = await r.value(sa.select(pricing.active_card_id()))
    assert listed == ([found[0]] if found else [])
    assert inside == (found[0] if found else None)
    return found[0] if found else None


async def test_a_card_holds_until_the_next_or_its_own_end(database: Database) -> None:
    """Proves which card is valid now, in the three ways of asking, and until when each holds."""
    assert await active(database) is None
    old = await stored(database, -9)
    assert await active(database) == old
    await stored(database, 9)
    assert await active(database) == old
    ended = await stored(database, -3, -2)
    assert await active(database) is None  # the old one ended when this one began
    new = await stored(database)
    assert await active(database) == new
    async with database.read() as r:
        views = {card.id: card for card in await pricing.list_cards(r, limit=100)}
        gaps = await pricing.gaps_in_time(r)
    assert (views[old].valid_until, views[old].holds_until) == (None, days(-3))
    assert (views[ended].valid_until, views[ended].holds_until) == (days(-2), days(-2))
    assert views[new].holds_until == days(9)
    assert gaps == []


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        ((1, None), (1, None), "valid_from"),
        ((1, 5), (4, None), "valid_from"),
        ((3, None), (1, 5), "valid_until"),
        ((-1, None), (5, 4), "valid_until"),
    ],
)
async def test_overlapping_cards_are_not_stored(
    database: Database, first: tuple[float, float], second: tuple[float, float], field: str
) -> None:
    """Proves the refusal with its field, and that nothing is left of the second card."""
    kept = await stored(database, *first)
    with pytest.raises(InvalidRateCardError) as refusal:
        await stored(database, *second)
    assert [each.field for each in refusal.value.problems] == [field]
    async with database.read() as r:
        assert [card.id for card in await pricing.list_cards(r, limit=100)] == [kept]


@pytest.mark.parametrize(
    ("begins", "ends"), [("'2030-01-01'", "NULL"), ("'2029-06-01'", "NULL"), ("'2027-01-01'", "'2029-06-01'")]
)
async def test_the_database_itself_refuses_what_overlaps(database: Database, begins: str, ends: str) -> None:
    """Proves that also a row written by hand cannot make two cards valid at once."""
    insert = "INSERT INTO rate_cards (id, data, valid_from, valid_until) VALUES (gen_random_uuid(), '{{}}', {}, {})"
    async with database.write() as w:
        await w.run(sa.text(insert.format("'2029-01-01'", "'2030-01-01'")))
        await w.run(sa.text(insert.format("'2030-01-01'", "NULL")))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="ex_rate_cards_validity"):
        async with database.write() as w:
            await w.run(sa.text(insert.format(begins, ends)))


async def test_cards_of_several_names_are_valid_side_by_side(database: Database) -> None:
    """Of each name one at a time: dates of another name are no hindrance, and neither an end nor a beginning."""
    plain = await stored(database, -2)
    async with database.write() as w:
        for name, begins, ends in (("USA", -1, None), ("USA", -3, -2), ("dealers", -2, 4)):
            card = {**DATA, "id": str(uuid7())}
            dates = {"valid_from": days(begins), "valid_until": None if ends is None else days(ends)}
            assert await pricing.store_card(w, card["id"], card, name=name, **dates)
    async with database.write() as w:
        card = {**DATA, "id": str(uuid7())}
        with pytest.raises(InvalidRateCardError):
            await pricing.store_card(w, card["id"], card, name="dealers", valid_from=days(1))
    async with database.read() as r:
        found = {name: await pricing.active_card(r, name) for name in ("default", "USA", "dealers", "none")}
        listed = await pricing.list_cards(r, limit=100)
        inside = {name: await r.value(sa.select(pricing.active_card_id(name))) for name in found}
        assert await pricing.card_names(r) == ["default", "USA", "dealers"]
        assert await pricing.why_no_card(r, "none") == "No rate card named none is stored yet."
        [gap] = await pricing.gaps_in_time(r, "dealers")
        assert gap.message.startswith("no card named dealers is valid from ")
        assert await pricing.gaps_in_time(r, "USA") == await pricing.gaps_in_time(r) == []
        assert await pricing.names_without_card(r) == []
    valid = {card.name: card.id for card in listed if card.active}
    assert {name: card and card[0] for name, card in found.items()} == {**valid, "none": None} == inside
    assert valid["default"] == plain
    assert {card.name for card in listed if card.holds_until is None and card.active} == {"default", "USA"}


@pytest.mark.parametrize("name", ["USA", "default"])
async def test_the_database_itself_holds_dates_of_one_name_apart(database: Database, name: str) -> None:
    """Also for a program that does not ask before."""
    statement = sa.text(
        "INSERT INTO rate_cards (id, data, name, valid_from) VALUES (:id, '{}', :name, :begins)"
    )
    given = {"name": name, "begins": days(-1)}
    async with database.write() as w:
        await w.run(statement, {**given, "id": str(uuid7())})
        await w.run(statement, {**given, "id": str(uuid7()), "name": f"other {name}"})
    with pytest.raises(asyncpg.ExclusionViolationError):
        async with database.write() as w:
            await w.run(statement, {**given, "id": str(uuid7())})


async def test_of_cards_stored_at_once_one_is_kept(database: Database) -> None:
    """Proves, ten times over, that of eight overlapping cards from eight connections exactly one is stored."""
    for race in range(10):
        begin = 100 + race * 10
        ended = await asyncio.gather(
            *(stored(database, begin + number, begin + 9) for number in range(8)), return_exceptions=True
        )
        kept = [each for each in ended if isinstance(each, str)]
        refused = [each for each in ended if isinstance(each, InvalidRateCardError)]
        assert (len(kept), len(refused)) == (1, 7)


async def test_a_card_that_is_there_stays_as_it_is(database: Database) -> None:
    """Proves that the same id again changes neither figures nor dates, and says so."""
    card = await stored(database, -1)
    async with database.write() as w:
        assert not await pricing.store_card(w, card, {"version": 9}, valid_from=days(5))
        view = await pricing.view_card(w, card)
    assert view is not None
    assert (view.data["version"], view.valid_from) == (1, days(-1))


async def test_what_was_priced_keeps_its_price(database: Database) -> None:
    """Proves that a new card changes no stored calculation, and is what the next one is made by."""

    async def priced() -> pricing.CalculationView:
        async with database.write() as w:
            found = await pricing.active_card(w)
            assert found is not None
            made = calculate(EXAMPLE, rate_card_from_data(found[1]))
            return await pricing.store_calculation(
                w,
                str(uuid7()),
                data=calculation_to_data(made),
                specification=specification_to_data(EXAMPLE),
                rate_card_id=found[0],
            )

    old = await stored(database)
    before = await priced()
    new = str(uuid7())
    async with database.write() as w:
        await pricing.store_card(w, new, {**DATA, "id": new, "overhead": "0.5"})
    after = await priced()
    async with database.read() as r:
        again = await pricing.find_calculation(r, before.id)
    assert again == before
    assert (before.rate_card_id, after.rate_card_id) == (old, new)
    assert before.data["tiers"]["standard"]["total_price"] == "4261.23"
    assert after.data["tiers"]["standard"]["total_price"] > "5000"


async def test_pages_have_the_last_stored_first(database: Database) -> None:
    """Proves the order by storing, and that a page goes on where the one before ended."""
    cards = [await stored(database, number) for number in (3, 1, 2)]
    async with database.read() as r:
        first = await pricing.list_cards(r, limit=2)
        rest = await pricing.list_cards(r, limit=2, after=(first[-1].created_at, first[-1].id))
    assert [card.id for card in (*first, *rest)] == cards[::-1]
