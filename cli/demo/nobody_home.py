"""Chapter three: the customer clicks while no worker runs, and the click counts from when it was made."""

import asyncio
from datetime import datetime

import httpx

from cli.demo.customer import Customer, Page
from cli.demo.stage import Quote, Stage
from cli.demo.telling import StoryError, check
from cli.demo_data import SELLER

_PATIENCE = 60.0
_ACCEPTED = "Thank you for your order"


async def nobody_home(stage: Stage, quote: Quote, dana: Customer, link: str) -> Quote:
    """The quote, accepted."""
    stage.teller.chapter("3. Nobody home")
    worker = stage.stack.product.worker
    await worker.stop()
    await stage.tell(quote, "The worker is stopped: nobody is there who could decide anything.")
    version = (await dana.open(link)).version
    waiting = await dana.accept(link, version=version)
    check(
        (waiting.status, waiting.heading) == (httpx.codes.ACCEPTED, "We have your answer"),
        "the click to be taken",
    )
    clicked = await stage.now(quote)
    check((await stage.quote(quote))["status"] == "sent", "nothing to be decided yet")
    stage.teller.at(clicked, f"Dana Whitfield accepts all the same. “{waiting.lead}”")
    worker.start()
    page = await _looked_again(dana, waiting)
    stage.teller.at(await stage.now(quote), f"The worker is back, and her page turns. “{page.lead}”")
    await stage.mails.arrives(f"Thank you for your order: quote {quote['number']}", dana.email)
    await stage.mails.arrives(f"Accepted: {quote['number']}", str(SELLER.email))
    accepted = await stage.quote(quote)
    check(accepted["status"] == "accepted", "an accepted quote")
    check(datetime.fromisoformat(accepted["decided_at"]) <= clicked, "the click's own time to count")
    return accepted


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
