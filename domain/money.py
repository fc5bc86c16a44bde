"""Money: an amount in the minor units of its currency, exact and never a float."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from typing import ClassVar, Final, Self

from domain.decimals import is_decimal
from domain.errors import QuoteError

# Active codes of ISO 4217 (January 2026), funds included, by their number of minor-unit digits. Metals, units
# of account and the testing codes have no minor unit in the standard, so nothing can be priced in them.
_CODES_BY_SCALE: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
        CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL
        HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU
        MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR
        SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED
        VES WST XAD XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_SCALES: Final = {code: scale for scale, codes in _CODES_BY_SCALE.items() for code in codes.split()}
_MINOR_UNITS: Final = {code: Decimal(1).scaleb(-scale) for code, scale in _SCALES.items()}
AMOUNT_LIMIT: Final = Decimal(10) ** 14

# Whatever a thread has set as its decimal context, money is worked out in this one.
_EXACT: Final = Context(
    prec=120,
    rounding=ROUND_HALF_UP,
    traps=[InvalidOperation, DivisionByZero, Overflow],
    Emin=-9999,
    Emax=9999,
)


class MoneyError(QuoteError):
    """An amount or currency that cannot be money.

    Codes: `unknown_currency`, `currency_mismatch`, `malformed_amount`, `too_many_decimals`,
    `amount_out_of_range`.
    """

    default_code: ClassVar[str] = "malformed_amount"


def exact() -> AbstractContextManager[Context]:
    """A decimal context of 120 digits that rounds half up, whatever the thread's own context says.

    Sums and products of figures with up to 14 digits before and 6 after the point stay exact in it.
    """
    return localcontext(_EXACT)


def currencies() -> frozenset[str]:
    """The ISO 4217 codes in which something can be priced."""
    return frozenset(_SCALES)


def scale(currency: str) -> int:
    """Digits after the point of `currency`: 0, 2, 3 or 4, by ISO 4217. Raises MoneyError `unknown_currency`."""
    try:
        return _SCALES[currency]
    except KeyError:
        raise MoneyError("not an ISO 4217 currency with a minor unit", code="unknown_currency") from None


def minor_unit(currency: str) -> Decimal:
    """One minor unit, such as 0.01 for EUR and 1 for JPY. Raises MoneyError `unknown_currency`."""
    scale(currency)
    return _MINOR_UNITS[currency]


def round_half_up(amount: Decimal, currency: str) -> Decimal:
    """`amount` at the currency's scale, ties away from zero; never a negative zero.

    Raises MoneyError: `unknown_currency`, `malformed_amount` (not finite), `amount_out_of_range` (10^14 or more).
    """
    unit = minor_unit(currency)
    if not amount.is_finite():
        raise MoneyError("an amount must be a finite number", code="malformed_amount")
    if amount.copy_abs() < AMOUNT_LIMIT:
        rounded = _EXACT.quantize(amount, unit)
        if rounded.copy_abs() < AMOUNT_LIMIT:
            return rounded.copy_abs() if rounded.is_zero() else rounded
    raise MoneyError("an amount must be below 10^14", code="amount_out_of_range")


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount of `currency`, always held at the currency's scale ("1234.50", JPY "1235").

    Raises MoneyError where the currency is unknown or the amount is not finite, not below 10^14, or finer
    than the minor unit: nothing is rounded unless `rounded` is asked for it.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        amount = round_half_up(self.amount, self.currency)
        if amount != self.amount:
            raise MoneyError("more decimal places than the currency has", code="too_many_decimals")
        object.__setattr__(self, "amount", amount)

    @classmethod
    def rounded(cls, amount: Decimal, currency: str) -> Self:
        """The money nearest to `amount`, half up. Raises MoneyError as `round_half_up` does."""
        return cls(round_half_up(amount, currency), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """No money, in `currency`. Raises MoneyError `unknown_currency`."""
        return cls(Decimal(0), currency)

    @classmethod
    def sum_of(cls, parts: Iterable["Money"], currency: str) -> "Money":
        """The sum, zero of `currency` for nothing. Raises MoneyError: `currency_mismatch`, `amount_out_of_range`."""
        return sum(parts, start=cls.zero(currency))

    @classmethod
    def parse(cls, text: object, currency: str) -> Self:
        """Money from plain ASCII text such as "-1234.50": no exponent, sign +, space, separator or underscore.

        Raises MoneyError: `malformed_amount`, `too_many_decimals`, `unknown_currency`.
        """
        if not isinstance(text, str) or not is_decimal(text):
            raise MoneyError(
                "an amount must be plain digits with a decimal point, such as 1234.50",
                code="malformed_amount",
            )
        return cls(Decimal(text), currency)

    def __str__(self) -> str:
        """The amount alone, with exactly the currency's digits after the point."""
        return format(self.amount, "f")

    def __add__(self, other: "Money") -> "Money":
        """The sum. Raises MoneyError: `currency_mismatch`, `amount_out_of_range`."""
        return Money(_EXACT.add(self.amount, self._same_currency(other)), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """The difference. Raises MoneyError: `currency_mismatch`, `amount_out_of_range`."""
        return Money(_EXACT.subtract(self.amount, self._same_currency(other)), self.currency)

    def _same_currency(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise MoneyError("two currencies cannot be added or subtracted", code="currency_mismatch")
        return other.amount
