"""The check of a rate card before it is stored: every problem with its place, and what is worth a look."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from domain.decimals import NotADecimalError, read_decimal
from domain.rate_cards.check import card_problems, senseless
from domain.rate_cards.data import CARD, read_card
from domain.rate_cards.form import Bound, DataForm, Figure, Place, figures
from domain.rate_cards.problems import Problem
from domain.rate_cards.rate_card import RateCard
from domain.rate_cards.remarks import remarks


@dataclass(frozen=True, slots=True)
class CardReview:
    """What was found. `card` is there when there is no error; warnings do not stand in its way."""

    card: RateCard | None
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()


def review(data: object, *, new_id: str | None = None) -> CardReview:
    """Checks a card's plain data before it is stored; one without an id gets `new_id`.

    Stricter than `rate_card_from_data`, which reads what has been stored: figures are held to their bounds, and
    what cannot be meant is refused. Every problem is told, also beside figures that cannot be read.
    """
    if isinstance(data, Mapping) and new_id is not None and data.get("id") is None:
        data = {**data, "id": new_id}
    card, unreadable = read_card(data)
    beyond = [
        Problem.at(place, "out_of_range", f"must be {form.bound}", (str(form.bound),))
        for place, form, figure in figures(CARD, data)
        if _is_beyond(form.bound, figure)
    ]
    errors = _distinct([*unreadable, *beyond])
    # What could not be read is nought on the card: what follows from that is no finding.
    blurred = [problem.path for problem in unreadable]
    found = [*card_problems(card), *senseless(card)]
    errors = _distinct([*errors, *(each for each in found if not _touches(each.path, blurred))])
    if errors:
        return CardReview(None, tuple(errors))
    return CardReview(replace(card, id=card.id.lower()), (), tuple(remarks(card)))


def _bounds(form: DataForm, place: Place) -> Iterator[tuple[str, Bound]]:
    if isinstance(form, Figure):
        yield ".".join(place), form.bound
    for key, each in form.inside.items():
        yield from _bounds(each, (*place, key))


BOUNDS: Final[Mapping[str, Bound]] = dict(_bounds(CARD, ()))
"""The bounds of every figure on a card by its place, in which "*" is any name or number."""


def _is_beyond(bound: Bound, data: object) -> bool:
    try:
        return not bound.holds(read_decimal(data))
    except NotADecimalError:
        return False


def _distinct(problems: Iterable[Problem]) -> list[Problem]:
    """One problem for each place and code."""
    return list({(each.path, each.code): each for each in reversed(list(problems))}.values())[::-1]


def _touches(path: tuple[str, ...], others: Iterable[tuple[str, ...]]) -> bool:
    return any(path[: len(other)] == other or other[: len(path)] == path for other in others)
