"""The first lines of a price: what making the batch costs. They are the same for every tier."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from domain.pricing.figures import Batch, Piece
from domain.pricing.price_lines import LineName, PriceLine, Values
from domain.pricing.specification import PartSpecification
from domain.rate_cards.rate_card import Finish, RateCard, TimeFormula, ToleranceClass, named

_MATERIAL: Final = (
    "volume {volume_cm3} cm³ × {cost_per_cm3} {currency}/cm³ × waste {waste_factor} × {quantity} pieces"
)
_LABOUR: Final = " × complexity multiplier {multiplier} × {rate_per_hour} {currency}/h × {quantity} pieces"
_ADJUSTMENT: Final = (
    "{rate%} of labour {labour} {currency}, because complexity {complexity} is {from_complexity} or more"
)
_NO_ADJUSTMENT: Final = "nothing at complexity {complexity}"
_SET_UP: Final = "material {material_set_up} {currency} + {set_up_hours} h × {rate_per_hour} {currency}/h, once for the batch"
_OVERHEAD: Final = "{rate%} of {cost} {currency} (material + labour + adjustment + set-up"


def batch_lines(
    specification: PartSpecification, card: RateCard, piece: Piece, batch: Batch, unit: Decimal
) -> tuple[PriceLine, ...]:
    """The lines material, labour, adjustment, set_up, finish and tolerance where the card prices them, and
    overhead, each rounded to `unit`.
    """
    wished = wish_lines(specification, card, piece, batch, unit)
    return (
        _material(specification, card, piece, batch, unit),
        _labour(specification, card, piece, batch, unit),
        _adjustment(specification, card, piece, batch, unit),
        _set_up(specification, card, batch, unit),
        *wished,
        PriceLine(
            LineName.OVERHEAD,
            batch.overhead.quantize(unit),
            "overhead",
            "".join((_OVERHEAD, *(f" + {line.name}" for line in wished), ")")),
            {"rate": card.overhead, "cost": batch.base - batch.overhead, "currency": card.currency},
        ),
    )


def _material(
    specification: PartSpecification, card: RateCard, piece: Piece, batch: Batch, unit: Decimal
) -> PriceLine:
    material = card.materials[specification.material]
    return PriceLine(
        LineName.MATERIAL,
        batch.material.quantize(unit),
        f"materials.{specification.material}.cost_per_cm3",
        _MATERIAL,
        {
            "volume_cm3": piece.volume_cm3,
            "cost_per_cm3": material.cost_per_cm3,
            "waste_factor": material.waste_factor,
            "quantity": batch.quantity,
            "currency": card.currency,
        },
    )


def _labour(
    specification: PartSpecification, card: RateCard, piece: Piece, batch: Batch, unit: Decimal
) -> PriceLine:
    process = card.processes[specification.process]
    time = process.time
    return PriceLine(
        LineName.LABOUR,
        batch.labour.quantize(unit),
        f"processes.{specification.process}.rate_per_hour",
        _hours_template(time) + _LABOUR,
        {
            "hours": piece.hours,
            "constant": time.constant,
            "per_volume": time.per_volume,
            "volume_100_cm3": piece.volume_cm3.scaleb(-2),
            "per_surface": time.per_surface,
            "surface_1000_cm2": piece.surface_cm2.scaleb(-3),
            "per_height": time.per_height,
            "height_100_mm": specification.height_mm.scaleb(-2),
            "multiplier": piece.multiplier,
            "rate_per_hour": process.rate_per_hour,
            "quantity": batch.quantity,
            "currency": card.currency,
        },
    )


def _hours_template(time: TimeFormula) -> str:
    terms = "{constant}"
    if time.per_volume:
        terms += " + {per_volume} × volume {volume_100_cm3}"
    if time.per_surface:
        terms += " + {per_surface} × surface {surface_1000_cm2}"
    if time.per_height:
        terms += " + {per_height} × height {height_100_mm}"
    return f"{{hours}} h ({terms})"


def _adjustment(
    specification: PartSpecification, card: RateCard, piece: Piece, batch: Batch, unit: Decimal
) -> PriceLine:
    step = piece.adjustment_step
    score = specification.geometric_complexity_score
    amount = batch.adjustment.quantize(unit)
    if step is None:
        return PriceLine(LineName.ADJUSTMENT, amount, "adjustments", _NO_ADJUSTMENT, {"complexity": score})
    values: Values = {
        "rate": step.rate,
        "labour": batch.labour,
        "currency": card.currency,
        "complexity": score,
        "from_complexity": step.start,
    }
    return PriceLine(LineName.ADJUSTMENT, amount, "adjustments", _ADJUSTMENT, values)


def _set_up(specification: PartSpecification, card: RateCard, batch: Batch, unit: Decimal) -> PriceLine:
    process = card.processes[specification.process]
    return PriceLine(
        LineName.SET_UP,
        batch.set_up.quantize(unit),
        f"materials.{specification.material}.set_up, processes.{specification.process}.set_up_hours",
        _SET_UP,
        {
            "material_set_up": card.materials[specification.material].set_up,
            "set_up_hours": process.set_up_hours,
            "rate_per_hour": process.rate_per_hour,
            "currency": card.currency,
        },
    )


_PER_CM2: Final = "{quantity} pieces × surface {surface_cm2} cm² × {per_cm2} {currency}/cm²"
_LABOUR_RATE: Final = "{rate%} of labour {labour} {currency}"
_PER_BATCH: Final = "{per_batch} {currency}, once for the batch"
_TOLERANCE_SET_UP: Final = "set-up {set_up} {currency}, once for the batch"
_NOTHING: Final = "nothing"


def wish_lines(
    specification: PartSpecification, card: RateCard, piece: Piece, batch: Batch, unit: Decimal
) -> tuple[PriceLine, ...]:
    """The lines finish and tolerance, each where the card has a rule for what the part asks for."""
    return tuple(_finish_and_tolerance(specification, card, piece, batch, unit))


def _finish_and_tolerance(
    specification: PartSpecification, card: RateCard, piece: Piece, batch: Batch, unit: Decimal
) -> Iterator[PriceLine]:
    finish = named(card.finishes, specification.surface_finish)
    if finish is not None and batch.finish is not None:
        values: Values = {
            "finish": finish[0],
            "quantity": batch.quantity,
            "surface_cm2": piece.surface_cm2,
            "per_cm2": finish[1].per_cm2,
            "rate": finish[1].labour_rate,
            "labour": batch.labour,
            "per_batch": finish[1].per_batch,
            "currency": card.currency,
        }
        amount = batch.finish.quantize(unit)
        yield PriceLine(LineName.FINISH, amount, f"finishes.{finish[0]}", _finish(finish[1]), values)
    tolerance = named(card.tolerance_classes, specification.tolerance_class)
    if tolerance is not None and batch.tolerance is not None:
        values = {
            "tolerance": tolerance[0],
            "rate": tolerance[1].labour_rate,
            "labour": batch.labour,
            "set_up": tolerance[1].set_up,
            "currency": card.currency,
        }
        amount = batch.tolerance.quantize(unit)
        rule = f"tolerance_classes.{tolerance[0]}"
        yield PriceLine(LineName.TOLERANCE, amount, rule, _tolerance(tolerance[1]), values)


def _finish(rule: Finish) -> str:
    terms = ((rule.per_cm2, _PER_CM2), (rule.labour_rate, _LABOUR_RATE), (rule.per_batch, _PER_BATCH))
    return _sum("{finish}: ", *terms)


def _tolerance(rule: ToleranceClass) -> str:
    return _sum("{tolerance}: ", (rule.labour_rate, _LABOUR_RATE), (rule.set_up, _TOLERANCE_SET_UP))


def _sum(head: str, *terms: tuple[Decimal, str]) -> str:
    return head + (" + ".join(template for figure, template in terms if figure) or _NOTHING)
