"""Links that have ended, and those of somebody who was forgotten: plain words, no data, and nothing that can be done."""

from datetime import timedelta
from itertools import chain

import httpx
import pytest

from adapters.db.database import Database
from adapters.db.forgetting.blanking import forget
from adapters.db.forgetting.plan import plan
from adapters.db.quotes.archive import keep_document
from adapters.db.quotes.links import list_links
from adapters.db.record.outbox import claim, list_messages, mark_sent
from adapters.settings import Settings
from domain import wording
from domain.presentation.document import DocumentKind
from domain.proof.forgotten import Reason
from tests.api.customer.conftest import browser
from tests.api.customer.reading import YES, counted, hidden, read
from tests.api.customer.shop import SELLER, Shop

DAYS = 90


async def end(shop: Shop, quote_id: str, how: str) -> None:
    """The quote ends, now by its clock."""
    if how == "expire":
        await shop.expire(quote_id)
    else:
        told = YES | {"method": "mail"} if how == "accept" else {}
        version = 1 if how != "cancel" else None
        await shop.act(quote_id, how, shown_version=version, **told)


@pytest.mark.parametrize("how", ["accept", "reject", "expire", "cancel"])
async def test_a_link_ends_so_many_days_after_its_quote(
    shop: Shop, customer: httpx.AsyncClient, how: str
) -> None:
    """To the day by the record's clock; then neither page, document nor form is behind it, and none of the data."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    async with shop.database.write() as w:
        await keep_document(w, quote_id, 1, DocumentKind.QUOTE, b"%PDF")
    await end(shop, quote_id, how)
    await shop.desk.fast_forward(quote_id, DAYS - 1)
    assert (await customer.get(path)).status_code == 200
    assert (await customer.get(f"{path}/pdf")).status_code == 200
    await shop.desk.fast_forward(quote_id, 1)
    before, quote = await counted(shop, quote_id), await shop.quote(quote_id)
    assert quote.decided_at is not None
    until = wording.day(quote.decided_at + timedelta(days=DAYS), "Europe/Berlin")
    read_ = [await customer.get(path + more) for more in ("", "/pdf", "/certificate", "?c=x")]
    posted = [
        await customer.post(f"{path}/{form}", data=YES)
        for form in ("accept", "reject", "change", "extension", "viewed")
    ]
    for answer in chain(read_, posted):
        words = read(answer, 410)
        assert f"It worked until {until}." in words
        assert f"please ask {SELLER.name} at {SELLER.email}." in words
        assert not [told for told in ("Harker", "4\u202f261", quote.number, "Bearing") if told in words]
    assert await counted(shop, quote_id) == before


async def test_a_quote_that_is_opened_again_opens_its_links(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Whether a link has ended is worked out each time, and never stored."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    await shop.expire(quote_id)
    await shop.desk.fast_forward(quote_id, DAYS + 1)
    read(await customer.get(path), 410)
    await shop.act(quote_id, "extend", valid_days=30)
    assert hidden(await customer.get(path), "accept")["version"] == "1"


async def test_the_accepted_page_says_until_when(
    shop: Shop, customer: httpx.AsyncClient, page_settings: Settings
) -> None:
    """The day; and with 0 days nothing, for then it stays open for ever."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    await end(shop, quote_id, "accept")
    quote = await shop.quote(quote_id)
    assert quote.decided_at is not None
    until = wording.day(quote.decided_at + timedelta(days=DAYS), "Europe/Berlin")
    assert f"This page can be opened until {until}. Please keep the documents" in read(
        await customer.get(path)
    )
    await shop.desk.fast_forward(quote_id, 3650)
    async for other in browser(page_settings.model_copy(update={"link_days": 0})):
        assert "can be opened until" not in read(await other.get(path))


async def test_a_forgotten_person_s_link_and_documents_are_gone(
    shop: Shop, customer: httpx.AsyncClient, database: Database
) -> None:
    """The link says so without a word of whose it was; another reader's link goes on, without the documents."""
    person, other = "gone@harker-hydraulics.example", "colleague@harker-hydraulics.example"
    quote_id = await shop.new_quote()
    await shop.act(quote_id, "send", recipients=[person, other])
    path, others = await shop.path_of(quote_id, person), await shop.path_of(quote_id, other)
    signed = YES | {"method": "mail", "signer_name": "Gone Girl", "signer_email": person}
    await shop.act(quote_id, "accept", shown_version=1, **signed)
    async with database.write() as w:
        for kind in DocumentKind:
            await keep_document(w, quote_id, 1, kind, b"%PDF")
        for message in await list_messages(w, quote_id):
            await mark_sent(w, message.id)
    async with database.write() as w:
        await forget(w, await plan(w, person, keep_accepted=None), Reason.REQUEST)
    words = read(await customer.get(path), 410)
    assert "What we had about the person that it was made for has been deleted." in words
    assert "Gone" not in (page := read(await customer.get(others)))
    assert "Thank you for your order" in page
    assert "The certificate has been deleted, as a person named there was forgotten." in page
    served = (await customer.get(others)).text
    assert (f"{others}/certificate" in served, f"{others}/pdf" in served) == (False, True)
    assert (await customer.get(f"{others}/pdf")).status_code == 200
    gone = read(await customer.get(f"{others}/certificate"), 410)
    assert "This document has been deleted" in gone
    await shop.act(quote_id, "annul", reason="Not needed.", agreed_with="Ada")
    answer = await customer.get(others)
    page = read(answer)
    assert "with its certificate" not in page
    assert "The certificate has been deleted" in page
    assert f"{others}/certificate" not in answer.text
    async with database.write() as w:
        mails = [m for m in await list_messages(w, quote_id) if m.kind == "annulled"]
        claimed = [await claim(w, mail.id) for mail in mails]
    assert [each is not None and each.certificate_is_gone for each in claimed] == [True] * 2
    async with database.read() as r:
        assert [link.revoked_at is None for link in await list_links(r, quote_id)].count(True) == 1
