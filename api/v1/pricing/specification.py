"""A part as a caller describes it. The form is checked here, what can be priced by the rate card."""

from typing import Any

from pydantic import ConfigDict

from api.http.fields import DecimalText, OneLine, RemarkText, RequestBody, WholeNumber
from domain.rate_cards.rate_card import CustomerTier

EXAMPLE: dict[str, Any] = {
    "material": "aluminum",
    "process": "cnc",
    "length_mm": "100",
    "width_mm": "50",
    "height_mm": "20",
    "geometric_complexity_score": "2.5",
    "quantity": 20,
}


class SpecificationBody(RequestBody):
    """One part: lengths in mm, complexity 1.0 to 5.0, quantity 1 to 1,000,000, zone 1 to 4, weight in kg.

    Ranges and the pairs of material and process come from the rate card (`GET /pricing/catalogue`).
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    material: OneLine
    process: OneLine
    length_mm: DecimalText
    width_mm: DecimalText
    height_mm: DecimalText
    geometric_complexity_score: DecimalText
    quantity: WholeNumber
    shipping_distance_zone: WholeNumber | None = None
    part_weight_kg: DecimalText | None = None
    customer_tier: CustomerTier | None = None
    surface_finish: RemarkText | None = None
    tolerance_class: RemarkText | None = None
    special_requirements: RemarkText | None = None

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data with the fields that were given."""
        return self.model_dump(mode="json", exclude_none=True)
