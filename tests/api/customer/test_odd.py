"""What nobody plans: closed quotes, wrong forms, garbage, and servers that are away. Always a page."""

from dataclasses import replace

import httpx
import pytest
import sqlalchemy as sa

from adapters.db.inbox.store import NewCommand, Stored, store
from adapters.db.quotes.links import close_link, list_links
from adapters.settings import Settings
from api.customer.pages import SCRIPT, STYLE, accent_path
from domain.errors import MalformedCommandError
from domain.quotes.payloads import CancelPayload
from domain.quotes.status import QuoteStatus
from tests.api.conftest import SECRET
from tests.api.customer.conftest import browser
from tests.api.customer.reading import YES, counted, read, status_of
from tests.api.customer.shop import BUYER, INTERNAL, Shop


@pytest.mark.parametrize(
    ("last", "saying"),
    [
        ("expire", "This quote has expired"),
        ("cancel", "This quote has been withdrawn"),
        ("revise", "is being revised"),
    ],
)
async def test_every_other_state_has_a_page_that_answers_forms_too(
    shop: Shop, customer: httpx.AsyncClient, last: str, saying: str
) -> None:
    """Proves that a quote which is no longer open says why, to whoever opens it or answers it."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    if last == "expire":
        await shop.expire(quote_id)
    elif last == "cancel":
        await shop.act(quote_id, "cancel", reason=INTERNAL)
    else:
        await shop.act(quote_id, "reject")
        await shop.revise(quote_id)
    assert saying in read(await customer.get(path))
    for answer, form in (("accept", YES), ("reject", {"version": "1"})):
        words = read(await customer.post(f"{path}/{answer}", data=form), 409)
        assert saying in words
        assert "did not take effect" in words


async def test_a_form_with_errors_stores_nothing_and_keeps_what_was_typed(
    shop: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves that a wrong form is told field by field before anything is stored."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    before = await counted(shop, quote_id)
    answer = await customer.post(f"{path}/accept", data=YES | {"signer_email": "harker", "consent": ""})
    words = read(answer, 422)
    assert "It should look like name@example.com." in words
    assert "Please tick the box to confirm." in words
    assert 'value="Jonathan Harker"' in answer.text
    for bad in (
        {"version": "02"},
        {"content_hash": ""},
        {"signer_name": "\u202e\u200b"},
        {"signer_name": "=?utf-8?q?x?="},
    ):
        read(await customer.post(f"{path}/accept", data=YES | bad), 422)
    assert await counted(shop, quote_id) == before


async def test_a_name_of_ten_megabytes_is_refused_with_a_page(
    shop: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves that a flood ends in a clean page."""
    (path,) = await shop.paths(await shop.sent_quote())
    words = read(await customer.post(f"{path}/accept", data=YES | {"signer_name": "a" * 10_000_000}), 413)
    assert "more text than this form can take" in words
    read(await customer.post(f"{path}/accept", json=YES), 415)


@pytest.mark.parametrize(
    "token",
    ["x", "a" * 43, "a" * 5_000, "%00", "%F0%9F%98%80", "..%2f..", "'; DROP TABLE quotes; --", "assets"],
)
async def test_an_unknown_link_is_a_page_for_every_method(customer: httpx.AsyncClient, token: str) -> None:
    """Proves that garbage is answered with a page and never with a problem."""
    for method, rest in (("GET", ""), ("POST", "/accept"), ("POST", "/reject"), ("PUT", ""), ("GET", "/x/y")):
        answer = await customer.request(method, f"/q/{token}{rest}", data=YES if method == "POST" else None)
        assert "This page does not exist" in read(answer, 404)


async def test_the_address_of_a_form_leads_back_to_the_page(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that who reloads after a form with errors is not told that the link is wrong."""
    (path,) = await shop.paths(await shop.sent_quote())
    for form in ("accept", "reject", "change", "extension", ""):
        address = f"{path}/{form}"
        answer = await customer.get(address, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, path)


async def test_who_was_sent_a_quote_sees_it_although_its_event_was_tampered_with(
    shop: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves that a broken record is the shop's trouble, which `verify` names, and not the customer's."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    await shop.ask(quote_id, "request_change")
    async with shop.database.write() as w:
        await w.run(sa.text("SET LOCAL session_replication_role = replica"))
        gone = (
            "UPDATE quote_events SET data = data - CAST('{recipients,version}' AS text[]) "
            "WHERE quote_id = :id AND type <> 'quote.created'"
        )
        assert await w.run(sa.text(gone), {"id": quote_id}) == 2
    assert "The price holds until" in read(await customer.get(path))


async def test_a_revoked_link_is_gone(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that a closed link shows nothing of the quote and takes no form."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    async with shop.database.write() as w:
        (link,) = await list_links(w, quote_id)
        assert await close_link(w, link.id, actor="key:test")
    for answer in (await customer.get(path), await customer.post(f"{path}/accept", data=YES)):
        words = read(answer, 410)
        assert "This link is no longer valid" in words
        assert "4\u202f261.23" not in words
    assert await status_of(shop, quote_id) is QuoteStatus.SENT


async def test_a_foreign_command_in_the_address_is_ignored(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that `?c=` tells nothing about commands of other quotes, and that garbage in it is nothing."""
    other = await shop.sent_quote()
    async with shop.database.write_each() as w:
        foreign = await store(
            w, NewCommand(asked=CancelPayload.from_data({}), quote_id=other, actor="key:test")
        )
    assert isinstance(foreign, Stored)
    (path,) = await shop.paths(await shop.sent_quote())
    for named in (foreign.envelope.command_id, "x", "", "00000000-0000-0000-0000-000000000000"):
        assert "Accept for EUR" in read(await customer.get(path, params={"c": named}))


async def test_no_log_line_holds_a_token_or_a_name(
    shop: Shop, customer: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Proves that whoever reads the logs can neither open a page nor learn who signed."""
    caplog.set_level("DEBUG")
    (path,) = await shop.paths(await shop.sent_quote())
    await customer.get(path)
    await customer.post(f"{path}/accept", data=YES)
    own = [
        r.getMessage()
        for r in caplog.records
        if r.name.partition(".")[0] in {"api", "activities", "adapters"}
    ]
    assert any("/q/{token}" in line for line in own)
    for secret in (path.removeprefix("/q/"), "Harker", BUYER):
        assert not [line for line in own if secret in line]


async def test_a_database_that_is_away_is_a_page_too(page_settings: Settings) -> None:
    """Proves 503 with a hint when to come back, and no word about what is broken."""
    nowhere = Settings.model_validate(
        {
            "DATABASE_URL": "postgresql://nobody:x@127.0.0.1:1/none",
            "TEMPORAL_ADDRESS": page_settings.temporal_address,
            "FIRM_OFFER_SECRET": SECRET,
        }
    )
    async for http in browser(nowhere):
        answer = await http.get("/q/" + "a" * 43)
        assert "Nothing is lost." in read(answer, 503)
        assert answer.headers["retry-after"] == "30"


@pytest.mark.parametrize(
    ("path", "kind"),
    [(STYLE.path, "css"), (SCRIPT.path, "javascript"), (accent_path("#7a1f3d"), "css")],
    ids=["style", "script", "accent"],
)
async def test_what_a_page_loads_is_served_for_ever(
    customer: httpx.AsyncClient, path: str, kind: str
) -> None:
    """Proves type and caching of the files that a page loads."""
    answer = await customer.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"text/{kind}; charset=utf-8")
    assert "immutable" in answer.headers["cache-control"]
    assert (await customer.head(path)).status_code == 200


async def test_a_refused_command_is_still_told_after_a_reload(
    shop: Shop, customer: httpx.AsyncClient, unanswered: httpx.AsyncClient
) -> None:
    """Proves that whoever waited for an outcome learns that it was a refusal, also by opening it again."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    await unanswered.post(f"{path}/accept", data=YES)
    (late,) = await shop.desk.overdue_commands(quote_id, (await shop.quote(quote_id)).valid_until)
    cancel = await shop.desk.store(quote_id, "cancel")
    request = await shop.desk.request(quote_id, cancel.envelope)
    # Signals may have come in another order than the commands when the record did not look into the inbox again.
    await shop.desk.save(replace(request, passed_over=(late.command_id,)))
    await shop.decide(quote_id, late)
    words = read(await customer.get(path, params={"c": late.command_id}), 409)
    assert "Your acceptance did not take effect: this quote had already been withdrawn." in words


async def test_what_nobody_foresaw_is_a_page_without_a_word_of_it(
    shop: Shop, customer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Proves that neither the page nor the log repeats the text of an unexpected error."""
    (path,) = await shop.paths(await shop.sent_quote())

    async def fails(*_: object, **__: object) -> None:
        raise RuntimeError("parameters: Jonathan Harker")

    monkeypatch.setattr("api.dispatch.submit.CommandDispatcher.submit", fails)
    answer = await customer.post(f"{path}/accept", data=YES)
    assert "We cannot say whether your answer has reached us" in read(answer, 500)
    assert "Harker" not in answer.text + caplog.text
    assert "page_failed" in caplog.text


async def test_what_the_record_cannot_hold_comes_back_as_it_was_typed(
    shop: Shop, customer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves that a refusal to store a form keeps the form."""
    (path,) = await shop.paths(await shop.sent_quote())

    async def refuses(*_: object, **__: object) -> None:
        raise MalformedCommandError("a text that cannot be stored")

    monkeypatch.setattr("api.dispatch.submit.CommandDispatcher.submit", refuses)
    answer = await customer.post(f"{path}/accept", data=YES)
    assert "This could not be sent." in read(answer, 422)
    assert 'value="Jonathan Harker"' in answer.text
