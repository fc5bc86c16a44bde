"""Drawings and models that go with quotes: stored by their bytes, named by versions, opened by whom they are for."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from adapters.tokens import LinkTokens
from tests.api.caller import PART, SIGNER, V1, Caller, places, problem
from tests.api.conftest import SECRET

STEP = b"ISO-10303-21;\r\nHEADER;\r\nENDSEC;\r\nEND-ISO-10303-21;\r\n"
DXF = b"999\r\nmade by hand\r\n  0\r\nSECTION\r\n  2\r\nHEADER\r\n"
PDF = b"%PDF-1.7 drawing 4711"


@pytest_asyncio.fixture
async def customer(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A customer's browser, without a key."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        yield client


async def store(
    caller: Caller, content: bytes, media_type: str = "application/octet-stream"
) -> httpx.Response:
    """The answer to a file."""
    return await caller.http.post(f"{V1}/files", content=content, headers={"Content-Type": media_type})


async def kept(caller: Caller, content: bytes) -> str:
    """Its digest."""
    answer = await store(caller, content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sha256"])


@pytest.mark.parametrize(
    ("content", "media_type", "suffix"),
    [
        (PDF, "application/pdf", "pdf"),
        (b"\x89PNG\r\n\x1a\n...", "image/png", "png"),
        (b"\xff\xd8\xff...", "image/jpeg", "jpg"),
        (DXF, "image/vnd.dxf", "dxf"),
        (b"  0\nSECTION\n  2\nHEADER\n", "image/vnd.dxf", "dxf"),
        (b"AutoCAD Binary DXF\r\n\x1a\0...", "image/vnd.dxf", "dxf"),
        (STEP, "model/step", "step"),
    ],
)
async def test_a_file_s_bytes_tell_its_type(
    silent: Caller, content: bytes, media_type: str, suffix: str
) -> None:
    """Whatever the header leaves open; the same bytes are the same file; it comes back as a download, whole."""
    answer = await store(silent, content)
    told = answer.json()
    assert (answer.status_code, told["media_type"], told["size"]) == (201, media_type, len(content))
    assert (await store(silent, content, media_type)).json() == told
    given = await silent.get(f"/files/{told['sha256']}")
    assert (given.content, given.headers["content-type"]) == (content, media_type)
    assert (
        given.headers["content-disposition"] == f'attachment; filename="file-{told["sha256"][:12]}.{suffix}"'
    )
    assert given.headers["content-security-policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("content", "media_type", "status", "code"),
    [
        (PDF, "model/step", 422, "file_not_of_its_type"),
        (STEP + b"4711", "application/pdf", 422, "file_not_of_its_type"),
        (PDF, "text/html", 415, "unsupported_media_type"),
        (b"<svg onload=alert(1)>", "application/octet-stream", 422, "file_not_of_its_type"),
        (b"PK\x03\x04", "application/octet-stream", 422, "file_not_of_its_type"),
        (b"999\n" * 20_000 + b"0\nSECTION\n", "application/octet-stream", 422, "file_not_of_its_type"),
        (b"", "application/pdf", 422, "file_empty"),
        (STEP + b" " * 20 * 1024 * 1024, "model/step", 413, "body_too_large"),
    ],
)
async def test_other_files_are_refused(
    silent: Caller, content: bytes, media_type: str, status: int, code: str
) -> None:
    """By type, by bytes, by size; nothing is kept."""
    content = content.replace(b"4711", b"refused")
    problem(await store(silent, content, media_type), status, code)
    problem(await silent.get(f"/files/{hashlib.sha256(content).hexdigest()}"), 404, "file_not_found")


async def test_a_quote_has_its_files_from_request_to_page(
    caller: Caller, customer: httpx.AsyncClient
) -> None:
    """They are bound by the version's hash. The customer opens what is for customers and nothing else, and sees it on page
    and PDF; verify looks at the bytes.
    """
    model, drawing = await kept(caller, STEP), await kept(caller, PDF)
    named: list[dict[str, Any]] = [
        {"sha256": model, "name": "Flansch ä.STEP", "audience": "customer", "line": 1},
        {"sha256": drawing, "name": "cost sheet.pdf"},
    ]
    plain, quote = await caller.draft(), await caller.draft(files=named)
    hashes = [
        (await caller.get(f"/quotes/{each['id']}/versions/1")).json()["content_hash"]
        for each in (plain, quote)
    ]
    assert hashes[0] != hashes[1]
    told = [(each["name"], each["audience"], each["line"], each["size"]) for each in quote["files"]]
    assert told == [
        ("Flansch ä.STEP", "customer", 1, len(STEP)),
        ("cost sheet.pdf", "internal", None, len(PDF)),
    ]
    sent = await caller.done(quote, "send")
    assert sent["files"] == quote["files"]
    (reader,) = (await caller.get(f"/quotes/{quote['id']}/links")).json()["data"]
    link = f"/q/{LinkTokens(SECRET).token(reader['id'])}"
    page = (await customer.get(link)).text
    assert "Flansch ä.STEP" in page
    assert "STEP model" in page
    assert "cost sheet" not in page
    opened = await customer.get(f"{link}/files/{model}")
    assert (opened.content, opened.headers["cache-control"]) == (STEP, "no-store")
    assert opened.headers["content-disposition"] == (
        "attachment; filename=\"Flansch .STEP\"; filename*=UTF-8''Flansch%20%C3%A4.STEP"
    )
    assert (await customer.get(f"{link}/files/{drawing}")).status_code == 404
    assert (await customer.get(f"{link}/files/{'0' * 64}")).status_code == 404
    await caller.done(sent, "accept", SIGNER)
    evidence = (await caller.get(f"/quotes/{quote['id']}/evidence?verify=true")).json()
    assert evidence["verification"]["sound"] is True


async def test_a_revision_names_its_own_files_and_a_repricing_keeps_them(caller: Caller) -> None:
    """So does a copy, unless it names others; the difference of versions tells of another file."""
    model = await kept(caller, STEP)
    files: list[dict[str, Any]] = [
        {"sha256": model, "name": "a.step", "audience": "customer", "line": 1},
        {"sha256": model, "name": "whole.step"},
    ]
    quote = await caller.draft(files=files)
    path = f"/quotes/{quote['id']}/pricing"
    again = (await caller.put(path, {"reprice": True})).json()
    assert again["files"] == quote["files"]
    copy = (await caller.post(f"/quotes/{quote['id']}/copy")).json()
    assert copy["files"] == quote["files"]
    bare = (await caller.post(f"/quotes/{quote['id']}/copy", {"files": []})).json()
    assert bare["files"] == []
    other = (await caller.put(path, {"specification": PART})).json()
    assert [each["name"] for each in other["files"]] == ["whole.step"]
    told = (await caller.get(f"/quotes/{quote['id']}/versions/2/diff/3")).json()
    assert [each["field"] for each in told["fields"]] == ["file a.step of line 1"]


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        ({"sha256": "0" * 64}, "/files/0/sha256", "unknown_file"),
        ({"sha256": "x"}, "/files/0/sha256", "not_a_sha256"),
        ({"name": "flange.pdf"}, "/files/0/name", "file_not_of_its_type"),
        ({"name": "../flange.step"}, "/files/0/name", "not_a_file_name"),
        ({"name": "flange\n.step"}, "/files/0/name", "control_character"),
        ({"audience": "everybody"}, "/files/0/audience", "not_allowed"),
        ({"line": 2}, "/files/0/line", "no_such_line"),
        ({"line": 0}, "/files/0/line", "out_of_range"),
    ],
)
async def test_a_file_that_does_not_fit_is_refused(
    caller: Caller, change: dict[str, Any], place: str, code: str
) -> None:
    """By its place, before anything is stored."""
    named = {"sha256": await kept(caller, STEP), "name": "flange.step", **change}
    customer = (await caller.customer())["id"]
    body = {"customer_id": customer, "specification": PART, "files": [named]}
    refused = await caller.post("/quotes", body)
    assert (refused.status_code, places(refused)) == (422, {(place, code)})
    twice = await caller.post(
        "/quotes", {**body, "files": [{"sha256": await kept(caller, STEP), "name": "a.step"}] * 2}
    )
    assert places(twice) == {("/files/1/name", "duplicate")}
    assert (await caller.get(f"/quotes?customer_id={customer}")).json()["data"] == []
