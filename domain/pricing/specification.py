"""What is asked for: one part, how it is made, how many, for whom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any, Final

from domain.pricing.operations import InHouseWork, OutsideWork, PartOperation
from domain.pricing.part_shapes import SIDES, Shape
from domain.rate_cards.form import bound
from domain.rate_cards.rate_card import STANDARD, ZONES

LENGTH: Final = bound("0", "100000", "mm", above=True)
Length = Annotated[Decimal, LENGTH]
SIDES_OF: Final[Mapping[Shape, Callable[[Any], tuple[Decimal, ...]]]] = {
    shape: attrgetter(*sides) for shape, sides in SIDES.items()
}
"""Takes the sides of its shape from a part; every price asks for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSpecification:
    """One part as the customer describes it, and as the estimator means to make it.

    Made by one `process` of the card, or by `operations` in their order: one of the two is given.
    Lengths are outer dimensions in mm with at most six decimals; the `shape` says which of them there are (`SIDES`).
    `volume_cm3`, `surface_cm2` and `part_weight_kg` are those of one finished piece, from its model; without them they
    follow from the shape and the density. Zone 1 is near, 4 is far. Finish and tolerance class are
    priced where the card has a rule of that name; what it has none for is for the estimator.

    The fields are the declaration of a specification's data: a figure with its bounds, a default for what may be left
    out. It may hold anything of these types: `calculate` refuses what cannot be priced.
    """

    material: str
    process: str | None = None
    operations: tuple[PartOperation, ...] = ()
    shape: Shape = Shape.BOX
    length_mm: Length
    width_mm: Length | None = None
    height_mm: Length | None = None
    diameter_mm: Length | None = None
    thickness_mm: Length | None = None
    volume_cm3: Annotated[Decimal, bound("0", "1000000000", "cm³", above=True)] | None = None
    surface_cm2: Annotated[Decimal, bound("0", "1000000000", "cm²", above=True)] | None = None
    geometric_complexity_score: Annotated[Decimal, bound("1", "5", "complexity score")]
    quantity: Annotated[int, bound("1", "1000000", "pieces")]
    shipping_distance_zone: Annotated[int, bound(str(ZONES[0]), str(ZONES[-1]), "zone")] = 1
    part_weight_kg: Annotated[Decimal, bound("0", "100000", "kg", above=True)] | None = None
    customer_tier: str = STANDARD
    surface_finish: str | None = None
    tolerance_class: str | None = None
    special_requirements: str | None = None

    @property
    def sides(self) -> tuple[Decimal, ...]:
        """The sides of its shape in mm, in the order of `SIDES`; of a part that can be priced none is missing."""
        return SIDES_OF[self.shape](self)

    @property
    def steps(self) -> tuple[PartOperation, ...]:
        """Its operations; a single process is one of them."""
        return self.operations if self.process is None else _single(self.process)

    @property
    def processes(self) -> tuple[str, ...]:
        """The processes of the card by which it is made, each once, in their order."""
        return tuple(dict.fromkeys(step.process for step in self.steps if isinstance(step, InHouseWork)))

    @property
    def outside_days(self) -> int:
        """Working days of all work that is given out, one after the other."""
        if not self.operations:
            return 0
        return sum(step.lead_time_days or 0 for step in self.operations if isinstance(step, OutsideWork))


@lru_cache(maxsize=256)
def _single(process: str) -> tuple[PartOperation, ...]:
    """A part's one operation: cards have few processes, and every price asks for it."""
    return (InHouseWork(process=process),)
