"""Bodies and answers about rate cards."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, RootModel

from api.http.fields import Body, Instant
from api.http.numbers import as_decimals
from api.v1.rate_cards.card_schema import CARD_SCHEMA, EXAMPLE_CARD

_EXAMPLE: Final[dict[str, Any]] = {"valid_from": "2027-01-01T00:00:00Z", "card": EXAMPLE_CARD}


class RateCardData(RootModel[Annotated[dict[str, Any], BeforeValidator(as_decimals)]]):
    """All figures of a price list. The domain reads it: one answer names every problem by its place."""

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: Any, _handler: Any) -> dict[str, Any]:
        return {"title": "RateCardData", "description": cls.__doc__, **CARD_SCHEMA}


class RateCardBody(Body):
    """A new price list: valid from now on if not said otherwise, until the next one begins if it states no end.

    A card without an `id` gets one.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    valid_from: Instant | None = None
    valid_until: Instant | None = None
    card: RateCardData


class CardWarningAnswer(BaseModel):
    """What is worth a look, by its place in the request; it hinders nothing."""

    pointer: str
    code: str
    message: str


class RateCardSummary(BaseModel):
    """A stored card by its dates.

    `valid_until` is the end that it states, `holds_until` the one that the next card's begin gives it, too; both
    are the first instant at which it is no longer valid. `active` is whether it is valid now.
    """

    id: str
    version: int
    name: str
    currency: str
    valid_from: str
    valid_until: str | None
    holds_until: str | None
    active: bool
    created_at: str


class RateCardAnswer(RateCardSummary):
    """A stored card with all its figures. Staff only: it shows cost and margin."""

    card: RateCardData
    warnings: list[CardWarningAnswer]
