"""The last lines of a price: what a tier adds to the base and takes off it, and what lifts it to the minimum."""

from decimal import Decimal
from typing import Final

from domain.pricing.figures import Batch, Piece, TierAmounts
from domain.pricing.price_lines import LineName, PriceLine, Values
from domain.pricing.specification import PartSpecification
from domain.pricing.totals import by_piece, up_to_minimum
from domain.rate_cards.rate_card import RateCard, TierRules

_MARGIN: Final = "{rate%} of base {base} {currency}"
_SHIPPING: Final = (
    "({base_fee} {currency} + {quantity} pieces × the greater of {weight_kg} kg%s × {per_kg} {currency}/kg and "
    "{volume_cm3} cm³ × {per_cm3} {currency}/cm³) × zone {zone} factor {zone_factor}"
)
_OF_THE_MODEL: Final = {"part_weight_kg": " (given)", "volume_cm3": " (by the given volume)"}
"""What the weight is known from, where it is not that of the shape: the first that is given."""
_PER_QUOTE: Final = "charged once for the quote"
_SURCHARGE: Final = (
    "{rate%} of base and margin {with_margin} {currency}, "
    "because complexity {complexity} is {from_complexity} or more"
)
_NO_SURCHARGE: Final = "nothing at complexity {complexity}"
_VOLUME: Final = "{rate%} of base and margin {with_margin} {currency}, from {from_quantity} pieces"
_NO_VOLUME: Final = "nothing for {quantity} pieces"
_CUSTOMER: Final = "{rate%} of base and margin {with_margin} {currency} for a {customer_tier} customer"
_NO_CUSTOMER: Final = "nothing for {quantity} pieces and a {customer_tier} customer"
_QUANTITY: Final = "{quantity_rate%} of base and margin {with_margin} {currency}, from {from_quantity} pieces"
_BOTH: Final = (
    "({rate%} for a {customer_tier} customer + {quantity_rate%} from {from_quantity} pieces) "
    "of base and margin {with_margin} {currency}"
)
_MINIMUM: Final = "up to the minimum of {minimum} {currency} for each part, from {total} {currency}"
_ROUNDED: Final = (
    "{quantity} pieces at {piece} {currency} are {rounded} {currency}, and the lines above {total} {currency}"
)
_PLACES: Final = ("margin", "shipping", "surcharges", "volume_discounts")


def tier_lines(
    specification: PartSpecification,
    card: RateCard,
    tier: str,
    piece: Piece,
    batch: Batch,
    amounts: TierAmounts,
    unit: Decimal,
) -> tuple[PriceLine, ...]:
    """The lines margin, shipping, surcharge, volume_discount and customer_discount, each rounded to `unit`."""
    rules, currency = card.tiers[tier], card.currency
    margin_rule, shipping_rule, surcharge_rule, volume_rule = (f"tiers.{tier}.{place}" for place in _PLACES)
    margin_values: Values = {"rate": rules.margin, "base": batch.base, "currency": currency}
    shipping_values = _shipping_values(specification, card, rules, piece, batch.quantity)
    return (
        PriceLine(LineName.MARGIN, amounts.margin.quantize(unit), margin_rule, _MARGIN, margin_values),
        _shipping(specification, card, amounts, shipping_rule, shipping_values, unit),
        _surcharge(specification, amounts, currency, surcharge_rule, unit),
        _volume_discount(batch.quantity, amounts, currency, volume_rule, unit),
        _customer_discount(specification.customer_tier, batch, amounts, card, unit),
    )


def minimum_line(total: Decimal, card: RateCard, unit: Decimal) -> PriceLine | None:
    """The line minimum_order, where the sum `total` of the other lines is below the card's minimum."""
    amount = up_to_minimum(total, card, unit)
    if not amount:
        return None
    values: Values = {"minimum": total + amount, "total": total, "currency": card.currency}
    rule = "minimum_order_value" if card.minimum_per_part is None else "minimum_per_part"
    return PriceLine(LineName.MINIMUM_ORDER, amount, rule, _MINIMUM, values)


def rounding_line(total: Decimal, quantity: int, card: RateCard, unit: Decimal) -> PriceLine | None:
    """The line rounded_up or rounded_down, where the card rounds a piece and that moves the sum `total` of the others."""
    piece, rounded = by_piece(total, quantity, card, unit)
    if rounded == total:
        return None
    name = LineName.ROUNDED_UP if rounded > total else LineName.ROUNDED_DOWN
    values: Values = {
        "piece": piece,
        "quantity": quantity,
        "rounded": rounded,
        "total": total,
        "currency": card.currency,
    }
    return PriceLine(name, abs(rounded - total), "price_per_piece_digits", _ROUNDED, values)


def _shipping(
    specification: PartSpecification,
    card: RateCard,
    amounts: TierAmounts,
    rule: str,
    values: Values,
    unit: Decimal,
) -> PriceLine:
    if card.ships_per_quote:
        return PriceLine(
            LineName.SHIPPING, amounts.shipping.quantize(unit), "order.shipping", _PER_QUOTE, values
        )
    template, amount = _SHIPPING % "", amounts.shipping.quantize(unit)
    for field, given in _OF_THE_MODEL.items():
        if getattr(specification, field) is not None:
            template, rule = _SHIPPING % given, f"{rule}, specification.{field}"
            break
    return PriceLine(LineName.SHIPPING, amount, rule, template, values)


def _shipping_values(
    specification: PartSpecification, card: RateCard, rules: TierRules, piece: Piece, quantity: int
) -> Values:
    zone = specification.shipping_distance_zone
    return {
        "base_fee": rules.shipping.base_fee,
        "weight_kg": piece.weight_kg,
        "per_kg": rules.shipping.per_kg,
        "volume_cm3": piece.stock_cm3,
        "per_cm3": rules.shipping.per_cm3,
        "quantity": quantity,
        "zone": zone,
        "zone_factor": card.zone_factors[zone],
        "currency": card.currency,
    }


def _surcharge(
    specification: PartSpecification, amounts: TierAmounts, currency: str, rule: str, unit: Decimal
) -> PriceLine:
    step, score = amounts.surcharge_step, specification.geometric_complexity_score
    amount = amounts.surcharge.quantize(unit)
    if step is None:
        return PriceLine(LineName.SURCHARGE, amount, rule, _NO_SURCHARGE, {"complexity": score})
    values: Values = {
        "rate": step.rate,
        "with_margin": amounts.with_margin,
        "currency": currency,
        "complexity": score,
        "from_complexity": step.start,
    }
    return PriceLine(LineName.SURCHARGE, amount, rule, _SURCHARGE, values)


def _volume_discount(
    quantity: int, amounts: TierAmounts, currency: str, rule: str, unit: Decimal
) -> PriceLine:
    step = amounts.volume_step
    amount = amounts.volume_discount.quantize(unit)
    if step is None:
        return PriceLine(LineName.VOLUME_DISCOUNT, amount, rule, _NO_VOLUME, {"quantity": quantity})
    values: Values = {
        "rate": step.rate,
        "with_margin": amounts.with_margin,
        "currency": currency,
        "from_quantity": step.start,
        "quantity": quantity,
    }
    return PriceLine(LineName.VOLUME_DISCOUNT, amount, rule, _VOLUME, values)


def _customer_discount(
    customer_tier: str, batch: Batch, amounts: TierAmounts, card: RateCard, unit: Decimal
) -> PriceLine:
    step, rate = batch.customer_step, card.customer_discounts.by_tier[customer_tier]
    values: dict[str, Decimal | int | str] = {
        "rate": rate,
        "with_margin": amounts.with_margin,
        "currency": card.currency,
        "customer_tier": customer_tier,
        "quantity": batch.quantity,
    }
    template = _CUSTOMER if rate else _NO_CUSTOMER
    if step is not None:
        template = _BOTH if rate else _QUANTITY
        values["quantity_rate"] = step.rate
        values["from_quantity"] = step.start
    amount = amounts.customer_discount.quantize(unit)
    return PriceLine(LineName.CUSTOMER_DISCOUNT, amount, "customer_discounts", template, values)
