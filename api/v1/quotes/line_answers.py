"""Answers about a quote's lines, and what belongs to their prices."""

from typing import Any, Self

from pydantic import Field

from api.http.fields import MoneyText
from api.json_answer import Answer, IdText, Ordinal, RateText, as_recorded
from api.v1.pricing.answers import LabelsByGroup, PriceLineAnswer
from api.v1.pricing.specification import SpecificationAnswer
from domain.offer.choice import Pick
from domain.offer.content import (
    Alternative,
    Discount,
    LineKind,
    Override,
    OverrideFate,
    Quantity,
    QuantityPrice,
    QuoteLine,
    Tax,
    Unit,
    quantity_of,
)
from domain.offer.overrides import Fate


def number(quantity: Quantity) -> int | float:
    """A quantity as a JSON number: it has so few digits that nothing is lost of it."""
    return quantity if isinstance(quantity, int) else float(quantity)


class DiscountAnswer(Answer):
    """A discount: money off, computed from the rate if there is one. The customer sees the reason."""

    reason: str
    amount: MoneyText
    rate: RateText | None

    @classmethod
    def of(cls, discount: Discount) -> Self:
        """The discount as it is written in the version."""
        return cls(reason=discount.reason, amount=discount.amount, rate=discount.rate)


class TaxAnswer(Answer):
    """The tax at one rate, on its lines less their share of the quote's discount."""

    rate: RateText
    base: MoneyText
    amount: MoneyText

    @classmethod
    def of(cls, tax: Tax) -> Self:
        """The tax as it is written in the version."""
        return cls(rate=tax.rate, base=tax.base, amount=tax.amount)


class OverrideAnswer(Answer):
    """A price that a person set (`unit_price` or `total`), with the computed one, who set it, and why."""

    reason: str
    by: str
    computed_unit_price: MoneyText
    computed_total: MoneyText
    unit_price: MoneyText | None
    total: MoneyText | None

    @classmethod
    def of(cls, override: Override) -> Self:
        """The override as it is written in the version."""
        return cls(
            reason=override.reason,
            by=override.by,
            computed_unit_price=override.computed_unit_price,
            computed_total=override.computed_total,
            unit_price=override.unit_price,
            total=override.total,
        )


class OverrideFateAnswer(Answer):
    """What became of an override of the previous version: `kept`, `replaced` or `dropped`, and why."""

    position: Ordinal
    fate: Fate
    reason: str
    unit_price: MoneyText | None
    total: MoneyText | None

    @classmethod
    def of(cls, fate: OverrideFate) -> Self:
        """The fate as it is written in the version."""
        return cls(
            position=fate.position,
            fate=as_recorded(Fate, fate.fate),
            reason=fate.reason,
            unit_price=fate.unit_price,
            total=fate.total,
        )


class QuantityPriceAnswer(Answer):
    """What a quantity of the same part costs, in total and per piece."""

    quantity: int
    unit_price: MoneyText
    total: MoneyText

    @classmethod
    def of(cls, price: QuantityPrice) -> Self:
        """The price as it is written in the version."""
        return cls(quantity=price.quantity, unit_price=price.unit_price, total=price.total)


class AlternativeAnswer(Answer):
    """A quantity at a tier that the customer may choose. `total` is `subtotal` less the line's discount."""

    quantity: int | float
    tier: str | None
    unit_price: MoneyText
    subtotal: MoneyText
    discount: DiscountAnswer | None
    total: MoneyText
    lead_time_days: int | None
    pricing_calculation_id: IdText | None

    @classmethod
    def of(cls, alternative: Alternative) -> Self:
        """The alternative as it is written in the version."""
        return cls(
            quantity=number(alternative.quantity),
            tier=alternative.tier,
            unit_price=alternative.unit_price,
            subtotal=alternative.before_discount,
            discount=DiscountAnswer.of(alternative.discount) if alternative.discount else None,
            total=alternative.total,
            lead_time_days=alternative.lead_time_days,
            pricing_calculation_id=alternative.pricing_calculation_id,
        )


class PickAnswer(Answer):
    """What was chosen of one line; of a free line there is no tier."""

    position: Ordinal
    quantity: int | float
    tier: str | None

    @classmethod
    def of(cls, pick: Pick) -> Self:
        """The pick as the event tells it."""
        return cls(position=pick.position, quantity=number(quantity_of(pick.quantity)), tier=pick.tier)


class LineAnswer(Answer):
    """A priced line of a quote: a `part`, or a `free` line, which has no tier, calculation or specification. Without a
    `unit` its `quantity` is pieces. `computed_lead_time_days` is the rate card's where a person said another.

    `total` is `subtotal` less the line's discount, before the quote's discount and tax. `quantity_breaks` are
    present if the line has the computed price. Where the customer may choose, `alternatives` are all that there is to choose
    from, and the line's own figures are those of the first; one that is `optional` is in no sum unless it is chosen.
    `labels` are what the customer reads instead of the card's names. A `charge` is what rate cards add to the quote as a
    whole (shipping, packing, what lifts it to the minimum), and has its `explanation`.
    """

    position: Ordinal
    kind: LineKind
    description: str
    part_number: str | None
    part_revision: str | None
    customer_part_number: str | None
    specification: SpecificationAnswer | None
    pricing_calculation_id: IdText | None
    rate_card_id: IdText | None
    tier: str | None
    quantity: int | float = Field(examples=[20])
    unit: Unit | None
    unit_price: MoneyText
    subtotal: MoneyText
    override: OverrideAnswer | None
    discount: DiscountAnswer | None
    total: MoneyText
    tax_rate: RateText | None
    quantity_breaks: list[QuantityPriceAnswer]
    lead_time_days: int | None
    computed_lead_time_days: int | None
    optional: bool
    alternatives: list[AlternativeAnswer]
    labels: LabelsByGroup | None
    explanation: PriceLineAnswer | None

    @classmethod
    def of(cls, line: QuoteLine) -> Self:
        """The line without the explanation of its price."""
        return cls(**cls._fields_of(line))

    @staticmethod
    def _fields_of(line: QuoteLine) -> dict[str, Any]:
        return vars(
            LineAnswer(
                position=line.position,
                kind=as_recorded(LineKind, line.kind),
                description=line.description,
                part_number=line.part_number,
                part_revision=line.part_revision,
                customer_part_number=line.customer_part_number,
                quantity=number(line.quantity),
                unit=as_recorded(Unit, line.unit) if line.unit is not None else None,
                tier=line.tier,
                lead_time_days=line.lead_time_days,
                computed_lead_time_days=line.computed_lead_time_days,
                optional=line.is_optional,
                alternatives=[AlternativeAnswer.of(each) for each in line.alternatives or ()],
                unit_price=line.unit_price,
                total=line.total,
                pricing_calculation_id=line.pricing_calculation_id,
                rate_card_id=line.rate_card_id,
                specification=SpecificationAnswer(**line.specification)
                if line.specification is not None
                else None,
                subtotal=line.before_discount,
                override=OverrideAnswer.of(line.override) if line.override else None,
                discount=DiscountAnswer.of(line.discount) if line.discount else None,
                tax_rate=line.tax_rate,
                quantity_breaks=[QuantityPriceAnswer.of(row) for row in line.quantity_breaks or ()],
                labels=dict(line.labels) if line.labels is not None else None,
                explanation=PriceLineAnswer(**line.breakdown[0]) if line.is_charge else None,
            )
        )


class ExplainedLineAnswer(LineAnswer):
    """A line with the lines of its price: staff only."""

    breakdown: list[PriceLineAnswer]

    @classmethod
    def of(cls, line: QuoteLine) -> Self:
        """The line with the explanation of its price, as it was stored."""
        return cls(**cls._fields_of(line), breakdown=[PriceLineAnswer(**entry) for entry in line.breakdown])
