"""From lines to what the customer pays: discounts and tax, so that every sum adds up to the minor unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor
from typing import Protocol

from domain.decimals import plain
from domain.errors import InvalidQuoteOperationError, RefusalCode
from domain.money import Money, MoneyError, exact, minor_unit, scale
from domain.offer.content import Discount, Tax
from domain.offer.line_request import DiscountRequest


class Summed(Protocol):
    """What is summed of a line: what it costs, as decimal text, and its tax rate."""

    @property
    def total(self) -> str: ...
    @property
    def tax_rate(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Amounts:
    """A version's discount, its taxes by rate (ascending), and the total with both."""

    discount: Discount | None
    taxes: tuple[Tax, ...]
    total: Money


def amounts(lines: Sequence[Summed], discount: DiscountRequest | None, currency: str) -> Amounts:
    """What the lines come to.

    Rule: the version's discount is shared among the tax rates in proportion to their lines, whole minor
    units to the largest remainders and among equal ones to the highest rate, so that the shares add up to it
    whatever the order of the lines; tax is worked out and rounded half up once per rate, on what is left. Raises
    InvalidQuoteOperationError `not_priced` for a discount that is larger than the lines or no amount of the currency, and
    where credits leave less than nothing, without tax or with it.
    """
    by_rate: dict[str | None, Money] = {}
    for line in lines:
        rate = _plain_rate(line.tax_rate)
        by_rate[rate] = by_rate.get(rate, Money.zero(currency)) + Money.parse(line.total, currency)
    subtotal = Money.sum_of(by_rate.values(), currency)
    _not_negative(subtotal, "sum of the lines")
    given = give(discount, subtotal, "the quote") if discount else None
    off = Money.parse(given.amount, currency) if given else Money.zero(currency)
    shares = shared(off, by_rate)
    taxes = tuple(
        _tax(rate, by_rate[rate] - shares[rate])
        for rate in sorted((rate for rate in by_rate if rate is not None), key=Decimal)
    )
    tax = Money.sum_of((Money.parse(each.amount, currency) for each in taxes), currency)
    total = subtotal - off + tax
    _not_negative(total, "total")
    return Amounts(given, taxes, total)


def _not_negative(amount: Money, what: str) -> None:
    if amount.amount < 0:
        why = f"the quote: its {what} is {amount.currency} {amount}, as credits exceed what is charged"
        raise InvalidQuoteOperationError(why, code=RefusalCode.NOT_PRICED)


def give(discount: DiscountRequest, price: Money, what: str) -> Discount:
    """The discount on `price`, rounded half up once. `what` names the priced thing in a refusal.

    Raises InvalidQuoteOperationError `not_priced` where it is larger than the price or no amount of its currency.
    """
    if discount.amount is not None:
        off = read_money(discount.amount, price.currency, f"{what}, discount")
    else:
        with exact():
            off = Money.rounded(price.amount * Decimal(discount.rate or "0"), price.currency)
    if off.amount > price.amount:
        raise InvalidQuoteOperationError(
            f"{what}: the discount exceeds the price of {price}", code=RefusalCode.NOT_PRICED
        )
    return Discount(reason=discount.reason, amount=str(off), rate=discount.rate)


def read_money(text: str, currency: str, what: str) -> Money:
    """The amount in `text`. Raises InvalidQuoteOperationError `not_priced` where it is none of the currency."""
    try:
        return Money.parse(text, currency)
    except MoneyError as error:
        raise InvalidQuoteOperationError(
            f"{what}: {error} ({currency} has {scale(currency)})", code=RefusalCode.NOT_PRICED
        ) from error


def shared(off: Money, by_rate: Mapping[str | None, Money]) -> dict[str | None, Money]:
    """`off` in proportion to the amounts, to the minor unit: the shares add up to it, in whatever order they stand."""
    unit = minor_unit(off.currency)
    whole = Money.sum_of(by_rate.values(), off.currency).amount
    if not whole:
        return dict.fromkeys(by_rate, Money.zero(off.currency))
    with exact():
        exactly = {rate: off.amount * each.amount / whole / unit for rate, each in by_rate.items()}
        units = {rate: floor(share) for rate, share in exactly.items()}
        missing = int(off.amount / unit) - sum(units.values())

        def claim(rate: str | None) -> tuple[Decimal, Decimal]:
            return exactly[rate] - units[rate], Decimal(-1 if rate is None else rate)

        for rate in sorted(exactly, key=claim, reverse=True)[:missing]:
            units[rate] += 1
        return {rate: Money(count * unit, off.currency) for rate, count in units.items()}


def _tax(rate: str, base: Money) -> Tax:
    with exact():
        amount = Money.rounded(base.amount * Decimal(rate), base.currency)
    return Tax(rate=rate, base=str(base), amount=str(amount))


def _plain_rate(rate: str | None) -> str | None:
    """One text for one rate: 0.190 is 0.19."""
    return plain(Decimal(rate)) if rate is not None else None
