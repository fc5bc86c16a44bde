"""From lines as asked for, and explained calculations, to the content of a version."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.errors import InvalidQuoteOperationError, RefusalCode
from domain.money import MoneyError
from domain.offer.amounts import Amounts, amounts
from domain.offer.content import QuoteLine, TaxDefault, VersionContent, VersionTexts, said
from domain.offer.enclosures import Enclosure
from domain.offer.line_price import StoredCalculation, free_line, part_line
from domain.offer.line_request import DiscountRequest, LineRequest
from domain.offer.order_level import charge_lines
from domain.offer.overrides import Inheritance, PricedLine
from domain.offer.version.to_confirm import LineToCheck, limit_warnings
from domain.pricing.advice import WarningCode
from domain.pricing.price_lines import LineName
from domain.rate_cards.rate_card import STANDARD


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms(VersionTexts):
    """What holds for all lines of a version. `currency` is that of quotes which nothing else gives one.

    `before` is the version that this one replaces; its overrides are kept only if `keep_overrides`. `tax_default` holds
    for lines that name no rate, unless `no_tax_reason` says that they have none.
    """

    customer_tier: str
    currency: str
    actor: str = "system"
    discount: DiscountRequest | None = None
    before: VersionContent | None = None
    keep_overrides: bool = False
    files: tuple[Enclosure, ...] = ()
    tax_default: TaxDefault | None = None


def version_content(priced: Sequence[PricedLine], terms: Terms) -> VersionContent:
    """The content of a version; its total is the sum of its lines that are not optional, charges on the quote as a whole
    among them, less the discount, plus the tax.

    A line that was calculated for another tier of customer keeps its price and is warned of
    (`customer_tier_differs`), and so are several that are each lifted to their card's minimum
    (`minimum_for_each_part`); what passes a `PriceLimit` is warned of and has to be confirmed. Raises InvalidQuoteOperationError `not_priced` where a tier, discount, figure
    or line of a file does not fit, and MoneyError `currency_mismatch` for lines of different currencies: an amount that a person
    has set is never taken for the same figure in another currency.
    """
    currency = _currency(priced, terms)
    _files_fit(terms.files, len(priced))
    inheritance = Inheritance(before=terms.before, keep=terms.keep_overrides)
    asked, fates = inheritance.hand_on(priced, currency)
    texts, default = said(terms), _tax_default(priced, terms)
    rate = default.rate if default else None
    lines = tuple(
        _line(replace(request, tax_rate=request.tax_rate or rate), stored, terms.actor, currency)
        for request, stored in asked
    )
    to_check = [LineToCheck(line, stored) for line, (_, stored) in zip(lines, asked, strict=True)]
    had = [line for line in lines if not line.is_optional]
    lines = (*lines, *charge_lines(had, currency, after=len(lines)))
    warnings = [
        warning
        for request, stored in priced
        if stored is not None
        for warning in _warnings(request, stored, terms.customer_tier)
    ]
    totals = _totals([line for line in lines if not line.is_optional], terms.discount, currency)
    return VersionContent(
        lines=lines,
        total=totals.total,
        **texts,
        warnings=(*warnings, *_lifted(lines), *limit_warnings(to_check, totals.discount, currency)),
        discount=totals.discount,
        taxes=totals.taxes,
        override_fates=fates,
        files=terms.files,
        tax_default=default,
    )


def tax_default_of(rate: str | None, reason: str | None) -> TaxDefault | None:
    """What one party says of lines that name no rate; None where that is nothing. The customer goes before the seller."""
    return TaxDefault(rate=rate, reason=reason) if rate is not None or reason is not None else None


def _tax_default(priced: Sequence[PricedLine], terms: Terms) -> TaxDefault | None:
    """Rule: a line's own rate wins over a reason given for the version, and that over the default of the day."""
    if (terms.no_tax_reason or "").strip() or all(request.tax_rate is not None for request, _ in priced):
        return None
    return terms.tax_default


def _files_fit(files: Sequence[Enclosure], lines: int) -> None:
    for each in files:
        if each.line is not None and not 1 <= each.line <= lines:
            raise InvalidQuoteOperationError(
                f"file {each.name}: there is no line {each.line}", code=RefusalCode.NOT_PRICED
            )


def _currency(priced: Sequence[PricedLine], terms: Terms) -> str:
    """The one currency of all that is priced and of all amounts that were set before."""
    found: dict[str, str] = {}
    for request, stored in priced:
        if stored is not None:
            found.setdefault(stored.currency, f"line {request.position} is priced in {stored.currency}")
        if request.currency is not None:
            set_in = f"line {request.position} has an amount in {request.currency} that was set by hand"
            found.setdefault(request.currency, set_in)
    if terms.discount is not None and terms.discount.currency is not None:
        found.setdefault(terms.discount.currency, f"the discount was set in {terms.discount.currency}")
    if len(found) > 1:
        raise MoneyError(
            f"{', '.join(found.values())}: a quote must have a single currency", code="currency_mismatch"
        )
    return next(iter(found), terms.currency)


def _line(request: LineRequest, stored: StoredCalculation | None, actor: str, currency: str) -> QuoteLine:
    try:
        return free_line(request, currency) if stored is None else part_line(request, stored, actor)
    except MoneyError as error:
        raise _not_priced(f"line {request.position}", error) from error


def _totals(lines: Sequence[QuoteLine], discount: DiscountRequest | None, currency: str) -> Amounts:
    try:
        return amounts(lines, discount, currency)
    except MoneyError as error:
        raise _not_priced("the quote", error) from error


def _not_priced(what: str, error: MoneyError) -> InvalidQuoteOperationError:
    return InvalidQuoteOperationError(f"{what}: {error}", code=RefusalCode.NOT_PRICED)


def _warnings(
    request: LineRequest, calculation: StoredCalculation, customer_tier: str
) -> list[dict[str, Any]]:
    warnings: list[dict[str, Any]] = []
    for each in (calculation, *calculation.others):
        told = [{"line": request.position, **warning} for warning in each.data["warnings"]]
        warnings += [warning for warning in told if warning not in warnings]
    priced_for = calculation.data["specification"].get("customer_tier", STANDARD)
    if priced_for != customer_tier:
        message = f"priced for a {priced_for} customer; this one is {customer_tier}"
        warnings.append(
            {"line": request.position, "code": str(WarningCode.CUSTOMER_TIER_DIFFERS), "message": message}
        )
    return warnings


def _lifted(lines: Sequence[QuoteLine]) -> list[dict[str, Any]]:
    """A warning where the minimum of the rate card has been charged more than once."""
    found = [
        str(line.position)
        for line in lines
        if line.override is None and any(each["name"] == LineName.MINIMUM_ORDER for each in line.breakdown)
    ]
    if len(found) < 2:  # noqa: PLR2004 - once is what people expect
        return []
    message = (
        f"lines {', '.join(found)} are each lifted to the minimum of the rate card: it is charged for each part, "
        "not once for the quote"
    )
    return [{"line": int(found[0]), "code": str(WarningCode.MINIMUM_FOR_EACH_PART), "message": message}]
