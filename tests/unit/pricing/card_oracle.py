"""A second way to the prices of any card: exact fractions from the card's data as it is stored, none of the product's code.

Beside the rules of `oracle`: tiers and kinds of customers are the card's; a material costs by volume or by weight of the
stock, which is the part with the material's allowance in each dimension.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import Any

F = Fraction
NOTHING = Fraction(0)
Data = Mapping[str, Any]
DIGITS = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3}


def half_up(amount: F, digits: int) -> int:
    """`amount`, not negative, as a whole number of units of so many digits."""
    return floor(amount * F(10) ** digits + F(1, 2))


def reached(steps: Sequence[Data], value: F) -> F:
    """The rate of the last step that begins at or below `value`."""
    rates = [F(step["rate"]) for step in steps if F(step["start"]) <= value]
    return rates[-1] if rates else F(0)


def sides(part: Data, more: F = NOTHING) -> tuple[F, F, F]:
    length, width, height = (F(part[f"{side}_mm"]) + more for side in ("length", "width", "height"))
    return length, width, height


def volume(part: Data, more: F = NOTHING) -> F:
    length, width, height = sides(part, more)
    return length * width * height / 1000


def surface(part: Data) -> F:
    length, width, height = sides(part)
    return 2 * (length * width + length * height + width * height) / 100


def weight(card: Data, part: Data) -> F:
    if part.get("part_weight_kg") is not None:
        return F(part["part_weight_kg"])
    density = F(card["materials"][part["material"]]["density_kg_per_cm3"])
    return volume(part) * density * F(card["weight_allowance"])


def costs(card: Data, part: Data, quantity: int) -> list[F]:
    material, process = card["materials"][part["material"]], card["processes"][part["process"]]
    stock = volume(part, F(material.get("stock_allowance_mm") or 0))
    if material.get("cost_per_kg") is not None:
        each = stock * F(material["density_kg_per_cm3"]) * F(material["cost_per_kg"])
    else:
        each = stock * F(material["cost_per_cm3"])
    time, score, curve = (
        process["time"],
        F(part["geometric_complexity_score"]),
        process["complexity_multipliers"],
    )
    hours = F(time["constant"]) + (
        F(time["per_volume"]) * volume(part) / 100
        + F(time["per_surface"]) * surface(part) / 1000
        + F(time["per_height"]) * sides(part)[2] / 100
    )
    below = min(int(score), 4)
    factor = F(curve[below - 1]) + (F(curve[below]) - F(curve[below - 1])) * (score - below)
    labour = quantity * hours * factor * F(process["rate_per_hour"])
    lines = [
        quantity * each * F(material["waste_factor"]),
        labour,
        labour * reached(card["adjustments"], score),
        F(material["set_up"]) + F(process["set_up_hours"]) * F(process["rate_per_hour"]),
    ]
    return [*lines, sum(lines, F(0)) * F(card["overhead"])]


def freight(card: Data, part: Data, tier: str, quantity: int) -> F:
    """The greater of the parts by weight and by volume, before base fee and zone."""
    rules = card["tiers"][tier]["shipping"]
    return quantity * max(weight(card, part) * F(rules["per_kg"]), volume(part) * F(rules["per_cm3"]))


def tier_lines(card: Data, part: Data, tier: str, quantity: int, base: F) -> list[F]:
    rules, customers = card["tiers"][tier], card["customer_discounts"]
    with_margin = base * (1 + F(rules["margin"]))
    zone = F(card["zone_factors"][str(part.get("shipping_distance_zone", 1))])
    discount = F(customers["by_tier"][part["customer_tier"]]) + reached(customers["by_quantity"], F(quantity))
    per_quote = (card.get("order") or {}).get("shipping") == "per_quote"
    shipping = (F(rules["shipping"]["base_fee"]) + freight(card, part, tier, quantity)) * zone
    return [
        base * F(rules["margin"]),
        NOTHING if per_quote else shipping,
        with_margin * reached(rules["surcharges"], F(part["geometric_complexity_score"])),
        with_margin * reached(rules["volume_discounts"], F(quantity)),
        with_margin * discount,
    ]


def price(card: Data, part: Data, tier: str, quantity: int | None = None) -> list[int]:
    """The lines and then the total, in minor units."""
    quantity = part["quantity"] if quantity is None else quantity
    digits = DIGITS[card["currency"]]
    cost = costs(card, part, quantity)
    exactly = [*cost, *tier_lines(card, part, tier, quantity, sum(cost, F(0)))]
    lines = [half_up(each, digits) for each in exactly]
    total = sum(lines[:-2]) - lines[-2] - lines[-1]
    minimum = F(card.get("minimum_per_part") or card.get("minimum_order_value") or 0)
    least = half_up(minimum, digits)
    if total < least:
        lines, total = [*lines, least - total], least
    if card.get("price_per_piece_digits") is None:
        return [*lines, total]
    rounded = half_up(piece(card, total, quantity, minimum) * quantity, digits)
    return [*lines, *([abs(rounded - total)] if rounded != total else []), rounded]


def piece(card: Data, total: int, quantity: int, minimum: F) -> F:
    """The rounded price of one piece, in money: at least one unit of its last digit, and never below the minimum."""
    money, step = F(total, 10 ** DIGITS[card["currency"]]), F(1, 10 ** card["price_per_piece_digits"])
    found = half_up(money / quantity, card["price_per_piece_digits"]) * step
    if found == 0 < money:
        found = step
    return found + step if found * quantity < minimum <= money else found


def charges(card: Data, parts: Sequence[tuple[Data, str]], goods: int) -> dict[str, int]:
    """What a quote of these parts (each at its tier) costs beside them, in minor units; `goods` is what its lines come to."""
    order, digits = card.get("order") or {}, DIGITS[card["currency"]]
    found: dict[str, int] = {}
    if order.get("shipping") == "per_quote":
        for tier in {tier for _, tier in parts}:
            of_tier = [part for part, at in parts if at == tier]
            rules = card["tiers"][tier]["shipping"]
            by_weight = sum(part["quantity"] * weight(card, part) for part in of_tier) * F(rules["per_kg"])
            by_volume = sum(part["quantity"] * volume(part) for part in of_tier) * F(rules["per_cm3"])
            zone = max(F(card["zone_factors"][str(part["shipping_distance_zone"])]) for part in of_tier)
            found[f"shipping {tier}"] = half_up(
                (F(rules["base_fee"]) + max(by_weight, by_volume)) * zone, digits
            )
    found["packing"] = half_up(F(order.get("packing") or 0), digits)
    found["minimum"] = max(0, half_up(F(order.get("minimum_order_value") or 0), digits) - goods)
    return {name: amount for name, amount in found.items() if amount}
