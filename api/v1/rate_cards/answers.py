"""Bodies and answers about rate cards."""

from collections.abc import Iterable
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ConfigDict, RootModel

from adapters.db.pricing import CardView
from api.http.fields import Instant, OneLine, RequestBody
from api.http.json_body import as_decimals
from api.http.validation import pointer
from api.json_answer import Answer, CurrencyText, IdText, InstantText, Ordinal
from api.v1.rate_cards.card_schema import CARD_SCHEMA, EXAMPLE_CARD
from domain import instants
from domain.rate_cards.data import rate_card_from_data, rate_card_to_data
from domain.rate_cards.dates import DEFAULT_NAME
from domain.rate_cards.problems import Problem
from domain.rate_cards.remarks import remarks

_EXAMPLE: Final[dict[str, Any]] = {"valid_from": "2027-01-01T00:00:00Z", "card": EXAMPLE_CARD}


class RateCardData(RootModel[Annotated[dict[str, Any], BeforeValidator(as_decimals)]]):
    """All figures of a price list. One answer names every problem by its place."""

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: Any, _handler: Any) -> dict[str, Any]:
        return {**CARD_SCHEMA, "title": "RateCardData", "description": cls.__doc__}


class RateCardBody(RequestBody):
    """A new price list: valid from now unless stated otherwise, and until the next one begins unless it states an end.

    `rate_card` is the name under which it is in force: cards of one name follow one another, cards of several are in force
    side by side, in currencies of their own. A card without an `id` is given one.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    rate_card: OneLine = DEFAULT_NAME
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    card: RateCardData


class CardWarningAnswer(Answer):
    """Something worth checking, by its place in the request; it prevents nothing."""

    pointer: str
    code: str
    message: str


class RateCardSummary(Answer):
    """A stored rate card, the name `rate_card` under which it is in force, and its dates.

    `valid_until` is the end that it states; `holds_until` also takes into account when the next card begins. Both
    are the first instant at which it is no longer valid. `active` says whether it is valid now.
    """

    id: IdText
    version: Ordinal
    name: str
    currency: CurrencyText
    rate_card: str
    valid_from: InstantText
    valid_until: InstantText | None
    holds_until: InstantText | None
    active: bool
    created_at: InstantText

    @classmethod
    def of(cls, view: CardView) -> "RateCardSummary":
        """The card by its dates, without its figures."""
        return RateCardSummary(
            id=view.id,
            version=int(view.data["version"]),
            name=view.data["name"],
            currency=view.data["currency"],
            rate_card=view.name,
            valid_from=instants.answered(view.valid_from),
            valid_until=instants.answered(view.valid_until),
            holds_until=instants.answered(view.holds_until),
            active=view.active,
            created_at=instants.answered(view.created_at),
        )


class RateCardAnswer(RateCardSummary):
    """A stored rate card with all its figures. Staff only: it shows cost and margin."""

    card: RateCardData
    warnings: list[CardWarningAnswer]

    @classmethod
    def with_figures(cls, view: CardView, gaps: Iterable[Problem]) -> "RateCardAnswer":
        """The card with its figures, and what on it and in the dates of all cards is worth a look."""
        card = rate_card_from_data(view.data)
        return RateCardAnswer(
            **vars(RateCardSummary.of(view)),
            card=RateCardData(rate_card_to_data(card)),
            warnings=[
                CardWarningAnswer(pointer=place_in_body(each), code=each.code, message=each.message)
                for each in (*remarks(card), *gaps)
            ],
        )


DATES = frozenset({"valid_from", "valid_until"})


def place_in_body(problem: Problem) -> str:
    """The JSON pointer of a problem: the dates stand beside the card, all else is on it."""
    inside = problem.path[:1] and problem.path[0] in DATES
    return pointer(problem.path if inside else ("card", *problem.path))
