"""How many prices one process makes in a second."""

from random import Random

from domain.pricing.calculate import calculate
from domain.pricing.calculation_data import calculation_to_data
from domain.pricing.default_card import DEFAULT_RATE_CARD
from domain.pricing.specification_data import specification_from_data, specification_to_data
from tests.bench.figures import Figure
from tests.bench.load import timed
from tests.unit.pricing.parts import random_specification

_SEED = 7


async def prices(*, count: int, rounds: int) -> list[Figure]:
    """Four tiers each, of random parts; alone, and from the request's data to the stored calculation's."""
    random = Random(_SEED)
    parts = [random_specification(random) for _ in range(count)]
    asked = [specification_to_data(part) for part in parts]

    async def alone(number: int) -> None:
        calculate(parts[number], DEFAULT_RATE_CARD)

    async def whole(number: int) -> None:
        part = specification_from_data(asked[number], card=DEFAULT_RATE_CARD)
        calculation_to_data(calculate(part, DEFAULT_RATE_CARD))

    rates = [
        ((await timed(count, 1, alone)).rate, (await timed(count, 1, whole)).rate) for _ in range(rounds)
    ]
    return [
        Figure(what="prices, one process", product=sorted(a for a, _ in rates)[rounds // 2], unit="per s"),
        Figure(
            what="prices, from data to data", product=sorted(w for _, w in rates)[rounds // 2], unit="per s"
        ),
    ]
