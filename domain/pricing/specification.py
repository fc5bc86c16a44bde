"""What is asked for: one part, how it is made, how many, for whom."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Final

from domain.rate_cards.form import bound
from domain.rate_cards.rate_card import ZONES, CustomerTier

LENGTH: Final = bound("0", "100000", "mm", above=True)
Length = Annotated[Decimal, LENGTH]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSpecification:
    """One part as the customer describes it.

    Lengths are outer dimensions in mm with at most six decimals; zone 1 is near, 4 is far. `part_weight_kg` is the
    weight of one piece; without it the weight follows from volume and density. Finish and tolerance class are
    priced where the card has a rule of that name; what it has none for is for the estimator.

    The fields are the declaration of a specification's data: a figure with its bounds, a default for what may be left
    out. It may hold anything of these types: `calculate` refuses what cannot be priced.
    """

    material: str
    process: str
    length_mm: Length
    width_mm: Length
    height_mm: Length
    geometric_complexity_score: Annotated[Decimal, bound("1", "5", "complexity score")]
    quantity: Annotated[int, bound("1", "1000000", "pieces")]
    shipping_distance_zone: Annotated[int, bound(str(ZONES[0]), str(ZONES[-1]), "zone")] = 1
    part_weight_kg: Annotated[Decimal, bound("0", "100000", "kg", above=True)] | None = None
    customer_tier: CustomerTier = CustomerTier.STANDARD
    surface_finish: str | None = None
    tolerance_class: str | None = None
    special_requirements: str | None = None
