"""The operations of a part: what is done to it and what goes into it, each at a cost of its own."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from math import ceil
from typing import Annotated, Any, Final

from domain.decimals import plain
from domain.rate_cards.form import Figure, Object, bound, form_of
from domain.rate_cards.problems import Problem

MOST: Final = 20
"""Operations of a part."""
NAME_LIMIT: Final = 200
_NOTHING: Final = Decimal(0)
_MONEY: Final = bound("0", "100000000", "money")


@dataclass(frozen=True, slots=True, kw_only=True)
class InHouseWork:
    """Work by a process of the rate card.

    Hours that are given count instead of the card's. `hours_per_piece` is all the time that a piece takes: neither the
    card's formula nor its complexity multiplier nor its adjustment has a say in it. `complexity` is that of this
    operation alone; without it the part's counts.
    """

    process: str
    set_up_hours: Annotated[Decimal, bound("0", "500", "hours per batch")] | None = None
    hours_per_piece: Annotated[Decimal, bound("0", "500", "hours per piece", above=True)] | None = None
    complexity: Annotated[Decimal, bound("1", "5", "complexity score")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideWork:
    """Work that is given out, by its `name`, in money of the card; its working days come on top of the tier's."""

    name: str
    cost_per_piece: Annotated[Decimal, _MONEY] | None = None
    cost_per_batch: Annotated[Decimal, _MONEY] | None = None
    minimum: Annotated[Decimal, _MONEY] | None = None
    lead_time_days: Annotated[int, bound("0", "365", "working days")] | None = None

    def cost(self, pieces: Decimal) -> Decimal:
        """Of a batch: pieces × cost per piece + cost per batch, no less than the minimum. Needs `exact()` around it."""
        return max(self.minimum or _NOTHING, self.unraised(pieces))

    def unraised(self, pieces: Decimal) -> Decimal:
        """The same without the minimum. Needs `exact()` around it."""
        return pieces * (self.cost_per_piece or _NOTHING) + (self.cost_per_batch or _NOTHING)

    @property
    def bend(self) -> int | None:
        """The first number of pieces that cost the minimum or more by themselves; None where every number does, or none.

        Needs `exact()` around it.
        """
        missing = (self.minimum or _NOTHING) - (self.cost_per_batch or _NOTHING)
        return ceil(missing / self.cost_per_piece) if self.cost_per_piece and missing > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoughtPart:
    """A part that is bought and goes into each part, by its `name`, in money of the card."""

    name: str
    pieces_per_part: Annotated[int, bound("1", "10000", "pieces per part")] = 1
    cost_per_piece: Annotated[Decimal, _MONEY]


PartOperation = InHouseWork | OutsideWork | BoughtPart
COSTS: Final = ("cost_per_piece", "cost_per_batch", "minimum")


def _form(kind: type) -> Object:
    form = form_of(kind)
    if not isinstance(form, Object):
        raise TypeError(f"{kind} has no fields")
    return form


KINDS: Final[Mapping[str, type]] = {"process": InHouseWork, "outside": OutsideWork, "bought": BoughtPart}
"""What an operation's data must have exactly one of; `outside` and `bought` are marks, and true."""
FORMS: Final[Mapping[type, Object]] = {kind: _form(kind) for kind in KINDS.values()}


def operations_from_data(data: object) -> tuple[tuple[PartOperation | None, ...], list[Problem]]:
    """The operations in `data`, and what cannot be read or is missing; bounds and the card's rules are not looked at.

    One with a problem may have nought in place of a figure, or None stands in its place.
    """
    if not isinstance(data, list):
        return (), [Problem.at(("operations",), "not_a_list", "must be a list")]
    if not 1 <= len(data) <= MOST:
        code = "too_many" if data else "too_few"
        return (), [Problem.at(("operations",), code, f"must have 1 to {MOST} entries", (f"1 to {MOST}",))]
    found: list[Problem] = []
    read = [_read(entry, ("operations", str(index)), found) for index, entry in enumerate(data)]
    return tuple(read), found


def _read(data: object, place: tuple[str, ...], found: list[Problem]) -> PartOperation | None:
    if not isinstance(data, Mapping):
        found.append(Problem.at(place, "not_an_object", "must be an object"))
        return None
    # A mark that is false is one that was not set.
    marked = [key for key in KINDS if data.get(key) is not None and data[key] is not False]
    if len(marked) != 1:
        found.append(one_of(place))
        return None
    mark = marked[0]
    form = FORMS[KINDS[mark]]
    if mark != "process" and data[mark] is not True:
        found.append(Problem.at((*place, mark), "not_allowed", "must be true", ("true",)))
    given = {key: each for key, each in data.items() if key in form.fields or key not in KINDS}
    named = "process" if mark == "process" else "name"
    if isinstance(given.get(named), str):
        given[named] = given[named].strip()
        found += _name_problems(given[named], (*place, named))
    problems: list[Problem] = []
    operation: PartOperation = form.read(given, place, problems)
    taken = tuple(dict.fromkeys((mark, *form.fields)))
    # A negative figure is out of its bounds, which are told where bounds are.
    found += [
        replace(each, allowed=taken) if each.code == "unknown_field" else each
        for each in problems
        if each.code != "out_of_range"
    ]
    return operation


def one_of(place: tuple[str, ...]) -> Problem:
    """The problem of what is no operation."""
    return Problem.at(place, "one_of", f"must have exactly one of {', '.join(KINDS)}", tuple(KINDS))


def _name_problems(name: str, place: tuple[str, ...]) -> Iterator[Problem]:
    if len(name) > NAME_LIMIT:
        yield Problem.at(place, "too_long", f"must have at most {NAME_LIMIT} characters")
    elif any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in name):
        yield Problem.at(place, "not_text", "must be one line without control characters")


def operation_to_data(operation: PartOperation) -> dict[str, object]:
    """`operation` as data for JSON: decimals as plain text, what was not given left out."""
    mark = next(key for key, kind in KINDS.items() if isinstance(operation, kind))
    data: dict[str, object] = {} if mark == "process" else {mark: True}
    for field in fields(operation):
        value = getattr(operation, field.name)
        if value is not None:
            data[field.name] = plain(value) if isinstance(value, Decimal) else value
    return data


def without_cost(operation: PartOperation) -> bool:
    """Whether it is work given out of which nobody said what it costs."""
    return isinstance(operation, OutsideWork) and all(getattr(operation, cost) is None for cost in COSTS)


def figures_of(operation: PartOperation) -> Mapping[str, tuple[Figure, Any]]:
    """Every figure of it that was given, with its form."""
    form = FORMS[type(operation)]
    given = {name: (field.form, getattr(operation, name)) for name, field in form.fields.items()}
    return {
        name: (figure, value)
        for name, (figure, value) in given.items()
        if isinstance(figure, Figure) and value is not None
    }
