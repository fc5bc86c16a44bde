"""What a person says about a parts list that it does not say itself, and what is wrong with that."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Final, Self

from domain.decimals import NotADecimalError, read_decimal
from domain.offer.parts_lists.readings import Mark
from domain.offer.parts_lists.words import (
    COMPLEXITY,
    FIGURES,
    KNOWN_FIELDS,
    LENGTH_UNITS,
    WEIGHT_UNITS,
    fold,
    letters,
)
from domain.rate_cards.problems import Problem
from domain.rate_cards.rate_card import RateCard

EVERY_COLUMN: Final = "*"
"""In `units`: of every column of sizes that says none."""
DEFAULTS: Final = (
    *("material", "process", COMPLEXITY, "quantity", "tier"),
    *("shipping_distance_zone", "surface_finish", "tolerance_class", "special_requirements"),
)
"""Fields that a person may say for all rows that do not say them."""
TIER: Final = "tier"


class QuantityBasis(StrEnum):
    """What the quantities of an assembly's parts are for: one assembly, or all of them."""

    PER_ASSEMBLY = "per_assembly"
    TOTAL = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAnswers:
    """`map` says what a column holds: its heading or its letter, and a field, or None for one to be left aside. `units` are by
    column too, or by `*`. `materials` and `processes` say which name of the rate card the list's own word means. `decimal` is
    the decimal mark of the whole list; `quantities` says whether those of an assembly's parts are for one assembly. `header_row`
    is the file's row that names the columns.
    """

    map: Mapping[str, str | None] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    materials: Mapping[str, str] = field(default_factory=dict)
    processes: Mapping[str, str] = field(default_factory=dict)
    decimal: Mark | None = None
    quantities: QuantityBasis | None = None
    header_row: int | None = None

    def with_more(self, more: "ListAnswers") -> "ListAnswers":
        """Both; of two answers to one question, `more`'s."""
        return ListAnswers(
            map={**self.map, **more.map},
            units={**self.units, **more.units},
            defaults={**self.defaults, **more.defaults},
            materials={**self.materials, **more.materials},
            processes={**self.processes, **more.processes},
            decimal=more.decimal or self.decimal,
            quantities=more.quantities or self.quantities,
            header_row=more.header_row or self.header_row,
        )

    def with_only(self, *, defaults: Mapping[str, str]) -> "ListAnswers":
        """With these defaults instead of its own."""
        return replace(self, defaults=defaults)

    @property
    def to_keep(self) -> "ListAnswers":
        """What holds for a customer's next list too: not the file's own matters, nor columns by their letters."""
        return replace(
            self,
            map={key: field for key, field in self.map.items() if not is_letters(key)},
            units={key: unit for key, unit in self.units.items() if not is_letters(key)},
            decimal=None,
            quantities=None,
            header_row=None,
        )

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data, without what nobody said."""
        data = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            name: dict(value) if isinstance(value, Mapping) else value
            for name, value in data.items()
            if value not in (None, {})
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """What `to_data` wrote."""
        kinds = {"decimal": Mark, "quantities": QuantityBasis}
        return cls(**{**data, **{name: kind(data[name]) for name, kind in kinds.items() if data.get(name)}})


NO_ANSWERS: Final = ListAnswers()


def is_letters(key: str) -> bool:
    """Whether a column is named as spreadsheets do, and not by its heading."""
    return len(key) <= 3 and key.isascii() and key.isalpha() and key.isupper()  # noqa: PLR2004 - XFD is the last


def column_named(key: str, headings: Mapping[int, str]) -> list[int]:
    """The columns that a key of `map` or `units` names: by heading, else by letter."""
    folded = fold(key)
    by_heading = [index for index, heading in headings.items() if folded and fold(heading) == folded]
    return by_heading or [index for index in headings if letters(index) == key.strip().upper()]


def answer_problems(
    answers: ListAnswers, headings: Mapping[int, str], card: RateCard, *, kept: bool = False
) -> list[Problem]:
    """Everything that is wrong with answers to a list with these headings, by its place in them. Of `kept` ones, given for
    another list, columns that are not there count for nothing.
    """
    found = [*_map_problems(answers, headings, kept=kept), *_unit_problems(answers, headings, kept=kept)]
    found += _default_problems(answers.defaults, card)
    for name, names in (("materials", card.materials), ("processes", card.processes)):
        found += _name_problems(name, getattr(answers, name), tuple(names))
    return found


def _map_problems(answers: ListAnswers, headings: Mapping[int, str], *, kept: bool) -> Iterator[Problem]:
    columns: dict[int, str] = {}
    named: dict[str, str] = {}
    for key, wanted in answers.map.items():
        at = column_named(key, headings)
        if len(at) != 1 and not kept:
            yield _no_column("map", key, at, headings)
        if wanted is not None and wanted not in KNOWN_FIELDS:
            yield Problem.at(["map", key], "unknown_field", "is not a field of a parts list", KNOWN_FIELDS)
            continue
        for column in at[:1]:
            if column in columns:
                message = f"names column {letters(column)} a second time"
                yield Problem.at(["map", key], "column_named_twice", message)
            columns[column] = key
        if wanted is not None and at and wanted in named:
            message = f"maps a second column to {wanted}, and one column alone may hold it"
            yield Problem.at(["map", key], "field_named_twice", message)
        if wanted is not None and at:
            named[wanted] = key


def _no_column(name: str, key: str, at: list[int], headings: Mapping[int, str]) -> Problem:
    if at:
        message = f"names {len(at)} columns: say which by its letter"
        return Problem.at([name, key], "column_not_unique", message, tuple(map(letters, at)))
    message = "names no column: give its heading or its letter"
    return Problem.at([name, key], "unknown_column", message, tuple(map(letters, headings)))


def _unit_problems(answers: ListAnswers, headings: Mapping[int, str], *, kept: bool) -> Iterator[Problem]:
    allowed = (*LENGTH_UNITS, *WEIGHT_UNITS)
    for key, unit in answers.units.items():
        at = column_named(key, headings)
        if key != EVERY_COLUMN and len(at) != 1 and not kept:
            yield _no_column("units", key, at, headings)
        if unit not in (LENGTH_UNITS if key == EVERY_COLUMN else allowed):
            listed = tuple(LENGTH_UNITS) if key == EVERY_COLUMN else allowed
            yield Problem.at(["units", key], "unknown_unit", "is not a unit that is known", listed)


def _default_problems(defaults: Mapping[str, str], card: RateCard) -> Iterator[Problem]:
    for name, value in defaults.items():
        at = ["defaults", name]
        if name not in DEFAULTS:
            yield Problem.at(at, "unknown_field", "is not a field that has a default", DEFAULTS)
        elif name in {"material", "process"}:
            names = tuple(card.materials if name == "material" else card.processes)
            if value not in names:
                yield Problem.at(at, f"unknown_{name}", "is not on the rate card", names)
        elif name == TIER:
            if value not in card.tiers:
                yield Problem.at(at, "unknown_tier", "is not on the rate card", tuple(card.tiers))
        elif name in FIGURES or name == "shipping_distance_zone":
            yield from _figure_problem(at, value)


def _figure_problem(at: list[str], value: str) -> Iterator[Problem]:
    try:
        read_decimal(value)
    except NotADecimalError:
        yield Problem.at(at, "not_a_number", "must be a plain decimal such as 12.5, as text")


def _name_problems(name: str, said: Mapping[str, str], allowed: tuple[str, ...]) -> Iterator[Problem]:
    known: dict[str, str] = {}
    for word, meant in said.items():
        singular = "material" if name == "materials" else "process"
        if meant not in allowed:
            yield Problem.at([name, word], f"unknown_{singular}", "is not on the rate card", allowed)
        elif known.setdefault(fold(word), meant) != meant:
            message = f"is compared without case and punctuation, and so given for two: {known[fold(word)]} and {meant}"
            yield Problem.at([name, word], "alias_of_two", message, (known[fold(word)], meant))
