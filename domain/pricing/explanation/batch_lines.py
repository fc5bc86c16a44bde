"""The first lines of a price: what making the batch costs. They are the same for every tier."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from domain.pricing.explanation.operation_lines import GIVEN_SURFACE, operation_lines, surface_word
from domain.pricing.figures import Batch, Piece, stock_cm3
from domain.pricing.part_shapes import SIDES, Shape
from domain.pricing.price_lines import LineName, PriceLine, Values
from domain.pricing.specification import PartSpecification
from domain.rate_cards.rate_card import Finish, RateCard, ToleranceClass, named

_VOLUME: Final = {
    Shape.BOX: "volume {volume_cm3} cm³",
    Shape.ROUND: "volume {volume_cm3} cm³ (π/4 × {diameter_mm}² × {length_mm} / 1000)",
    Shape.SHEET: "volume {volume_cm3} cm³ ({length_mm} × {width_mm} × {thickness_mm} / 1000)",
}
_STOCK: Final = "stock {stock_cm3} cm³ (the part with {stock_allowance_mm} mm more on each side's length)"
_BY_VOLUME: Final = " × {cost_per_cm3} {currency}/cm³"
_BY_WEIGHT: Final = " × {density_kg_per_cm3} kg/cm³ × {cost_per_kg} {currency}/kg"
_WASTE: Final = " × waste {waste_factor} × {quantity} pieces"
_SET_UP: Final = "material {material_set_up} {currency}, once for the batch"
_OVERHEAD: Final = "{rate%} of {cost} {currency}"


def batch_lines(
    specification: PartSpecification, card: RateCard, piece: Piece, batch: Batch, unit: Decimal
) -> tuple[PriceLine, ...]:
    """The lines material, those of the operations, finish and tolerance where the card prices them, and
    overhead, each rounded to `unit`.
    """
    cost = (
        _material(specification, card, piece, batch, unit),
        *_set_up(specification, card, batch, unit),
        *operation_lines(specification, card, piece, batch, unit),
        *wish_lines(specification, card, piece, batch, unit),
    )
    names = dict.fromkeys(line.name.replace("_", "-") for line in cost)
    return (
        *cost,
        PriceLine(
            LineName.OVERHEAD,
            batch.overhead.quantize(unit),
            "overhead",
            f"{_OVERHEAD} ({' + '.join(names)})",
            {"rate": card.overhead, "cost": batch.base - batch.overhead, "currency": card.currency},
        ),
    )


def _material(
    specification: PartSpecification, card: RateCard, piece: Piece, batch: Batch, unit: Decimal
) -> PriceLine:
    rule, template, values = _stock(specification, card, piece.stock_cm3, batch.quantity)
    return PriceLine(LineName.MATERIAL, batch.material.quantize(unit), rule, template, values)


def _stock(
    specification: PartSpecification, card: RateCard, volume_cm3: Decimal, quantity: int
) -> tuple[str, str, Values]:
    """Rule, formula and figures of the material's line. Needs `exact()` around it."""
    name = specification.material
    material = card.materials[name]
    values: dict[str, Decimal | int | str] = {}
    if material.stock_allowance_mm:
        head = _STOCK
        values["stock_cm3"] = stock_cm3(specification, material, volume_cm3)
        values["stock_allowance_mm"] = material.stock_allowance_mm
    else:
        head, shape = _VOLUME[specification.shape], specification.shape
        values |= dict(zip(SIDES[shape], specification.sides, strict=True)) if shape is not Shape.BOX else {}
        values["volume_cm3"] = volume_cm3
    if material.cost_per_kg is not None:
        place, by = "cost_per_kg", _BY_WEIGHT
        values["density_kg_per_cm3"] = material.density_kg_per_cm3
        values["cost_per_kg"] = material.cost_per_kg
    else:
        place, by = "cost_per_cm3", _BY_VOLUME
        values["cost_per_cm3"] = material.cost_per_cm3 or Decimal(0)
    values |= {"waste_factor": material.waste_factor, "quantity": quantity, "currency": card.currency}
    return f"materials.{name}.{place}", head + by + _WASTE, values


def _set_up(
    specification: PartSpecification, card: RateCard, batch: Batch, unit: Decimal
) -> Iterator[PriceLine]:
    """The material's, where no work in the house has it in its own."""
    if batch.set_up is not None:
        values: Values = {"material_set_up": batch.set_up, "currency": card.currency}
        rule = f"materials.{specification.material}.set_up"
        yield PriceLine(LineName.SET_UP, batch.set_up.quantize(unit), rule, _SET_UP, values)


_PER_CM2: Final = "{quantity} pieces × %s {surface_cm2} cm² × {per_cm2} {currency}/cm²"
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
        surface = surface_word(specification)
        rule = f"finishes.{finish[0]}"
        if finish[1].per_cm2 and specification.surface_cm2 is not None:
            rule += f", {GIVEN_SURFACE}"
        yield PriceLine(LineName.FINISH, amount, rule, _finish(finish[1], surface), values)
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


def _finish(rule: Finish, surface: str) -> str:
    terms = (
        (rule.per_cm2, _PER_CM2 % surface),
        (rule.labour_rate, _LABOUR_RATE),
        (rule.per_batch, _PER_BATCH),
    )
    return _sum("{finish}: ", *terms)


def _tolerance(rule: ToleranceClass) -> str:
    return _sum("{tolerance}: ", (rule.labour_rate, _LABOUR_RATE), (rule.set_up, _TOLERANCE_SET_UP))


def _sum(head: str, *terms: tuple[Decimal, str]) -> str:
    return head + (" + ".join(template for figure, template in terms if figure) or _NOTHING)
