"""Every figure that anybody reads of a quote, a second time: fractions and whole minor units, from the rules alone.

A price of a part is that of `pricing.oracle`, sums are those of `sums_oracle`; here stand lines, what may be chosen, and what is
charged on a quote as a whole.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from tests.unit.pricing import oracle
from tests.unit.quotes.sums_oracle import Taxes, half_up, sums

F = Fraction

BREAKS = (1, 10, 25, 50, 100, 250)
Choice = tuple[F, str | None]
"""A quantity at a tier; of a free line there is none."""


@dataclass(frozen=True, kw_only=True)
class Shop:
    """Its currency by digits; every money figure of the card is `money` times the oracle's. `order` is what it charges on
    a quote as a whole, in money.
    """

    digits: int
    money: int
    shipping_per_quote: bool
    packing: F
    minimum: F

    def minor(self, amount: F) -> int:
        return half_up(amount * 10**self.digits)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A part, or a free line with its price; `off` is its discount, as a rate or an amount in minor units."""

    choices: tuple[Choice, ...]
    tax: str | None
    optional: bool
    part: oracle.Part | None = None
    unit_price: F | None = None
    rate: F | None = None
    off: int | None = None


@dataclass(frozen=True)
class Priced:
    """In minor units, but for the price of one, which may be finer."""

    each: F
    before: int
    off: int | None

    @property
    def total(self) -> int:
        return self.before - (self.off or 0)


@dataclass(frozen=True)
class Sums:
    subtotal: int
    off: int
    taxes: Taxes
    total: int


@dataclass(frozen=True, kw_only=True)
class Quote:
    """`rate` or `off` (minor units) is its discount on the whole."""

    shop: Shop
    lines: tuple[Line, ...]
    rate: str | None = None
    off: int | None = None

    def priced(self, line: Line, choice: Choice) -> Priced:
        quantity, tier = choice
        if line.part is None:
            assert line.unit_price is not None
            each, before = line.unit_price, self.shop.minor(line.unit_price * quantity)
        else:
            before = self._part(replace(line.part, quantity=int(quantity)), tier or "")
            each = F((2 * before + int(quantity)) // (2 * int(quantity)), 10**self.shop.digits)
        off = half_up(before * line.rate) if line.rate is not None else line.off
        return Priced(each, before, off)

    def _part(self, part: oracle.Part, tier: str) -> int:
        found = oracle.price(part, tier, digits=self.shop.digits, money=self.shop.money)
        return found[-1] - (found[-5] if self.shop.shipping_per_quote else 0)

    def breaks(self, line: Line) -> list[tuple[F, int]]:
        """What other quantities cost, each and in all; of a line with a computed price and nothing to choose alone."""
        if line.part is None or len(line.choices) > 1 or line.rate is not None or line.off is not None:
            return []
        [(_, tier)] = line.choices
        priced = (self.priced(line, (F(quantity), tier)) for quantity in BREAKS)
        return [(each.each, each.total) for each in priced]

    def charges(self, had: Mapping[int, Choice]) -> list[int]:
        """Beside the lines that are had (by their place), in minor units; those of nothing are none."""
        parts = [
            (replace(part, quantity=int(quantity)), tier or "")
            for at, (quantity, tier) in had.items()
            if (part := self.lines[at].part) is not None
        ]
        if not parts:
            return []
        goods = sum(self.priced(self.lines[at], choice).total for at, choice in had.items())
        tiers = {tier for _, tier in parts} if self.shop.shipping_per_quote else set[str]()
        lifted = max(0, self.shop.minor(self.shop.minimum) - goods) if goods >= 0 else 0
        found = [self._shipped(tier, [part for part, at in parts if at == tier]) for tier in tiers]
        return [each for each in (*found, self.shop.minor(self.shop.packing), lifted) if each]

    def _shipped(self, tier: str, parts: Sequence[oracle.Part]) -> int:
        fee, per_kg, per_cm3 = oracle.TIERS[tier][4:]
        by_weight = sum((part.quantity * _weight(part) for part in parts), F(0)) * per_kg
        by_volume = sum((part.quantity * oracle.stock(part) for part in parts), F(0)) * per_cm3
        zone = max(oracle.ZONES[part.zone] for part in parts)
        return self.shop.minor((fee + max(by_weight, by_volume)) * zone * self.shop.money)

    def default(self) -> dict[int, Choice]:
        """What counts where nothing is said."""
        return {at: line.choices[0] for at, line in enumerate(self.lines) if not line.optional}

    def is_open(self) -> bool:
        """Whether there is no sum before somebody has chosen."""
        certain = [line for line in self.lines if not line.optional]
        several = any(len(line.choices) > 1 for line in certain)
        return several or not certain

    def sums(self, had: Mapping[int, Choice]) -> Sums | None:
        """What it comes to; None where credits or discounts are more than there is."""
        lines = [
            (self.priced(self.lines[at], choice).total, self.lines[at].tax) for at, choice in had.items()
        ]
        rates = [tax for _, tax in lines if tax is not None]
        highest = max(rates, key=F) if rates else None
        lines += [(amount, highest) for amount in self.charges(had)]
        found = sums(lines, rate=self.rate, off=self.off)
        if found is None:
            return None
        off, taxes, total = found
        return Sums(sum(amount for amount, _ in lines), off, taxes, total)


def _weight(part: oracle.Part) -> F:
    if part.weight is not None:
        return part.weight
    return oracle.volume(part) * oracle.MATERIALS[part.material][3] * F("1.15")


class Figures:
    """What stands on paper: the figures as people read them, each as often as it must at least be there."""

    def __init__(self, quote: Quote) -> None:
        self.quote = quote
        self.needed: Counter[str] = Counter()

    def amount(self, minor: int) -> str:
        return written(F(minor, 10**self.quote.shop.digits), self.quote.shop.digits)

    def lines(self, had: Mapping[int, Choice] | None, *, each: bool = True, breaks: bool = False) -> None:
        """All that is offered of each line, or of those that are `had` what was chosen."""
        for at, line in enumerate(self.quote.lines):
            if had is not None and at not in had:
                continue
            for choice in line.choices if had is None else (had[at],):
                priced = self.quote.priced(line, choice)
                self.needed[self.amount(priced.total)] += 1
                if each:
                    self.needed[self._each(line, priced)] += 1
                    if priced.off is not None:
                        self.needed.update((self.amount(priced.before), self.amount(priced.off)))
            if breaks:
                for price, total in self.quote.breaks(line):
                    self.needed.update((written(price, self.quote.shop.digits), self.amount(total)))

    def _each(self, line: Line, priced: Priced) -> str:
        digits = self.quote.shop.digits
        while (priced.each * 10**digits).denominator != 1:
            digits += 1
        return written(priced.each, digits)

    def charged(self, had: Mapping[int, Choice]) -> None:
        self.needed.update(map(self.amount, self.quote.charges(had)))

    def sums(self, had: Mapping[int, Choice]) -> None:
        """The rows that lead to the total, and the total."""
        found = self.quote.sums(had)
        assert found is not None
        has_discount = self.quote.rate is not None or self.quote.off is not None
        if has_discount or found.taxes:
            self.needed[self.amount(found.subtotal)] += 1
        if has_discount:
            self.needed["\N{MINUS SIGN}" + self.amount(found.off)] += 1
            if found.taxes:
                self.needed[self.amount(found.subtotal - found.off)] += 1
        for base, tax in found.taxes.values():
            self.needed.update((self.amount(base), self.amount(tax)))
        self.needed[self.amount(found.total)] += 1

    def conditions(self) -> None:
        """As long as something is to be chosen: a discount that is an amount."""
        if self.quote.off is not None:
            self.needed[self.amount(self.quote.off)] += 1

    def quantities(self) -> Iterator[str]:
        """Figures that are no money, and may stand beside it."""
        for line in self.quote.lines:
            for quantity, _ in line.choices:
                digits = next(each for each in range(4) if (quantity * 10**each).denominator == 1)
                yield written(quantity, digits)


def written(amount: F, digits: int) -> str:
    """A figure with so many decimals and thousands apart, as people read it."""
    units = abs(amount) * 10**digits
    assert units.denominator == 1, amount
    whole, rest = divmod(units.numerator, 10**digits)
    groups = []
    while whole >= 1000:
        whole, group = divmod(whole, 1000)
        groups.append(f"{group:03}")
    told = "\N{NARROW NO-BREAK SPACE}".join([str(whole), *reversed(groups)])
    return ("\N{MINUS SIGN}" if amount < 0 else "") + (f"{told}.{rest:0{digits}}" if digits else told)
