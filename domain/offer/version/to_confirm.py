"""Which prices of a version pass a limit, so that somebody has to confirm them before they go out.

Rules. A discount on the quote and credits take the same share off every line: a rate is that share; an amount, and credits, are
it in proportion to everything that is charged, what lifts the quote to its minimum among it. Every quantity, tier and optional
line that a customer may choose is looked at beside the least that can be had with it, where an amount weighs most; of each line
the worst is told. A free line has no cost, and no price that was computed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from domain import wording
from domain.money import exact, minor_unit
from domain.offer.content import Alternative, Discount, QuoteLine
from domain.offer.line_price import StoredCalculation
from domain.offer.order_level import ChargeName, charges
from domain.pricing.advice.limits import Cost, PriceLimit, Sold, in_words, rate_in_words

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineToCheck:
    """A line as it will be offered, and the calculation of a part."""

    line: QuoteLine
    stored: StoredCalculation | None

    @property
    def choices(self) -> Sequence[QuoteLine | Alternative]:
        """All that it can be had as."""
        return self.line.alternatives or (self.line,)

    @property
    def most(self) -> Decimal:
        """What it costs at most."""
        return max(Decimal(each.total) for each in self.choices)

    @property
    def least(self) -> Decimal:
        """What it costs at least, once it is had."""
        return min(Decimal(each.total) for each in self.choices)


class _TakenOff(NamedTuple):
    """What is taken off every line: `share` of `whole`."""

    share: Decimal
    whole: Decimal

    def left_of(self, price: Decimal) -> Decimal:
        # The division comes last: whatever is no round figure is then still on its own side of a limit.
        return price * (self.whole - self.share) / self.whole

    def exceeds(self, rate: Decimal) -> bool:
        return self.share > rate * self.whole


@dataclass(frozen=True, slots=True)
class _Checked:
    """A choice of a line beside its limits. `computed` is the card's price, `own` what the line's own override and discount
    leave of it, by a rate unrounded. `tier` is what people read. None of `least_margin` and `largest_discount` is no such limit.
    """

    line: QuoteLine
    choice: QuoteLine | Alternative
    sold: Sold
    limit: PriceLimit | None
    taken: _TakenOff
    computed: Decimal
    own: Decimal
    tier: str
    least_margin: Decimal | None
    largest_discount: Decimal | None

    @property
    def off(self) -> Decimal:
        """The share of the computed price that is taken off, all together."""
        return 1 - self.taken.left_of(self.own) / self.computed if self.computed else _NOTHING

    @property
    def is_discounted_too_far(self) -> bool:
        """By the line alone, or by what is taken off the quote as well, where that alone is within the limit."""
        if self.largest_discount is None:
            return False
        kept = self.computed * (1 - self.largest_discount)
        together = not self.taken.exceeds(self.largest_discount) and self.taken.left_of(self.own) < kept
        return self.own < kept or together

    @property
    def is_quote_discounted_too_far(self) -> bool:
        return self.largest_discount is not None and self.taken.exceeds(self.largest_discount)


def limit_warnings(
    lines: Sequence[LineToCheck], discount: Discount | None, currency: str
) -> tuple[dict[str, Any], ...]:
    """The warnings of all lines that can be had, in their order, and of what is taken off the quote as a whole (`line` None);
    `discount` is the version's.
    """
    with exact():
        quote = _OffTheQuote(lines, discount, currency)
        found = [list(_choices(each, quote, currency)) for each in lines]
        told = [warning for each in found for warning in _of_line(each, currency)]
        return (*told, *_of_quote([choice for each in found for choice in each]))


class _OffTheQuote:
    """What is charged beside a choice, at least, and what is taken off all of it."""

    def __init__(self, lines: Sequence[LineToCheck], discount: Discount | None, currency: str) -> None:
        self._rate = Decimal(discount.rate) if discount and discount.rate is not None else _NOTHING
        amount = Decimal(discount.amount) if discount and discount.rate is None else _NOTHING
        self._credits = -sum((min(each.least, _NOTHING) for each in lines), _NOTHING)
        self._off = amount + self._credits
        if not self._off:
            return
        had = [_at_least(each) for each in lines if not each.line.is_optional or each.least < 0]
        charged = charges(had, currency)
        lifts = [each for each in charged if each.name is ChargeName.MINIMUM_ORDER_VALUE]
        self._goods = sum((max(Decimal(line.total), _NOTHING) for line in had), _NOTHING)
        self._lifted = self._goods + sum((Decimal(each.amount) for each in lifts), _NOTHING)
        self._most = sum((max(each.most, _NOTHING) for each in lines), _NOTHING)
        self._others = sum((Decimal(each.amount) for each in charged if each not in lifts), _NOTHING)

    def taken_beside(self, each: LineToCheck, price: Decimal) -> _TakenOff | None:
        """What is taken off the line at that price; None where that is more than anything that can be had with it comes to:
        then nobody can order it.
        """
        if not self._off:
            return _TakenOff(self._rate, Decimal(1))
        if self._off > max(self._most - each.most + price, self._lifted) + self._others:
            return None
        goods = self._goods + price - (_NOTHING if each.line.is_optional else each.least)
        whole = max(goods, self._lifted) + self._others
        share = self._off + self._rate * (whole - self._credits)
        return _TakenOff(min(share, whole), whole) if whole > 0 else _TakenOff(Decimal(1), Decimal(1))


def _at_least(each: LineToCheck) -> QuoteLine:
    cheapest = min(each.choices, key=lambda choice: Decimal(choice.total))
    return replace(each.line, total=cheapest.total, tier=cheapest.tier, order=cheapest.order)


def _choices(each: LineToCheck, quote: _OffTheQuote, currency: str) -> Iterator[_Checked]:
    stored, line = each.stored, each.line
    if stored is None:
        return
    calculations = {one.id: one for one in (stored, *stored.others)}
    limits = stored.data.get("limits", {})
    least_margin, largest_discount = (
        Decimal(limits[name]) if name in limits else None for name in ("least_margin", "largest_discount")
    )
    for choice in each.choices:
        priced = calculations[choice.pricing_calculation_id or stored.id].data["tiers"][choice.tier]
        total = Decimal(choice.total)
        taken = quote.taken_beside(each, total)
        if taken is None:
            continue
        sold = Sold(taken.left_of(total), Cost.of(priced["lines"], is_computed=line.override is None))
        yield _Checked(
            line,
            choice,
            sold,
            sold.limit_passed(least_margin, minor_unit(currency)),
            taken,
            Decimal(priced["total_price"]),
            _own(choice),
            wording.service(choice.tier or "", stored.data.get("labels", {})),
            least_margin,
            largest_discount,
        )


def _own(choice: QuoteLine | Alternative) -> Decimal:
    """A rate takes off just itself, whatever its amount was rounded to."""
    if choice.discount is None or choice.discount.rate is None:
        return Decimal(choice.total)
    return Decimal(choice.before_discount) * (1 - Decimal(choice.discount.rate))


def _of_line(found: Sequence[_Checked], currency: str) -> Iterator[dict[str, Any]]:
    below = [each for each in found if each.limit is not None]
    if below:
        worst = min(below, key=lambda each: (each.limit is not PriceLimit.BELOW_COST, each.sold.margin_rate))
        limit = worst.limit or PriceLimit.BELOW_COST
        yield _warning(worst, limit, in_words(limit, worst.sold, worst.least_margin, currency))
    beyond = [each for each in found if each.is_discounted_too_far]
    if beyond:
        worst = max(beyond, key=lambda each: each.off)
        computed = wording.money(f"{worst.computed:f}", currency)
        largest = rate_in_words(worst.largest_discount or _NOTHING)
        message = f"{rate_in_words(worst.off)} is taken off the computed price of {computed}; the rate card's largest discount is {largest}"
        yield _warning(worst, PriceLimit.BEYOND_LARGEST_DISCOUNT, message)


def _warning(found: _Checked, limit: PriceLimit, message: str) -> dict[str, Any]:
    choice = found.choice
    counted = f"{wording.number(choice.quantity)} {wording.unit(found.line.unit, choice.quantity)}"
    beside = " (with what is taken off the quote)" if found.taken.share else ""
    return {
        "line": found.line.position,
        "code": str(limit),
        "message": f"{counted}, {found.tier}: {message}{beside}",
        "needs_confirmation": True,
    }


def _of_quote(found: Sequence[_Checked]) -> Iterator[dict[str, Any]]:
    beyond = [each for each in found if each.is_quote_discounted_too_far]
    if beyond:
        worst = max(beyond, key=lambda each: each.taken.share / each.taken.whole)
        taken = rate_in_words(worst.taken.share / worst.taken.whole)
        largest = rate_in_words(worst.largest_discount or _NOTHING)
        yield {
            "line": None,
            "code": str(PriceLimit.BEYOND_LARGEST_DISCOUNT),
            "message": f"discount and credits take {taken} off the quote; the rate card's largest discount is {largest}",
            "needs_confirmation": True,
        }
