"""What on a rate card is worth a look before prices are made by it: told, and no hindrance."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Final

from domain.money import exact
from domain.rate_cards.check import all_steps
from domain.rate_cards.problems import Problem
from domain.rate_cards.rate_card import RateCard

FAR: Final = 50
"""How many times a figure may differ from the median of its kind without a remark."""
_FEW: Final = 3

Place = tuple[str, ...]


def remarks(card: RateCard) -> list[Problem]:
    """The remarks on a card without problems.

    Codes: `material_not_offered`, `rate_falls`, `factor_falls`, `tiers_out_of_order`, `far_from_the_others`.
    """
    with exact():
        return [*_gaps(card), *_falls(card), *_tiers(card), *_far(card)]


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
            at = ("tiers", tier.value, "lead_time_days")
            yield Problem.at(at, "tiers_out_of_order", "is shorter than that of the next faster tier")
        if slow.margin > fast.margin:
            at = ("tiers", tier.value, "margin")
            yield Problem.at(at, "tiers_out_of_order", "is higher than that of the next faster tier")


def _far(card: RateCard) -> Iterator[Problem]:
    materials, processes = card.materials.items(), card.processes.items()
    yield from _outliers({("materials", name, "cost_per_cm3"): each.cost_per_cm3 for name, each in materials})
    yield from _outliers(
        {("materials", name, "density_kg_per_cm3"): each.density_kg_per_cm3 for name, each in materials}
    )
    yield from _outliers(
        {("processes", name, "rate_per_hour"): each.rate_per_hour for name, each in processes}
    )


def _outliers(figures: Mapping[Place, Decimal]) -> Iterable[Problem]:
    if len(figures) < _FEW:
        return
    middle = median(figures.values())
    for place, figure in figures.items():
        if figure > middle * FAR or figure * FAR < middle:
            message = f"differs from the median by more than {FAR}x; check the decimal point"
            yield Problem.at(place, "far_from_the_others", message)
