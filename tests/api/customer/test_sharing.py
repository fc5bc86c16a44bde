"""Showing the quote to a colleague, and links by which it can only be read."""

import asyncio

import httpx
import pytest
import sqlalchemy as sa

from adapters.db.inbox.kept_answers import Idempotency
from adapters.db.quotes.links import actor_of, close_link
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record.outbox import claim, list_messages
from domain.quotes.events import EventType
from domain.quotes.status import QuoteStatus
from tests.api.customer.reading import YES, counted, events_of, hidden, read, status_of
from tests.api.customer.shop import BUYER, OWNER, Shop
from tests.api.customer.test_requests import EARLIER

BOSS, COLLEAGUE = "boss@harker-hydraulics.example", "m.murray@harker-hydraulics.example"
NOTE = "Can you look at the fit? <b>=?utf-8?q?x?=</b> {{ 7*7 }}\r\nBcc: x@y.example"


async def shown_to(shop: Shop, quote_id: str) -> list[tuple[str, str, str, str, str]]:
    """Kind, recipient and what is told, of the mails of all showings."""
    statement = sa.text(
        "SELECT kind, recipient, data ->> 'asked_by' AS by, data ->> 'shown_to' AS to,"
        " data ->> 'personal_message' AS note FROM messages"
        " WHERE quote_id = CAST(:id AS uuid) AND data ->> 'shown_to' IS NOT NULL ORDER BY created_at, kind"
    )
    async with shop.database.read() as r:
        return [tuple(row.values()) for row in await r.rows(statement, {"id": quote_id})]


async def test_a_colleague_is_shown_the_quote_and_may_answer_it(
    shop: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves event, the two mails in the reader's own words, a page that says to whom, and a link of the colleague's own
    by which the quote can be accepted. The same form twice is one showing.
    """
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    form = hidden(await customer.get(path), "share") | {"colleague": f" {COLLEAGUE} ", "note": NOTE}
    for _ in range(2):
        answer = await customer.post(f"{path}/share", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, path)
    page = read(await customer.get(path))
    assert f"You have shown this quote to {COLLEAGUE}. We have told Keller Präzision GmbH." in page
    assert "Accept for EUR" in page
    (event,) = await events_of(shop, quote_id, EventType.SHARED)
    assert set(event) == {"version", "command_id"}
    told = (BUYER, COLLEAGUE, NOTE.replace("\r\n", "\n"))
    assert await shown_to(shop, quote_id) == [("sent", COLLEAGUE, *told), ("shared", OWNER, *told)]
    theirs = await shop.path_of(quote_id, COLLEAGUE)
    assert "You have shown" not in read(await customer.get(theirs))
    assert (await customer.post(f"{theirs}/accept", data=YES)).status_code == 303
    assert await status_of(shop, quote_id) is QuoteStatus.ACCEPTED


async def test_who_holds_a_link_gets_the_same_one_again(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves one mail more for each and no second link, that the shop's mail names that link, and that a new one comes
    where the old one was closed or can do less.
    """
    quote_id = await shop.new_quote()
    await shop.act(quote_id, "send", recipients=[BUYER, BOSS], read_only=[BOSS])
    path = await shop.path_of(quote_id, BUYER)

    async def show_to(colleague: str) -> list[str]:
        form = hidden(await customer.get(path), "share") | {"colleague": colleague, "note": ""}
        assert (await customer.post(f"{path}/share", data=form)).status_code == 303
        return [link.id for _, link in await shop.links(quote_id) if link.recipient == COLLEAGUE]

    (link,) = await show_to(COLLEAGUE)
    assert await show_to(COLLEAGUE.upper()) == [link]
    mails = await shown_to(shop, quote_id)
    assert [mail[0] for mail in mails] == ["sent", "shared"] * 2
    async with shop.database.write() as w:
        news = [each for each in await list_messages(w, quote_id) if each.kind == "shared"]
        told = [await claim(w, each.id) for each in news]
        assert [each and each.shown_link_id for each in told] == [link] * 2
        await close_link(w, link, actor="key:test")
    assert len(await show_to(COLLEAGUE)) == 2
    await show_to(BOSS)
    of_boss = [each.may_accept for _, each in await shop.links(quote_id) if each.recipient == BOSS]
    assert of_boss == [False, True]
    assert f"You have shown this quote to {COLLEAGUE}, {BOSS}." in read(await customer.get(path))


@pytest.mark.parametrize("form", ["accept", "reject", "change", "extension"])
async def test_by_a_read_only_link_nobody_answers(shop: Shop, customer: httpx.AsyncClient, form: str) -> None:
    """Proves that the page has the offer and no form but to show it on, and that what is posted all the same is refused by
    the decision, with its code, and told so.
    """
    quote_id = await shop.new_quote()
    await shop.act(quote_id, "send", recipients=[BUYER, BOSS], read_only=[BOSS])
    path = await shop.path_of(quote_id, BOSS)
    answerable = await customer.get(await shop.path_of(quote_id, BUYER))
    page = await customer.get(path)
    assert "You were sent this quote to read." in read(page)
    assert page.text.count("<form") == 1
    assert "#accept" not in page.text
    fields = YES | {"wish": "Blue, please.", "form_id": hidden(answerable, "change")["form_id"]}
    answer = await customer.post(f"{path}/{form}", data=fields)
    words = read(answer, 409)
    assert "did not take effect: by your link the quote can be read, not answered." in words
    refused = await events_of(shop, quote_id, EventType.COMMAND_REFUSED)
    assert [event["code"] for event in refused] == ["link_read_only"]
    assert await status_of(shop, quote_id) is QuoteStatus.SENT


async def test_who_may_only_read_shows_it_to_read(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that a colleague gets no more than the reader has."""
    quote_id = await shop.new_quote()
    await shop.act(quote_id, "send", recipients=[BOSS], read_only=[BOSS])
    path = await shop.path_of(quote_id, BOSS)
    form = hidden(await customer.get(path), "share") | {"colleague": COLLEAGUE}
    assert (await customer.post(f"{path}/share", data=form)).status_code == 303
    page = await customer.get(await shop.path_of(quote_id, COLLEAGUE))
    assert "You were sent this quote to read." in read(page)
    async with shop.database.read() as r:
        view = await PgQuotes(r).find(quote_id)
    assert view is not None
    assert [(each.address, each.may_accept) for each in view.readers] == [(BOSS, False), (COLLEAGUE, False)]


async def test_what_cannot_be_sent_to_a_colleague_comes_back(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves each rule at its field, in a form that is open, with what was typed; nothing is stored."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    form = hidden(await customer.get(path), "share")
    before = await counted(shop, quote_id)
    for colleague, note, problem in (
        ("", "", "Please type an email address."),
        ("nobody", "", "It should look like name@example.com."),
        (f"{COLLEAGUE}\r\nBcc: x@y.example", "", "It should look like name@example.com."),
        (f"{COLLEAGUE}, {BOSS}", "", "It should look like name@example.com."),
        (COLLEAGUE, "a" * 501, "Please use at most 500 characters."),
        (COLLEAGUE, "Jon\u202eathan", "it contains hidden characters"),
        (COLLEAGUE, "See https://shop.example/", "Please leave out web addresses"),
        (COLLEAGUE, "See WWW.shop.example", "Please leave out web addresses"),
        (COLLEAGUE, "Pay at pay-here.example.com.", "Please leave out web addresses"),
        (COLLEAGUE, "(shop.example/pay)", "Please leave out web addresses"),
    ):
        answer = await customer.post(f"{path}/share", data=form | {"colleague": colleague, "note": note})
        assert problem in read(answer, 422)
        assert answer.text.count("<details open>") == 1
    read(await customer.post(f"{path}/share", data={"colleague": COLLEAGUE}), 422)
    assert await counted(shop, quote_id) == before


async def show(shop: Shop, quote_id: str, by: str, *colleagues: int) -> None:
    """By a reader's newest link to colleagues of these numbers, each decided before the next."""
    link = [link for _, link in await shop.links(quote_id) if link.recipient == by][-1]
    for n in colleagues:
        shown = {"recipients": [f"colleague-{n}@example.com"], "recipient": by, "link_id": link.id}
        once = Idempotency(caller=actor_of(link), key=f"form-of-a-test-{n}", body_hash=str(n))
        stored = await shop.desk.store(
            quote_id, "share", shown, actor=actor_of(link), shown_version=1, idempotency=once
        )
        await shop.decide(quote_id, stored.envelope)


async def test_ten_colleagues_a_link_and_thirty_a_quote_in_a_day(
    shop: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves both bounds, that the page keeps what was typed and says when it can be sent, that other requests have
    bounds of their own, and that the day rolls. Who is shown it can show it on, but the quote's bound is for all.
    """
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    await show(shop, quote_id, BUYER, *range(10))
    page = await customer.get(path)
    form = hidden(page, "share") | {"colleague": COLLEAGUE, "note": "Please look."}
    answer = await customer.post(f"{path}/share", data=form)
    words = read(answer, 429)
    assert (
        "By this link 10 colleagues can be shown the quote in a day. Please send this again in 24 hours"
        in words
    )
    assert f'value="{COLLEAGUE}"' in answer.text
    assert ">Please look.</textarea>" in answer.text
    change = hidden(page, "change") | {"wish": "Blue, please."}
    assert (await customer.post(f"{path}/change", data=change)).status_code == 303
    await show(shop, quote_id, "colleague-1@example.com", *range(20, 30))
    await show(shop, quote_id, "colleague-2@example.com", *range(30, 40))
    on = await shop.path_of(quote_id, "colleague-3@example.com")
    words = read(await customer.post(f"{on}/share", data=form), 429)
    assert "The quote can be shown to 30 colleagues in a day. Please send this again in 24 hours" in words
    async with shop.database.write() as w:
        await w.run(EARLIER, {"id": quote_id, "hours": 25})
    assert (await customer.post(f"{path}/share", data=form)).status_code == 303


async def test_of_many_at_once_the_bound_holds(shop: Shop, unanswered: httpx.AsyncClient) -> None:
    """Proves that showings which wait are counted, whoever comes first."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    form = hidden(await unanswered.get(path), "share")
    forms = [
        form | {"form_id": f"form-of-a-test-{n:02}", "colleague": f"c-{n}@example.com"} for n in range(8)
    ]
    answers = await asyncio.gather(*(unanswered.post(f"{path}/share", data=each) for each in forms))
    assert sorted(answer.status_code for answer in answers) == [303] * 5 + [429] * 3
