"""Bodies and answers about prices."""

from typing import Any, Self

from pydantic import ConfigDict, Field, model_validator
from typing_extensions import TypeAliasType

from adapters.db.pricing import CalculationView
from api.http.fields import MoneyText, OneLine, RequestBody, Uuid, refuse
from api.json_answer import Answer, CurrencyText, IdText, InstantText, Ordinal
from api.v1.pricing.specification import EXAMPLE, SpecificationAnswer, SpecificationBody
from domain import instants
from domain.decimals import plain
from domain.pricing.advice import WarningCode
from domain.pricing.calculation_data import tiers_in_order, told_warnings
from domain.rate_cards.rate_card import RateCard


def at_most_one_card(rate_card_id: str | None, rate_card: str | None) -> None:
    """Refuses (`one_of`) a card that is named both by its id and by its name."""
    if rate_card_id is not None and rate_card is not None:
        raise refuse("one_of", "give rate_card_id or rate_card, not both", ["rate_card_id", "rate_card"])


class CalculationBody(RequestBody):
    """A part to price: by the card valid now, of the default name or of the one in `rate_card`, or by another one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"specification": EXAMPLE}]})

    specification: SpecificationBody
    rate_card_id: Uuid | None = None
    rate_card: OneLine | None = None

    @model_validator(mode="after")
    def _one_card(self) -> Self:
        at_most_one_card(self.rate_card_id, self.rate_card)
        return self


LabelsByGroup = TypeAliasType("LabelsByGroup", dict[str, dict[str, str]])
"""What customers read instead of names: by group, then by name."""


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
    """A remark for the estimator; it changes no price. `below_cost` and `below_least_margin`, of a tier's computed price, are to
    be confirmed before a quote with it is sent.
    """

    code: WarningCode
    message: str


class CalculationAnswer(Answer):
    """A stored, explained calculation. Staff only: it shows cost and margin.

    Present where the card says so: `tier_order`, if its tiers are others than `expedited, standard, economy,
    domestic_economy` or in another order; `labels`, what customers read instead of names; `order`, what it charges on a
    quote as a whole; `limits`, its `least_margin` and `largest_discount`.
    """

    id: IdText
    created_at: InstantText
    rate_card_id: IdText
    rate_card_version: Ordinal
    currency: CurrencyText
    specification: SpecificationAnswer
    weight_kg: MoneyText
    tiers: dict[str, TierAnswer]
    quantity_breaks: list[QuantityBreakAnswer]
    warnings: list[WarningAnswer]
    tier_order: list[str] = Field(default_factory=list)
    labels: LabelsByGroup = Field(default_factory=dict)
    order: dict[str, Any] = Field(default_factory=dict)
    limits: dict[str, str] = Field(default_factory=dict)

    @classmethod
    def of(cls, view: CalculationView) -> Self:
        """The calculation as it was explained and stored on its day; the tiers in the order of its card."""
        shown = {
            **view.data,
            "tiers": {tier: view.data["tiers"][tier] for tier in tiers_in_order(view.data)},
            "id": view.id,
            "created_at": instants.answered(view.created_at),
            "rate_card_id": view.rate_card_id,
            "specification": SpecificationAnswer(**view.specification),
            "warnings": told_warnings(view.data),
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


class CatalogueTierAnswer(Answer):
    """A service level on offer; its lead time is in working days."""

    tier: str
    label: str | None
    lead_time_days: int


class CatalogueAnswer(Answer):
    """What can be priced by the rate card valid now."""

    rate_card_id: IdText
    rate_card_version: Ordinal
    currency: CurrencyText
    materials: list[str]
    processes: list[str]
    pairs: list[PairAnswer]
    tiers: list[CatalogueTierAnswer]
    customer_tiers: list[str]
    shipping_distance_zones: list[int] = Field(examples=[[1, 2, 3, 4]])
    break_quantities: list[int]
    finishes: list[FinishAnswer]
    tolerance_classes: list[str]
    labels: LabelsByGroup
    aliases: dict[str, dict[str, list[str]]]

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
                CatalogueTierAnswer(tier=tier, label=rules.label, lead_time_days=rules.lead_time_days)
                for tier, rules in card.tiers.items()
            ],
            customer_tiers=list(card.customer_discounts.by_tier),
            shipping_distance_zones=sorted(card.zone_factors),
            break_quantities=list(card.break_quantities),
            finishes=[
                FinishAnswer(
                    name=name, materials=list(card.materials if rule.materials is None else rule.materials)
                )
                for name, rule in card.finishes.items()
            ],
            tolerance_classes=list(card.tolerance_classes),
            labels=card.labels,
            aliases={
                group: {name: list(each) for name, each in known.items()}
                for group, known in card.aliases.items()
            },
        )
