"""What stands beside the offer: documents, logo, what is new, who accepted, and when the page was opened."""

import asyncio
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from adapters.db.database import Database
from adapters.db.parties.seller import put_seller
from adapters.db.quotes.archive import find_evidence, keep_document
from adapters.db.quotes.links import list_links
from adapters.db.record.outbox import list_messages, mark_sent
from adapters.tokens import LinkTokens
from api.customer.responses import OpenedStamps
from domain import wording
from domain.presentation.document import DocumentKind
from domain.quotes.status import QuoteStatus
from tests.api.conftest import SECRET
from tests.api.customer.reading import YES, hidden, read, status_of
from tests.api.customer.shop import BUYER, INTERNAL, SELLER, Shop, content
from tests.unit.pdf.test_quote_pdf import pages, png

EVIL = '<script>alert(1)</script> #import "x": y {{ 7*7 }}'


async def test_an_acceptance_of_other_content_is_refused_with_the_page_as_it_is(
    shop: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves 409, the offer that counts, what was typed but for the consent, and that nothing is stored."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    for other in ({"content_hash": "0" * 64}, {"version": "2"}):
        answer = await customer.post(f"{path}/accept", data=YES | other)
        words = read(answer, 409)
        assert (
            "Your acceptance did not take effect: the page you had open no longer showed what is on offer"
            in words
        )
        assert 'value="Jonathan Harker"' in answer.text
        assert 'name="consent" value="yes" required>' in answer.text
        assert hidden(answer, "accept")["content_hash"] == content().content_hash
    assert await status_of(shop, quote_id) is QuoteStatus.SENT


async def test_an_old_form_on_the_newer_versions_page_is_refused_too(
    shop: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves that the fields of version 1 accept nothing by the link of version 2, and what is new is told."""
    quote_id = await shop.sent_quote()
    await shop.revise(quote_id, priced=content("4000.00"))
    await shop.act(quote_id, "send", recipients=[BUYER.upper(), "new@harker-hydraulics.example"])
    own = await shop.path_of(quote_id, BUYER.upper())
    stranger = await shop.path_of(quote_id, "new@harker-hydraulics.example")
    words = read(await customer.post(f"{own}/accept", data=YES), 409)
    assert "did not take effect" in words
    assert "New since version 1, which you had before" in words
    assert "Total: EUR 4\u202f000.00 (was EUR 4\u202f261.23)" in words
    assert INTERNAL not in words
    assert "New since version 1 " in read(await customer.get(stranger))
    form = YES | hidden(await customer.get(own), "accept")
    assert (await customer.post(f"{own}/accept", data=form)).status_code == 303


async def test_the_accepted_page_tells_by_whom_and_leads_to_the_documents(
    shop: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves names as they were typed, shown as text, the certificate once it is made, and nothing for links of
    another version.
    """
    quote_id = await shop.sent_quote()
    await shop.revise(quote_id)
    await shop.act(quote_id, "send", recipients=[BUYER])
    old, path = await shop.paths(quote_id)
    read(await customer.get(f"{path}/certificate"), 404)
    form = YES | hidden(await customer.get(path), "accept")
    typed = form | {"signer_name": EVIL, "purchase_order_number": EVIL}
    assert (await customer.post(f"{path}/accept", data=typed)).status_code == 303
    page = await customer.get(path)
    assert page.text.count("&lt;script&gt;alert(1)&lt;/script&gt; #import &#34;x&#34;: y {{ 7*7 }}") == 2
    assert f"{path}/certificate" in page.text
    await _make_certificate(shop, quote_id)
    answer = await customer.get(f"{path}/certificate")
    assert (answer.status_code, answer.content) == (200, b"%PDF certificate")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert '-v2-accepted.pdf"' in answer.headers["content-disposition"]
    read(await customer.get(f"{old}/certificate"), 404)
    assert f"{old}/" not in (await customer.get(old)).text


async def _make_certificate(shop: Shop, quote_id: str) -> None:
    async with shop.database.write() as w:
        await keep_document(w, quote_id, 2, DocumentKind.ACCEPTANCE, b"%PDF certificate")


async def test_a_certificate_that_is_being_made_is_asked_for_again_and_one_that_is_not_is_told(
    shop: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves 503 with a hint when to come back, for as long as it is tried, and the truth afterwards."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    await shop.act(quote_id, "accept", shown_version=1, signer_name="Ada", signer_email=BUYER, method="phone")
    answer = await customer.get(f"{path}/certificate")
    assert "The document is being prepared" in read(answer, 503)
    assert answer.headers["retry-after"] == "30"
    assert "Accepted byAda, by phone" in read(await customer.get(path))
    async with shop.database.write() as w:
        for message in await list_messages(w, quote_id):
            await mark_sent(w, message.id, remark="without: the document cannot be made")
    answer = await customer.get(f"{path}/certificate")
    assert "The document could not be made" in read(answer, 503)
    assert "minute" not in answer.text
    assert "retry-after" not in answer.headers


async def test_when_the_page_was_opened_is_kept_if_it_is_the_pages_own_word(
    shop: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves that the stamp of the first page is kept through errors, and that a made-up one is left out."""
    for forged in (False, True):
        quote_id = await shop.sent_quote()
        (path,) = await shop.paths(quote_id)
        opened = hidden(await customer.get(path), "accept")["opened_at"]
        wrong = await customer.post(f"{path}/accept", data=YES | {"opened_at": opened, "consent": ""})
        assert hidden(wrong, "accept")["opened_at"] == opened
        stamp = "2020-01-01T00:00:00+00:00~" + "0" * 32 if forged else opened
        assert (await customer.post(f"{path}/accept", data=YES | {"opened_at": stamp})).status_code == 303
        async with shop.database.read() as r:
            evidence = await find_evidence(r, quote_id)
        assert evidence is not None
        told = evidence.page_opened_at.isoformat() if evidence.page_opened_at else None
        assert told == (None if forged else opened.partition("~")[0])


@pytest.mark.parametrize("stamp", ["", "~", "x", "2026-12-03T13:03:22+00:00~é", "2026-12-03T13:03:22+00:00"])
def test_a_stamp_is_for_one_link_and_one_instant(stamp: str) -> None:
    """Proves that nothing but what this installation made for that link is read."""
    stamps, at = OpenedStamps(SECRET), datetime(2026, 12, 3, 13, 3, 22, 5, tzinfo=UTC)
    made = stamps.stamp("link-1", at)
    assert stamps.read("link-1", made) == "2026-12-03T13:03:22+00:00"
    assert stamps.read("link-2", made) is None
    assert OpenedStamps("another secret, long enough to pass").read("link-1", made) is None
    assert stamps.read("link-1", stamps.stamp("link-1", at + timedelta(days=1))[:25] + made[25:]) is None
    assert stamps.read("link-1", stamp) is None


async def test_the_shops_logo_comes_from_the_pages_own_address(
    shop: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves type and bytes of a logo, and that there is none where there is no image."""
    (plain,) = await shop.paths(await shop.sent_quote())
    read(await customer.get(f"{plain}/logo"), 404)
    assert "<img" not in (await customer.get(plain)).text
    async with shop.database.write() as w:
        await put_seller(w, type(SELLER)(**{**asdict(SELLER), "logo": png(), "accent": "#7a1f3d"}))
    try:
        (path,) = await shop.paths(await shop.sent_quote())
    finally:
        async with shop.database.write() as w:
            await put_seller(w, SELLER)
    page = await customer.get(path)
    assert f'<img src="{path}/logo" alt="">' in page.text
    assert "/q/assets/accent.7a1f3d.css" in page.text
    answer = await customer.get(f"{path}/logo")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.content.startswith(b"\x89PNG")
    read(await customer.get(f"/q/{'a' * 43}/logo"), 404)


async def test_a_page_reads_by_one_connection(
    shop: Shop, customer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves that opening a page takes one connection of the pool."""
    (path,) = await shop.paths(await shop.sent_quote())
    opens, taken, ours = Database.read, [], asyncio.current_task()

    def counted(self: Database) -> Any:
        if asyncio.current_task() is ours:  # what runs in the background may read as well
            taken.append(self)
        return opens(self)

    monkeypatch.setattr(Database, "read", counted)
    read(await customer.get(path))
    assert len(taken) == 1


async def test_no_link_opens_another_quote(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that the token of one quote answers for that one alone, and that an id is no token."""
    first, second = await shop.sent_quote(), await shop.sent_quote()
    (path,), (other,) = await shop.paths(first), await shop.paths(second)
    assert (await customer.post(f"{path}/accept", data=YES)).status_code == 303
    assert await status_of(shop, second) is QuoteStatus.SENT
    async with shop.database.read() as r:
        (link,) = await list_links(r, second)
    for token in (link.id, second, LinkTokens("another secret, long enough to pass").token(link.id)):
        read(await customer.get(f"/q/{token}"), 404)
    assert "Accept for EUR" in read(await customer.get(other))


async def test_code_in_a_name_is_text_in_the_certificate_too(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that the worker sets a certificate of whatever was typed, letter by letter."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    typed = {"signer_name": f"山田 {EVIL}", "purchase_order_number": f"1\ufe0f\u20e3 {EVIL}"}
    assert (await customer.post(f"{path}/accept", data=YES | typed)).status_code == 303
    async with asyncio.timeout(30):
        while True:
            answer = await customer.get(f"{path}/certificate")
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            await asyncio.sleep(0.1)
    assert answer.status_code == 200
    text = " ".join("".join(pages(answer.content)).split())
    assert f"山田 {EVIL}" in text
    assert f"\N{WHITE SQUARE} {EVIL}" in text


async def test_a_sent_version_keeps_the_seller_that_it_was_sent_by(
    shop: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves that terms and a telephone which the seller has got since are not slipped under an offer without."""
    async with shop.database.write() as w:
        await put_seller(w, replace(SELLER, terms="", phone=None))
    quote_id = await shop.sent_quote()
    async with shop.database.write() as w:
        await put_seller(w, replace(SELLER, terms="Pay at once.", phone="+49 7152 9999", logo=png()))
    (path,) = await shop.paths(quote_id)
    answer = await customer.get(path)
    assert [new for new in ("Pay at once.", "9999", "Terms", "/logo") if new in answer.text] == []
    assert (await customer.get(f"{path}/logo")).status_code == 404


async def test_an_offer_whose_date_was_moved_says_what_its_document_says(
    shop: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves that the older date in the PDF is explained once it is older, and not before."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    assert "the PDF still says" not in read(await customer.get(path))
    before = wording.instant((await shop.quote(quote_id)).valid_until, SELLER.time_zone)
    await shop.act(quote_id, "extend", valid_days=60)
    assert f"the PDF still says {before}. The date on this page is the one that counts." in read(
        await customer.get(path)
    )
