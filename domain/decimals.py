"""Decimal figures as text: one strict way in, one plain way out."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

PATTERN: Final = r"-?(0|[1-9][0-9]{0,13})(\.[0-9]{1,6})?"
"""The one pattern for decimals and money: ASCII digits, no exponent, sign +, space or separator."""
_DECIMAL: Final = re.compile(PATTERN)
_NOT_FINITE: Final = re.compile(r"[+-]?(s?nan[0-9]*|inf(inity)?)", re.IGNORECASE | re.ASCII)
_INTEGER_LIMIT: Final = 10**14
SHOWN_DECIMALS: Final = 6
_MILLIONTH: Final = Decimal("0.000001")
_SPOKEN: Final = Context(prec=120, rounding=ROUND_HALF_UP)  # whatever the thread's own context says


class NotADecimalError(ValueError):
    """What was given is not a plain decimal number; `code` is `not_a_number` or `not_finite`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def is_decimal(text: str) -> bool:
    """Whether `text` is a plain decimal: up to 14 digits before the point and 6 after."""
    return _DECIMAL.fullmatch(text) is not None


def read_decimal(value: object) -> Decimal:
    """A figure from plain ASCII text, an int or a Decimal: up to 14 digits before the point and 6 after.

    No exponent, no sign +, no space, no float, no bool. Raises NotADecimalError.
    """
    if isinstance(value, int) and not isinstance(value, bool) and -_INTEGER_LIMIT < value < _INTEGER_LIMIT:
        return Decimal(value)
    text = _fixed(value) if isinstance(value, Decimal) else value
    if isinstance(text, str):
        if is_decimal(text):
            return Decimal(text)
        if _NOT_FINITE.fullmatch(text) is not None:
            raise NotADecimalError("not_finite")
    raise NotADecimalError("not_a_number")


def plain(value: Decimal) -> str:
    """`value` in full, without exponent and without trailing zeros after the point ("100", "0.16")."""
    text = str(value)
    if "E" in text:
        text = format(value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def words(value: Decimal) -> str:
    """`value` for people: in full up to six decimals, otherwise rounded half up to six and marked "≈"."""
    text = plain(value)
    if len(text.partition(".")[2]) <= SHOWN_DECIMALS:
        return text
    return f"≈{plain(value.quantize(_MILLIONTH, context=_SPOKEN))}"


def percent(rate: Decimal) -> str:
    """`rate` for people, as a percentage: 0.15 is "15 %"."""
    return f"{words(rate.scaleb(2, context=_SPOKEN))} %"


def _fixed(value: Decimal) -> str:
    # An exponent of thousands would become as many digits of text.
    longest = 40
    if value.is_finite() and abs(value.adjusted()) > longest:
        return ""
    return format(value, "f")
