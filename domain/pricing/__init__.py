"""Prices of manufactured parts: a specification and a rate card give an explained calculation."""

from domain.pricing.advice import PricingWarning
from domain.pricing.breaks import QuantityBreak
from domain.pricing.calculation import Calculation, TierPrice, calculate
from domain.pricing.calculation_data import calculation_to_data
from domain.pricing.operations import BoughtPart, InHouseWork, OutsideWork
from domain.pricing.part_shapes import Shape
from domain.pricing.price_lines import LineName, PriceLine
from domain.pricing.specification import PartSpecification
from domain.pricing.specification_data import specification_from_data, specification_to_data
from domain.rate_cards.data import rate_card_from_data, rate_card_to_data
from domain.rate_cards.default_card import DEFAULT_RATE_CARD
from domain.rate_cards.problems import InvalidRateCardError, InvalidSpecificationError, PricingError, Problem
from domain.rate_cards.rate_card import RateCard
from domain.rate_cards.review import BOUNDS, CardReview, review

__all__ = [
    "BOUNDS",
    "DEFAULT_RATE_CARD",
    "BoughtPart",
    "Calculation",
    "CardReview",
    "InHouseWork",
    "InvalidRateCardError",
    "InvalidSpecificationError",
    "LineName",
    "OutsideWork",
    "PartSpecification",
    "PriceLine",
    "PricingError",
    "PricingWarning",
    "Problem",
    "QuantityBreak",
    "RateCard",
    "Shape",
    "TierPrice",
    "calculate",
    "calculation_to_data",
    "rate_card_from_data",
    "rate_card_to_data",
    "review",
    "specification_from_data",
    "specification_to_data",
]
