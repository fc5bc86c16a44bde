"""Bodies and answers about prices."""

from typing import Any, Self

from pydantic import ConfigDict, Field

from adapters.db.pricing import CalculationView
from api.http.fields import MoneyText, RequestBody, Uuid
from api.json_answer import Answer
from api.v1.pricing.specification import EXAMPLE, SpecificationBody
from domain import instants
from domain.decimals import plain
from domain.rate_cards.rate_card import CustomerTier, RateCard, Tier


class CalculationBody(RequestBody):
    """A part to price, by the rate card valid now or by another one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"specification": EXAMPLE}]})

    specification: SpecificationBody
    rate_card_id: Uuid | None = None


class PriceLineAnswer(Answer):
    """One of the ten or more lines of a price; the price is the sum of sign times amount over all lines.

    `operation` counts the part's operations from 1; it is absent where the line belongs to none of them.
    """

    name: str
    operation: int | None = None
    amount: MoneyText
    sign: int
    formula: str
    inputs: dict[str, Any]
    rule: str


class TierAnswer(Answer):
    """A service level; its lead time is in working days."""

    total_price: MoneyText
    price_per_piece: MoneyText
    lead_time_days: int
    lines: list[PriceLineAnswer]


class BreakPriceAnswer(Answer):
    """The same part at another quantity; `break_even` says where more pieces cost less in total."""

    total_price: MoneyText
    price_per_piece: MoneyText
    break_even: str | None


class QuantityBreakAnswer(Answer):
    """One row of the quantity table."""

    quantity: int
    tiers: dict[str, BreakPriceAnswer]


class WarningAnswer(Answer):
    """A remark for the estimator; it changes no price."""

    code: str
    message: str


class CalculationAnswer(Answer):
    """A stored, explained calculation. Staff only: it shows cost and margin."""

    id: str
    created_at: str
    rate_card_id: str
    rate_card_version: int
    currency: str
    specification: dict[str, Any]
    weight_kg: MoneyText
    tiers: dict[str, TierAnswer]
    quantity_breaks: list[QuantityBreakAnswer]
    warnings: list[WarningAnswer]

    @classmethod
    def of(cls, view: CalculationView) -> Self:
        """The calculation as it was explained and stored on its day; the tiers fastest first."""
        shown = {
            **view.data,
            "tiers": {tier: view.data["tiers"][tier] for tier in Tier if tier in view.data["tiers"]},
            "id": view.id,
            "created_at": instants.answered(view.created_at),
            "rate_card_id": view.rate_card_id,
            "specification": dict(view.specification),
        }
        return cls(**shown)


class PairAnswer(Answer):
    """A process and the materials offered with it; the size limit is per axis, in mm."""

    process: str
    materials: list[str]
    size_limit_mm: MoneyText


class FinishAnswer(Answer):
    """A surface finish that the rate card prices, and the materials it can be applied to."""

    name: str
    materials: list[str]


class CatalogueAnswer(Answer):
    """What can be priced by the rate card valid now."""

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

    @classmethod
    def of(cls, card: RateCard) -> Self:
        """What can be asked for by this card; no cost and no margin."""
        return cls(
            rate_card_id=card.id,
            rate_card_version=card.version,
            currency=card.currency,
            materials=list(card.materials),
            processes=list(card.processes),
            pairs=[
                PairAnswer(
                    process=name,
                    materials=list(process.materials),
                    size_limit_mm=plain(process.size_limit_mm),
                )
                for name, process in card.processes.items()
            ],
            tiers=[
                {"tier": str(tier), "lead_time_days": rules.lead_time_days}
                for tier, rules in card.tiers.items()
            ],
            customer_tiers=[str(tier) for tier in CustomerTier],
            shipping_distance_zones=sorted(card.zone_factors),
            break_quantities=list(card.break_quantities),
            finishes=[
                FinishAnswer(
                    name=name, materials=list(card.materials if rule.materials is None else rule.materials)
                )
                for name, rule in card.finishes.items()
            ],
            tolerance_classes=list(card.tolerance_classes),
        )
