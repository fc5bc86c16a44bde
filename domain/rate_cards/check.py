"""Whether a rate card holds together, so that a calculation can rely on it."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Final

from domain.money import currencies, minor_unit
from domain.rate_cards.problems import Problem
from domain.rate_cards.rate_card import COMPLEXITY_SCORES, NAME_LIMIT, RateCard, RateStep, folded
from domain.uuids import EXAMPLE, is_uuid


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
            yield Problem.at(
                place, "not_ascending", "must be in ascending order of start, with no start repeated"
            )


def all_steps(card: RateCard) -> Iterator[tuple[tuple[str, ...], tuple[RateStep, ...]]]:
    """Every list of steps on the card, with its place."""
    yield ("adjustments",), card.adjustments
    yield ("customer_discounts", "by_quantity"), card.customer_discounts.by_quantity
    for tier, rules in card.tiers.items():
        yield ("tiers", tier.value, "volume_discounts"), rules.volume_discounts
        yield ("tiers", tier.value, "surcharges"), rules.surcharges


def _quantities(card: RateCard) -> Iterator[Problem]:
    place = ("break_quantities",)
    if list(card.break_quantities) != sorted(set(card.break_quantities)):
        yield Problem.at(place, "not_ascending", "must be in ascending order, with no quantity repeated")
    if any(quantity < 1 for quantity in card.break_quantities):
        yield Problem.at(place, "out_of_range", "must be 1 or more")


def senseless(card: RateCard) -> list[Problem]:
    """What of `card` cannot be meant.

    Codes: `not_a_uuid`, `too_many_decimals`, `empty`, `bad_name`, `duplicate`, `falling`, `discounts_too_high`.
    """
    return [*_head(card), *_names(card), *_offers(card), *_curves(card), *_discounts(card)]


def _head(card: RateCard) -> Iterator[Problem]:
    if not is_uuid(card.id):
        yield Problem.at(["id"], "not_a_uuid", f"must be {EXAMPLE}")
    least = card.minimum_order_value
    if least is not None and card.currency in currencies() and least % minor_unit(card.currency):
        message = "has more decimal places than the currency"
        yield Problem.at(["minimum_order_value"], "too_many_decimals", message)


def _names(card: RateCard) -> Iterator[Problem]:
    groups: dict[str, Mapping[str, object]] = {
        "materials": card.materials,
        "processes": card.processes,
        "finishes": card.finishes,
        "tolerance_classes": card.tolerance_classes,
    }
    if not _fit(card.name):
        yield Problem.at(["name"], "bad_name", _NAME_RULE)
    for group, rules in groups.items():
        if not rules and group in {"materials", "processes"}:
            yield Problem.at([group], "empty", "must have at least one entry")
        counted = Counter(map(folded, rules))
        for name in rules:
            if not _fit(name):
                yield Problem.at([group, name], "bad_name", _NAME_RULE)
            if counted[folded(name)] > 1:
                message = "is duplicated: names must differ by more than upper and lower case"
                yield Problem.at([group, name], "duplicate", message)


_NAME_RULE: Final = (
    f"must be a name of 1 to {NAME_LIMIT} characters, without leading or trailing spaces or control "
    "characters"
)


def _fit(name: str) -> bool:
    plain = not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in name)
    return plain and name == name.strip() and 0 < len(name) <= NAME_LIMIT


def _offers(card: RateCard) -> Iterator[Problem]:
    lists: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
        *((("processes", name, "materials"), each.materials) for name, each in card.processes.items()),
        *(
            (("finishes", name, "materials"), each.materials)
            for name, each in card.finishes.items()
            if each.materials is not None
        ),
    ]
    for place, materials in lists:
        if not materials:
            yield Problem.at(place, "empty", "must name at least one material")
        for index in _repeated(materials):
            yield Problem.at((*place, str(index)), "duplicate", "is named twice")


def _repeated(values: Iterable[str]) -> Iterator[int]:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield index
        seen.add(value)


def _curves(card: RateCard) -> Iterator[Problem]:
    for name, process in card.processes.items():
        for index, (lower, upper) in enumerate(pairwise(process.complexity_multipliers), start=1):
            if upper < lower:
                place = ("processes", name, "complexity_multipliers", str(index))
                yield Problem.at(
                    place, "falling", "must not be lower than the previous one: harder parts take longer"
                )


def _discounts(card: RateCard) -> Iterator[Problem]:
    customers = card.customer_discounts
    others = max(customers.by_tier.values(), default=0) + _highest(customers.by_quantity)
    for tier, rules in card.tiers.items():
        if _highest(rules.volume_discounts) + others >= 1:
            place = ("tiers", tier.value, "volume_discounts")
            message = (
                "together with the highest customer discounts must stay below 1, so that every price is "
                "above zero"
            )
            yield Problem.at(place, "discounts_too_high", message)


def _highest(steps: tuple[RateStep, ...]) -> Decimal | int:
    return max((step.rate for step in steps), default=0)
