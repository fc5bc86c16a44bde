"""The purchase order as a file with the customer's yes: kept by its bytes, and never in the way of the words."""

import hashlib
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from adapters.db.quotes.proofs import find_proof
from api.http.file_body import MAX_FILE_BYTES
from domain.quotes.events import EventType
from domain.quotes.status import QuoteStatus
from tests.api.customer.reading import YES, events_of, hidden, read, status_of
from tests.api.customer.shop import Shop

PDF = b"%PDF-1.7\norder"
SHA256 = hashlib.sha256(PDF).hexdigest()


def attached(content: bytes, name: str = "order.pdf") -> tuple[str, Any]:
    return ("order", (name, content, "application/pdf"))


async def test_it_is_kept_and_named_by_the_acceptance_once(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Sent twice it is one acceptance, whose event has the digest of the bytes that are kept."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    form = hidden(await customer.get(path), "accept") | YES
    for _ in range(2):
        answer = await customer.post(f"{path}/accept", data=form, files=[attached(PDF)])
        assert answer.status_code == 303, answer.text
    assert await status_of(shop, quote_id) is QuoteStatus.ACCEPTED
    [event] = await events_of(shop, quote_id, EventType.ACCEPTED)
    assert event["proof_sha256"] == SHA256
    async with shop.database.read() as r:
        kept = await find_proof(r, SHA256)
    assert kept is not None
    assert (kept.content, kept.media_type) == (PDF, "application/pdf")


async def test_no_file_chosen_is_none(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Browsers send a part without name and bytes then."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    body = b"".join(
        f'--xx\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in YES.items()
    )
    empty = b'--xx\r\nContent-Disposition: form-data; name="order"; filename=""\r\n\r\n\r\n--xx--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=xx"}
    answer = await customer.post(f"{path}/accept", content=body + empty, headers=headers)
    assert answer.status_code == 303, answer.text
    [event] = await events_of(shop, quote_id, EventType.ACCEPTED)
    assert "proof_sha256" not in event


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ([attached(b"<html>hello</html>")], "this is none by its content"),
        ([attached(b"")], "The file is empty"),
        ([attached(PDF + b"x" * MAX_FILE_BYTES)], "at most 5 MB"),
        ([attached(PDF), attached(PDF)], "one file only"),
        ([attached(PDF, "..\\..\\order.pdf")], "rename the file"),
        ([attached(PDF, "order\u202efdp.exe")], "rename the file"),
    ],
    ids=["html", "empty", "large", "two", "path", "hidden"],
)
async def test_what_cannot_be_taken_comes_back_with_what_was_typed(
    shop: Shop, customer: httpx.AsyncClient, files: list[tuple[str, Any]], says: str
) -> None:
    """The field says what is wrong, and that the file has to be chosen again; nothing is accepted or kept."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    answer = await customer.post(f"{path}/accept", data=YES, files=files)
    words = read(answer, 422)
    assert says in words
    assert "choose the file again" in words
    assert 'aria-describedby="order-hint order-error"' in answer.text
    assert 'value="Jonathan Harker"' in answer.text
    assert await status_of(shop, quote_id) is QuoteStatus.SENT


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"--xx\r\nContent-Disposition: form-data; name=", 400),
        (b"", 400),
        (
            b"--xx\r\nContent-Disposition: form-data; name=a\r\nX-A: "
            + b"a" * 9000
            + b"\r\n\r\n\r\n--xx--\r\n",
            400,
        ),
        (b"--xx\r\nContent-Disposition: form-data; name=a\r\n\r\n" + b"a" * 70_000 + b"\r\n--xx--\r\n", 413),
        (b"--xx\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\nx\r\n--xx--\r\n", 400),
    ],
    ids=["torn", "nothing", "long header", "long text", "file elsewhere"],
)
async def test_a_body_that_is_no_form_is_refused(
    shop: Shop, customer: httpx.AsyncClient, content: bytes, status: int
) -> None:
    """By a page, before anything is kept of it."""
    (path,) = await shop.paths(await shop.sent_quote())
    headers = {"Content-Type": "multipart/form-data; boundary=xx"}
    read(await customer.post(f"{path}/accept", content=content, headers=headers), status)


async def test_the_mail_to_the_shop_keeps_where_it_is(shop: Shop, customer: httpx.AsyncClient) -> None:
    """The row of the shop's news has the file's digest, and so has the evidence."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    order = PDF + b"-of-the-mail"
    answer = await customer.post(f"{path}/accept", data=YES, files=[attached(order)])
    assert answer.status_code == 303, answer.text
    digest = hashlib.sha256(order).hexdigest()
    told = sa.text(
        "SELECT count(*) FROM messages WHERE quote_id = CAST(:id AS uuid) AND data->>'order_file' = :digest"
    )
    seen = sa.text("SELECT proof_sha256 FROM acceptances WHERE quote_id = CAST(:id AS uuid)")
    async with shop.database.read() as r:
        assert await r.value(told, {"id": quote_id, "digest": digest}) > 0
        assert await r.value(seen, {"id": quote_id}) == digest
