"""A new quote at the desk, without script."""

import httpx

from tests.api.caller import PRICES, Caller
from tests.api.desk.conftest import Desks
from tests.api.desk.drafting import Shown, opened
from domain.people.roles import Role
from domain.wording import number

PART = {
    "lines.0.description": "Bracket",
    "lines.0.quantities": "20",
    "lines.0.specification.material": "aluminum",
    "lines.0.specification.process": "cnc",
    "lines.0.specification.length_mm": "100",
    "lines.0.specification.width_mm": "50",
    "lines.0.specification.height_mm": "20",
    "lines.0.specification.geometric_complexity_score": "2.5",
}


async def test_the_live_price_is_the_price(desks: Desks, caller: Caller) -> None:
    """To the cent, at every tier; and the draft has it."""
    desk = desks[Role.SALES]
    customer = await caller.customer()
    form = await opened(desk, f"/desk/quotes/new?customer={customer['id']}")
    assert form.value("customer_id") == customer["id"]
    priced = await form.send(desk, "price", PART)
    assert priced.answer.status_code == 200
    for price in PRICES.values():
        assert number(price) in priced.answer.text
    made = await priced.press(desk, "save")
    assert made.answer.status_code == 303, made.errors
    quote = (await caller.get(f"/quotes/{made.answer.headers['location'].split('/')[3]}")).json()
    assert quote["total_price"] == PRICES["standard"]
    assert quote["owner"] == "sales@tooling.example.com"
