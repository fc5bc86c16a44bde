"""A known part, priced by a card for reading: whoever has changed figures sees at a glance what they make of it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from domain.pricing.calculation import calculate
from domain.pricing.specification import PartSpecification
from domain.rate_cards.problems import InvalidSpecificationError
from domain.rate_cards.rate_card import STANDARD, RateCard

SIZE_MM: Final = (Decimal(100), Decimal(50), Decimal(20))
COMPLEXITY: Final = Decimal("2.5")
QUANTITY: Final = 20
SHOWN: Final = f"{QUANTITY} pieces of {' × '.join(map(str, SIZE_MM))} mm, complexity {COMPLEXITY}, zone 1, tier {STANDARD}"

Pair = tuple[str, str]


def pairs(card: RateCard) -> Iterable[Pair]:
    """Material and process of parts that show every material and every process of `card` at least once."""
    found: dict[str, Pair] = {}
    for process, rules in card.processes.items():
        new = next((each for each in rules.materials if each not in found), None)
        if new is not None:
            found[new] = (new, process)
    offered = [
        (material, process) for process, rules in card.processes.items() for material in rules.materials
    ]
    shown = {process for _, process in found.values()}
    rest = {process: (material, process) for material, process in offered if process not in shown}
    for material, process in offered:
        found.setdefault(material, (material, process))
    return [*found.values(), *rest.values()]


def reference_price(card: RateCard, pair: Pair) -> Decimal | None:
    """The price per piece in the card's currency; None where the card does not offer the pair, or no such size."""
    length, width, height = SIZE_MM
    part = PartSpecification(
        material=pair[0],
        process=pair[1],
        length_mm=length,
        width_mm=width,
        height_mm=height,
        geometric_complexity_score=COMPLEXITY,
        quantity=QUANTITY,
        customer_tier=card.default_customer_tier,
    )
    try:
        return calculate(part, card).tiers[card.default_tier].price_per_piece
    except InvalidSpecificationError:
        return None
