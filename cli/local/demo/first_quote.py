"""Chapter one: priced, revised, sent, reminded of, and accepted on the last evening."""

from datetime import timedelta

import httpx

from cli.local.demo.customer import Customer
from cli.local.demo.mails import link_in
from cli.local.demo.stage import Quote, Stage
from cli.local.demo.telling import check
from cli.local.seed.demo_data import SELLER
from domain import instants

PART = {
    "material": "aluminum",
    "process": "cnc",
    "length_mm": "86",
    "width_mm": "24",
    "height_mm": "18",
    "geometric_complexity_score": "2.5",
    "quantity": 12,
}
_EVENING = timedelta(hours=6)
_REMINDERS = {"7 days left": "Seven", "3 days left": "Three", "Last day tomorrow": "One"}


async def first_quote(stage: Stage) -> Quote:
    """The quote, accepted."""
    stage.teller.chapter("1. A yes on the last evening")
    anna = stage.buyer("nordlicht", "Anna Berg")
    quote = await _priced_and_written(stage)
    link = await _revised_and_sent(stage, quote, anna)
    await _days_pass(stage, quote, anna)
    return await _accepted(stage, quote, anna, link)


async def _priced_and_written(stage: Stage) -> Quote:
    customer_id = await stage.customer_id("nordlicht")
    priced = await stage.call("POST", "/pricing/calculations", {"specification": PART})
    order = {"customer_id": customer_id, "pricing_calculation_id": priced["id"], "tier": "economy"}
    part = {"description": "Gripper finger, left", "part_number": "NR-0093-L", "part_revision": "A"}
    quote = await stage.call("POST", "/quotes", order | part)
    text = "Nordlicht Robotics asks for 12 gripper fingers in aluminium. A price for every kind of hurry:"
    await stage.tell(quote, text)
    for tier, price in priced["tiers"].items():
        days = f"{price['lead_time_days']} working days"
        stage.teller.more(
            f"  {tier.replace('_', ' '):<18} {priced['currency']} {price['total_price']:>10}   {days}"
        )
    expected = priced["tiers"]["economy"]["total_price"]
    check(quote["status"] == "draft" and quote["total_price"] == expected, "a draft at the economy price")
    await stage.tell(quote, f"{quote['number']} is created: a draft, version 1, {_price(quote)}.")
    return quote


async def _revised_and_sent(stage: Stage, quote: Quote, anna: Customer) -> str:
    calculation = quote["lines"][0]["pricing_calculation_id"]
    faster = {
        "pricing_calculation_id": calculation,
        "tier": "standard",
        "description": "Gripper finger, left",
    }
    revised = await stage.call("PUT", f"/quotes/{quote['id']}/pricing", faster)
    check((revised["status"], revised["current_version"]) == ("draft", 2), "a second version, still a draft")
    await stage.tell(
        quote, f"They need them sooner: version 2, {_price(revised)}. Version 1 stays on record."
    )
    sent = await stage.call("POST", f"/quotes/{quote['id']}/send", {"message": "As discussed on the phone."})
    check(sent["status"] == "sent", "a quote that is sent")
    await stage.tell(quote, "It is sent, open for 30 days.")
    link = link_in(await stage.mails.arrives(f"Quote {quote['number']} (version 2)", anna.email))
    page = await anna.open(link)
    check(
        page.status == httpx.codes.OK and page.heading == f"Quote {quote['number']}",
        "the offer behind the link",
    )
    check(
        (await stage.quote(quote))["state_version"] == sent["state_version"], "opening it to change nothing"
    )
    await stage.tell(quote, f"Anna Berg opens her link, which needs no login. “{page.lead}”")
    stage.teller.link(link)
    return link


async def _days_pass(stage: Stage, quote: Quote, anna: Customer) -> None:
    end = instants.read((await stage.quote(quote))["valid_until"])
    stops = await stage.wait_until(quote, end - _EVENING)
    check(len(stops) == len(_REMINDERS), "three reminders")
    for stop, (subject, count) in zip(stops, _REMINDERS.items(), strict=True):
        stage.teller.at(
            stop.at, f"{count} more day{'s' if count != 'One' else ''}: a reminder, at nine in Oslo."
        )
        await stage.mails.arrives(f"{subject}: quote {quote['number']}", anna.email)


async def _accepted(stage: Stage, quote: Quote, anna: Customer, link: str) -> Quote:
    offer = await anna.open(link)
    page = await anna.accept(link, version=offer.version, order="NR-PO-4471")
    check(
        page.status == httpx.codes.OK and page.heading == "Thank you for your order",
        "the yes to be confirmed",
    )
    await stage.tell(quote, f"Six hours before the end Anna Berg accepts. “{page.lead}”")
    await stage.mails.arrives(f"Thank you for your order: quote {quote['number']}", anna.email)
    await stage.mails.arrives(f"Accepted: {quote['number']}", str(SELLER.email))
    accepted = await stage.quote(quote)
    check(accepted["status"] == "accepted", "an accepted quote")
    check(accepted["next_events"] == [], "nothing more to come for it")
    return accepted


def _price(quote: Quote) -> str:
    return f"{quote['currency']} {quote['total_price']}"
