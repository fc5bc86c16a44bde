"""Money keeps its currency's digits, refuses what is not plain text, and depends on no ambient setting."""

from decimal import Context, Decimal, Inexact, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import QuoteError
from domain.money import Money, MoneyError, currencies, minor_unit, round_half_up, scale

HOSTILE = [
    *(
        "",
        " ",
        "1 ",
        " 1",
        "1\n",
        "+1",
        "--1",
        "-",
        ".",
        "1.",
        ".5",
        "01",
        "-01",
        "00",
        "1,5",
        "1'000",
        "1_000",
    ),
    *(
        "1e2",
        "1E2",
        "0x10",
        "NaN",
        "-NaN",
        "sNaN",
        "Infinity",
        "-inf",
        "1.1234567",
        "123456789012345",
        "1\u00a00",
    ),
    *(
        "\uff11\uff12",
        "\u0661",
        "1\u066b5",
        "\u00b2",
        "1\u200b",
        "\u22121",
        "1/2",
        "1.2.3",
        "true",
        "\x00",
        "1\x00",
    ),
]


def test_scale_follows_iso_4217() -> None:
    """Proves that currencies with 0, 2, 3 and 4 minor digits are told apart."""
    digits = {
        "EUR": 2,
        "JPY": 0,
        "KRW": 0,
        "UYI": 0,
        "KWD": 3,
        "TND": 3,
        "CLP": 0,
        "CLF": 4,
        "UYW": 4,
        "MGA": 2,
    }
    assert {code: scale(code) for code in digits} == digits
    assert minor_unit("KWD") == Decimal("0.001")


def test_the_table_holds_each_priceable_code_once() -> None:
    """Proves that the table has the standard's size, and leaves out metals, test codes and withdrawn codes."""
    assert len(currencies()) == 165
    assert not currencies() & {"XAU", "XXX", "XTS", "XDR", "HRK", "SLL", "ZWL", "ANG", "BGN", "CUC", "eur"}
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in currencies())


@pytest.mark.parametrize("code", ["", "eur", "EU", "EURO", "XAU", "XXX", "\uff25UR", "EUR "])
def test_an_unknown_currency_is_refused(code: str) -> None:
    """Proves that every way in refuses a currency outside the table, by a stable code."""
    for attempt in (lambda: scale(code), lambda: Money(Decimal(1), code), lambda: Money.parse("1", code)):
        with pytest.raises(MoneyError) as refusal:
            attempt()
        assert refusal.value.code == "unknown_currency"
        assert isinstance(refusal.value, QuoteError)


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("391.335", "EUR", "391.34"),
        ("-391.335", "EUR", "-391.34"),
        ("391.33499999999999999999999999999999999999", "EUR", "391.33"),
        ("0.5", "JPY", "1"),
        ("1234.4999", "JPY", "1234"),
        ("0.0005", "KWD", "0.001"),
        ("1.00005", "CLF", "1.0001"),
        ("-0.001", "EUR", "0.00"),
        ("1E+3", "EUR", "1000.00"),
    ],
)
def test_rounding_is_half_up_at_the_currencys_scale(amount: str, currency: str, expected: str) -> None:
    """Proves that ties go away from zero and that a rounded nothing has no sign."""
    assert str(round_half_up(Decimal(amount), currency)) == expected


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("NaN", "malformed_amount"),
        ("Infinity", "malformed_amount"),
        ("1E+14", "amount_out_of_range"),
        ("-1E+400", "amount_out_of_range"),
    ],
)
def test_what_is_no_amount_cannot_be_rounded(amount: str, code: str) -> None:
    """Proves that rounding answers with a code and never with a decimal error."""
    with pytest.raises(MoneyError) as refusal:
        round_half_up(Decimal(amount), "EUR")
    assert refusal.value.code == code


def test_rounding_up_to_the_limit_is_out_of_range() -> None:
    """Proves that the limit holds after rounding too."""
    with pytest.raises(MoneyError) as refusal:
        Money.rounded(Decimal("99999999999999.995"), "EUR")
    assert refusal.value.code == "amount_out_of_range"


@pytest.mark.parametrize("text", HOSTILE)
def test_only_plain_ascii_text_is_read(text: str) -> None:
    """Proves that look-alikes which Python's own Decimal would take are refused."""
    with pytest.raises(MoneyError) as refusal:
        Money.parse(text, "EUR")
    assert refusal.value.code == "malformed_amount"


@pytest.mark.parametrize("value", [1, 1.5, Decimal(1), None, b"1", True])
def test_only_text_is_parsed(value: object) -> None:
    """Proves that a number is not taken for text, so that no float slips in."""
    with pytest.raises(MoneyError):
        Money.parse(value, "EUR")


@pytest.mark.parametrize(
    ("text", "currency", "shown"),
    [
        ("1234.5", "EUR", "1234.50"),
        ("1234", "EUR", "1234.00"),
        ("1234.500000", "EUR", "1234.50"),
        ("1234.0", "JPY", "1234"),
        ("0.1", "KWD", "0.100"),
        ("-7.25", "CLF", "-7.2500"),
        ("-0", "EUR", "0.00"),
        ("99999999999999.99", "EUR", "99999999999999.99"),
    ],
)
def test_text_always_has_the_currencys_digits(text: str, currency: str, shown: str) -> None:
    """Proves that an amount reads and renders without loss, at its scale, and round-trips."""
    money = Money.parse(text, currency)
    assert str(money) == shown
    assert Money.parse(str(money), currency) == money


@pytest.mark.parametrize(
    ("text", "currency"), [("1.005", "EUR"), ("1.5", "JPY"), ("0.0001", "KWD"), ("0.00001", "CLF")]
)
def test_what_the_currency_cannot_hold_is_refused(text: str, currency: str) -> None:
    """Proves that money is never rounded in silence."""
    with pytest.raises(MoneyError) as refusal:
        Money.parse(text, currency)
    assert refusal.value.code == "too_many_decimals"


def test_sums_and_differences() -> None:
    """Proves the arithmetic, exact in minor units."""
    a, b = Money.parse("0.10", "EUR"), Money.parse("0.20", "EUR")
    assert str(a + b) == "0.30"
    assert str(a - b) == "-0.10"
    assert a - a == Money.zero("EUR")


def test_mixed_currencies_are_refused() -> None:
    """Proves that euros and yen never meet in one sum."""
    euro, yen = Money.parse("1", "EUR"), Money.parse("1", "JPY")
    with pytest.raises(MoneyError) as refused_sum:
        euro + yen
    with pytest.raises(MoneyError) as refused_difference:
        euro - yen
    assert refused_sum.value.code == refused_difference.value.code == "currency_mismatch"


def test_a_sum_beyond_the_limit_is_refused() -> None:
    """Proves that arithmetic cannot leave the range that text can carry."""
    most = Money.parse("99999999999999.99", "EUR")
    with pytest.raises(MoneyError) as refusal:
        most + most
    assert refusal.value.code == "amount_out_of_range"


@given(st.integers(-(10**15), 10**15), st.integers(-(10**15), 10**15))
def test_arithmetic_ignores_the_threads_decimal_context(left: int, right: int) -> None:
    """Proves that a hostile ambient context (3 digits, inexact trapped) changes no result."""
    with localcontext(Context(prec=3, traps=[Inexact])):
        total = Money(Decimal(left).scaleb(-2, Context(prec=50)), "EUR") + Money.parse("0.00", "EUR")
        other = Money(Decimal(right).scaleb(-2, Context(prec=50)), "EUR")
        assert int(str(total + other).replace(".", "")) == left + right
        assert total + other - other == total
