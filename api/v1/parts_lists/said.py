"""What a request says about a parts list."""

from dataclasses import replace
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field, StrictBool
from typing_extensions import TypeAliasType

from api.http.fields import (
    DecimalText,
    Email,
    OneLine,
    RemarkText,
    RequestBody,
    Uuid,
    WholeNumber,
)
from api.v1.quotes.bodies import ValidityBody
from api.v1.quotes.lines import DiscountBody
from api.v1.quotes.version_texts import TextsBody
from domain.offer.parts_lists.answers import NO_ANSWERS, ListAnswers, QuantityBasis
from domain.offer.parts_lists.readings import Mark

_MOST: Final = 500
EXAMPLE: Final[dict[str, Any]] = {
    "map": {"Zuschnitt": "dimensions"},
    "units": {"*": "mm"},
    "defaults": {"process": "laser_cutting", "geometric_complexity_score": "1.5"},
    "materials": {"Alu blank": "aluminum"},
}
ColumnName = Annotated[str, Field(min_length=1, max_length=2_000)]
"""A column by its heading or by its letter."""
ShortText = Annotated[str, Field(min_length=1, max_length=200)]
WordsSaid = TypeAliasType("WordsSaid", Annotated[dict[ColumnName, ShortText], Field(max_length=_MOST)])


class DefaultsBody(RequestBody):
    """What holds for every row that does not say it itself."""

    material: OneLine | None = None
    process: OneLine | None = None
    geometric_complexity_score: DecimalText | None = None
    quantity: Annotated[WholeNumber, Field(ge=1)] | None = None
    tier: OneLine | None = None
    shipping_distance_zone: WholeNumber | None = None
    surface_finish: RemarkText | None = None
    tolerance_class: RemarkText | None = None
    special_requirements: RemarkText | None = None


class ListAnswersBody(RequestBody):
    """Answers to what a list does not say. `map` says what a column holds, by its heading or letter: a field, or null for
    a column to be left aside. `units` are by column too, or by `*` for all sizes. `materials` and `processes` say which name of
    the rate card a word of the list means. What is said is added to what was said before; null takes all of a member back.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    map: Annotated[dict[ColumnName, ShortText | None], Field(max_length=_MOST)] | None = None
    units: WordsSaid | None = None
    defaults: DefaultsBody | None = None
    materials: WordsSaid | None = None
    processes: WordsSaid | None = None
    decimal: Mark | None = None
    quantities: QuantityBasis | None = None
    header_row: Annotated[WholeNumber, Field(ge=1, le=10_000_000)] | None = None
    customer_id: Uuid | None = None
    keep: StrictBool = False

    def added_to(self, before: ListAnswers) -> ListAnswers:
        """What was said before, with this."""
        members = (
            "map",
            "units",
            "defaults",
            "materials",
            "processes",
            "decimal",
            "quantities",
            "header_row",
        )
        taken_back = {
            name: getattr(NO_ANSWERS, name)
            for name in members
            if name in self.model_fields_set and getattr(self, name) is None
        }
        defaults = self.defaults.model_dump(mode="json", exclude_none=True) if self.defaults else {}
        said = ListAnswers(
            map=self.map or {},
            units=self.units or {},
            defaults={name: str(value) for name, value in defaults.items()},
            materials=self.materials or {},
            processes=self.processes or {},
            decimal=self.decimal,
            quantities=self.quantities,
            header_row=self.header_row,
        )
        return replace(before, **taken_back).with_more(said)


class ListQuoteBody(ListAnswersBody, TextsBody, ValidityBody):
    """A draft of a list's parts, with the answers that were not given yet. The customer may be left out where the list has one.
    Rows of which something is open are left out of the draft; its `notes` name them.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"defaults": EXAMPLE["defaults"], "valid_days": 30}]}
    )

    discount: DiscountBody | None = None
    contact: OneLine | None = None
    owner: Email | None = None
    external_id: OneLine | None = None
