"""Every list of the collection becomes a draft with at most three answers, or is refused with the reason."""

import re
from pathlib import Path

import pytest

from adapters.spreadsheets.bounded import read_spreadsheet
from cli.local.errors import StackError
from cli.price.parts import Sheet, priced, read_text
from domain.offer.parts_lists.answers import NO_ANSWERS
from domain.offer.parts_lists.grid import Grid, ListFileError
from domain.offer.parts_lists.part_rows import PartRow
from domain.offer.parts_lists.reading import ListContext, read_list
from domain.rate_cards.default_card import DEFAULT_RATE_CARD
from tests.unit.parts_lists.collection import COLLECTION, LISTS, content_of

PAGE = Path(__file__).parents[3] / "docs/parts-lists.md"
CONTEXT = ListContext(card=DEFAULT_RATE_CARD)
MOST_ANSWERS = 3


def told(row: PartRow) -> str:
    """Quantity and sides."""
    asked = row.specification or {}
    named = ("diameter_mm", "length_mm", "width_mm", "height_mm", "thickness_mm")
    sides = (asked[name] for name in named if name in asked)
    return f"{asked['quantity']}: {' x '.join(sides)}"


def test_every_file_of_the_folder_is_in_the_collection() -> None:
    """And at least thirty are, of which at least 25 become a draft."""
    assert {file.name for file in LISTS.iterdir()} == {name for name in COLLECTION if (LISTS / name).exists()}
    assert len(COLLECTION) >= 30
    drafts = [sample for sample in COLLECTION.values() if sample.parts]
    assert len(drafts) >= 25 / 30 * len(COLLECTION)


@pytest.mark.parametrize("name", COLLECTION)
async def test_a_list_becomes_a_draft_or_is_refused(name: str) -> None:
    """Without answers, with them, and from what is stored of it."""
    sample = COLLECTION[name]
    grid = await read_spreadsheet(content_of(name))
    if sample.refused:
        with pytest.raises(ListFileError) as refused:
            read_list(grid, NO_ANSWERS, CONTEXT)
        assert refused.value.code == sample.refused
        return
    first = read_list(grid, NO_ANSWERS, CONTEXT)
    assert len(first.parts) == sample.before, first.summary
    assert {each.answer for each in first.questions} == set(sample.asks)
    assert len(first.questions) <= MOST_ANSWERS
    then = read_list(Grid.from_data(grid.to_data()), sample.answers, CONTEXT)
    assert tuple(map(told, then.parts)) == sample.parts, [row.problems for row in then.open]
    assert len(then.open) == sample.left
    assert not then.questions


def test_the_page_tells_of_each() -> None:
    """docs/parts-lists.md has a row for each list: what `firm-offer price` makes of it, which knows a specification's fields
    alone, what is asked, and what becomes of it.
    """
    form = r"^\| `([\w.-]+)` \| ([^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$"
    assert re.findall(form, PAGE.read_text(), re.MULTILINE) == [
        (
            name,
            sample.told,
            by_fields(name),
            ", ".join(f"`{each}`" for each in sample.asks) or "nothing",
            f"refused: `{sample.refused}`" if sample.refused else _became(len(sample.parts), sample.left),
        )
        for name, sample in COLLECTION.items()
    ]


def by_fields(name: str) -> str:
    """How many of its rows can be priced where columns have to be a specification's fields."""
    try:
        rows = [*priced(Sheet(read_text(LISTS / name), name), DEFAULT_RATE_CARD)]
    except StackError:
        return "refused"
    return f"{sum(row.calculation is not None for row in rows)} of {len(rows)}"


def _became(parts: int, left: int) -> str:
    told_ = f"{parts} {'part' if parts == 1 else 'parts'}"
    return f"{told_}, {left} open" if left else told_
