"""Rate cards as JSON."""

from collections.abc import Iterable
from typing import Any

from adapters.db.pricing.rate_cards import CardView
from api.http.times import instant
from api.http.validation import pointer
from domain.rate_cards.data import rate_card_from_data, rate_card_to_data
from domain.rate_cards.problems import Problem
from domain.rate_cards.remarks import remarks

DATES = frozenset({"valid_from", "valid_until"})


def summary_data(view: CardView) -> dict[str, Any]:
    """A card by its dates, without its figures."""
    return {
        "id": view.id,
        "version": int(view.data["version"]),
        "name": view.data["name"],
        "currency": view.data["currency"],
        "valid_from": instant(view.valid_from),
        "valid_until": instant(view.valid_until),
        "holds_until": instant(view.holds_until),
        "active": view.active,
        "created_at": instant(view.created_at),
    }


def card_answer(view: CardView, gaps: Iterable[Problem]) -> dict[str, Any]:
    """A card with its figures, and what on it and in the dates of all cards is worth a look."""
    card = rate_card_from_data(view.data)
    return {
        **summary_data(view),
        "card": rate_card_to_data(card),
        "warnings": [
            {"pointer": place_in_body(each), "code": each.code, "message": each.message}
            for each in (*remarks(card), *gaps)
        ],
    }


def place_in_body(problem: Problem) -> str:
    """The JSON pointer of a problem: the dates stand beside the card, all else is on it."""
    inside = problem.path[:1] and problem.path[0] in DATES
    return pointer(problem.path if inside else ("card", *problem.path))
