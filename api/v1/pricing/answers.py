"""Bodies and answers about prices."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.http.fields import Body, Money, Uuid
from api.v1.pricing.specification import EXAMPLE, SpecificationBody


class CalculationBody(Body):
    """A part to price, by the rate card of the day or by another one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"specification": EXAMPLE}]})

    specification: SpecificationBody
    rate_card_id: Uuid | None = None


class PriceLineAnswer(BaseModel):
    """One of the lines, ten or more; the price is the sum of sign times amount."""

    name: str
    amount: Money
    sign: int
    formula: str
    inputs: dict[str, Any]
    rule: str


class TierAnswer(BaseModel):
    """A service level; lead time in working days."""

    total_price: Money
    price_per_piece: Money
    lead_time_days: int
    lines: list[PriceLineAnswer]


class BreakPriceAnswer(BaseModel):
    """The same part at another quantity; `break_even` says where more pieces cost less."""

    total_price: Money
    price_per_piece: Money
    break_even: str | None


class QuantityBreakAnswer(BaseModel):
    """One row of the quantity table."""

    quantity: int
    tiers: dict[str, BreakPriceAnswer]


class WarningAnswer(BaseModel):
    """A remark for the estimator; it changes no price."""

    code: str
    message: str


class CalculationAnswer(BaseModel):
    """A stored, explained calculation. Staff only: it shows cost and margin."""

    id: str
    created_at: str
    rate_card_id: str
    rate_card_version: int
    currency: str
    specification: dict[str, Any]
    weight_kg: Money
    tiers: dict[str, TierAnswer]
    quantity_breaks: list[QuantityBreakAnswer]
    warnings: list[WarningAnswer]


class PairAnswer(BaseModel):
    """A process and the materials that are offered with it; size limit per axis in mm."""

    process: str
    materials: list[str]
    size_limit_mm: Money


class FinishAnswer(BaseModel):
    """A surface finish that the card prices, and the materials that it can be put on."""

    name: str
    materials: list[str]


class CatalogueAnswer(BaseModel):
    """What can be priced by the rate card of the day."""

    rate_card_id: str
    rate_card_version: int
    currency: str
    materials: list[str]
    processes: list[str]
    pairs: list[PairAnswer]
    tiers: list[dict[str, Any]]
    customer_tiers: list[str]
    shipping_distance_zones: list[int] = Field(examples=[[1, 2, 3, 4]])
    break_quantities: list[int]
    finishes: list[FinishAnswer]
    tolerance_classes: list[str]
