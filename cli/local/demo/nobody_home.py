"""Chapter three: the customer clicks in the last minute, no worker runs across the deadline, and the click counts."""

import asyncio
from datetime import datetime, timedelta

import httpx

from adapters.db.record.clocks import add_offset
from cli.local.demo.customer import Customer, Page
from cli.local.demo.second_quote import REMINDERS
from cli.local.demo.stage import Quote, Stage
from cli.local.demo.telling import StoryError, check
from cli.local.seed.demo_data import SELLER
from domain import instants

_PATIENCE = 60.0
_BEFORE_THE_END = timedelta(minutes=1)
_ACCEPTED = "Thank you for your order"


async def nobody_home(stage: Stage, quote: Quote, dana: Customer, link: str) -> Quote:
    """The quote, accepted in its last minute, and decided when that was over."""
    stage.teller.chapter("3. Nobody home")
    end = instants.read((await stage.quote(quote))["valid_until"])
    await _last_minute(stage, quote, dana, end)
    worker = stage.stack.product.worker
    await worker.stop()
    await stage.tell(quote, "The worker is stopped: nobody is there who could decide anything.")
    version = (await dana.open(link)).version
    waiting = await dana.accept(link, version=version)
    check(
        (waiting.status, waiting.heading) == (httpx.codes.ACCEPTED, "We have your answer"),
        "the click to be taken",
    )
    await stage.tell(quote, f"Dana Whitfield accepts all the same. “{waiting.lead}”")
    await _deadline_passes(stage, quote, end)
    worker.start()
    page = await _looked_again(dana, waiting)
    await stage.tell(quote, f"The worker is back, and her page turns. “{page.lead}”")
    await stage.mails.arrives(f"Thank you for your order: quote {quote['number']}", dana.email)
    await stage.mails.arrives(f"Accepted: {quote['number']}", str(SELLER.email))
    accepted = await stage.quote(quote)
    check(accepted["status"] == "accepted", "an accepted quote")
    check(instants.read(accepted["decided_at"]) <= end, "the click's own time to count")
    return accepted


async def _last_minute(stage: Stage, quote: Quote, dana: Customer, end: datetime) -> None:
    stops = await stage.wait_until(quote, end - _BEFORE_THE_END)
    for stop, subject in zip(stops, REMINDERS, strict=True):
        stage.teller.at(stop.at, "A reminder, at nine in New York.")
        await stage.mails.arrives(f"{subject}: quote {quote['number']}", dana.email)


async def _deadline_passes(stage: Stage, quote: Quote, end: datetime) -> None:
    """On the record's clock: the run's own stands still, as nobody works on it."""
    async with stage.database.write() as w:
        await add_offset(w, quote["id"], 2 * _BEFORE_THE_END)
    over = await stage.quote(quote)
    check(
        (over["status"], over["is_expired"]) == ("sent", True), "an offer that is over, and not decided yet"
    )
    check(await stage.now(quote) > end, "the deadline to be past")
    await stage.tell(quote, "The last second of the offer passes, and still nobody is there.")


async def _looked_again(dana: Customer, waiting: Page) -> Page:
    """What the page does by itself every three seconds."""
    check(waiting.button, "a button that looks again")
    try:
        async with asyncio.timeout(_PATIENCE):
            while (page := await dana.open(waiting.button or "")).heading != _ACCEPTED:
                check(page.status == httpx.codes.ACCEPTED, "the page to wait until it is decided")
                await asyncio.sleep(0.3)
    except TimeoutError:
        raise StoryError(
            "The story went otherwise: the worker came back, and the click was not decided."
        ) from None
    return page
