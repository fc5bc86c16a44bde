"""What a price must not pass without somebody saying so: its cost, and the rate card's least margin and largest discount."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple

from domain import wording
from domain.decimals import percent
from domain.pricing.price_lines import LineName

_HUNDREDTH_OF_A_PERCENT: Final = Decimal("0.0001")
_COSTS: Final = frozenset(
    {
        *(LineName.MATERIAL, LineName.LABOUR, LineName.ADJUSTMENT, LineName.SET_UP, LineName.OUTSIDE),
        *(LineName.BOUGHT, LineName.FINISH, LineName.TOLERANCE, LineName.OVERHEAD),
    }
)
_ROUNDING: Final[Mapping[str, int]] = {LineName.ROUNDED_UP: 1, LineName.ROUNDED_DOWN: -1}


class PriceLimit(StrEnum):
    """The limits, as codes of warnings. A price below cost is below any least margin too: then only the first is told."""

    BELOW_COST = "below_cost"
    BELOW_LEAST_MARGIN = "below_least_margin"
    BEYOND_LARGEST_DISCOUNT = "beyond_largest_discount"

    @property
    def told(self) -> str:
        """What it means, without figures."""
        return _TOLD[self]


_TOLD: Final = {
    PriceLimit.BELOW_COST: "a line is sold for less than it costs",
    PriceLimit.BELOW_LEAST_MARGIN: "a line has less than the least margin of its rate card",
    PriceLimit.BEYOND_LARGEST_DISCOUNT: "more is taken off than the largest discount of the rate card",
}


class Cost(NamedTuple):
    """What a price has to cover, in money: the sum of its cost lines, overhead among them, as they are `rounded`; the `base`,
    which is the same exactly; and what is only `passed_on`: the shipping in the price.
    """

    rounded: Decimal
    base: Decimal
    passed_on: Decimal

    @classmethod
    def of(cls, lines: Sequence[Mapping[str, Any]], *, is_computed: bool) -> "Cost":
        """From the lines of a calculation's tier, as they are stored. What rounding a piece added or took off is passed on in
        the computed price, and in no other. Needs `exact()` around it.
        """
        amounts = [(each["name"], Decimal(each["amount"])) for each in lines]
        rounded = sum((amount for name, amount in amounts if name in _COSTS), Decimal(0))
        margin: Mapping[str, str] = next(
            (each["inputs"] for each in lines if each["name"] == LineName.MARGIN), {}
        )
        passed_on = sum((amount for name, amount in amounts if name == LineName.SHIPPING), Decimal(0))
        if is_computed:
            passed_on += sum(amount * _ROUNDING.get(name, 0) for name, amount in amounts)
        return cls(rounded, Decimal(margin.get("base", rounded)), passed_on)


class Sold(NamedTuple):
    """A price, in money without tax, after all that is taken off it, beside its cost. Needs `exact()` around its use."""

    price: Decimal
    cost: Cost

    @property
    def margin(self) -> Decimal:
        """What the price leaves beyond cost and shipping; below 0 a loss."""
        return self.price - self.cost.passed_on - self.cost.rounded

    @property
    def margin_rate(self) -> Decimal:
        """The margin as a rate on cost, as a rate card has it; of what costs nothing it is 0."""
        return self.margin / self.cost.base if self.cost.base else Decimal(0)

    def limit_passed(self, least_margin: Decimal | None, unit: Decimal) -> PriceLimit | None:
        """Rule: the margin is compared with nothing, and with the least margin on the exact base, rounded half up to `unit`, as
        the margin of a computed price is: a tier of just that margin keeps it.
        """
        if self.margin < 0:
            return PriceLimit.BELOW_COST
        if least_margin is not None and self.margin < (self.cost.base * least_margin).quantize(unit):
            return PriceLimit.BELOW_LEAST_MARGIN
        return None


def in_words(limit: PriceLimit, sold: Sold, least_margin: Decimal | None, currency: str) -> str:
    """A price that passed a limit, with its figures. Needs `exact()` around it."""
    unit = sold.cost.rounded  # has the currency's digits
    cost = sold.cost.rounded + sold.cost.passed_on
    price, whole = (wording.money(f"{each.quantize(unit):f}", currency) for each in (sold.price, cost))
    if limit is PriceLimit.BELOW_COST:
        less = wording.money(f"{(cost - sold.price).quantize(unit, rounding=ROUND_CEILING):f}", currency)
        return f"the price of {price} is {less} below the cost of {whole}"
    rate = percent(sold.margin_rate.quantize(_HUNDREDTH_OF_A_PERCENT, rounding=ROUND_FLOOR))
    least = percent(least_margin or Decimal(0))
    return f"the price of {price} leaves a margin of {rate} on a cost of {whole}; the rate card's least margin is {least}"


def rate_in_words(taken: Decimal) -> str:
    """A share that is taken off, never less than it is. Needs `exact()` around it."""
    return percent(taken.quantize(_HUNDREDTH_OF_A_PERCENT, rounding=ROUND_CEILING))
