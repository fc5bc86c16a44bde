"""From lines as asked for, and explained calculations, to the content of a version."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.money import MoneyError
from domain.pricing.specification import CustomerTier
from domain.quotes.amounts import amounts
from domain.quotes.content import QuoteLine, VersionContent
from domain.quotes.line_price import StoredCalculation, free_line, part_line
from domain.quotes.line_request import DiscountRequest, LineRequest
from domain.quotes.overrides import Inheritance

Priced = tuple[LineRequest, StoredCalculation | None]
"""A line and its calculation; None for a free line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for all lines of a version. `currency` is that of quotes which no rate card prices.

    `before` is the version that this one replaces; its overrides are kept only if `keep_overrides`.
    """

    customer_tier: CustomerTier
    currency: str
    actor: str = "system"
    notes: str | None = None
    discount: DiscountRequest | None = None
    before: VersionContent | None = None
    keep_overrides: bool = False


def version_content(priced: Sequence[Priced], terms: Terms) -> VersionContent:
    """The content of a version; its total is the sum of its lines, less the discount, plus the tax.

    A line that was calculated for another tier of customer keeps its price and is warned of
    (`customer_tier_differs`). Raises InvalidQuoteOperationError `not_priced` where a tier or discount does
    not fit, MoneyError for lines of different currencies and figures that are no money.
    """
    currency = _currency(priced, terms.currency)
    inheritance = Inheritance(before=terms.before, keep=terms.keep_overrides)
    lines = tuple(_line(request, stored, inheritance, terms.actor, currency) for request, stored in priced)
    warnings = [
        warning
        for request, stored in priced
        if stored is not None
        for warning in _warnings(request, stored, terms.customer_tier)
    ]
    totals = amounts(lines, terms.discount, currency)
    return VersionContent(
        lines=lines,
        total=totals.total,
        notes=terms.notes,
        warnings=tuple(warnings),
        discount=totals.discount,
        taxes=totals.taxes,
        override_fates=inheritance.fates,
    )


def _currency(priced: Sequence[Priced], otherwise: str) -> str:
    found = {stored.currency for _, stored in priced if stored is not None}
    if len(found) > 1:
        raise MoneyError("lines of different currencies cannot be added", code="currency_mismatch")
    return found.pop() if found else otherwise


def _line(
    request: LineRequest,
    stored: StoredCalculation | None,
    inheritance: Inheritance,
    actor: str,
    currency: str,
) -> QuoteLine:
    if stored is None:
        return free_line(inheritance.hand_on(request, request.quantity or 1), currency)
    return part_line(inheritance.hand_on(request, stored.quantity), stored, actor)


def _warnings(
    request: LineRequest, calculation: StoredCalculation, customer_tier: CustomerTier
) -> list[dict[str, Any]]:
    warnings = [{"line": request.position, **warning} for warning in calculation.data["warnings"]]
    priced_for = calculation.data["specification"].get("customer_tier", CustomerTier.STANDARD)
    if priced_for != customer_tier:
        message = f"priced for a {priced_for} customer; this one is {customer_tier}"
        warnings.append({"line": request.position, "code": "customer_tier_differs", "message": message})
    return warnings
