"""The lines for what is wished beyond the shape of a part: its surface finish and its class of tolerance."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from domain.pricing.figures import Batch, Piece
from domain.pricing.lines import LineName, PriceLine, Values
from domain.pricing.specification import PartSpecification
from domain.rate_cards.rate_card import Finish, RateCard, ToleranceClass, named

_PER_CM2: Final = "{quantity} pieces × surface {surface_cm2} cm² × {per_cm2} {currency}/cm²"
_LABOUR_RATE: Final = "{rate%} of labour {labour} {currency}"
_PER_BATCH: Final = "{per_batch} {currency}, once for the batch"
_SET_UP: Final = "set-up {set_up} {currency}, once for the batch"
_NOTHING: Final = "nothing"


def wish_lines(
    specification: PartSpecification, card: RateCard, piece: Piece, batch: Batch, unit: Decimal
) -> tuple[PriceLine, ...]:
    """The lines finish and tolerance, each where the card has a rule for what the part asks for."""
    return tuple(_lines(specification, card, piece, batch, unit))


def _lines(
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
    return _sum("{tolerance}: ", (rule.labour_rate, _LABOUR_RATE), (rule.set_up, _SET_UP))


def _sum(head: str, *terms: tuple[Decimal, str]) -> str:
    return head + (" + ".join(template for figure, template in terms if figure) or _NOTHING)
