"""The quote's document over HTTP: the bytes that went out, with their digest."""

import hashlib
from base64 import b64encode
from typing import Any

import httpx
import pypdfium2  # type: ignore[import-untyped]

from activities.documents import edition
from tests.api.caller import SIGNER, Caller, problem
from tests.waiting import eventually


async def made(caller: Caller, quote: dict[str, Any], version: int) -> httpx.Response:
    """The document, once the worker has made it."""
    address = f"/quotes/{quote['id']}/versions/{version}/pdf"

    async def is_made() -> bool:
        return (await caller.get(address)).status_code != 404

    await eventually(is_made, "the document")
    return await caller.get(address)


async def test_a_sent_version_has_its_document(caller: Caller) -> None:
    """The bytes on record: their SHA-256 is entity tag, digest, and in the audit log; the same at every call."""
    quote = await caller.sent()
    answer = await made(caller, quote, 1)
    digest = hashlib.sha256(answer.content)
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["etag"] == f'"{digest.hexdigest()}"'
    assert answer.headers["content-digest"] == f"sha-256=:{b64encode(digest.digest()).decode()}:"
    assert answer.headers["content-disposition"] == f'inline; filename="{quote["number"]}-v1.pdf"'
    events = (await caller.get(f"/quotes/{quote['id']}/events")).json()["data"]
    [event] = [each for each in events if each["type"] == "quote.document_made"]
    told = {"version": 1, "kind": "quote", "sha256": digest.hexdigest(), "made_by": edition()}
    assert event["data"] == told
    assert (await made(caller, quote, 1)).content == answer.content


async def test_who_has_it_already_is_told_so(caller: Caller) -> None:
    """304 without a body for If-None-Match."""
    quote = await caller.sent()
    tag = (await made(caller, quote, 1)).headers["etag"]
    address = f"/api/v1/quotes/{quote['id']}/versions/1/pdf"
    answer = await caller.http.get(address, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


async def test_the_digest_is_told_without_the_bytes(caller: Caller) -> None:
    """HEAD: the headers of GET."""
    quote = await caller.sent()
    whole = await made(caller, quote, 1)
    answer = await caller.http.head(f"/api/v1/quotes/{quote['id']}/versions/1/pdf")
    assert answer.status_code == 200
    for name in ("etag", "content-digest", "content-length", "content-type", "content-disposition"):
        assert answer.headers[name] == whole.headers[name]


async def test_an_older_versions_document_stays(caller: Caller) -> None:
    """The new version has one of its own."""
    quote = await caller.sent()
    first = (await made(caller, quote, 1)).content
    await caller.put(f"/quotes/{quote['id']}/pricing", {"reprice": True})
    await caller.done(quote, "send")
    assert (await made(caller, quote, 2)).content != first
    assert (await made(caller, quote, 1)).content == first


async def test_a_draft_has_no_document(caller: Caller) -> None:
    """404 with the reason; so has a version that is not there."""
    quote = await caller.draft()
    for version in (1, 2):
        answer = await caller.get(f"/quotes/{quote['id']}/versions/{version}/pdf")
        problem(answer, 404, "document_not_made")


async def test_an_acceptance_is_proved_by_its_evidence(caller: Caller) -> None:
    """Who, what, when and how, sealed by the document's digest; the certificate carries what was sent."""
    quote = await caller.sent()
    problem(await caller.get(f"/quotes/{quote['id']}/evidence"), 404, "quote_not_accepted")
    sent = await made(caller, quote, 1)
    accepted = await caller.done(quote, "accept", {**SIGNER, "purchase_order_number": "PO-4711"})
    evidence = (await caller.get(f"/quotes/{quote['id']}/evidence?verify=true")).json()
    assert evidence["document_sha256"] == hashlib.sha256(sent.content).hexdigest()
    version = (await caller.get(f"/quotes/{quote['id']}/versions/1")).json()
    assert evidence["content_hash"] == version["content_hash"]
    assert (evidence["version"], evidence["total_price"]) == (1, quote["total_price"])
    assert evidence["received_at"] == accepted["decided_at"]
    assert evidence["purchase_order_number"] == "PO-4711"
    assert {name: evidence[name] for name in SIGNER} == SIGNER
    assert evidence["verification"]["sound"] is True
    assert evidence["verification"]["mismatches"] == []
    events = (await caller.get(f"/quotes/{quote['id']}/events")).json()["data"]
    event = events[evidence["event_sequence"] - 1]
    assert (event["type"], event["hash"]) == ("quote.accepted", evidence["event_hash"])
    assert event["data"]["signer"] == evidence["signer_digest"]

    address = f"/quotes/{quote['id']}/evidence/pdf"

    async def is_made() -> bool:
        return (await caller.get(address)).status_code != 404

    await eventually(is_made, "the certificate")
    package = pypdfium2.PdfDocument((await caller.get(address)).content)
    attachment = package.get_attachment(0)
    assert bytes(attachment.get_data()) == sent.content
    assert attachment.get_name() == f"{quote['number']}-v1.pdf"
    package.close()
    checked = (await caller.get(f"/quotes/{quote['id']}/events?verify=true&limit=1")).json()
    assert (len(checked["data"]), checked["verification"]["sound"]) == (1, True)
    assert checked["verification"]["documents"] == 2
