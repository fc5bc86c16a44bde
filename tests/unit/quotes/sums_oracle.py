"""What the lines of a quote come to, written a second time from the rule alone, in fractions and whole minor units."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor

Line = tuple[int, str | None]
"""Its total in minor units, and its tax rate."""
Taxes = dict[Fraction, tuple[int, int]]
"""By rate: base and tax, in minor units."""


def half_up(exact: Fraction) -> int:
    """To whole minor units, ties away from nothing."""
    return floor(exact + Fraction(1, 2)) if exact >= 0 else -floor(-exact + Fraction(1, 2))


def sums(
    lines: Sequence[Line], *, rate: str | None = None, off: int | None = None
) -> tuple[int, Taxes, int] | None:
    """Discount, taxes and total, or None where a discount or credits are more than there is."""
    whole = sum(total for total, _ in lines)
    given = half_up(whole * Fraction(rate)) if rate is not None else off or 0
    if whole < 0 or given > whole:
        return None
    groups: dict[Fraction | None, int] = {}
    for total, each in lines:
        key = None if each is None else Fraction(each)
        groups[key] = groups.get(key, 0) + total
    bases = {
        key: total - share for (key, total), share in zip(groups.items(), _shares(given, groups), strict=True)
    }
    taxes = {key: (base, half_up(base * key)) for key, base in bases.items() if key is not None}
    total = whole - given + sum(tax for _, tax in taxes.values())
    return (given, taxes, total) if total >= 0 else None


def _shares(given: int, groups: dict[Fraction | None, int]) -> list[int]:
    """By the groups' sizes; what is left over goes by largest remainder, then by highest rate."""
    whole = sum(groups.values())
    if not whole:
        return [0] * len(groups)
    exact = {key: Fraction(given * total, whole) for key, total in groups.items()}
    shares = {key: floor(share) for key, share in exact.items()}
    order = sorted(
        groups, key=lambda key: (exact[key] - shares[key], Fraction(-1) if key is None else key), reverse=True
    )
    for key in order[: given - sum(shares.values())]:
        shares[key] += 1
    return [shares[key] for key in groups]
