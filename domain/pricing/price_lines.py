"""A line of a price, with the reason for its amount; the words are made only when somebody reads them."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from domain.decimals import SHOWN_DECIMALS, percent, plain, words


class LineName(StrEnum):
    """The lines of a price, in their order. Ten are always there; `OPTIONAL` ones only where they apply.

    Of a part with operations, those of `OF_OPERATIONS` come for each one that they apply to, one operation after the
    other.
    """

    MATERIAL = "material"
    LABOUR = "labour"
    ADJUSTMENT = "adjustment"
    SET_UP = "set_up"
    OUTSIDE = "outside"
    BOUGHT = "bought"
    FINISH = "finish"
    TOLERANCE = "tolerance"
    OVERHEAD = "overhead"
    MARGIN = "margin"
    SHIPPING = "shipping"
    SURCHARGE = "surcharge"
    VOLUME_DISCOUNT = "volume_discount"
    CUSTOMER_DISCOUNT = "customer_discount"
    MINIMUM_ORDER = "minimum_order"
    ROUNDED_UP = "rounded_up"
    ROUNDED_DOWN = "rounded_down"


Values = Mapping[str, Decimal | int | str]
DISCOUNTS: Final = frozenset({LineName.VOLUME_DISCOUNT, LineName.CUSTOMER_DISCOUNT, LineName.ROUNDED_DOWN})
_SHORT: Final = len("0.") + SHOWN_DECIMALS  # a figure of so few characters is spoken as it is
OPTIONAL: Final = frozenset(
    {
        *(LineName.OUTSIDE, LineName.BOUGHT, LineName.FINISH, LineName.TOLERANCE),
        *(LineName.MINIMUM_ORDER, LineName.ROUNDED_UP, LineName.ROUNDED_DOWN),
    }
)
OF_OPERATIONS: Final = frozenset(
    {LineName.LABOUR, LineName.ADJUSTMENT, LineName.SET_UP, LineName.OUTSIDE, LineName.BOUGHT}
)


class PriceLine(NamedTuple):
    """One line: `amount` in money, rounded half up once, never negative.

    `rule` is the place (or places) in the rate card that it came from, and in the specification (`specification.…`)
    where a figure was given there. `operation` counts the part's operations from 1, where it was given any. `template` and `values` carry the
    formula; read it through `formula` and `inputs`.
    """

    name: LineName
    amount: Decimal
    rule: str
    template: str
    values: Values
    operation: int | None = None

    @property
    def sign(self) -> int:
        """-1 for what is taken off (`DISCOUNTS`), 1 for all else: the price is the sum of sign x amount over all lines."""
        return -1 if self.name in DISCOUNTS else 1

    @property
    def formula(self) -> str:
        """How the amount came about, in words and figures for a person."""
        return self.formula_of(self.inputs)

    @property
    def inputs(self) -> dict[str, str]:
        """Every figure of the formula in full, as plain text; rates are fractions ("0.15")."""
        return {
            name: plain(value) if isinstance(value, Decimal) else str(value)
            for name, value in self.values.items()
        }

    def formula_of(self, inputs: Mapping[str, str]) -> str:
        """The formula, for whoever has read the `inputs` already."""
        return self.template.format_map(_Spoken(self.values, inputs))


class _Spoken(dict[str, str]):
    """The figures of a formula: `{name}` in plain digits, six after the point at most; `{name%}` as a percentage."""

    def __init__(self, values: Values, inputs: Mapping[str, str]) -> None:
        super().__init__(inputs)
        self._values = values
        for name, text in inputs.items():
            if len(text) > _SHORT and isinstance(value := values[name], Decimal):
                self[name] = words(value)

    def __missing__(self, name: str) -> str:
        return percent(Decimal(self._values[name.removesuffix("%")]))
