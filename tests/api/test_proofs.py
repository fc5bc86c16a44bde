"""Files kept as proof of an acceptance that the shop records: their types, their size, and where they lead."""

import hashlib

import httpx
import pytest

from tests.api.caller import SIGNER, V1, Caller, places, problem

ORDER = b"%PDF-1.7 purchase order 4711"
MAIL = b"From: buyer@acme.example.com\r\nDate: Thu, 26 Nov 2026 12:00:00 +0000\r\n\r\nYes, please."


NESTED = b"Content-Type: message/rfc822\r\n\r\n"


async def store(caller: Caller, content: bytes, media_type: str) -> httpx.Response:
    """The answer to a file."""
    return await caller.http.post(f"{V1}/proofs", content=content, headers={"Content-Type": media_type})


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (ORDER, "application/pdf"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff...", "image/jpeg"),
        (MAIL, "message/rfc822"),
        (b"FROM:\r\n Ada <ada@acme.example.com>\r\n" + MAIL.partition(b"\n")[2], "message/rfc822"),
        (MAIL + NESTED * 5_000, "message/rfc822"),
        ("Müller rief an: ja.".encode(), "text/plain; charset=utf-8"),
    ],
)
async def test_a_file_is_kept_by_its_digest(silent: Caller, content: bytes, media_type: str) -> None:
    """201 with its address; the same bytes again are the same proof; it comes back as a download."""
    answer = await store(silent, content, media_type)
    assert answer.status_code == 201, answer.text
    kept = answer.json()
    assert (kept["sha256"], kept["size"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert answer.headers["location"] == kept["links"]["self"]
    assert (await store(silent, content, media_type)).json() == kept
    given = await silent.get(f"/proofs/{kept['sha256']}")
    assert given.content == content
    asked = await silent.http.head(f"/api/v1/proofs/{kept['sha256']}")
    assert (asked.status_code, asked.headers["etag"]) == (200, given.headers["etag"])
    assert given.headers["content-type"].startswith(media_type.partition(";")[0])
    suffix = {"pdf": "pdf", "png": "png", "jpeg": "jpg", "rfc822": "eml", "plain": "txt"}
    name = f"proof-{kept['sha256'][:12]}.{suffix[kept['media_type'].partition('/')[2]]}"
    assert given.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert given.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("content", "media_type", "status", "code"),
    [
        (ORDER, "text/html", 415, "unsupported_media_type"),
        (ORDER, "", 415, "unsupported_media_type"),
        (ORDER, "image/png", 422, "file_not_of_its_type"),
        (b"MZ\x90", "application/pdf", 422, "file_not_of_its_type"),
        (b"\xff\xfe", "text/plain", 422, "file_not_of_its_type"),
        (b"nul \0", "text/plain", 422, "file_not_of_its_type"),
        (b"no head", "message/rfc822", 422, "file_not_of_its_type"),
        (b"X: 1\r\n\r\n" + MAIL, "message/rfc822", 422, "file_not_of_its_type"),
        (MAIL.replace(b"buyer@acme.example.com", b""), "message/rfc822", 422, "file_not_of_its_type"),
        (b"X: 1\r\n" * 11_000 + MAIL, "message/rfc822", 422, "file_not_of_its_type"),
        (b"", "application/pdf", 422, "file_empty"),
        (ORDER + b"x" * 5 * 1024 * 1024, "application/pdf", 413, "body_too_large"),
    ],
)
async def test_other_files_are_refused(
    silent: Caller, content: bytes, media_type: str, status: int, code: str
) -> None:
    """By type, by bytes, by size: with a code, and nothing is kept."""
    content = content.replace(b"4711", b"refused")
    problem(await store(silent, content, media_type), status, code)
    problem(await silent.get(f"/proofs/{hashlib.sha256(content).hexdigest()}"), 404, "proof_not_found")


async def test_an_acceptance_names_its_proof(caller: Caller) -> None:
    """In the evidence, in the event, and checked with the record."""
    quote = await caller.sent()
    sha256 = (await store(caller, ORDER, "application/pdf")).json()["sha256"]
    await caller.done(quote, "accept", {**SIGNER, "method": "purchase_order", "proof_sha256": sha256})
    evidence = (await caller.get(f"/quotes/{quote['id']}/evidence?verify=true")).json()
    assert evidence["proof_sha256"] == sha256
    assert evidence["recorded_by"].startswith("key:")
    assert evidence["links"]["proof"] == f"/api/v1/proofs/{sha256}"
    assert evidence["verification"]["sound"] is True
    events = (await caller.get(f"/quotes/{quote['id']}/events")).json()["data"]
    assert events[evidence["event_sequence"] - 1]["data"]["proof_sha256"] == sha256


async def test_a_proof_that_is_not_there_is_refused(caller: Caller) -> None:
    """422 by its field before anything is stored; so is what is no digest."""
    quote = await caller.sent()
    address = f"/quotes/{quote['id']}/accept"
    missing = await caller.post(address, {**SIGNER, "proof_sha256": "0" * 64})
    problem(missing, 422, "validation_failed")
    assert places(missing) == {("/proof_sha256", "unknown_proof")}
    wrong = await caller.post(address, {**SIGNER, "proof_sha256": "A" * 64})
    assert places(wrong) == {("/proof_sha256", "not_a_sha256")}
    assert (await caller.get(f"/quotes/{quote['id']}")).json()["status"] == "sent"


async def test_a_mail_s_parts_are_nobody_s_to_parse(silent: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """The standard library's parser recurses into them, and takes seconds for what is deep: it is not asked at all."""

    def parsed(*_: object) -> None:
        raise AssertionError("a stranger's bytes are parsed")

    monkeypatch.setattr("email.feedparser.FeedParser.feed", parsed)
    assert (await store(silent, MAIL + NESTED * 2_000, "message/rfc822")).status_code == 201


async def test_it_is_said_what_a_mail_is(silent: Caller) -> None:
    """The rule, with its bound."""
    answer = await store(silent, b"no head", "message/rfc822")
    assert (
        "at most 65536 bytes, in which From and Date stand"
        in problem(answer, 422, "file_not_of_its_type")["detail"]
    )
