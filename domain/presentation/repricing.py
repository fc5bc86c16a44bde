"""What parts that were quoted would cost by another rate card."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.pricing.calculation import calculate
from domain.pricing.specification_data import specification_from_data
from domain.rate_cards.problems import InvalidSpecificationError
from domain.rate_cards.rate_card import RateCard


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedPart:
    """A part as it was quoted: by its line in a quote, at a service level."""

    quote_id: str
    number: str
    position: int
    description: str
    tier: str
    specification: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repriced:
    """The part's total by the card in force (`now`) and by the new one (`then`), each in its card's currency; None where that
    card does not offer it, for the reason `why_not`.
    """

    part: QuotedPart
    now: Decimal | None
    then: Decimal | None
    why_not: str | None = None

    @property
    def has_changed(self) -> bool:
        """Whether the price is another one, or there is one no longer, or only now."""
        return self.now != self.then

    @property
    def difference(self) -> Decimal | None:
        """How much more, where both offer it."""
        return None if self.now is None or self.then is None else self.then - self.now

    @property
    def rate(self) -> Decimal | None:
        """The difference as a part of what it is now: 0.05 is 5 % more."""
        return self.difference / self.now if self.difference is not None and self.now else None


def repriced(part: QuotedPart, in_force: RateCard, new: RateCard) -> Repriced:
    """The part by both cards, from what was asked for: what people set by hand is left aside."""
    now, _ = _total(part, in_force)
    then, why_not = _total(part, new)
    return Repriced(part=part, now=now, then=then, why_not=why_not)


def _total(part: QuotedPart, card: RateCard) -> tuple[Decimal | None, str | None]:
    if part.tier not in card.tiers:
        return None, f"there is no service level {part.tier}"
    try:
        specification = specification_from_data(part.specification, card=card)
        return calculate(specification, card).tiers[part.tier].total_price, None
    except InvalidSpecificationError as error:
        return None, "; ".join(f"{each.field} {each.message}" for each in error.problems)
