"""A line of a price, with the reason for its amount; the words are made only when somebody reads them."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from domain.pricing.decimals import plain, words


class LineName(StrEnum):
    """The lines of a price, in their order. Ten are always there; `OPTIONAL` ones only where they apply."""

    MATERIAL = "material"
    LABOUR = "labour"
    ADJUSTMENT = "adjustment"
    SET_UP = "set_up"
    FINISH = "finish"
    TOLERANCE = "tolerance"
    OVERHEAD = "overhead"
    MARGIN = "margin"
    SHIPPING = "shipping"
    SURCHARGE = "surcharge"
    VOLUME_DISCOUNT = "volume_discount"
    CUSTOMER_DISCOUNT = "customer_discount"
    MINIMUM_ORDER = "minimum_order"


Values = Mapping[str, Decimal | int | str]
DISCOUNTS: Final = frozenset({LineName.VOLUME_DISCOUNT, LineName.CUSTOMER_DISCOUNT})
OPTIONAL: Final = frozenset({LineName.FINISH, LineName.TOLERANCE, LineName.MINIMUM_ORDER})


class PriceLine(NamedTuple):
    """One line: `amount` in money, rounded half up once, never negative.

    `rule` is the place (or places) in the rate card that it came from. `template` and `values` carry the
    formula; read it through `formula` and `inputs`.
    """

    name: LineName
    amount: Decimal
    rule: str
    template: str
    values: Values

    @property
    def sign(self) -> int:
        """-1 for the two discounts, 1 for all else: the price is the sum of sign x amount over all lines."""
        return -1 if self.name in DISCOUNTS else 1

    @property
    def formula(self) -> str:
        """How the amount came about, in words and figures for a person."""
        spoken = {name: _Spoken(value) for name, value in self.values.items()}
        return self.template.format_map(spoken)

    @property
    def inputs(self) -> dict[str, str]:
        """Every figure of the formula in full, as plain text; rates are fractions ("0.15")."""
        return {
            name: plain(value) if isinstance(value, Decimal) else str(value)
            for name, value in self.values.items()
        }


class _Spoken:
    """A figure inside a formula: `{name}` in plain digits, `{name:%}` as a percentage."""

    def __init__(self, value: Decimal | int | str) -> None:
        self._value = value

    def __format__(self, form: str) -> str:
        if not isinstance(self._value, Decimal):
            return str(self._value)
        if form == "%":
            return f"{words(self._value.scaleb(2))} %"
        return words(self._value)
