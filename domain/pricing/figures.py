"""The unrounded figures of a price: what one piece takes, what a batch costs, what a tier adds."""

from decimal import Decimal
from typing import Final, NamedTuple

from domain.pricing.specification import PartSpecification
from domain.rate_cards.rate_card import (
    Finish,
    Process,
    RateCard,
    RateStep,
    TierRules,
    ToleranceClass,
    named,
    reached,
)

_NOTHING: Final = Decimal(0)
_TENTH: Final = Decimal("0.1")
_HUNDREDTH: Final = Decimal("0.01")
_CM3_PER_MM3: Final = Decimal("0.001")
_CM2_PER_MM2: Final = Decimal("0.01")


class Piece(NamedTuple):
    """What holds whatever the quantity and the tier: sizes of one piece in cm³, cm² and kg, hours, exact money.

    `set_up` is the money per batch; `finish` and `tolerance` are the card's rules, None where it has none.
    """

    volume_cm3: Decimal
    surface_cm2: Decimal
    weight_kg: Decimal
    hours: Decimal
    multiplier: Decimal
    material: Decimal
    labour: Decimal
    adjustment_step: RateStep | None
    adjustment: Decimal
    set_up: Decimal
    finish: Finish | None
    tolerance: ToleranceClass | None


class Batch(NamedTuple):
    """The cost of `quantity` pieces before any tier, exact; `base` is the sum of all after the quantity.

    `pieces` is the quantity as a decimal. `finish` and `tolerance` are None where the card prices none.
    `customer_rate` is the customer's discount at every tier, with that of the step that the quantity reaches.
    """

    quantity: int
    pieces: Decimal
    material: Decimal
    labour: Decimal
    adjustment: Decimal
    set_up: Decimal
    finish: Decimal | None
    tolerance: Decimal | None
    overhead: Decimal
    base: Decimal
    customer_rate: Decimal
    customer_step: RateStep | None


class TierAmounts(NamedTuple):
    """What a tier adds to and takes off a batch, exact; discounts are positive. The rates are those that held."""

    margin: Decimal
    with_margin: Decimal
    shipping: Decimal
    surcharge: Decimal
    surcharge_step: RateStep | None
    volume_discount: Decimal
    volume_step: RateStep | None
    customer_discount: Decimal


def piece_figures(specification: PartSpecification, card: RateCard) -> Piece:
    """The figures of one piece. Rules: volume and surface are those of the bounding box; the weight is the one
    given, or volume x density x the card's allowance; labour is hours x complexity multiplier x rate; set-up is
    that of the material and of the process.

    Needs `exact()` around it and a specification that the card can price.
    """
    length, width, height = specification.length_mm, specification.width_mm, specification.height_mm
    material, process = card.materials[specification.material], card.processes[specification.process]
    score = specification.geometric_complexity_score
    face = length * width
    volume = face * height * _CM3_PER_MM3
    half = face + (length + width) * height
    surface = (half + half) * _CM2_PER_MM2
    weight = specification.part_weight_kg
    if weight is None:
        weight = volume * material.density_kg_per_cm3 * card.weight_allowance
    hours = base_hours(process, volume, surface, height)
    multiplier = complexity_multiplier(process.complexity_multipliers, score)
    labour = hours * multiplier * process.rate_per_hour
    step = reached(card.adjustments, score)
    finish = named(card.finishes, specification.surface_finish)
    tolerance = named(card.tolerance_classes, specification.tolerance_class)
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
        material.set_up + process.set_up_hours * process.rate_per_hour,
        finish[1] if finish else None,
        tolerance[1] if tolerance else None,
    )


def base_hours(process: Process, volume_cm3: Decimal, surface_cm2: Decimal, height_mm: Decimal) -> Decimal:
    """Hours for one piece of complexity 1, by the process's coefficients per 100 cm³, 1000 cm² and 100 mm."""
    time = process.time
    sizes = (
        time.per_volume * volume_cm3 + time.per_surface * surface_cm2 * _TENTH + time.per_height * height_mm
    )
    return time.constant + sizes * _HUNDREDTH


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
    pieces = Decimal(quantity)
    material, labour, adjustment = pieces * piece.material, pieces * piece.labour, pieces * piece.adjustment
    cost = material + labour + adjustment + piece.set_up
    finish = tolerance = None
    if piece.finish is not None:
        finish = _finish(piece.finish, pieces * piece.surface_cm2, labour)
        cost += finish
    if piece.tolerance is not None:
        tolerance = labour * piece.tolerance.labour_rate + piece.tolerance.set_up
        cost += tolerance
    overhead = cost * card.overhead
    discounts = card.customer_discounts
    step, rate = reached(discounts.by_quantity, pieces), discounts.by_tier[specification.customer_tier]
    return Batch(
        quantity,
        pieces,
        material,
        labour,
        adjustment,
        piece.set_up,
        finish,
        tolerance,
        overhead,
        cost + overhead,
        rate + step.rate if step else rate,
        step,
    )


def _finish(rule: Finish, surface_cm2: Decimal, labour: Decimal) -> Decimal:
    return surface_cm2 * rule.per_cm2 + labour * rule.labour_rate + rule.per_batch


def tier_amounts(
    piece: Piece, batch: Batch, rules: TierRules, specification: PartSpecification, card: RateCard
) -> TierAmounts:
    """What a tier makes of a batch. Rules: margin on the base; surcharge and discounts on base + margin; shipping
    is (base fee + the greater of the parts by weight and by volume) x zone factor.
    """
    margin = batch.base * rules.margin
    with_margin = batch.base + margin
    surcharge_step = reached(rules.surcharges, specification.geometric_complexity_score)
    volume_step = reached(rules.volume_discounts, batch.pieces)
    shipping = rules.shipping
    by_weight, by_volume = piece.weight_kg * shipping.per_kg, piece.volume_cm3 * shipping.per_cm3
    freight = batch.pieces * max(by_weight, by_volume)
    return TierAmounts(
        margin,
        with_margin,
        (shipping.base_fee + freight) * card.zone_factors[specification.shipping_distance_zone],
        with_margin * surcharge_step.rate if surcharge_step else _NOTHING,
        surcharge_step,
        with_margin * volume_step.rate if volume_step else _NOTHING,
        volume_step,
        with_margin * batch.customer_rate,
    )
