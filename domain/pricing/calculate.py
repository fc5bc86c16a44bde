"""One entry: a part specification and a rate card give a calculation."""

from decimal import Decimal
from functools import partial

from domain.money import AMOUNT_LIMIT, exact, minor_unit
from domain.pricing.calculation import Calculation, TierPrice
from domain.pricing.check import problems
from domain.pricing.explanation import Explanation
from domain.pricing.figures import batch_figures, piece_figures, tier_amounts
from domain.pricing.specification import PartSpecification
from domain.pricing.totals import rounded_cost, total_price
from domain.rate_cards.problems import InvalidSpecificationError, Problem
from domain.rate_cards.rate_card import RateCard


def calculate(specification: PartSpecification, card: RateCard) -> Calculation:
    """Prices one part at all four tiers.

    Rule: every line is worked out exactly and then rounded half up, once, to the scale of the card's currency;
    the price is the sum of the rounded lines; one below the card's minimum order value is lifted to it by a line
    of its own. Raises InvalidSpecificationError with every problem found.
    """
    found = problems(partial(getattr, specification), card)
    if found:
        raise InvalidSpecificationError(found)
    unit = minor_unit(card.currency)
    with exact():
        piece = piece_figures(specification, card)
        batch = batch_figures(piece, specification.quantity, specification, card)
        cost = rounded_cost(batch, unit)
        explanation = Explanation(specification, card, piece, batch, unit)
        tiers = {}
        for tier, rules in card.tiers.items():
            amounts = tier_amounts(piece, batch, rules, specification, card)
            total = _payable(total_price(cost, amounts, card, unit))
            tiers[tier] = TierPrice(total, rules.lead_time_days, tier, explanation)
    return Calculation(specification, card, piece, tiers)


def _payable(total: Decimal) -> Decimal:
    if total >= AMOUNT_LIMIT:
        message = "makes a price that no amount of money can hold"
        raise InvalidSpecificationError([Problem("price_out_of_range", "quantity", message)])
    return total
