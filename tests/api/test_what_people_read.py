"""A handful of random quotes through the whole product: what its API answers, and what page, document and email that went out say, is
the oracle's to the minor unit. Thousands are compared in `tests/unit/quotes/test_what_people_read.py`.
"""

from random import Random
from typing import Any
from uuid import uuid4

import pytest

from adapters.db.database import Database
from adapters.db.pricing import store_card
from adapters.tokens import LinkTokens
from cli.local.mail import MailServer
from domain.pricing import rate_card_to_data
from tests.api.caller import Caller
from tests.api.conftest import SECRET
from tests.unit.pdf.test_quote_pdf import pages
from tests.unit.quotes.random_quotes import CURRENCIES, Made, random_quote
from tests.unit.quotes.test_what_people_read import compare, lines_answered, offered, spaced, sums_answered
from tests.waiting import eventually


def of_currency(currency: str) -> Made:
    """A random quote in it that comes to something, with a part and something to read."""
    random = Random(f"oracle {currency}")
    while True:
        made = random_quote(random)
        has_part = any(line.part is not None for line in made.quote.lines)
        if made.card.currency == currency and made.content is not None and has_part:
            return made


@pytest.mark.parametrize("currency", list(CURRENCIES))
async def test_what_went_out_is_the_oracle_s(
    caller: Caller, database_url: str, mail_server: MailServer, currency: str
) -> None:
    """Proves it for one quote in each of three currencies, by a card of its own."""
    made, name, reader = of_currency(currency), f"card {uuid4()}", f"{uuid4().hex}@buyer.example.com"
    card_id = str(uuid4())
    database = Database.connect(database_url)
    async with database.write() as writing:
        await store_card(writing, card_id, {**rate_card_to_data(made.card), "id": card_id}, name=name)
    await database.close()
    customer = await caller.customer(rate_card=name)
    body = {name: value for name, value in made.body.items() if name != "currency"}
    quote = await caller.draft(customer_id=customer["id"], **body)
    lines_answered(made.quote, quote["lines"], None, made.quote.default())
    sums_answered(made.quote, quote, made.quote.default())
    await caller.done(quote, "send", {"recipients": [reader], "confirm": quote["to_confirm"]})
    [link] = (await caller.get(f"/quotes/{quote['id']}/links")).json()["data"]
    path = f"/q/{LinkTokens(SECRET).token(link['id'])}"
    compare("page", spaced((await caller.http.get(path)).text), offered(made.quote, breaks=True))

    async def mails() -> list[dict[str, Any]]:
        return await mail_server.messages(subject=quote["number"], to=reader)

    async def has_come() -> bool:
        return bool(await mails())

    await eventually(has_come, "the mail")
    [mail] = await mails()
    compare("mail, text", mail["text"], offered(made.quote, breaks=False))
    compare("mail, HTML", spaced(mail["html"]), offered(made.quote, breaks=False))
    document = await caller.get(f"/quotes/{quote['id']}/versions/1/pdf")
    compare("document", " ".join(pages(document.content)), offered(made.quote, breaks=True))
