"""The lines of operations: work by the card, work given out, parts bought."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from domain.pricing.figures import Batch, Piece, Work
from domain.pricing.operations import COSTS, BoughtPart, OutsideWork
from domain.pricing.price_lines import LineName, PriceLine, Values
from domain.pricing.specification import PartSpecification
from domain.rate_cards.rate_card import RateCard, TimeFormula

GIVEN_VOLUME: Final = "specification.volume_cm3"
GIVEN_SURFACE: Final = "specification.surface_cm2"
_IN_HOUSE: Final = "operation {operation}, {process}: "
_LABOUR: Final = " × complexity multiplier {multiplier}%s × {rate_per_hour} {currency}/h × {quantity} pieces"
_GIVEN_LABOUR: Final = "{hours} h (given) × {rate_per_hour} {currency}/h × {quantity} pieces"
_ADJUSTMENT: Final = (
    "{rate%} of labour {labour} {currency}, because complexity {complexity} is {from_complexity} or more"
)
_NO_ADJUSTMENT: Final = "nothing at complexity {complexity}"
_GIVEN_ADJUSTMENT: Final = "nothing, because the hours are given"
_MATERIAL_SET_UP: Final = "material {material_set_up} {currency} + "
_SET_UP: Final = "{set_up_hours} h%s × {rate_per_hour} {currency}/h, once for the batch"
_OUTSIDE: Final = "operation {operation}, {name}: "
_OUTSIDE_COST: Final = (
    "{quantity} pieces × {cost_per_piece} {currency} + {cost_per_batch} {currency} for the batch"
)
_OUTSIDE_DAYS: Final = "; {lead_time_days} working days more"
_RAISED: Final = "{minimum} {currency}, the minimum, for "
_BOUGHT: Final = (
    "operation {operation}, {name}: {quantity} pieces × {pieces_per_part} × {cost_per_piece} {currency}"
)
_NOTHING: Final = Decimal(0)


def operation_lines(
    specification: PartSpecification, card: RateCard, piece: Piece, batch: Batch, unit: Decimal
) -> Iterator[PriceLine]:
    """Of each operation in turn: labour, adjustment and set_up, or outside, or bought; each rounded to `unit`.

    Those of a part with a single process are not numbered.
    """
    has_material = False
    for index, (step, amounts) in enumerate(zip(piece.steps, batch.steps, strict=True)):
        told = _InWords(specification, card, index, unit)
        match step:
            case Work():
                labour, adjustment, set_up = amounts
                yield told.labour(step, piece, batch, labour)
                yield told.adjustment(step, labour, adjustment)
                yield told.set_up(step, set_up, with_material=not has_material)
                has_material = True
            case OutsideWork():
                yield told.outside(step, batch, amounts[0])
            case BoughtPart():
                yield told.bought(step, batch, amounts[0])


def surface_word(specification: PartSpecification) -> str:
    """Whose surface it is that a formula counts."""
    return "surface" if specification.surface_cm2 is None else "given surface"


class _InWords:
    """One operation in words."""

    def __init__(self, specification: PartSpecification, card: RateCard, index: int, unit: Decimal) -> None:
        self._specification = specification
        self._card = card
        self._unit = unit
        self._place = f"specification.operations.{index}"
        self._number = index + 1 if specification.operations else None

    def labour(self, work: Work, piece: Piece, batch: Batch, amount: Decimal) -> PriceLine:
        name = work.asked.process
        process = self._card.processes[name]
        time, rule = process.time, f"processes.{name}.rate_per_hour"
        values: Values = {
            "rate_per_hour": process.rate_per_hour,
            "quantity": batch.quantity,
            "currency": self._card.currency,
        }
        if work.is_given:
            rule = f"{self._place}.hours_per_piece, {rule}"
            return self._in_house(
                LineName.LABOUR, amount, rule, _GIVEN_LABOUR, work, {"hours": work.hours, **values}
            )
        values = {
            "hours": work.hours,
            "constant": time.constant,
            "per_volume": time.per_volume,
            "volume_100_cm3": piece.volume_cm3.scaleb(-2),
            "per_surface": time.per_surface,
            "surface_1000_cm2": piece.surface_cm2.scaleb(-3),
            "per_height": time.per_height,
            "height_100_mm": piece.height_mm.scaleb(-2),
            "multiplier": work.multiplier,
            **values,
        }
        multiplied = _LABOUR % ""
        if work.asked.complexity is not None:
            rule = f"{rule}, {self._place}.complexity"
            multiplied = _LABOUR % " (given complexity {complexity})"
            values = {**values, "complexity": work.complexity}
        rule = ", ".join((rule, *self._of_the_model(time)))
        return self._in_house(LineName.LABOUR, amount, rule, self._hours(time) + multiplied, work, values)

    def adjustment(self, work: Work, labour: Decimal, amount: Decimal) -> PriceLine:
        step, rule = work.adjustment_step, "adjustments"
        values: Values = {"complexity": work.complexity}
        template = _NO_ADJUSTMENT
        if work.is_given:
            return self._in_house(
                LineName.ADJUSTMENT, amount, f"{self._place}.hours_per_piece", _GIVEN_ADJUSTMENT, work, {}
            )
        if work.asked.complexity is not None:
            rule = f"{rule}, {self._place}.complexity"
        if step is not None:
            template = _ADJUSTMENT
            values = {
                "rate": step.rate,
                "labour": labour,
                "currency": self._card.currency,
                "complexity": work.complexity,
                "from_complexity": step.start,
            }
        return self._in_house(LineName.ADJUSTMENT, amount, rule, template, work, values)

    def set_up(self, work: Work, amount: Decimal, *, with_material: bool) -> PriceLine:
        name, material = work.asked.process, self._specification.material
        is_given = work.asked.set_up_hours is not None
        rule = f"{self._place}.set_up_hours" if is_given else f"processes.{name}.set_up_hours"
        template = _SET_UP % (" (given)" if is_given else "")
        values: Values = {
            "set_up_hours": work.set_up_hours,
            "rate_per_hour": self._card.processes[name].rate_per_hour,
            "currency": self._card.currency,
        }
        if with_material:
            rule, template = f"materials.{material}.set_up, {rule}", _MATERIAL_SET_UP + template
            values = {"material_set_up": self._card.materials[material].set_up, **values}
        return self._in_house(LineName.SET_UP, amount, rule, template, work, values)

    def outside(self, work: OutsideWork, batch: Batch, amount: Decimal) -> PriceLine:
        unraised = work.unraised(batch.pieces)
        values: dict[str, Decimal | int | str] = {
            "name": work.name,
            "quantity": batch.quantity,
            "cost_per_piece": work.cost_per_piece or _NOTHING,
            "cost_per_batch": work.cost_per_batch or _NOTHING,
            "currency": self._card.currency,
        }
        template = _OUTSIDE_COST
        if work.minimum is not None:
            values["minimum"] = work.minimum
            template = _RAISED + template if work.minimum > unraised else template
        if work.lead_time_days is not None:
            values["lead_time_days"] = work.lead_time_days
            template += _OUTSIDE_DAYS
        rule = ", ".join(f"{self._place}.{cost}" for cost in COSTS if getattr(work, cost) is not None)
        return self._line(LineName.OUTSIDE, amount, rule, _OUTSIDE + template, values)

    def bought(self, part: BoughtPart, batch: Batch, amount: Decimal) -> PriceLine:
        values: Values = {
            "name": part.name,
            "quantity": batch.quantity,
            "pieces_per_part": part.pieces_per_part,
            "cost_per_piece": part.cost_per_piece,
            "currency": self._card.currency,
        }
        rule = f"{self._place}.pieces_per_part, {self._place}.cost_per_piece"
        return self._line(LineName.BOUGHT, amount, rule, _BOUGHT, values)

    def _in_house(
        self, name: LineName, amount: Decimal, rule: str, template: str, work: Work, values: Values
    ) -> PriceLine:
        if self._number is not None:
            template, values = _IN_HOUSE + template, {"process": work.asked.process, **values}
        return self._line(name, amount, rule, template, values)

    def _line(self, name: LineName, amount: Decimal, rule: str, template: str, values: Values) -> PriceLine:
        if self._number is not None:
            values = {"operation": self._number, **values}
        return PriceLine(name, amount.quantize(self._unit), rule, template, values, self._number)

    def _of_the_model(self, time: TimeFormula) -> Iterator[str]:
        """The figures of the model that the hours follow from."""
        if time.per_volume and self._specification.volume_cm3 is not None:
            yield GIVEN_VOLUME
        if time.per_surface and self._specification.surface_cm2 is not None:
            yield GIVEN_SURFACE

    def _hours(self, time: TimeFormula) -> str:
        terms = "{constant}"
        if time.per_volume:
            volume = "volume" if self._specification.volume_cm3 is None else "given volume"
            terms += f" + {{per_volume}} × {volume} {{volume_100_cm3}}"
        if time.per_surface:
            terms += f" + {{per_surface}} × {surface_word(self._specification)} {{surface_1000_cm2}}"
        if time.per_height:
            terms += " + {per_height} × height {height_100_mm}"
        return f"{{hours}} h ({terms})"
