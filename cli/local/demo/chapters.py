"""What happens to the two quotes.

1. Priced, revised, sent, reminded of, and accepted on the last evening.
2. Revised while the customer has it, superseded, expired, reopened.
3. The second one again: the customer clicks in the last minute, no worker runs across the deadline, and the click
   counts.
"""

import asyncio
from datetime import datetime, timedelta

import httpx

from adapters.db.record.clocks import add_offset
from cli.local.demo.customer import ACCEPTED, Customer, SeenPage, link_in
from cli.local.demo.stage import QuoteJson, Stage
from cli.local.demo.telling import StoryError, check
from cli.local.seed.demo_data import SELLER
from domain import instants

_HOUSINGS = {
    "material": "aluminum",
    "process": "cnc",
    "length_mm": "86",
    "width_mm": "24",
    "height_mm": "18",
    "geometric_complexity_score": "2.5",
    "quantity": 12,
}
_EVENING = timedelta(hours=6)
_REMINDERS = {"7 days left": "Seven", "3 days left": "Three", "last day tomorrow": "One"}


async def first_quote(stage: Stage) -> QuoteJson:
    """The quote, accepted."""
    stage.teller.chapter("1. A yes on the last evening")
    anna = stage.buyer("nordlicht", "Anna Berg")
    quote = await _priced_and_written(stage)
    link = await _revised_and_sent(stage, quote, anna)
    await _days_pass(stage, quote, anna)
    return await _accepted(stage, quote, anna, link)


async def _priced_and_written(stage: Stage) -> QuoteJson:
    customer_id = await stage.customer_id("nordlicht")
    priced = await stage.call("POST", "/pricing/calculations", {"specification": _HOUSINGS})
    order = {"customer_id": customer_id, "pricing_calculation_id": priced["id"], "tier": "economy"}
    part = {"description": "Gripper finger, left", "part_number": "NR-0093-L", "part_revision": "A"}
    quote = await stage.call("POST", "/quotes", order | part)
    text = "Nordlicht Robotics asks for 12 gripper fingers in aluminium. A price for each lead time:"
    await stage.tell(quote, text)
    for tier, price in priced["tiers"].items():
        days = f"{price['lead_time_days']} working days"
        stage.teller.more(
            f"  {tier.replace('_', ' '):<18} {priced['currency']} {price['total_price']:>10}   {days}"
        )
    expected = priced["tiers"]["economy"]["total_price"]
    check(quote["status"] == "draft" and quote["total_price"] == expected, "a draft at the economy price")
    await stage.tell(quote, f"{quote['number']} is created as a draft, version 1, {_price(quote)}.")
    return quote


async def _revised_and_sent(stage: Stage, quote: QuoteJson, anna: Customer) -> str:
    calculation = quote["lines"][0]["pricing_calculation_id"]
    faster = {
        "pricing_calculation_id": calculation,
        "tier": "standard",
        "description": "Gripper finger, left\nmirrored to the right one of last year",
        "customer_reference": "RFQ-2231",
        "introduction": "Thank you for your call. Here are the fingers with the shorter lead time.",
        "delivery_terms": "FCA Ludwigsburg (Incoterms 2020)",
    }
    revised = await stage.call("PUT", f"/quotes/{quote['id']}/pricing", faster)
    check((revised["status"], revised["current_version"]) == ("draft", 2), "a second version, still a draft")
    await stage.tell(
        quote, f"They need them sooner: version 2, {_price(revised)}. Version 1 stays on record."
    )
    sent = await stage.call("POST", f"/quotes/{quote['id']}/send", {"message": "As discussed on the phone."})
    check(sent["status"] == "sent", "a quote that is sent")
    await stage.tell(quote, "It is sent, and open for 30 days.")
    link = link_in(await stage.mails.arrives(f"Quote {quote['number']} · version 2", anna.email))
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


async def _days_pass(stage: Stage, quote: QuoteJson, anna: Customer) -> None:
    end = instants.read((await stage.quote(quote))["valid_until"])
    stops = await stage.wait_until(quote, end - _EVENING)
    check(len(stops) == len(_REMINDERS), "three reminders")
    for stop, (subject, count) in zip(stops, _REMINDERS.items(), strict=True):
        stage.teller.at(
            stop.at, f"{count} more day{'s' if count != 'One' else ''}: a reminder, at nine in Oslo."
        )
        await stage.mails.arrives(f"Quote {quote['number']} · {subject}", anna.email)


async def _accepted(stage: Stage, quote: QuoteJson, anna: Customer, link: str) -> QuoteJson:
    offer = await anna.open(link)
    page = await anna.accept(link, version=offer.version, order="NR-PO-4471")
    check(
        page.status == httpx.codes.OK and page.heading == ACCEPTED,
        "the yes to be confirmed",
    )
    await stage.tell(quote, f"Six hours before the offer ends, Anna Berg accepts. “{page.lead}”")
    await stage.mails.arrives(f"Quote {quote['number']} · accepted, thank you", anna.email)
    await stage.mails.arrives(f"Quote {quote['number']} · accepted by", str(SELLER.email))
    accepted = await stage.quote(quote)
    check(accepted["status"] == "accepted", "an accepted quote")
    check(accepted["next_events"] == [], "nothing more to come for it")
    return accepted


def _price(quote: QuoteJson) -> str:
    return f"{quote['currency']} {quote['total_price']}"


_PATIENCE = 60.0
_BEFORE_THE_END = timedelta(minutes=1)


async def nobody_home(stage: Stage, quote: QuoteJson, dana: Customer, link: str) -> QuoteJson:
    """The quote, accepted in its last minute, and decided when that was over."""
    stage.teller.chapter("3. Nobody home")
    end = instants.read((await stage.quote(quote))["valid_until"])
    await _last_minute(stage, quote, dana, end)
    worker = stage.stack.product.worker
    await worker.stop()
    await stage.tell(quote, "The worker is stopped: there is nobody to decide anything.")
    version = (await dana.open(link)).version
    waiting = await dana.accept(link, version=version)
    check(
        (waiting.status, waiting.heading) == (httpx.codes.ACCEPTED, "We have your answer"),
        "the click to be taken",
    )
    await stage.tell(quote, f"Dana Whitfield accepts anyway. “{waiting.lead}”")
    await _deadline_passes(stage, quote, end)
    worker.start()
    page = await _looked_again(dana, waiting)
    await stage.tell(quote, f"The worker is back, and her page updates. “{page.lead}”")
    await stage.mails.arrives(f"Quote {quote['number']} · accepted, thank you", dana.email)
    await stage.mails.arrives(f"Quote {quote['number']} · accepted by", str(SELLER.email))
    accepted = await stage.quote(quote)
    check(accepted["status"] == "accepted", "an accepted quote")
    check(instants.read(accepted["decided_at"]) <= end, "the click's own time to count")
    return accepted


async def _last_minute(stage: Stage, quote: QuoteJson, dana: Customer, end: datetime) -> None:
    stops = await stage.wait_until(quote, end - _BEFORE_THE_END)
    for stop, subject in zip(stops, REMINDERS, strict=True):
        stage.teller.at(stop.at, "A reminder, at nine in New York.")
        await stage.mails.arrives(f"Quote {quote['number']} · {subject}", dana.email)


async def _deadline_passes(stage: Stage, quote: QuoteJson, end: datetime) -> None:
    """On the record's clock: the run's own stands still, as nobody works on it."""
    async with stage.database.write() as w:
        await add_offset(w, quote["id"], 2 * _BEFORE_THE_END)
    over = await stage.quote(quote)
    check(
        (over["status"], over["is_expired"]) == ("sent", True), "an offer that is over, and not decided yet"
    )
    check(await stage.now(quote) > end, "the deadline to be past")
    await stage.tell(quote, "The last second of the offer passes, and there is still nobody there.")


async def _looked_again(dana: Customer, waiting: SeenPage) -> SeenPage:
    """What the page does by itself every three seconds."""
    check(waiting.button, "a button that looks again")
    try:
        async with asyncio.timeout(_PATIENCE):
            while (page := await dana.open(waiting.button or "")).heading != ACCEPTED:
                # On a busy machine it may also say for a moment that it cannot be shown now.
                waits = page.status in {httpx.codes.ACCEPTED, httpx.codes.SERVICE_UNAVAILABLE}
                check(waits, f"the page to wait until it is decided, and not {page.status}: {page.heading}")
                await asyncio.sleep(0.3)
    except TimeoutError:
        raise StoryError("The demo failed: the worker came back, but the click was not decided.") from None
    return page


_BRACKETS = {
    "material": "aluminum",
    "process": "laser_cutting",
    "length_mm": "64",
    "width_mm": "40",
    "height_mm": "3",
    "geometric_complexity_score": "1.5",
    "quantity": 250,
    "shipping_distance_zone": 4,
    "customer_tier": "enterprise",
}
_NAMED = {"description": "Sensor bracket", "part_number": "HI-5520-3"}
REMINDERS = ("7 days left", "3 days left", "last day tomorrow")


async def second_quote(stage: Stage) -> tuple[QuoteJson, Customer, str]:
    """The quote, open again; the customer, and the link that is good."""
    stage.teller.chapter("2. A price that changes, and a date that passes")
    dana = stage.buyer("harlow", "Dana Whitfield")
    quote, old = await _sent(stage, dana)
    await _revised_while_sent(stage, quote, dana, old)
    link = await _superseded(stage, quote, dana, old)
    await _expired(stage, quote, dana, link)
    await _reopened(stage, quote, dana, link)
    return quote, dana, link


async def _sent(stage: Stage, dana: Customer) -> tuple[QuoteJson, str]:
    customer_id = await stage.customer_id("harlow")
    asked = {"customer_id": customer_id, "specification": _BRACKETS, "tier": "standard", "valid_days": 10}
    quote = await stage.call("POST", "/quotes", asked | _NAMED)
    await stage.call("POST", f"/quotes/{quote['id']}/send")
    await stage.tell(
        quote, f"{quote['number']} for 250 sensor brackets goes to Harlow Instruments, for 10 days."
    )
    link = link_in(await stage.mails.arrives(f"Quote {quote['number']} · from", dana.email))
    stage.teller.link(link)
    return quote, link


async def _revised_while_sent(stage: Stage, quote: QuoteJson, dana: Customer, link: str) -> None:
    before = await dana.open(link)
    calculation = quote["lines"][0]["pricing_calculation_id"]
    slower = {"pricing_calculation_id": calculation, "tier": "economy", "notes": "They have time."}
    revised = await stage.call("PUT", f"/quotes/{quote['id']}/pricing", slower | _NAMED)
    versions = (revised["status"], revised["current_version"], revised["working_version"])
    check(versions == ("sent", 1, 2), "a working version beside the one that is sent")
    check(await dana.open(link) == before, "the customer's page to be as before")
    text = "The shop works on a cheaper version 2. Dana Whitfield still sees version 1, and could accept it:"
    await stage.tell(quote, text)
    stage.teller.more(f"“{before.lead}”")


async def _send_confirmed(stage: Stage, quote: QuoteJson) -> None:
    """So many pieces for so good a customer are below cost at this tier: that is meant."""
    slips = (await stage.quote(quote))["to_confirm"]
    await stage.call("POST", f"/quotes/{quote['id']}/send", {"confirm": slips})


async def _superseded(stage: Stage, quote: QuoteJson, dana: Customer, old: str) -> str:
    await _send_confirmed(stage, quote)
    await stage.tell(quote, "Version 2 is sent, and replaces version 1 in the same step.")
    new = link_in(await stage.mails.arrives(f"Quote {quote['number']} · version 2", dana.email))
    page = await dana.open(old)
    check(page.heading == "There is a newer version", "the old link to explain itself")
    check(page.button and new.endswith(page.button), "the old link to lead to the new one")
    late = await dana.accept(old, version="1")
    check(late.status == httpx.codes.CONFLICT, "the old version not to be accepted any more")
    await stage.tell(quote, f"The old link explains this and leads to the new one: “{page.lead}”")
    stage.teller.link(new)
    return new


async def _expired(stage: Stage, quote: QuoteJson, dana: Customer, link: str) -> None:
    end = instants.read((await stage.quote(quote))["valid_until"])
    version = (await dana.open(link)).version
    *reminders, over = await stage.wait_until(quote, end + timedelta(hours=9))
    check(len(reminders) == len(REMINDERS), "three reminders and the end")
    for stop, subject in zip(reminders, REMINDERS, strict=True):
        stage.teller.at(stop.at, "A reminder, at nine in New York.")
        await stage.mails.arrives(f"Quote {quote['number']} · {subject}", dana.email)
    stage.teller.at(over.at, "Nobody has answered; half a minute after its last second, the quote expires.")
    await stage.mails.arrives(f"Quote {quote['number']} · expired", dana.email)
    await stage.mails.arrives(f"Quote {quote['number']} · expired, ", str(SELLER.email))
    page = await dana.accept(link, version=version)
    check(
        (page.status, page.heading) == (httpx.codes.CONFLICT, "This quote has expired"),
        "a yes that comes too late",
    )
    check((await stage.quote(quote))["status"] == "expired", "an expired quote")
    await stage.tell(quote, f"A yes the next morning comes too late. “{page.lead}”")


async def _reopened(stage: Stage, quote: QuoteJson, dana: Customer, link: str) -> None:
    extended = await stage.call("POST", f"/quotes/{quote['id']}/extend", {"valid_days": 14})
    check((extended["status"], extended["current_version"]) == ("sent", 2), "the same version, open again")
    page = await dana.open(link)
    check(page.status == httpx.codes.OK and page.version == "2", "the same link to show the offer again")
    await stage.tell(quote, f"Dana Whitfield calls; the shop reopens it for 14 days. “{page.lead}”")
    await stage.mails.arrives(f"Quote {quote['number']} · now open until", dana.email)
