"""The unrounded figures of a price: what one piece takes, what a batch costs, what a tier adds."""

from decimal import Decimal
from typing import Final, NamedTuple

from domain.pricing.operations import BoughtPart, InHouseWork, OutsideWork
from domain.pricing.part_shapes import solid
from domain.pricing.specification import PartSpecification
from domain.rate_cards.rate_card import (
    Finish,
    Material,
    Process,
    RateCard,
    RateStep,
    TierRules,
    ToleranceClass,
    named,
    reached,
)

_NOTHING: Final = Decimal(0)
_ONCE: Final = Decimal(1)
_TENTH: Final = Decimal("0.1")
_HUNDREDTH: Final = Decimal("0.01")


class Work(NamedTuple):
    """In-house work on one piece, in hours and exact money; `set_up` is the money per batch.

    `is_given` says whether the hours are the estimator's; they are then without formula and multiplier.
    """

    asked: InHouseWork
    is_given: bool
    hours: Decimal
    multiplier: Decimal
    complexity: Decimal
    labour: Decimal
    adjustment_step: RateStep | None
    adjustment: Decimal
    set_up_hours: Decimal
    set_up: Decimal


class Piece(NamedTuple):
    """What holds whatever the quantity and the tier: sizes of one piece in cm³, cm², mm and kg, exact money.

    `stock_cm3` is the volume of its shape, `volume_cm3` that of the piece itself. `set_up` is the material's per batch;
    `finish` and `tolerance` are the card's rules, None where it has none.
    """

    stock_cm3: Decimal
    height_mm: Decimal
    volume_cm3: Decimal
    surface_cm2: Decimal
    weight_kg: Decimal
    material: Decimal
    set_up: Decimal
    steps: tuple[Work | OutsideWork | BoughtPart, ...]
    finish: Finish | None
    tolerance: ToleranceClass | None


class Batch(NamedTuple):
    """The cost of `quantity` pieces before any tier, exact; `base` is the sum of all after the quantity.

    `pieces` is the quantity as a decimal. `steps` has the amounts of each operation: labour, adjustment and set-up of
    in-house work, and one amount of any other. The material's `set_up` is in that of the first in-house work, and
    by itself, not None, where there is none. `finish` and `tolerance` are None where the card prices none.
    `customer_rate` is the customer's discount at every tier, with that of the step that the quantity reaches.
    """

    quantity: int
    pieces: Decimal
    material: Decimal
    set_up: Decimal | None
    steps: tuple[tuple[Decimal, ...], ...]
    labour: Decimal
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


def stock_cm3(specification: PartSpecification, material: Material, volume_cm3: Decimal) -> Decimal:
    """The volume of the stock for one piece. Rule: the material's allowance is added to each dimension of the part;
    without one it is `volume_cm3`, that of the part's shape. Needs `exact()` around it.
    """
    allowance = material.stock_allowance_mm
    if not allowance:
        return volume_cm3
    return solid(specification.shape, tuple(side + allowance for side in specification.sides))[0]


def stock_cost(specification: PartSpecification, material: Material, volume_cm3: Decimal) -> Decimal:
    """The exact money for one piece. Rule: stock x cost per cm³, or stock x density x cost per kg; both with the factor
    for waste. Needs `exact()` around it.
    """
    stock = stock_cm3(specification, material, volume_cm3)
    if material.cost_per_kg is not None:
        return stock * material.density_kg_per_cm3 * material.cost_per_kg * material.waste_factor
    return stock * (material.cost_per_cm3 or 0) * material.waste_factor


def piece_figures(specification: PartSpecification, card: RateCard) -> Piece:
    """The figures of one piece. Rules: volume and surface are those given, or those of the shape; material is bought
    by the volume of its stock, whatever is left of it in the end; the weight is the one
    given, or volume x density x the card's allowance.

    Needs `exact()` around it and a specification that the card can price.
    """
    stock, surface, height = solid(specification.shape, specification.sides)
    volume = stock if specification.volume_cm3 is None else specification.volume_cm3
    if specification.surface_cm2 is not None:
        surface = specification.surface_cm2
    material = card.materials[specification.material]
    weight = specification.part_weight_kg
    if weight is None:
        weight = volume * material.density_kg_per_cm3 * card.weight_allowance
    finish = named(card.finishes, specification.surface_finish)
    tolerance = named(card.tolerance_classes, specification.tolerance_class)
    score = specification.geometric_complexity_score
    return Piece(
        stock,
        height,
        volume,
        surface,
        weight,
        stock_cost(specification, material, stock),
        material.set_up,
        tuple(
            [  # a list is made faster than a generator runs
                _work(step, score, card, volume, surface, height) if isinstance(step, InHouseWork) else step
                for step in specification.steps
            ]
        ),
        finish[1] if finish else None,
        tolerance[1] if tolerance else None,
    )


def _work(
    asked: InHouseWork, score: Decimal, card: RateCard, volume: Decimal, surface: Decimal, height: Decimal
) -> Work:
    """Rules: labour is hours x complexity multiplier x rate, and the adjustment a rate on it; hours that are given are
    all the time that a piece takes, with no multiplier and no adjustment; set-up is hours x rate.
    """
    process = card.processes[asked.process]
    if asked.complexity is not None:
        score = asked.complexity
    set_up_hours = process.set_up_hours if asked.set_up_hours is None else asked.set_up_hours
    is_given = asked.hours_per_piece is not None
    if asked.hours_per_piece is not None:
        hours, multiplier, step = asked.hours_per_piece, _ONCE, None
    else:
        hours = base_hours(process, volume, surface, height)
        multiplier = complexity_multiplier(process.complexity_multipliers, score)
        step = reached(card.adjustments, score)
    labour = hours * multiplier * process.rate_per_hour
    return Work(
        asked,
        is_given,
        hours,
        multiplier,
        score,
        labour,
        step,
        labour * step.rate if step else _NOTHING,
        set_up_hours,
        set_up_hours * process.rate_per_hour,
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
    """The cost of `quantity` pieces. Rules: set-up is charged once; work given out and parts bought, finish and
    tolerance are cost like any other; overhead is a rate on all cost.
    """
    pieces = Decimal(quantity)
    material, labour = pieces * piece.material, _NOTHING
    cost = material + piece.set_up
    set_up: Decimal | None = piece.set_up
    steps: list[tuple[Decimal, ...]] = []
    for step in piece.steps:
        if isinstance(step, Work):
            work, adjustment = pieces * step.labour, pieces * step.adjustment
            cost += work + adjustment + step.set_up
            steps.append((work, adjustment, step.set_up if set_up is None else step.set_up + set_up))
            labour, set_up = labour + work, None
        else:
            amount = (
                step.cost(pieces)
                if isinstance(step, OutsideWork)
                else pieces * step.pieces_per_part * step.cost_per_piece
            )
            cost += amount
            steps.append((amount,))
    finish = tolerance = None
    if piece.finish is not None:
        finish = _finish(piece.finish, pieces * piece.surface_cm2, labour)
        cost += finish
    if piece.tolerance is not None:
        tolerance = labour * piece.tolerance.labour_rate + piece.tolerance.set_up
        cost += tolerance
    overhead = cost * card.overhead
    discounts = card.customer_discounts
    step_reached, rate = (
        reached(discounts.by_quantity, pieces),
        discounts.by_tier[specification.customer_tier],
    )
    return Batch(
        quantity,
        pieces,
        material,
        set_up,
        tuple(steps),
        labour,
        finish,
        tolerance,
        overhead,
        cost + overhead,
        rate + step_reached.rate if step_reached else rate,
        step_reached,
    )


def _finish(rule: Finish, surface_cm2: Decimal, labour: Decimal) -> Decimal:
    return surface_cm2 * rule.per_cm2 + labour * rule.labour_rate + rule.per_batch


def tier_amounts(
    piece: Piece, batch: Batch, rules: TierRules, specification: PartSpecification, card: RateCard
) -> TierAmounts:
    """What a tier makes of a batch. Rules: margin on the base; surcharge and discounts on base + margin; shipping
    is (base fee + the greater of the parts by weight and by their shape's volume) x zone factor: a hollow part takes
    as much room as a solid one. It is nothing where the card charges it for the quote as a whole.
    """
    margin = batch.base * rules.margin
    with_margin = batch.base + margin
    surcharge_step = reached(rules.surcharges, specification.geometric_complexity_score)
    volume_step = reached(rules.volume_discounts, batch.pieces)
    shipping = rules.shipping
    by_weight, by_volume = piece.weight_kg * shipping.per_kg, piece.stock_cm3 * shipping.per_cm3
    freight = batch.pieces * max(by_weight, by_volume)
    return TierAmounts(
        margin,
        with_margin,
        _NOTHING
        if card.ships_per_quote
        else (shipping.base_fee + freight) * card.zone_factors[specification.shipping_distance_zone],
        with_margin * surcharge_step.rate if surcharge_step else _NOTHING,
        surcharge_step,
        with_margin * volume_step.rate if volume_step else _NOTHING,
        volume_step,
        with_margin * batch.customer_rate,
    )
