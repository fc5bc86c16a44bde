"""A rate card as plain data (objects, lists, texts, whole numbers) and back."""

from typing import Any, Final

from domain.rate_cards.check import card_problems
from domain.rate_cards.form import form_of
from domain.rate_cards.problems import InvalidRateCardError, Problem
from domain.rate_cards.rate_card import RateCard

CARD: Final = form_of(RateCard)


def rate_card_from_data(data: object) -> RateCard:
    """The card written in `data`, as `rate_card_to_data` writes it; figures are texts or whole numbers.

    Raises InvalidRateCardError with every unreadable figure, unknown field, gap and contradiction.
    """
    card, problems = read_card(data)
    problems = problems or card_problems(card)
    if problems:
        raise InvalidRateCardError(problems)
    return card


def read_card(data: object) -> tuple[RateCard, list[Problem]]:
    """The card as far as it can be read, and what could not be; an unreadable figure is nought in it."""
    problems: list[Problem] = []
    return CARD.read(data, (), problems), problems


def rate_card_to_data(card: RateCard) -> dict[str, Any]:
    """`card` as data for JSON: figures as plain texts, numbers of pieces and days as whole numbers."""
    data: dict[str, Any] = CARD.write(card)
    return data
