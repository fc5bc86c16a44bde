"""How many prices one process makes in a second of processor time, beside the same prices in plain floats."""

import time
from collections.abc import Callable, Iterable
from decimal import Decimal
from random import Random
from statistics import median
from typing import TypeVar

from domain.pricing.calculation import calculate
from domain.pricing.calculation_data import calculation_to_data
from domain.pricing.specification import PartSpecification
from domain.pricing.specification_data import specification_from_data, specification_to_data
from domain.rate_cards.default_card import DEFAULT_RATE_CARD
from tests.bench.bare.float_engine import FloatPart, totals
from tests.bench.figures import Figure, Goal, compared
from tests.unit.pricing.parts import random_specification

_SEED = 7
_WHOLE = 2_000
Given = TypeVar("Given")


async def prices(*, count: int, rounds: int) -> list[Figure]:
    """Four tiers each, of `count` random parts: against floats, taking turns; and from the request's data to the
    stored calculation's, of the first 2,000 of them.
    """
    random = Random(_SEED)
    parts = [random_specification(random) for _ in range(count)]
    floats = [as_floats(part) for part in parts]
    asked = [specification_to_data(part) for part in parts[:_WHOLE]]
    pairs, whole = [], []
    for number in range(rounds):
        if number % 2:
            bare = _rate(totals, floats)
            pairs.append((_rate(_alone, parts), bare))
        else:
            pairs.append((_rate(_alone, parts), _rate(totals, floats)))
        whole.append(_rate(_whole, asked))
    apart = max(difference(part) for part in parts)
    note = f"largest difference of a total: {apart} EUR of floats to exact, of {count:,} parts at four tiers"
    return [
        compared(
            "prices, beside plain floats",
            pairs,
            "per s",
            goal=Goal(matter="pricing", at_least=0.4),
            notes=(note,),
        ),
        Figure(what="prices, from data to data", product=median(whole), unit="per s"),
    ]


def as_floats(part: PartSpecification) -> FloatPart:
    """The same part for the float engine."""
    weight = part.part_weight_kg
    length, width, height = map(float, part.sides)
    return FloatPart(
        part.material,
        part.processes[0],
        length,
        width,
        height,
        float(part.geometric_complexity_score),
        part.quantity,
        part.shipping_distance_zone,
        part.customer_tier,
        None if weight is None else float(weight),
    )


def difference(part: PartSpecification) -> Decimal:
    """The largest difference of a tier's total between floats and the product, in money."""
    floats = totals(as_floats(part))
    exact = calculate(part, DEFAULT_RATE_CARD).tiers
    return max(abs(Decimal(f"{floats[tier]:.2f}") - price.total_price) for tier, price in exact.items())


def _rate(job: Callable[[Given], object], given: Iterable[Given]) -> float:
    done = 0
    began = time.process_time()  # nothing is waited for: what others do on the machine counts less so
    for each in given:
        job(each)
        done += 1
    return done / (time.process_time() - began)


def _alone(part: PartSpecification) -> object:
    return calculate(part, DEFAULT_RATE_CARD)


def _whole(data: dict[str, object]) -> object:
    return calculation_to_data(
        calculate(specification_from_data(data, card=DEFAULT_RATE_CARD), DEFAULT_RATE_CARD)
    )
