"""One line of a quote: from what was asked for and what was calculated to what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from domain.errors import InvalidQuoteOperationError, RefusalCode
from domain.money import Money, exact, scale
from domain.offer.amounts import give, read_money
from domain.offer.content import Alternative, LineKind, Override, Quantity, QuantityPrice, QuoteLine
from domain.offer.line_request import LineRequest, OverrideRequest
from domain.offer.readers import Data
from domain.pricing.calculation_data import tiers_in_order
from domain.pricing.part_shapes import size_in_words
from domain.rate_cards.rate_card import STANDARD


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCalculation:
    """A calculation as stored: its id, its rate card's, and the data of `calculation_to_data`. `others` are those of the same
    part in the further quantities that are offered.
    """

    id: str
    rate_card_id: str
    data: Mapping[str, Any]
    others: tuple["StoredCalculation", ...] = ()

    @property
    def currency(self) -> str:
        """The card's currency."""
        return str(self.data["currency"])

    @property
    def quantity(self) -> int:
        """Pieces that were calculated."""
        return int(self.data["specification"]["quantity"])


def part_line(request: LineRequest, calculation: StoredCalculation, actor: str) -> QuoteLine:
    """A part at the chosen tier, or at the price that `actor` set instead, less the line's discount. Of several quantities
    and tiers the first one, with all of them as its alternatives: each has the discount.

    Raises InvalidQuoteOperationError `not_priced` for a tier that the calculation has not, a discount larger
    than the price, and figures that are no amounts of the currency.
    """
    offered = [
        _at(replace(request, tier=tier), each, actor)
        for each in (calculation, *calculation.others)
        for tier in request.offered_tiers
    ]
    if len(offered) == 1:
        return offered[0]
    return replace(offered[0], alternatives=tuple(map(_alternative, offered)), quantity_breaks=None)


def _alternative(line: QuoteLine) -> Alternative:
    return Alternative(**{name: getattr(line, name) for name in Alternative.__dataclass_fields__})


def _at(request: LineRequest, calculation: StoredCalculation, actor: str) -> QuoteLine:
    tiers, order = calculation.data["tiers"], tiers_in_order(calculation.data)
    tier = request.tier or (STANDARD if STANDARD in tiers else order[0])
    price = tiers.get(tier)
    if price is None:
        raise _not_priced(request, f"tier must be one of {', '.join(order)}")
    labels = _labels(calculation, tier)
    specification = calculation.data["specification"]
    computed, said = int(price["lead_time_days"]), request.lead_time_days
    line = QuoteLine(
        position=request.position,
        kind=LineKind.PART,
        description=request.description or _description(specification, labels or {}),
        part_number=request.part_number,
        part_revision=request.part_revision,
        quantity=calculation.quantity,
        tier=tier,
        lead_time_days=computed if said is None else said,
        unit_price=price["price_per_piece"],
        total=price["total_price"],
        pricing_calculation_id=calculation.id,
        rate_card_id=calculation.rate_card_id,
        specification=specification,
        breakdown=tuple(price["lines"]),
        tax_rate=request.tax_rate,
        unit=request.unit,
        customer_part_number=request.customer_part_number,
        computed_lead_time_days=None if said is None else computed,
        labels=labels,
        order=_order(calculation, tier),
        optional=request.optional or None,
    )
    if request.override is not None:
        line = _overridden(line, request.override, actor, calculation.currency)
    elif request.discount is None:
        line = replace(line, quantity_breaks=_breaks(calculation, tier))
    return _discounted(line, request, calculation.currency)


def free_line(request: LineRequest, currency: str) -> QuoteLine:
    """A line with text, quantity and a price for one of its unit, less its discount. Raises as `part_line` does."""
    unit_price, total = _by_piece(request.unit_price or "0", request.quantity or 1, currency)
    line = QuoteLine(
        position=request.position,
        kind=LineKind.FREE,
        description=request.description,
        part_number=request.part_number,
        part_revision=request.part_revision,
        quantity=request.quantity or 1,
        tier=None,
        lead_time_days=request.lead_time_days,
        unit_price=unit_price,
        total=total,
        pricing_calculation_id=None,
        rate_card_id=None,
        specification=None,
        breakdown=(),
        tax_rate=request.tax_rate,
        unit=request.unit,
        customer_part_number=request.customer_part_number,
        optional=request.optional or None,
    )
    return _discounted(line, request, currency)


def _labels(calculation: StoredCalculation, tier: str) -> Data | None:
    """What the customer reads instead of names: the card's labels for the part and its tier."""
    told = dict(calculation.data.get("labels", {}))
    tiers = {name: label for name, label in told.pop("tiers", {}).items() if name == tier}
    return {**told, **({"tiers": tiers} if tiers else {})} or None


def _order(calculation: StoredCalculation, tier: str) -> Data | None:
    """What the card says of a quote as a whole, with what this part adds to its shipping."""
    order = calculation.data.get("order")
    if order is None:
        return None
    shipping = {"shipping": order["shipping"][tier]} if "shipping" in order else {}
    return {**order, **shipping}


def _breaks(calculation: StoredCalculation, tier: str) -> tuple[QuantityPrice, ...]:
    """Computed prices of other quantities; a price or discount that a person gave says nothing about those."""
    return tuple(
        QuantityPrice(
            quantity=int(row["quantity"]),
            unit_price=row["tiers"][tier]["price_per_piece"],
            total=row["tiers"][tier]["total_price"],
        )
        for row in calculation.data["quantity_breaks"]
    )


def _overridden(line: QuoteLine, asked: OverrideRequest, actor: str, currency: str) -> QuoteLine:
    override = Override(
        reason=asked.reason,
        by=asked.by or actor,
        computed_unit_price=line.unit_price,
        computed_total=line.total,
        unit_price=asked.unit_price,
        total=asked.total,
    )
    if asked.unit_price is not None:
        unit_price, total = _by_piece(asked.unit_price, line.quantity, currency)
    else:
        whole = read_money(asked.total or "0", currency, f"line {line.position}, override")
        with exact():
            unit_price = str(Money.rounded(whole.amount / line.quantity, currency))
        total = str(whole)
    return replace(line, unit_price=unit_price, total=total, override=override)


def _by_piece(unit_price: str, quantity: Quantity, currency: str) -> tuple[str, str]:
    """The price per piece with at least the currency's digits, and times the quantity, rounded once.

    Screws cost fractions of a cent: a price per piece may be finer than the currency, a total never.
    """
    each = Decimal(unit_price).normalize() or Decimal(0)
    digits = max(scale(currency), -int(each.as_tuple().exponent))
    with exact():
        return f"{each:.{digits}f}", str(Money.rounded(each * quantity, currency))


def _discounted(line: QuoteLine, request: LineRequest, currency: str) -> QuoteLine:
    if request.discount is None:
        return line
    price = Money.parse(line.total, currency)
    discount = give(request.discount, price, f"line {line.position}")
    left = price - Money.parse(discount.amount, currency)
    return replace(line, subtotal=line.total, total=str(left), discount=discount)


def _description(specification: Mapping[str, Any], labels: Data) -> str:
    """What the part is, where nobody named it."""
    name = str(specification["material"])
    material = labels.get("materials", {}).get(name) or name.replace("_", " ")
    return f"Part, {material}, {size_in_words(specification)}"


def _not_priced(request: LineRequest, why: str) -> InvalidQuoteOperationError:
    return InvalidQuoteOperationError(f"line {request.position}: {why}", code=RefusalCode.NOT_PRICED)
