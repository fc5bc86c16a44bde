"""What is to be priced: one part in short form, or lines; exactly one source of the price each."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from api.schemas.fields import Body, Description, Line, Uuid, refuse
from api.schemas.specification import SpecificationBody
from domain.pricing.specification import Tier

MAX_LINES = 100


class LineBody(Body):
    """A part of the quote: a specification to price, or a stored calculation."""

    description: Description
    part_number: Line | None = None
    part_revision: Line | None = None
    specification: SpecificationBody | None = None
    pricing_calculation_id: Uuid | None = None
    tier: Tier = Tier.STANDARD

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        _exactly_one(
            {"specification": self.specification, "pricing_calculation_id": self.pricing_calculation_id}
        )
        return self

    def to_data(self) -> dict[str, Any]:
        """The line as a command carries it."""
        data = self.model_dump(mode="json", exclude_none=True, exclude={"specification"})
        return {**data, **({"specification": self.specification.to_data()} if self.specification else {})}


class PricedBody(Body):
    """Short form of one part, or `lines`. `tier` and the description belong to the short form."""

    pricing_calculation_id: Uuid | None = None
    specification: SpecificationBody | None = None
    lines: Annotated[list[LineBody], Field(min_length=1, max_length=MAX_LINES)] | None = None
    tier: Tier | None = None
    description: Description | None = None
    part_number: Line | None = None
    part_revision: Line | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        _exactly_one(
            {
                "pricing_calculation_id": self.pricing_calculation_id,
                "specification": self.specification,
                "lines": self.lines,
            }
        )
        short_only = ("tier", "description", "part_number", "part_revision")
        if self.lines is not None and any(getattr(self, name) is not None for name in short_only):
            raise refuse("not_with_lines", "tier, description and part number stand in each of the lines")
        return self

    def lines_data(self) -> list[dict[str, Any]]:
        """The lines as a command carries them; a short form is one line."""
        if self.lines is not None:
            return [line.to_data() for line in self.lines]
        line = LineBody(
            description=self.description or self._default_description(),
            part_number=self.part_number,
            part_revision=self.part_revision,
            specification=self.specification,
            pricing_calculation_id=self.pricing_calculation_id,
            tier=self.tier or Tier.STANDARD,
        )
        return [line.to_data()]

    def specifications(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Each specification with the JSON pointer to it."""
        if self.lines is None:
            return [("/specification", self.specification.to_data())] if self.specification else []
        return [
            (f"/lines/{index}/specification", line.specification.to_data())
            for index, line in enumerate(self.lines)
            if line.specification is not None
        ]

    def calculations(self) -> list[tuple[str, str]]:
        """Each stored calculation's id with the JSON pointer to it."""
        named = [("", self.pricing_calculation_id)]
        if self.lines is not None:
            named = [(f"/lines/{i}", line.pricing_calculation_id) for i, line in enumerate(self.lines)]
        return [(f"{pointer}/pricing_calculation_id", found) for pointer, found in named if found]

    def _default_description(self) -> str:
        return self.part_number or "Part"


def _exactly_one(sources: Mapping[str, object | None]) -> None:
    given = [name for name, value in sources.items() if value is not None]
    if len(given) != 1:
        raise refuse("one_of", f"give exactly one of {', '.join(sources)}", list(sources))
