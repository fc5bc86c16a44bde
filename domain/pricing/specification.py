"""What is asked for: one part, how it is made, how many, for whom."""

from dataclasses import dataclass
from decimal import Decimal

from domain.rate_cards.rate_card import CustomerTier


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSpecification:
    """One part as the customer describes it.

    Lengths are outer dimensions in mm with at most six decimals; the complexity score runs from 1.0 to 5.0,
    the quantity from 1 to 1,000,000, the zone from 1 (near) to 4 (far). `part_weight_kg` is the weight of one
    piece; without it the weight follows from volume and density. Finish and tolerance class are priced where the
    card has a rule of that name; what it has none for is for the estimator.

    It may hold anything of these types: `calculate` refuses what cannot be priced.
    """

    material: str
    process: str
    length_mm: Decimal
    width_mm: Decimal
    height_mm: Decimal
    geometric_complexity_score: Decimal
    quantity: int
    shipping_distance_zone: int = 1
    part_weight_kg: Decimal | None = None
    customer_tier: CustomerTier = CustomerTier.STANDARD
    surface_finish: str | None = None
    tolerance_class: str | None = None
    special_requirements: str | None = None
