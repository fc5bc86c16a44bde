"""Prices of manufactured parts: a specification and a rate card give an explained calculation."""

from domain.pricing.advice import PricingWarning
from domain.pricing.breaks import QuantityBreak
from domain.pricing.calculate import calculate
from domain.pricing.calculation import Calculation, TierPrice
from domain.pricing.calculation_data import calculation_to_data
from domain.pricing.card_bounds import BOUNDS
from domain.pricing.card_data import rate_card_from_data, rate_card_to_data
from domain.pricing.card_review import CardReview, review
from domain.pricing.default_card import DEFAULT_RATE_CARD
from domain.pricing.errors import InvalidRateCardError, InvalidSpecificationError, PricingError, Problem
from domain.pricing.lines import LineName, PriceLine
from domain.pricing.rate_card import RateCard
from domain.pricing.specification import CustomerTier, PartSpecification, Tier
from domain.pricing.specification_data import specification_from_data, specification_to_data

__all__ = [
    "BOUNDS",
    "DEFAULT_RATE_CARD",
    "Calculation",
    "CardReview",
    "CustomerTier",
    "InvalidRateCardError",
    "InvalidSpecificationError",
    "LineName",
    "PartSpecification",
    "PriceLine",
    "PricingError",
    "PricingWarning",
    "Problem",
    "QuantityBreak",
    "RateCard",
    "Tier",
    "TierPrice",
    "calculate",
    "calculation_to_data",
    "rate_card_from_data",
    "rate_card_to_data",
    "review",
    "specification_from_data",
    "specification_to_data",
]
