"""Chapter two: revised while the customer has it, superseded, expired, reopened."""

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
REMINDERS = ("7 days left", "3 days left", "Last day tomorrow")


async def second_quote(stage: Stage) -> tuple[Quote, Customer, str]:
    """The quote, open again; the customer, and the link that is good."""
    stage.teller.chapter("2. A price that changes, and a date that passes")
    dana = stage.buyer("harlow", "Dana Whitfield")
    quote, old = await _sent(stage, dana)
    await _revised_while_sent(stage, quote, dana, old)
    link = await _superseded(stage, quote, dana, old)
    await _expired(stage, quote, dana, link)
    await _reopened(stage, quote, dana, link)
    return quote, dana, link


async def _sent(stage: Stage, dana: Customer) -> tuple[Quote, str]:
    customer_id = await stage.customer_id("harlow")
    asked = {"customer_id": customer_id, "specification": PART, "tier": "standard", "valid_days": 10}
    quote = await stage.call("POST", "/quotes", asked | _NAMED)
    await stage.call("POST", f"/quotes/{quote['id']}/send")
    await stage.tell(
        quote, f"{quote['number']} for 250 sensor brackets goes to Harlow Instruments, for 10 days."
    )
    link = link_in(await stage.mails.arrives(f"Quote {quote['number']} from", dana.email))
    stage.teller.link(link)
    return quote, link


async def _revised_while_sent(stage: Stage, quote: Quote, dana: Customer, link: str) -> None:
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


async def _superseded(stage: Stage, quote: Quote, dana: Customer, old: str) -> str:
    await stage.call("POST", f"/quotes/{quote['id']}/send")
    await stage.tell(quote, "Version 2 is sent, and takes the place of version 1 in the same step.")
    new = link_in(await stage.mails.arrives(f"Quote {quote['number']} (version 2)", dana.email))
    page = await dana.open(old)
    check(page.heading == "There is a newer version", "the old link to explain itself")
    check(page.button and new.endswith(page.button), "the old link to lead to the new one")
    late = await dana.accept(old, version="1")
    check(late.status == httpx.codes.CONFLICT, "the old version not to be accepted any more")
    await stage.tell(quote, f"The old link explains itself and leads to the new one: “{page.lead}”")
    stage.teller.link(new)
    return new


async def _expired(stage: Stage, quote: Quote, dana: Customer, link: str) -> None:
    end = instants.read((await stage.quote(quote))["valid_until"])
    version = (await dana.open(link)).version
    *reminders, over = await stage.wait_until(quote, end + timedelta(hours=9))
    check(len(reminders) == len(REMINDERS), "three reminders and the end")
    for stop, subject in zip(reminders, REMINDERS, strict=True):
        stage.teller.at(stop.at, "A reminder, at nine in New York.")
        await stage.mails.arrives(f"{subject}: quote {quote['number']}", dana.email)
    stage.teller.at(over.at, "Nobody has answered; half a minute after its last second the offer ends.")
    await stage.mails.arrives(f"Quote {quote['number']} from {SELLER.name} has expired", dana.email)
    await stage.mails.arrives(f"Expired: {quote['number']}", str(SELLER.email))
    page = await dana.accept(link, version=version)
    check(
        (page.status, page.heading) == (httpx.codes.CONFLICT, "This quote has expired"),
        "a yes that comes too late",
    )
    check((await stage.quote(quote))["status"] == "expired", "an expired quote")
    await stage.tell(quote, f"A yes in the morning after comes too late. “{page.lead}”")


async def _reopened(stage: Stage, quote: Quote, dana: Customer, link: str) -> None:
    extended = await stage.call("POST", f"/quotes/{quote['id']}/extend", {"valid_days": 14})
    check((extended["status"], extended["current_version"]) == ("sent", 2), "the same version, open again")
    page = await dana.open(link)
    check(page.status == httpx.codes.OK and page.version == "2", "the same link to show the offer again")
    await stage.tell(quote, f"Dana Whitfield calls; the shop opens it again for 14 days. “{page.lead}”")
    await stage.mails.arrives(f"New date for quote {quote['number']}", dana.email)
