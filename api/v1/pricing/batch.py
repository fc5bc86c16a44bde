"""Many parts priced in one request, one after the other, while other requests go on being answered."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Self

from pydantic import ConfigDict, Field, StrictBool, ValidationError, WrapValidator, model_validator
from uuid6 import uuid7

from adapters.db.pricing import NewCalculation
from api.http.fields import MoneyText, OneLine, RequestBody, Uuid
from api.http.problem import FieldError, FieldErrorAnswer
from api.http.validation import field_errors
from api.json_answer import Answer, Count, CurrencyText, IdText, InstantText, Ordinal, to_json
from api.v1.pricing.answers import CalculationAnswer, LabelsByGroup, WarningAnswer, at_most_one_card
from api.v1.pricing.card_of_the_day import specification_problem
from api.v1.pricing.specification import EXAMPLE, SpecificationAnswer, SpecificationBody
from domain import instants
from domain.pricing.calculation import calculate
from domain.pricing.calculation_data import calculation_to_data, told_warnings
from domain.pricing.specification_data import specification_from_data, specification_to_data
from domain.rate_cards.problems import InvalidSpecificationError
from domain.rate_cards.rate_card import RateCard

BATCH_LIMIT: Final = 500


def _as_given(value: Any, _check: Any) -> Any:
    """The document has the form; whether an entry has it too is asked for one after the other."""
    return value


class BatchBody(RequestBody):
    """Parts to price by one rate card. Each is checked on its own, so that one that is refused does not affect the others.

    `explain: false` leaves lines and quantity breaks out of the answer, but not out of what is stored.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"specifications": [EXAMPLE, {**EXAMPLE, "quantity": 100}]}]}
    )

    specifications: Annotated[
        list[Annotated[SpecificationBody, WrapValidator(_as_given)]],
        Field(min_length=1, max_length=BATCH_LIMIT),
    ]
    rate_card_id: Uuid | None = None
    rate_card: OneLine | None = None
    explain: StrictBool = True

    @model_validator(mode="after")
    def _one_card(self) -> Self:
        at_most_one_card(self.rate_card_id, self.rate_card)
        return self


class BriefTierAnswer(Answer):
    """A service level without its lines; its lead time is in working days."""

    total_price: MoneyText
    price_per_piece: MoneyText
    lead_time_days: int


class BriefCalculationAnswer(Answer):
    """A stored calculation without its explanation; `GET /pricing/calculations/{id}` has it all."""

    id: IdText
    created_at: InstantText
    rate_card_id: IdText
    rate_card_version: Ordinal
    currency: CurrencyText
    specification: SpecificationAnswer
    weight_kg: MoneyText
    tiers: dict[str, BriefTierAnswer]
    warnings: list[WarningAnswer]
    tier_order: list[str] = Field(default_factory=list)
    labels: LabelsByGroup = Field(default_factory=dict)
    order: dict[str, Any] = Field(default_factory=dict)
    limits: dict[str, str] = Field(default_factory=dict)


class PricedAnswer(Answer):
    """A part that was priced and stored; `index` is its place in the request, from 0."""

    index: Count
    calculation: CalculationAnswer | BriefCalculationAnswer


class RefusedAnswer(Answer):
    """A part that cannot be priced as described; `index` is its place in the request, from 0."""

    index: Count
    errors: list[FieldErrorAnswer]


class BatchAnswer(Answer):
    """One entry for each specification, in the order of the request."""

    data: list[PricedAnswer | RefusedAnswer]
    priced: Count
    refused: Count


MOST_ERRORS: Final = 20
"""Of one specification: a caller may have invented any number of fields."""


@dataclass(frozen=True, slots=True)
class PricedPart:
    """A part that could be priced: what is stored, and the JSON object that is shown but for id and time."""

    new: NewCalculation
    shown: bytes


PricingOutcome = PricedPart | tuple[FieldError, ...]


async def price_each(specifications: Sequence[Any], card: RateCard, *, explain: bool) -> list[PricingOutcome]:
    """The outcome of each, in order. One takes about a millisecond; after each the event loop has its turn.

    A thread would be worse: pure Python holds the interpreter for 5 ms at a time.
    """
    outcomes: list[PricingOutcome] = []
    for index, given in enumerate(specifications):
        outcomes.append(_price(index, given, card, explain=explain))
        await asyncio.sleep(0)
    return outcomes


def calculations_of(outcomes: Sequence[PricingOutcome]) -> list[NewCalculation]:
    """Those to store."""
    return [outcome.new for outcome in outcomes if isinstance(outcome, PricedPart)]


def answer_of(outcomes: Sequence[PricingOutcome], created: Mapping[str, datetime]) -> bytes:
    """The answer's JSON, put together from texts that have been written already: an answer of 500 has seven
    megabytes, and written from data at its end it would hold up every other request for 0.1 s.
    """
    entries = b",".join(_entry(index, outcome, created) for index, outcome in enumerate(outcomes))
    frame = BatchAnswer(data=[], priced=len(created), refused=len(outcomes) - len(created))
    return to_json(frame).replace(b"[]", b"[" + entries + b"]", 1)


def _price(index: int, given: Any, card: RateCard, *, explain: bool) -> PricingOutcome:
    try:
        asked = SpecificationBody.model_validate(given).to_data()
        made = calculate(specification_from_data(asked, card=card), card)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[:MOST_ERRORS]
        return field_errors(
            {**each, "loc": ("body", "specifications", index, *each["loc"])} for each in found
        )
    except InvalidSpecificationError as error:
        return specification_problem([(f"/specifications/{index}", error)]).errors
    data: dict[str, Any] = calculation_to_data(made)
    stored = _json(data)
    new = NewCalculation(
        id=str(uuid7()), specification=_json(specification_to_data(made.specification)), data=stored
    )
    shown = {**data, "warnings": warnings} if (warnings := told_warnings(data)) != data["warnings"] else data
    if not explain:
        return PricedPart(new, _json(_brief(shown)).encode())
    return PricedPart(new, (stored if shown is data else _json(shown)).encode())


def _brief(data: Mapping[str, Any]) -> dict[str, Any]:
    """Prices and remarks without their explanation: a twentieth of the whole."""
    tiers = {
        tier: {name: each for name, each in price.items() if name != "lines"}
        for tier, price in data["tiers"].items()
    }
    return {**{name: each for name, each in data.items() if name != "quantity_breaks"}, "tiers": tiers}


def _entry(index: int, outcome: PricingOutcome, created: Mapping[str, datetime]) -> bytes:
    if not isinstance(outcome, PricedPart):
        return to_json(RefusedAnswer(index=index, errors=[FieldErrorAnswer.of(error) for error in outcome]))
    head = _json({"id": outcome.new.id, "created_at": instants.answered(created[outcome.new.id])})
    return f'{{"index":{index},"calculation":{head[:-1]},'.encode() + outcome.shown[1:] + b"}"


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
