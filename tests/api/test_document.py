"""What the OpenAPI document promises is what is answered."""

import json
from typing import Any

from pydantic import BaseModel

from api.http.problem import ProblemAnswer
from api.v1.customers import CustomerAnswer
from api.v1.health import HealthAnswer
from api.v1.pricing.answers import CalculationAnswer, CatalogueAnswer
from api.v1.quotes.answers import LiveAnswer, QuoteAnswer, VersionAnswer
from api.v1.quotes.history import EventAnswer, MessageAnswer
from api.v1.quotes.line_answers import LineAnswer
from api.v1.quotes.outcome import CommandAnswer
from tests.api.caller import SIGNER, Caller


def _fits(model: type[BaseModel], data: dict[str, Any], *, optional: frozenset[str] = frozenset()) -> None:
    """Each field has its type, none is missing but optional ones, and none is there that is not told of."""
    model.model_validate_json(json.dumps(data), strict=True)
    told = {field.alias or name for name, field in model.model_fields.items()}
    assert set(data) <= told
    assert told - set(data) <= optional


async def test_quotes_and_what_belongs_to_them(caller: Caller) -> None:
    """The quote, its line, versions, events, mails, its command, its run."""
    sent = await caller.sent()
    path = f"/quotes/{sent['id']}"
    _fits(QuoteAnswer, sent)
    _fits(LineAnswer, sent["lines"][0])
    _fits(VersionAnswer, (await caller.get(f"{path}/versions/1")).json())
    for event in (await caller.get(f"{path}/events")).json()["data"]:
        _fits(EventAnswer, event)
    for message in (await caller.get(f"{path}/messages")).json()["data"]:
        _fits(MessageAnswer, message)
    _fits(LiveAnswer, (await caller.get(f"{path}/live")).json())
    refused = (await caller.post(f"{path}/send")).json()
    command = (await caller.get(f"/commands/{refused['command_id']}")).json()
    _fits(CommandAnswer, command)


async def test_prices_customers_and_health(silent: Caller) -> None:
    """Also the nested figures of a calculation."""
    by_the_card = frozenset({"tier_order", "labels", "order", "limits"})
    _fits(CalculationAnswer, await silent.calculation(), optional=by_the_card)
    _fits(CatalogueAnswer, (await silent.get("/pricing/catalogue")).json())
    _fits(CustomerAnswer, await silent.customer())
    _fits(HealthAnswer, (await silent.http.get("/readyz")).json())


async def test_problems(caller: Caller) -> None:
    """With fields, and with what the state allows instead."""
    invalid = (await caller.post("/customers", {})).json()
    _fits(
        ProblemAnswer,
        invalid,
        optional=frozenset({"current_status", "allowed_actions", "command_id", "warnings"}),
    )
    accepted = await caller.done(await caller.sent(), "accept", SIGNER)
    refused = (await caller.post(f"/quotes/{accepted['id']}/cancel")).json()
    _fits(ProblemAnswer, refused, optional=frozenset({"errors", "warnings"}))
