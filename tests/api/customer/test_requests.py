"""Asking for a change or for more time: told to the shop once, confirmed to who asked, and nothing else moves."""

import asyncio
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from adapters.db.record.clocks import add_offset
from domain.quotes.events import EventType
from domain.quotes.status import CustomerRequest, QuoteStatus
from tests.api.customer.reading import YES, counted, events_of, hidden, read, status_of
from tests.api.customer.shop import BUYER, OWNER, Shop

CHANGED, EXTENSION = EventType.CHANGE_REQUESTED, EventType.EXTENSION_REQUESTED
TOLD = "We have told Keller Präzision GmbH; you asked at "
EVIL = '=?utf-8?q?x?= <script>alert(1)</script> #import "x" {{ 7*7 }}\r\nBcc: x@y.example'


EARLIER = sa.text(
    "UPDATE commands SET stored_at = stored_at - CAST(:hours AS integer) * interval '1 hour'"
    " WHERE quote_id = CAST(:id AS uuid)"
).bindparams(sa.bindparam("hours", type_=sa.Integer))


async def mails(shop: Shop, quote_id: str, kind: str) -> list[tuple[str, str, str]]:
    """Recipient, asker and words of the mails of that kind."""
    statement = sa.text(
        "SELECT recipient, data ->> 'asked_by' AS by, data ->> 'reason' AS reason FROM messages"
        " WHERE quote_id = CAST(:id AS uuid) AND kind = :kind ORDER BY created_at, id"
    )
    async with shop.database.read() as r:
        rows = await r.rows(statement, {"id": quote_id, "kind": kind})
    return [(row["recipient"], row["by"], row["reason"]) for row in rows]


async def test_a_change_is_asked_for_and_the_offer_stays_open(
    shop: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves event, mail in the customer's own words, a confirmation that outlives a reload, and that a yes is
    still possible.
    """
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    form = hidden(await customer.get(path), "change") | {"wish": EVIL}
    answer = await customer.post(f"{path}/change", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    for _ in range(2):
        page = await customer.get(path)
        assert TOLD in read(page)
        assert "Accept for EUR 4\u202f261.23" in read(page)
    (event,) = await events_of(shop, quote_id, CHANGED)
    assert event["version"] == 1
    assert await mails(shop, quote_id, "change_requested") == [(OWNER, BUYER, EVIL.replace("\r\n", "\n"))]
    assert await status_of(shop, quote_id) is QuoteStatus.SENT
    assert (await customer.post(f"{path}/accept", data=YES)).status_code == 303


async def test_a_form_sent_twice_is_one_request(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that a double click asks once, that other words in the same form ask again, and so does the form
    of a page opened anew.
    """
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    form = hidden(await customer.get(path), "change") | {"wish": "Blue, please."}
    answers = await asyncio.gather(*(customer.post(f"{path}/change", data=form) for _ in range(3)))
    answers.append(await customer.post(f"{path}/change", data=form))
    assert [answer.status_code for answer in answers] == [303] * 4
    assert len(await mails(shop, quote_id, "change_requested")) == 1
    await customer.post(f"{path}/change", data=form | {"wish": "Green, please."})
    await customer.post(f"{path}/change", data=form | hidden(await customer.get(path), "change"))
    assert [words for _, _, words in await mails(shop, quote_id, "change_requested")] == [
        *("Blue, please.", "Green, please.", "Blue, please."),
    ]


async def test_wrong_requests_come_back_and_store_nothing(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that an empty, too long or hidden text is told at its field, in a form that is open."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    form = hidden(await customer.get(path), "change")
    before = await counted(shop, quote_id)
    for wish in ("", " ", "a" * 2001, "Jon\u202eathan", "a\x00b"):
        answer = await customer.post(f"{path}/change", data=form | {"wish": wish})
        read(answer, 422)
        assert answer.text.count("<details open>") == 1
        assert f'value="{form["form_id"]}"' in answer.text
    read(await customer.post(f"{path}/change", data={"wish": "Blue"}), 422)
    assert await counted(shop, quote_id) == before


async def test_more_time_is_asked_for_once_the_offer_is_over(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves the form on the late and on the expired page, without words too; after an extension nobody is told
    of the old request, and when that is over too it can be asked again.
    """
    quote_id = await shop.sent_quote(days=1)
    (path,) = await shop.paths(quote_id)
    assert "/extension" not in (await customer.get(path)).text
    async with shop.database.write() as w:
        await add_offset(w, quote_id, timedelta(days=3))
    page = await customer.get(path)
    form = hidden(page, "extension") | {"wish": ""}
    assert (await customer.post(f"{path}/extension", data=form)).status_code == 303
    page = await customer.get(path)
    assert TOLD in read(page)
    assert "<form" not in page.text
    await shop.expire(quote_id)
    assert TOLD in read(await customer.get(path))
    assert len(await events_of(shop, quote_id, EXTENSION)) == 1
    assert [who for who, _, _ in await mails(shop, quote_id, "extension_requested")] == [OWNER]
    await shop.act(quote_id, "extend", valid_days=2)
    assert "We have told" not in read(await customer.get(path))
    async with shop.database.write() as w:
        await add_offset(w, quote_id, timedelta(days=6))
    assert hidden(await customer.get(path), "extension")["form_id"]


@pytest.mark.parametrize("last", ["accept", "reject", "cancel", "expire", "supersede"])
async def test_a_request_that_comes_too_late_is_told_why(
    shop: Shop, customer: httpx.AsyncClient, last: str
) -> None:
    """Proves that a page left open leads to how the quote stands now, and writes no mail."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    form = hidden(await customer.get(path), "change") | {"wish": "Blue, please."}
    if last == "accept":
        assert (await customer.post(f"{path}/accept", data=YES)).status_code == 303
    elif last == "expire":
        await shop.expire(quote_id)
    elif last == "supersede":
        await shop.revise(quote_id)
        await shop.act(quote_id, "send", recipients=[BUYER])
    else:
        await shop.act(quote_id, last)
    words = read(await customer.post(f"{path}/change", data=form), 409)
    assert "Your request did not take effect:" in words
    assert await mails(shop, quote_id, "change_requested") == []


async def test_a_request_that_nobody_answers_is_told_beside_the_offer(
    shop: Shop, unanswered: httpx.AsyncClient, customer: httpx.AsyncClient
) -> None:
    """Proves "received at", that the script's address says 202 until there is an outcome, and that the offer
    can be accepted meanwhile.
    """
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    form = hidden(await unanswered.get(path), "change") | {"wish": "Blue, please."}
    assert (await unanswered.post(f"{path}/change", data=form)).headers["location"] == path
    page = await unanswered.get(path)
    assert "being processed. Your request is stored and cannot be lost." in read(page)
    assert "Accept for EUR" in read(page)
    (stored,) = await shop.desk.overdue_commands(quote_id, (await shop.quote(quote_id)).valid_until)
    awaited = f"{path}?c={stored.command_id}"
    assert f'data-awaits="{awaited}"' in page.text
    assert (await unanswered.head(awaited)).status_code == 202
    await shop.decide(quote_id, stored)
    assert TOLD in read(await unanswered.get(awaited))


def told_too_many(answer: httpx.Response, words: str, form: dict[str, str]) -> int:
    """Seconds after which the page says it can be sent again: 429, with the form as it was typed."""
    assert f"Not sent yet. Please check the following: {words}" in read(answer, 429)
    assert f'value="{form["form_id"]}"' in answer.text
    assert f">{form['wish']}</textarea>" in answer.text
    return int(answer.headers["retry-after"])


async def test_of_twenty_requests_at_once_five_wait(shop: Shop, unanswered: httpx.AsyncClient) -> None:
    """Proves the bound on undecided requests, whoever comes first, that a repeated form is no new one, that another
    link has bounds of its own, and that one that is decided makes room.
    """
    quote_id = await shop.new_quote()
    await shop.act(quote_id, "send", recipients=[BUYER, "boss@harker-hydraulics.example"])
    path, other = await shop.paths(quote_id)
    form = hidden(await unanswered.get(path), "change")
    forms = [form | {"form_id": f"form-of-a-test-{n:02}", "wish": f"Wish {n}."} for n in range(20)]
    answers = await asyncio.gather(*(unanswered.post(f"{path}/change", data=each) for each in forms))
    assert sorted(answer.status_code for answer in answers) == [303] * 5 + [429] * 15
    sent, kept = (
        [form for form, answer in zip(forms, answers, strict=True) if answer.status_code == status]
        for status in (303, 429)
    )
    waiting = await shop.desk.overdue_commands(quote_id, (await shop.quote(quote_id)).valid_until)
    assert len(waiting) == 5
    refused = await unanswered.post(f"{path}/change", data=kept[0])
    words = "5 requests by this link are still being processed. Please send this again in 1 minute, or reply to the email"
    assert told_too_many(refused, words, kept[0]) == 60
    await shop.decide(quote_id, waiting[0])
    theirs = kept[0] | hidden(await unanswered.get(other), "change")
    more = await asyncio.gather(
        unanswered.post(f"{path}/change", data=sent[0]),
        unanswered.post(f"{path}/change", data=kept[0]),
        unanswered.post(f"{other}/change", data=theirs),
    )
    assert [answer.status_code for answer in more] == [303] * 3


async def test_a_link_takes_twenty_requests_a_day(shop: Shop, unanswered: httpx.AsyncClient) -> None:
    """Proves the bound over all that were decided, of both kinds, and that the day rolls."""
    quote_id = await shop.sent_quote(days=1)
    (path,) = await shop.paths(quote_id)
    for n in range(20):
        await shop.ask(quote_id, CustomerRequest.CHANGE, form_id=f"form-of-a-test-{n:02}")
    async with shop.database.write() as w:
        await w.run(EARLIER, {"id": quote_id, "hours": 20})
        await add_offset(w, quote_id, timedelta(days=3))
    form = hidden(await unanswered.get(path), "extension") | {"wish": "A week, please."}
    refused = await unanswered.post(f"{path}/extension", data=form)
    words = "This link takes 20 requests a day. Please send this again in 4 hours"
    assert 3.9 * 3600 < told_too_many(refused, words, form) <= 4 * 3600
    assert len(await events_of(shop, quote_id, EXTENSION)) == 0
    async with shop.database.write() as w:
        await w.run(EARLIER, {"id": quote_id, "hours": 5})
    assert (await unanswered.post(f"{path}/extension", data=form)).status_code == 303
