"""Discounts and tax: every sum adds up to the minor unit, and each rounding happens once."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import InvalidQuoteOperationError
from domain.money import Money
from domain.offer.amounts import amounts, give, shared
from domain.offer.content import Discount, QuoteLine, Tax
from domain.offer.line_price import free_line
from domain.offer.line_request import DiscountRequest, LineRequest
from tests.unit.quotes.sums_oracle import sums


def line(total: str, tax_rate: str | None = None, currency: str = "EUR") -> QuoteLine:
    """A free line of one piece."""
    request = LineRequest(position=1, description="Fixture", quantity=1, unit_price=total, tax_rate=tax_rate)
    return free_line(request, currency)


def by_rate(rate: str, reason: str = "Repeat order") -> DiscountRequest:
    """A discount by a fraction."""
    return DiscountRequest(reason=reason, rate=rate)


def by_amount(amount: str) -> DiscountRequest:
    """A discount of so much money."""
    return DiscountRequest(reason="Agreed", amount=amount)


def test_without_discount_and_tax_the_total_is_the_sum() -> None:
    """No tax rate means that no tax is shown, not a tax of nothing."""
    found = amounts([line("10.00"), line("0.05")], None, "EUR")
    assert (found.discount, found.taxes, str(found.total)) == (None, (), "10.05")


def test_tax_is_rounded_once_per_rate() -> None:
    """Three lines of 0.02 at 19 % are 0.0114, one cent; rounded line by line they would be nothing."""
    found = amounts([line("0.02", "0.19")] * 3, None, "EUR")
    assert found.taxes == (Tax(rate="0.19", base="0.06", amount="0.01"),)
    assert str(found.total) == "0.07"


def test_a_tie_of_tax_goes_up() -> None:
    """19 % of 0.50 is 0.095: half up gives 0.10."""
    assert amounts([line("0.50", "0.19")], None, "EUR").taxes[0].amount == "0.10"


def test_rates_are_told_apart_by_value_and_in_order() -> None:
    """0.190 is 0.19; the reduced rate comes first; a rate of 0 is shown, an absent one not."""
    lines = [line("100", "0.190"), line("50", "0.07"), line("100", "0.19"), line("20", "0"), line("30")]
    found = amounts(lines, None, "EUR")
    assert [(tax.rate, tax.base, tax.amount) for tax in found.taxes] == [
        ("0", "20.00", "0.00"),
        ("0.07", "50.00", "3.50"),
        ("0.19", "200.00", "38.00"),
    ]
    assert str(found.total) == "341.50"


def test_the_discount_of_the_quote_is_shared_among_the_rates() -> None:
    """10 % of 300.00: each rate is taxed on its own share; by hand 90 x 0.19 = 17.10, 180 x 0.07 = 12.60."""
    found = amounts([line("100", "0.19"), line("200", "0.07")], by_rate("0.1"), "EUR")
    assert found.discount == Discount(reason="Repeat order", amount="30.00", rate="0.1")
    assert [(tax.base, tax.amount) for tax in found.taxes] == [("180.00", "12.60"), ("90.00", "17.10")]
    assert str(found.total) == "299.70"


def test_shares_go_to_the_largest_remainders() -> None:
    """0.10 off three equal parts: 0.0333 each, and the odd cent goes to one of them."""
    parts: Mapping[str | None, Money] = {rate: Money(Decimal(1), "EUR") for rate in ("0.1", "0.2", None)}
    found = shared(Money(Decimal("0.10"), "EUR"), parts)
    assert sorted(str(share) for share in found.values()) == ["0.03", "0.03", "0.04"]


def test_the_odd_cent_of_a_tie_goes_to_the_highest_rate() -> None:
    """7.59 off two lines alike is 3.795 each; by hand (132.77 - 3.80) x 1.19 + (132.77 - 3.79) x 1.07, by rate."""
    lines = [line("132.77", "0.19"), line("132.77", "0.07")]
    for found in (amounts(lines, by_amount("7.59"), "EUR"), amounts(lines[::-1], by_amount("7.59"), "EUR")):
        assert [(tax.rate, tax.base) for tax in found.taxes] == [("0.07", "128.98"), ("0.19", "128.97")]
        assert str(found.total) == "291.48"


PRICES = st.sampled_from(["132.77", "132.77", "66.38", "0.01", "0"])
RATES = st.sampled_from([None, "0", "0.07", "0.19", "0.190"])


@given(st.lists(st.tuples(PRICES, RATES), min_size=2, max_size=6), st.integers(0, 759), st.randoms())
@example([("132.77", "0.19"), ("132.77", "0.07")], 759, Random(0))
def test_the_order_of_the_lines_does_not_matter(
    given_lines: list[tuple[str, str | None]], cents: int, random: Random
) -> None:
    """A law: neither for the shares of the discount nor for taxes and total. Few prices, so that many are ties."""
    lines = [line(total, rate) for total, rate in given_lines]
    off = min(Decimal(cents).scaleb(-2), sum((Decimal(total) for total, _ in given_lines), Decimal(0)))
    found = [
        amounts(each, by_amount(str(off)), "EUR") for each in (lines, lines[::-1], _shuffled(lines, random))
    ]
    assert found[1:] == found[:1] * 2


def _shuffled(lines: list[QuoteLine], random: Random) -> list[QuoteLine]:
    return random.sample(lines, len(lines))


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_whatever_the_lines_everything_adds_up(currency: str) -> None:
    """Random lines against fractions: bases are the lines less the discount, taxes are the exact ones
    rounded half up, the total is their sum; no share is negative or more than a unit off its exact one.
    """
    random, digits = Random(20261126), {"EUR": 2, "JPY": 0, "KWD": 3}[currency]
    for _ in range(300):
        cents = [random.randint(0, 10**6) for _ in range(random.randint(1, 8))]
        rates = [random.choice([None, "0", "0.07", "0.19", "0.055"]) for _ in cents]
        lines = [
            line(str(Decimal(c).scaleb(-digits)), r, currency) for c, r in zip(cents, rates, strict=True)
        ]
        asked = by_rate(str(Decimal(random.randint(0, 1000)).scaleb(-3)))
        found = amounts(lines, asked, currency)
        off = Fraction(found.discount.amount) if found.discount else Fraction(0)
        unit, whole = Fraction(1, 10**digits), Fraction(sum(cents), 10**digits)
        exempt = [c for c, r in zip(cents, rates, strict=True) if r is None]
        if not exempt:
            assert sum(Fraction(tax.base) for tax in found.taxes) == whole - off
        for tax in found.taxes:
            share = Fraction(
                sum(c for c, r in zip(cents, rates, strict=True) if r and Decimal(r) == Decimal(tax.rate)),
                10**digits,
            )
            exact_base = share - (off * share / whole if whole else 0)
            assert abs(Fraction(tax.base) - exact_base) < unit
            assert 0 <= Fraction(tax.base) <= share
            rounded = (Fraction(tax.base) * Fraction(tax.rate) / unit + Fraction(1, 2)).__floor__() * unit
            assert Fraction(tax.amount) == rounded
        assert Fraction(str(found.total)) == whole - off + sum(Fraction(tax.amount) for tax in found.taxes)


def test_a_discount_is_never_more_than_the_price() -> None:
    """The whole price may be given away, a cent more not; the refusal names what and how much."""
    price = Money(Decimal("40.00"), "EUR")
    assert give(by_amount("40"), price, "line 2").amount == "40.00"
    with pytest.raises(
        InvalidQuoteOperationError, match=r"line 2: the discount exceeds .* 40\.00"
    ) as refused:
        give(by_amount("40.01"), price, "line 2")
    assert refused.value.code == "not_priced"


def test_a_discount_finer_than_the_currency_is_refused() -> None:
    """JPY has no digits after the point: the refusal names the line, the field and the rule."""
    with pytest.raises(
        InvalidQuoteOperationError, match=r"line 1, discount: more decimal places .*JPY has 0"
    ):
        give(by_amount("0.5"), Money(Decimal(40), "JPY"), "line 1")


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_credits_add_up_as_the_oracle_says(currency: str) -> None:
    """1,000 random quotes with credits, discounts and taxes: discount, bases, taxes and total to the minor unit, or the
    refusal of what is less than nothing.
    """
    random, digits = Random(20261128), {"EUR": 2, "JPY": 0, "KWD": 3}[currency]

    def money(units: int) -> str:
        return str(Money(Decimal(units).scaleb(-digits), currency))

    refused = 0
    for _ in range(1_000):
        asked = [
            (
                random.choice((1, 1, 1, -1)) * random.randint(0, 10**5),
                random.choice((None, "0", "0.07", "0.19")),
            )
            for _ in range(random.randint(1, 6))
        ]
        rate = random.choice((None, f"0.{random.randint(0, 999):03}"))
        off = random.randint(0, 10**4) if rate is None else None
        told = by_rate(rate) if rate is not None else by_amount(money(off or 0))
        expected = sums(asked, rate=rate, off=off)
        lines = [line(money(units), tax_rate, currency) for units, tax_rate in asked]
        if expected is None:
            refused += 1
            with pytest.raises(InvalidQuoteOperationError, match="exceed"):
                amounts(lines, told, currency)
            continue
        found = amounts(lines, told, currency)
        given, taxes, total = expected
        assert (found.discount.amount if found.discount else None, str(found.total)) == (
            money(given),
            money(total),
        )
        assert {Fraction(tax.rate): (tax.base, tax.amount) for tax in found.taxes} == {
            key: (money(base), money(tax)) for key, (base, tax) in taxes.items()
        }
    assert 50 < refused < 950


def test_credits_may_not_exceed_what_is_charged() -> None:
    """Neither the sum of the lines nor what tax makes of it is below nothing; nothing at all is a total."""
    assert str(amounts([line("40.00"), line("-40.00")], None, "EUR").total) == "0.00"
    with pytest.raises(
        InvalidQuoteOperationError, match=r"sum of the lines is EUR -0\.01, as credits exceed"
    ) as less:
        amounts([line("40.00"), line("-40.01")], None, "EUR")
    assert less.value.code == "not_priced"
    with pytest.raises(InvalidQuoteOperationError, match=r"total is EUR -19\.00"):
        amounts([line("100.00", "0"), line("-100.00", "0.19")], None, "EUR")
