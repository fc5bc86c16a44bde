"""Rates are stored as fractions and typed as percentages: the one way there and back."""

from decimal import Decimal
from typing import Final

from domain.decimals import is_decimal, plain

RULE: Final = "must be a percentage from 0 to 100, such as 19"


def fraction(said: str) -> str:
    """What was typed as a percentage, as a fraction: 19, 19 % and 2,5 give 0.19 and 0.025. What is no figure stays as it is."""
    bare = said.strip().removesuffix("%").strip().replace(",", ".")
    return plain(Decimal(bare).scaleb(-2)) if is_decimal(bare) else said


def percentage(rate: str | None) -> str:
    """A fraction as it is typed: 0.19 gives 19; empty for none."""
    return plain(Decimal(rate).scaleb(2)) if rate else ""
