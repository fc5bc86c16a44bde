"""Rows of a sheet priced by a card, each by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cli.price.csv_file import Row, Sheet
from cli.price.text import has_controls
from domain.pricing.calculation import Calculation, calculate
from domain.pricing.specification_data import specification_from_data
from domain.rate_cards.problems import InvalidSpecificationError, Problem
from domain.rate_cards.rate_card import RateCard

_NAMES: Final = ("material", "process", "customer_tier")


@dataclass(frozen=True, slots=True)
class Part:
    """A row and what became of it: a calculation, or everything that is wrong with it."""

    row: Row
    calculation: Calculation | None = None
    problems: tuple[Problem, ...] = ()


def priced(sheet: Sheet, card: RateCard) -> Iterator[Part]:
    """Every row of the sheet, in its order."""
    for row in sheet.rows():
        yield _priced(row, card)


def _priced(row: Row, card: RateCard) -> Part:
    if row.problem is not None:
        return Part(row, problems=(row.problem,))
    # The domain trims texts; in a cell that holds a name a tab or a line break is a slip, and never meant.
    slips = [name for name in _NAMES if has_controls(row.data.get(name, ""))]
    if slips:
        message = "must not hold control characters"
        return Part(row, problems=tuple(Problem("not_text", name, message) for name in slips))
    try:
        return Part(row, calculate(specification_from_data(row.data, card=card), card))
    except InvalidSpecificationError as error:
        return Part(row, problems=error.problems)
