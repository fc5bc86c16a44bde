"""A part as a caller describes it. The form is checked here, what can be priced by the rate card."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StrictBool

from api.http.fields import DecimalText, FigureText, OneLine, RemarkText, RequestBody, WholeNumber
from api.json_answer import Answer
from domain.pricing.operations import MOST
from domain.pricing.part_shapes import Shape

EXAMPLE: dict[str, Any] = {
    "material": "aluminum",
    "process": "cnc",
    "length_mm": "100",
    "width_mm": "50",
    "height_mm": "20",
    "geometric_complexity_score": "2.5",
    "quantity": 20,
}


class PartOperationBody(RequestBody):
    """One operation: with `process`, work by the rate card; with `outside: true`, work that is given out; with
    `bought: true`, a part that is bought and goes in. It has the fields of its kind alone.

    - `process`: `set_up_hours` (0 to 500) and `hours_per_piece` (above 0, at most 500), where given, count instead of the
      card's; `complexity` is that of this operation.
    - `outside`: `name`, which customers read, and at least one of `cost_per_piece`, `cost_per_batch` and `minimum` (of the
      batch), in the card's currency; `lead_time_days` are working days on top of the tier's.
    - `bought`: `name`, which customers read, `cost_per_piece` of one bought piece, and `pieces_per_part` (1 where not given).
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"process": "cnc", "hours_per_piece": "0.75"},
                {"outside": True, "name": "Hardening", "cost_per_piece": "2.40", "lead_time_days": 5},
                {"bought": True, "name": "Dowel pin", "pieces_per_part": 2, "cost_per_piece": "0.18"},
            ]
        }
    )

    process: OneLine | None = None
    set_up_hours: DecimalText | None = None
    hours_per_piece: DecimalText | None = None
    complexity: DecimalText | None = None
    outside: StrictBool | None = None
    bought: StrictBool | None = None
    name: OneLine | None = None
    cost_per_piece: DecimalText | None = None
    cost_per_batch: DecimalText | None = None
    minimum: DecimalText | None = None
    lead_time_days: WholeNumber | None = None
    pieces_per_part: WholeNumber | None = None


class SpecificationBody(RequestBody):
    """One part: lengths in mm, complexity 1.0 to 5.0, quantity 1 to 1,000,000, zone 1 to 4, weight in kg.

    It is made by one `process`, or by `operations` in their order: one of the two is given.
    The `shape` says which lengths there are: a `box` (taken where none is named) has `length_mm`, `width_mm` and `height_mm`, a
    `round` `diameter_mm` and `length_mm`, a `sheet` `length_mm`, `width_mm` and `thickness_mm`. `volume_cm3`, `surface_cm2` and
    `part_weight_kg` are those of one finished piece, from its model; without them they follow from the shape.
    Ranges and the pairs of material and process come from the rate card (`GET /pricing/catalogue`).
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    material: OneLine
    process: OneLine | None = None
    operations: Annotated[list[PartOperationBody], Field(min_length=1, max_length=MOST)] | None = None
    shape: Shape | None = None
    length_mm: DecimalText
    width_mm: DecimalText | None = None
    height_mm: DecimalText | None = None
    diameter_mm: DecimalText | None = None
    thickness_mm: DecimalText | None = None
    volume_cm3: DecimalText | None = None
    surface_cm2: DecimalText | None = None
    geometric_complexity_score: DecimalText
    quantity: WholeNumber
    shipping_distance_zone: WholeNumber | None = None
    part_weight_kg: DecimalText | None = None
    customer_tier: OneLine | None = None
    surface_finish: RemarkText | None = None
    tolerance_class: RemarkText | None = None
    special_requirements: RemarkText | None = None

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data with the fields that were given."""
        return self.model_dump(mode="json", exclude_none=True)


class PartOperationAnswer(Answer):
    """One operation of a part: the fields of its kind that were given, and no others."""

    process: str | None = None
    set_up_hours: FigureText | None = None
    hours_per_piece: FigureText | None = None
    complexity: FigureText | None = None
    outside: bool | None = None
    bought: bool | None = None
    name: str | None = None
    cost_per_piece: FigureText | None = None
    cost_per_batch: FigureText | None = None
    minimum: FigureText | None = None
    lead_time_days: int | None = None
    pieces_per_part: int | None = None


class SpecificationAnswer(Answer):
    """One part as it was priced: what was given, and no others. The fields are those of `SpecificationBody`; decimals are text."""

    material: str
    process: str | None = None
    operations: list[PartOperationAnswer] | None = None
    shape: Shape | None = None
    length_mm: FigureText
    width_mm: FigureText | None = None
    height_mm: FigureText | None = None
    diameter_mm: FigureText | None = None
    thickness_mm: FigureText | None = None
    volume_cm3: FigureText | None = None
    surface_cm2: FigureText | None = None
    geometric_complexity_score: FigureText
    quantity: int
    shipping_distance_zone: int | None = None
    part_weight_kg: FigureText | None = None
    customer_tier: str | None = None
    surface_finish: str | None = None
    tolerance_class: str | None = None
    special_requirements: str | None = None
