"""The unrounded figures of a price: what one piece takes, what a batch costs, what a tier adds."""

from decimal import Decimal
from typing import Final, NamedTuple

from domain.pricing.rate_card import Process, RateCard, Step, TierRules, named, reached
from domain.pricing.specification import PartSpecification

_ONE: Final = Decimal(1)
_NOTHING: Final = Decimal(0)


class Piece(NamedTuple):
    """One piece, whatever the quantity: sizes in cm³, cm² and kg, hours, and exact money."""

    volume_cm3: Decimal
    surface_cm2: Decimal
    weight_kg: Decimal
    hours: Decimal
    multiplier: Decimal
    material: Decimal
    labour: Decimal
    adjustment_step: Step | None
    adjustment: Decimal


class Batch(NamedTuple):
    """The cost of `quantity` pieces before any tier, exact; `base` is the sum of all after the quantity.

    `finish` and `tolerance` are None where the card prices none.
    """

    quantity: int
    material: Decimal
    labour: Decimal
    adjustment: Decimal
    set_up: Decimal
    finish: Decimal | None
    tolerance: Decimal | None
    overhead: Decimal
    base: Decimal


class TierAmounts(NamedTuple):
    """What a tier adds to and takes off a batch, exact; discounts are positive. The rates are those that held."""

    margin: Decimal
    with_margin: Decimal
    shipping: Decimal
    surcharge: Decimal
    surcharge_step: Step | None
    volume_discount: Decimal
    volume_step: Step | None
    customer_discount: Decimal
    customer_step: Step | None


def piece_figures(specification: PartSpecification, card: RateCard) -> Piece:
    """The figures of one piece. Rules: volume and surface are those of the bounding box; the weight is the one
    given, or volume x density x the card's allowance; labour is hours x complexity multiplier x rate.

    Needs `exact()` around it and a specification that the card can price.
    """
    length, width, height = specification.length_mm, specification.width_mm, specification.height_mm
    material, process = card.materials[specification.material], card.processes[specification.process]
    score = specification.geometric_complexity_score
    face = length * width
    volume = (face * height).scaleb(-3)
    surface = (2 * (face + (length + width) * height)).scaleb(-2)
    weight = specification.part_weight_kg
    if weight is None:
        weight = volume * material.density_kg_per_cm3 * card.weight_allowance
    hours = base_hours(process, volume, surface, height)
    multiplier = complexity_multiplier(process.complexity_multipliers, score)
    labour = hours * multiplier * process.rate_per_hour
    step = reached(card.adjustments, score)
    return Piece(
        volume,
        surface,
        weight,
        hours,
        multiplier,
        volume * material.cost_per_cm3 * material.waste_factor,
        labour,
        step,
        labour * step.rate if step else _NOTHING,
    )


def base_hours(process: Process, volume_cm3: Decimal, surface_cm2: Decimal, height_mm: Decimal) -> Decimal:
    """Hours for one piece of complexity 1, by the process's coefficients."""
    time = process.time
    return (
        time.constant
        + time.per_volume * volume_cm3.scaleb(-2)
        + time.per_surface * surface_cm2.scaleb(-3)
        + time.per_height * height_mm.scaleb(-2)
    )


def complexity_multiplier(factors: tuple[Decimal, ...], score: Decimal) -> Decimal:
    """The factor at `score`, linear between the factors at the whole scores from 1 on."""
    below = int(score)
    lower = factors[below - 1]
    if below == score:
        return lower
    return lower + (factors[below] - lower) * (score - below)


def batch_figures(piece: Piece, quantity: int, specification: PartSpecification, card: RateCard) -> Batch:
    """The cost of `quantity` pieces. Rules: set-up is charged once; finish and tolerance are cost like any other;
    overhead is a rate on all cost.
    """
    process = card.processes[specification.process]
    count = Decimal(quantity)
    material, labour, adjustment = count * piece.material, count * piece.labour, count * piece.adjustment
    set_up = card.materials[specification.material].set_up + process.set_up_hours * process.rate_per_hour
    finish = _finish(piece, count, labour, specification, card)
    tolerance = _tolerance(labour, specification, card)
    cost = material + labour + adjustment + set_up + (finish or _NOTHING) + (tolerance or _NOTHING)
    overhead = cost * card.overhead
    return Batch(quantity, material, labour, adjustment, set_up, finish, tolerance, overhead, cost + overhead)


def _finish(
    piece: Piece, count: Decimal, labour: Decimal, specification: PartSpecification, card: RateCard
) -> Decimal | None:
    found = named(card.finishes, specification.surface_finish)
    if found is None:
        return None
    rule = found[1]
    return count * piece.surface_cm2 * rule.per_cm2 + labour * rule.labour_rate + rule.per_batch


def _tolerance(labour: Decimal, specification: PartSpecification, card: RateCard) -> Decimal | None:
    found = named(card.tolerance_classes, specification.tolerance_class)
    return None if found is None else labour * found[1].labour_rate + found[1].set_up


def tier_amounts(
    piece: Piece, batch: Batch, rules: TierRules, specification: PartSpecification, card: RateCard
) -> TierAmounts:
    """What a tier makes of a batch. Rules: margin on the base; surcharge and discounts on base + margin; shipping
    is (base fee + the greater of the parts by weight and by volume) x zone factor.
    """
    quantity = batch.quantity
    with_margin = batch.base * (_ONE + rules.margin)
    surcharge_step = reached(rules.surcharges, specification.geometric_complexity_score)
    volume_step = reached(rules.volume_discounts, quantity)
    customer_step = reached(card.customer_discounts.by_quantity, quantity)
    customer_rate = card.customer_discounts.by_tier[specification.customer_tier]
    if customer_step:
        customer_rate += customer_step.rate
    shipping = rules.shipping
    freight = quantity * max(piece.weight_kg * shipping.per_kg, piece.volume_cm3 * shipping.per_cm3)
    return TierAmounts(
        with_margin - batch.base,
        with_margin,
        (shipping.base_fee + freight) * card.zone_factors[specification.shipping_distance_zone],
        with_margin * surcharge_step.rate if surcharge_step else _NOTHING,
        surcharge_step,
        with_margin * volume_step.rate if volume_step else _NOTHING,
        volume_step,
        with_margin * customer_rate,
        customer_step,
    )
