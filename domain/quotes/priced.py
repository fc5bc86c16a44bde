"""From explained calculations to the lines of a quote: what a version offers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from domain.errors import InvalidQuoteOperationError
from domain.money import Money
from domain.pricing.specification import CustomerTier
from domain.quotes.content import LineRequest, QuoteLine, VersionContent
from domain.quotes.status import RefusalCode


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCalculation:
    """A calculation as stored: its id, its rate card's, and the data of `calculation_to_data`."""

    id: str
    rate_card_id: str
    data: Mapping[str, Any]


def version_content(
    priced: Sequence[tuple[LineRequest, StoredCalculation]],
    *,
    customer_tier: CustomerTier,
    notes: str | None,
) -> VersionContent:
    """The content of a version, its total being the sum of its lines.

    A line that was calculated for another tier of customer keeps its price and is warned of
    (`customer_tier_differs`). Raises InvalidQuoteOperationError `not_priced` for a tier that the
    calculation has not, MoneyError for lines of different currencies.
    """
    lines = tuple(quote_line(request, calculation) for request, calculation in priced)
    totals = [
        Money.parse(line.total, calculation.data["currency"])
        for line, (_, calculation) in zip(lines, priced, strict=True)
    ]
    warnings = [
        warning
        for request, calculation in priced
        for warning in _warnings(request, calculation, customer_tier)
    ]
    return VersionContent(lines=lines, total=reduce(add, totals), notes=notes, warnings=tuple(warnings))


def quote_line(request: LineRequest, calculation: StoredCalculation) -> QuoteLine:
    """One line at the chosen tier. Raises InvalidQuoteOperationError `not_priced` for an unknown tier."""
    tiers = calculation.data["tiers"]
    price = tiers.get(request.tier)
    if price is None:
        raise InvalidQuoteOperationError(
            f"line {request.position}: tier must be one of {', '.join(sorted(tiers))}",
            code=RefusalCode.NOT_PRICED,
        )
    specification = calculation.data["specification"]
    return QuoteLine(
        position=request.position,
        kind="part",
        description=request.description or _description(specification),
        part_number=request.part_number,
        part_revision=request.part_revision,
        quantity=int(specification["quantity"]),
        tier=request.tier,
        lead_time_days=int(price["lead_time_days"]),
        unit_price=price["price_per_piece"],
        total=price["total_price"],
        pricing_calculation_id=calculation.id,
        rate_card_id=calculation.rate_card_id,
        specification=specification,
        breakdown=tuple(price["lines"]),
    )


def _description(specification: Mapping[str, Any]) -> str:
    """What the part is, where nobody named it."""
    size = " × ".join(specification[side] for side in ("length_mm", "width_mm", "height_mm"))
    material = str(specification["material"]).replace("_", " ")
    return f"Part, {material}, {size} mm"


def _warnings(
    request: LineRequest, calculation: StoredCalculation, customer_tier: CustomerTier
) -> list[dict[str, Any]]:
    warnings = [{"line": request.position, **warning} for warning in calculation.data["warnings"]]
    priced_for = calculation.data["specification"].get("customer_tier", CustomerTier.STANDARD)
    if priced_for != customer_tier:
        message = f"priced for a {priced_for} customer; this one is {customer_tier}"
        warnings.append({"line": request.position, "code": "customer_tier_differs", "message": message})
    return warnings
