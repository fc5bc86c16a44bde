"""Whether a rate card holds together, so that a calculation can rely on it."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Final

from domain.money import currencies, minor_unit
from domain.rate_cards.entry_names import Aliased, likeness, likenesses
from domain.rate_cards.form import Place
from domain.rate_cards.problems import Problem
from domain.rate_cards.rate_card import (
    ALIAS_LIMIT,
    COMPLEXITY_SCORES,
    CUSTOMER_TIER_LIMIT,
    NAME_LIMIT,
    PER_PART,
    PER_QUOTE,
    TIER_LIMIT,
    OrderRules,
    RateCard,
    RateStep,
    folded,
)
from domain.uuids import EXAMPLE, is_uuid


def card_problems(card: RateCard) -> list[Problem]:
    """Every contradiction in `card`: unknown currency or material, no cost or two, a curve without five points, unordered
    steps.

    Codes: `unknown_currency`, `required`, `one_of`, `wrong_length`, `unknown_material`, `unknown_customer_tier`, `empty`, `not_allowed`, `not_ascending`,
    `out_of_range`. Figures that can be reckoned with and yet make no sense are `review`'s: a card that was stored once stays usable.
    """
    return [
        *_currency(card),
        *_costs(card),
        *_processes(card),
        *_finishes(card),
        *_tiers(card),
        *_steps(card),
        *_quantities(card),
        *_order(card),
    ]


def _currency(card: RateCard) -> Iterator[Problem]:
    if card.currency not in currencies():
        yield Problem.at(["currency"], "unknown_currency", "is not an ISO 4217 code with a minor unit")


def _costs(card: RateCard) -> Iterator[Problem]:
    for name, material in card.materials.items():
        by_volume, by_weight = material.cost_per_cm3 is not None, material.cost_per_kg is not None
        if not by_volume and not by_weight:
            message = "is missing: a material costs this per cm³, or cost_per_kg"
            yield Problem.at(("materials", name, "cost_per_cm3"), "required", message)
        elif by_volume and by_weight:
            message = "stands beside cost_per_cm3: a material has one of the two"
            yield Problem.at(("materials", name, "cost_per_kg"), "one_of", message)


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


def _tiers(card: RateCard) -> Iterator[Problem]:
    if not card.tiers:
        yield Problem.at(["tiers"], "empty", _ONE_AT_LEAST)
    if not card.customer_discounts.by_tier:
        yield Problem.at(["customer_discounts", "by_tier"], "empty", _ONE_AT_LEAST)
    for name in card.customer_discounts.labels or ():
        if name not in card.customer_discounts.by_tier:
            at, known = ("customer_discounts", "labels", name), tuple(card.customer_discounts.by_tier)
            yield Problem.at(at, "unknown_customer_tier", "is not on the card", known)


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
        yield ("tiers", tier, "volume_discounts"), rules.volume_discounts
        yield ("tiers", tier, "surcharges"), rules.surcharges


def _quantities(card: RateCard) -> Iterator[Problem]:
    place = ("break_quantities",)
    if list(card.break_quantities) != sorted(set(card.break_quantities)):
        yield Problem.at(place, "not_ascending", "must be in ascending order, with no quantity repeated")
    if any(quantity < 1 for quantity in card.break_quantities):
        yield Problem.at(place, "out_of_range", "must be 1 or more")


def _order(card: RateCard) -> Iterator[Problem]:
    ways = (PER_PART, PER_QUOTE)
    if card.order is not None and card.order.shipping is not None and card.order.shipping not in ways:
        yield Problem.at(["order", "shipping"], "not_allowed", f"must be {' or '.join(ways)}", ways)


def senseless(card: RateCard) -> list[Problem]:
    """What of `card` cannot be meant.

    Codes: `not_a_uuid`, `too_many_decimals`, `one_of`, `empty`, `too_many`, `bad_name`, `duplicate`, `falling`,
    `discounts_too_high`.
    """
    return [
        *_head(card),
        *_names(card),
        *_labels(card),
        *_aliases(card),
        *_offers(card),
        *_curves(card),
        *_discounts(card),
    ]


def _head(card: RateCard) -> Iterator[Problem]:
    if not is_uuid(card.id):
        yield Problem.at(["id"], "not_a_uuid", f"must be {EXAMPLE}")
    order = card.order or OrderRules()
    amounts: dict[Place, Decimal | None] = {
        ("minimum_order_value",): card.minimum_order_value,
        ("minimum_per_part",): card.minimum_per_part,
        ("order", "minimum_order_value"): order.minimum_order_value,
        ("order", "packing"): order.packing,
    }
    for place, amount in amounts.items():
        if amount is not None and card.currency in currencies() and amount % minor_unit(card.currency):
            yield Problem.at(place, "too_many_decimals", "has more decimal places than the currency")
    if card.minimum_order_value is not None and card.minimum_per_part is not None:
        message = "stands beside minimum_order_value, the name that older cards have for it"
        yield Problem.at(["minimum_per_part"], "one_of", message)


def _names(card: RateCard) -> Iterator[Problem]:
    groups: dict[Place, Mapping[str, object]] = {
        ("materials",): card.materials,
        ("processes",): card.processes,
        ("tiers",): card.tiers,
        ("customer_discounts", "by_tier"): card.customer_discounts.by_tier,
        ("finishes",): card.finishes,
        ("tolerance_classes",): card.tolerance_classes,
    }
    if not is_fit(card.name):
        yield Problem.at(["name"], "bad_name", NAME_RULE)
    for group, rules in groups.items():
        if not rules and group in {("materials",), ("processes",)}:
            yield Problem.at(group, "empty", _ONE_AT_LEAST)
        if len(rules) > (most := _MOST.get(group, len(rules))):
            yield Problem.at(group, "too_many", f"must have at most {most} entries")
        counted = Counter(map(folded, rules))
        for name in rules:
            if not is_fit(name):
                yield Problem.at((*group, name), "bad_name", NAME_RULE)
            if counted[folded(name)] > 1:
                message = "is duplicated: names must differ by more than upper and lower case"
                yield Problem.at((*group, name), "duplicate", message)


_ONE_AT_LEAST: Final = "must have at least one entry"
_MOST: Final[Mapping[Place, int]] = {
    ("tiers",): TIER_LIMIT,
    ("customer_discounts", "by_tier"): CUSTOMER_TIER_LIMIT,
}
NAME_RULE: Final = (
    f"must be a name of 1 to {NAME_LIMIT} characters, without leading or trailing spaces or control "
    "characters"
)


def _labels(card: RateCard) -> Iterator[Problem]:
    """Labels are read by customers, who must be able to tell one entry from another."""
    groups: dict[Place, Mapping[str, str | None]] = {
        ("materials",): {name: each.label for name, each in card.materials.items()},
        ("processes",): {name: each.label for name, each in card.processes.items()},
        ("tiers",): {name: each.label for name, each in card.tiers.items()},
        ("finishes",): {name: each.label for name, each in card.finishes.items()},
        ("customer_discounts", "labels"): card.customer_discounts.labels or {},
    }
    for group, labels in groups.items():
        counted = Counter(folded(label) for label in labels.values() if label is not None)
        for name, label in labels.items():
            at = (*group, name) if group == ("customer_discounts", "labels") else (*group, name, "label")
            if label is not None and not is_fit(label):
                yield Problem.at(at, "bad_name", NAME_RULE)
            elif label is not None and counted[folded(label)] > 1:
                yield Problem.at(at, "duplicate", "is the label of another entry, too")


def _aliases(card: RateCard) -> Iterator[Problem]:
    """An alias means one entry alone, whether by its alias or by its name."""
    groups: dict[str, Mapping[str, Aliased]] = {
        "materials": card.materials,
        "processes": card.processes,
        "finishes": card.finishes,
    }
    for group, entries in groups.items():
        owners: dict[str, set[str]] = {}
        for name, entry in entries.items():
            for like in likenesses(name, entry):
                owners.setdefault(like, set()).add(name)
        for name, entry in entries.items():
            aliases = entry.aliases or ()
            if len(aliases) > ALIAS_LIMIT:
                yield Problem.at(
                    (group, name, "aliases"), "too_many", f"must have at most {ALIAS_LIMIT} entries"
                )
            for index, alias in enumerate(aliases):
                place = (group, name, "aliases", str(index))
                if not is_fit(alias) or not likeness(alias):
                    yield Problem.at(place, "bad_name", f"{NAME_RULE}, with at least one letter or digit")
                elif others := owners[likeness(alias)] - {name}:
                    yield Problem.at(
                        place, "duplicate", f"is also what {', '.join(sorted(others))} is called"
                    )


def is_fit(name: str) -> bool:
    """Whether `name` keeps `NAME_RULE`."""
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
            place = ("tiers", tier, "volume_discounts")
            message = (
                "together with the highest customer discounts must stay below 1, so that every price is "
                "above zero"
            )
            yield Problem.at(place, "discounts_too_high", message)


def _highest(steps: tuple[RateStep, ...]) -> Decimal | int:
    return max((step.rate for step in steps), default=0)
