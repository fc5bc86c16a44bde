"""Whether a rate card holds together, so that a calculation can rely on it."""

from collections.abc import Iterable, Iterator
from typing import Final

from domain.money import currencies
from domain.rate_cards.problems import Problem
from domain.rate_cards.rate_card import RateCard, Step

COMPLEXITY_SCORES: Final = 5


def card_problems(card: RateCard) -> list[Problem]:
    """Every contradiction in `card`: unknown currency or material, a curve without five points, unordered steps.

    Codes: `unknown_currency`, `wrong_length`, `unknown_material`, `not_ascending`, `out_of_range`. Figures that
    can be reckoned with and yet make no sense are `review`'s: a card that was stored once stays usable.
    """
    return [*_currency(card), *_processes(card), *_finishes(card), *_steps(card), *_quantities(card)]


def _currency(card: RateCard) -> Iterator[Problem]:
    if card.currency not in currencies():
        yield Problem.at(["currency"], "unknown_currency", "is not an ISO 4217 code with a minor unit")


def _processes(card: RateCard) -> Iterator[Problem]:
    for name, process in card.processes.items():
        if len(process.complexity_multipliers) != COMPLEXITY_SCORES:
            place = ("processes", name, "complexity_multipliers")
            yield Problem.at(place, "wrong_length", "must have one factor for each score from 1 to 5")
        yield from _known(process.materials, card, ("processes", name, "materials"))


def _finishes(card: RateCard) -> Iterator[Problem]:
    for name, finish in card.finishes.items():
        yield from _known(finish.materials or (), card, ("finishes", name, "materials"))


def _known(materials: Iterable[str], card: RateCard, place: tuple[str, ...]) -> Iterator[Problem]:
    for index, material in enumerate(materials):
        if material not in card.materials:
            at = (*place, str(index))
            yield Problem.at(at, "unknown_material", "is not on the card", tuple(card.materials))


def _steps(card: RateCard) -> Iterator[Problem]:
    for place, steps in all_steps(card):
        starts = [step.start for step in steps]
        if starts != sorted(set(starts)):
            yield Problem.at(place, "not_ascending", "must ascend by start, each start once")


def all_steps(card: RateCard) -> Iterator[tuple[tuple[str, ...], tuple[Step, ...]]]:
    """Every list of steps on the card, with its place."""
    yield ("adjustments",), card.adjustments
    yield ("customer_discounts", "by_quantity"), card.customer_discounts.by_quantity
    for tier, rules in card.tiers.items():
        yield ("tiers", tier.value, "volume_discounts"), rules.volume_discounts
        yield ("tiers", tier.value, "surcharges"), rules.surcharges


def _quantities(card: RateCard) -> Iterator[Problem]:
    place = ("break_quantities",)
    if list(card.break_quantities) != sorted(set(card.break_quantities)):
        yield Problem.at(place, "not_ascending", "must ascend, each quantity once")
    if any(quantity < 1 for quantity in card.break_quantities):
        yield Problem.at(place, "out_of_range", "must be 1 or more")
