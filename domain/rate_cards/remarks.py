"""What on a rate card is worth a look before prices are made by it: told, and no hindrance."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Final

from domain.decimals import percent, read_decimal
from domain.money import exact
from domain.rate_cards.check import all_steps
from domain.rate_cards.data import CARD
from domain.rate_cards.form import Place, figures
from domain.rate_cards.problems import Problem
from domain.rate_cards.rate_card import SHARE, Material, RateCard

FAR: Final = 50
"""How many times a cost or density may differ from the median of its kind without a remark."""
FAR_RATE: Final = 10
"""The same of an hourly rate: one that was given per minute is sixty times too low."""
DEAR: Final = 10
"""Hours of work that a kilogram of material may cost without a remark, both in the middle of the card."""
_FEW: Final = 3


def remarks(card: RateCard) -> list[Problem]:
    """The remarks on a card without problems.

    Codes: `material_not_offered`, `rate_falls`, `rate_above_one`, `factor_falls`, `tiers_out_of_order`,
    `far_from_the_others`, `material_dearer_than_work`, `below_least_margin`.
    """
    with exact():
        return [
            *_gaps(card),
            *_falls(card),
            *_high(card),
            *_tiers(card),
            *_far(card),
            *_dear(card),
            *_limits(card),
        ]


def _gaps(card: RateCard) -> Iterator[Problem]:
    offered = {material for process in card.processes.values() for material in process.materials}
    for material in card.materials:
        if material not in offered:
            yield Problem.at(
                ("materials", material), "material_not_offered", "is not offered with any process"
            )


def _falls(card: RateCard) -> Iterator[Problem]:
    for place, steps in all_steps(card):
        for index, (before, step) in enumerate(pairwise(steps), start=1):
            if step.rate < before.rate:
                at = (*place, str(index), "rate")
                yield Problem.at(at, "rate_falls", "is lower than that of the previous step")
    for near, zone in pairwise(sorted(card.zone_factors)):
        if card.zone_factors[zone] < card.zone_factors[near]:
            yield Problem.at(
                ("zone_factors", str(zone)), "factor_falls", "is lower than that of the next nearer zone"
            )


def _tiers(card: RateCard) -> Iterator[Problem]:
    for (_, fast), (tier, slow) in pairwise(card.tiers.items()):
        if slow.lead_time_days < fast.lead_time_days:
            at = ("tiers", tier, "lead_time_days")
            yield Problem.at(at, "tiers_out_of_order", "is shorter than that of the next faster tier")
        if slow.margin > fast.margin:
            at = ("tiers", tier, "margin")
            yield Problem.at(at, "tiers_out_of_order", "is higher than that of the next faster tier")


def _high(card: RateCard) -> Iterator[Problem]:
    for place, form, figure in figures(CARD, CARD.write(card)):
        if form.bound.unit == SHARE and (rate := read_decimal(figure)) > 1:
            yield Problem.at(place, "rate_above_one", f"is {percent(rate)}: a rate of 0.15 is 15 %")


def _far(card: RateCard) -> Iterator[Problem]:
    materials, processes = card.materials.items(), card.processes.items()
    costs: dict[Place, Decimal] = {
        ("materials", name, _cost_place(each)): _cost_per_cm3(each) for name, each in materials
    }
    densities: dict[Place, Decimal] = {
        ("materials", name, "density_kg_per_cm3"): each.density_kg_per_cm3 for name, each in materials
    }
    rates: dict[Place, Decimal] = {
        ("processes", name, "rate_per_hour"): each.rate_per_hour for name, each in processes
    }
    for kind, far in ((costs, FAR), (densities, FAR), (rates, FAR_RATE)):
        yield from _outliers(kind, far)


def _cost_place(material: Material) -> str:
    return "cost_per_cm3" if material.cost_per_kg is None else "cost_per_kg"


def _cost_per_cm3(material: Material) -> Decimal:
    """Whatever it is bought by."""
    if material.cost_per_kg is not None:
        return material.cost_per_kg * material.density_kg_per_cm3
    return material.cost_per_cm3 or Decimal(0)


def _outliers(kind: Mapping[Place, Decimal], far: int) -> Iterable[Problem]:
    if len(kind) < _FEW:
        return
    middle = median(kind.values())
    for place, figure in kind.items():
        if figure > middle * far or figure * far < middle:
            message = f"differs from the median by more than {far}x; check the decimal point and the unit"
            yield Problem.at(place, "far_from_the_others", message)


def _dear(card: RateCard) -> Iterator[Problem]:
    """Whether all costs or all hourly rates are in another unit: then none differs from the others."""
    # A card that was stored before there were bounds may weigh nothing.
    per_kg = [
        _cost_per_cm3(each) / each.density_kg_per_cm3
        for each in card.materials.values()
        if each.density_kg_per_cm3
    ]
    per_hour = [each.rate_per_hour for each in card.processes.values()]
    if per_kg and per_hour and median(per_kg) > DEAR * median(per_hour):
        message = f"have a median cost per kg of more than {DEAR} hours of work; check that costs are per cm³ and rates per hour"
        yield Problem.at(("materials",), "material_dearer_than_work", message)


def _limits(card: RateCard) -> Iterator[Problem]:
    """A margin that no price of its tier can keep."""
    least = card.least_margin
    for tier, rules in card.tiers.items():
        if least is not None and rules.margin < least:
            message = f"is below the card's least margin of {percent(least)}: every price at this tier has to be confirmed"
            yield Problem.at(("tiers", tier, "margin"), "below_least_margin", message)
