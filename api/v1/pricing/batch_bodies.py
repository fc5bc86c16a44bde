"""Many parts to price at once, and what became of each."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StrictBool, WrapValidator

from api.http.fields import Body, Money, Uuid
from api.v1.pricing.answers import CalculationAnswer, WarningAnswer
from api.v1.pricing.specification import EXAMPLE, SpecificationBody
from api.v1.quotes.answers import FieldErrorAnswer

BATCH_LIMIT: Final = 500


def _as_given(value: Any, _check: Any) -> Any:
    """The document has the form; whether an entry has it too is asked for one after the other."""
    return value


class BatchBody(Body):
    """Parts to price by one rate card. Each is checked by itself, so that one that is wrong is no other's harm.

    `explain: false` leaves lines and quantity breaks out of the answer (not out of what is stored).
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"specifications": [EXAMPLE, {**EXAMPLE, "quantity": 100}]}]}
    )

    specifications: Annotated[
        list[Annotated[SpecificationBody, WrapValidator(_as_given)]],
        Field(min_length=1, max_length=BATCH_LIMIT),
    ]
    rate_card_id: Uuid | None = None
    explain: StrictBool = True


class BriefTierAnswer(BaseModel):
    """A service level without its lines; lead time in working days."""

    total_price: Money
    price_per_piece: Money
    lead_time_days: int


class BriefCalculationAnswer(BaseModel):
    """A stored calculation without its explanation; `GET /pricing/calculations/{id}` has it all."""

    id: str
    created_at: str
    rate_card_id: str
    rate_card_version: int
    currency: str
    specification: dict[str, Any]
    weight_kg: Money
    tiers: dict[str, BriefTierAnswer]
    warnings: list[WarningAnswer]


class PricedAnswer(BaseModel):
    """A part that was priced and stored; `index` is its place in the request, from 0."""

    index: int
    calculation: CalculationAnswer | BriefCalculationAnswer


class RefusedAnswer(BaseModel):
    """A part that cannot be priced as described; `index` is its place in the request, from 0."""

    index: int
    errors: list[FieldErrorAnswer]


class BatchAnswer(BaseModel):
    """One entry for each specification, in their order."""

    data: list[PricedAnswer | RefusedAnswer]
    priced: int
    refused: int
