"""Whether a rate card holds together, so that a calculation can rely on it."""

from collections.abc import Iterator
from typing import Final

from domain.money import currencies
from domain.pricing.errors import Problem
from domain.pricing.rate_card import RateCard, Step

COMPLEXITY_SCORES: Final = 5


def card_problems(card: RateCard) -> list[Problem]:
    """Every contradiction in `card`: unknown currency or material, a curve without five points, unordered steps.

    Codes: `unknown_currency`, `wrong_length`, `unknown_material`, `not_ascending`, `out_of_range`.
    """
    return [*_currency(card), *_processes(card), *_steps(card), *_quantities(card)]


def _currency(card: RateCard) -> Iterator[Problem]:
    if card.currency not in currencies():
        yield Problem("unknown_currency", "currency", "is not an ISO 4217 code with a minor unit")


def _processes(card: RateCard) -> Iterator[Problem]:
    for name, process in card.processes.items():
        if len(process.complexity_multipliers) != COMPLEXITY_SCORES:
            place = f"processes.{name}.complexity_multipliers"
            yield Problem("wrong_length", place, "must have one factor for each score from 1 to 5")
        for index, material in enumerate(process.materials):
            if material not in card.materials:
                place = f"processes.{name}.materials.{index}"
                yield Problem("unknown_material", place, "is not on the card", tuple(card.materials))


def _steps(card: RateCard) -> Iterator[Problem]:
    yield from _ascending(card.adjustments, "adjustments")
    yield from _ascending(card.customer_discounts.by_quantity, "customer_discounts.by_quantity")
    for tier, rules in card.tiers.items():
        yield from _ascending(rules.volume_discounts, f"tiers.{tier}.volume_discounts")
        yield from _ascending(rules.surcharges, f"tiers.{tier}.surcharges")


def _ascending(steps: tuple[Step, ...], place: str) -> Iterator[Problem]:
    starts = [step.start for step in steps]
    if starts != sorted(set(starts)):
        yield Problem("not_ascending", place, "must ascend by start")


def _quantities(card: RateCard) -> Iterator[Problem]:
    if list(card.break_quantities) != sorted(set(card.break_quantities)):
        yield Problem("not_ascending", "break_quantities", "must ascend")
    if any(quantity < 1 for quantity in card.break_quantities):
        yield Problem("out_of_range", "break_quantities", "must be 1 or more")
