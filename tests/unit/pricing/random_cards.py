"""Random cards of shops that do it their own way: other tiers, kinds of customers, materials by weight, currencies."""

from decimal import Decimal
from random import Random
from typing import Any

from domain.pricing import DEFAULT_RATE_CARD, RateCard, rate_card_to_data, review

_WORDS = ("Eil", "Normal", "24h", "3 weeks", "overnight", "standard", "Sammelsendung", "économique", "X")
_KINDS = ("standard", "trade", "private", "Händler", "gov't")
_MONEY = {"EUR": 1, "JPY": 160, "KWD": 1}


def random_card(random: Random, **changes: Any) -> RateCard:
    """A card that passes the check of a shop's own, in one of three scales of money."""
    currency = random.choice(list(_MONEY))
    factor = _MONEY[currency]
    data = rate_card_to_data(DEFAULT_RATE_CARD)
    for material in data["materials"].values():
        if random.random() < 0.5:
            del material["cost_per_cm3"]
            material["cost_per_kg"] = figure(random, 80 * factor)
        else:
            material["cost_per_cm3"] = figure(random, factor)
        if random.random() < 0.5:
            material["stock_allowance_mm"] = figure(random, 12)
        material["set_up"] = figure(random, 60 * factor)
    for process in data["processes"].values():
        process["rate_per_hour"] = figure(random, 150 * factor)
    names = random.sample(_WORDS, random.randint(1, 8))
    data["tiers"] = {name: _tier(random, factor) for name in names}
    kinds = random.sample(_KINDS, random.randint(1, len(_KINDS)))
    data["customer_discounts"] = {
        "by_tier": {kind: figure(random, 0.2) for kind in kinds},
        "by_quantity": _steps(random, 0.05, (10, 100, 1000)),
    }
    data |= {"currency": currency, "overhead": figure(random, 0.4)}
    if random.random() < 0.3:
        digits = {"EUR": "0.01", "JPY": "1", "KWD": "0.001"}[currency]
        data["minimum_per_part"] = str(Decimal(random.randint(1, 500) * factor) + Decimal(digits))
    if random.random() < 0.5:
        data["price_per_piece_digits"] = random.randint(0, 4)
    if random.random() < 0.6:
        data["order"] = {
            "minimum_order_value": str(random.randint(0, 5000) * factor),
            "packing": str(random.randint(0, 50) * factor),
            "shipping": random.choice(("per_part", "per_quote")),
        }
    found = review({**data, **changes})
    assert found.card is not None, found.errors
    return found.card


def figure(random: Random, most: float) -> str:
    """A figure above nought, with up to six decimals."""
    scale: int = 10 ** random.choice((1, 2, 3, 6))
    return str(Decimal(random.randint(1, max(1, int(most * scale)))) / scale)


def _steps(random: Random, most: float, starts: tuple[int, ...]) -> list[dict[str, str]]:
    taken = [start for start in starts if random.random() < 0.7]
    return [{"start": str(start), "rate": figure(random, most)} for start in taken]


def _tier(random: Random, factor: int) -> dict[str, Any]:
    return {
        "margin": figure(random, 0.9),
        "volume_discounts": _steps(random, 0.3, (2, 10, 25, 50)),
        "surcharges": _steps(random, 0.3, (1, 3, 4, 5)),
        "shipping": {
            "base_fee": figure(random, 40 * factor),
            "per_kg": figure(random, 9 * factor),
            "per_cm3": figure(random, 0.02 * factor if factor > 1 else 0.5),
        },
        "lead_time_days": random.randint(0, 60),
    }
