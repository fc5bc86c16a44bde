"""Bad input gets a clear problem with code and field, and leaves nothing half done."""

import json
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI

from tests.api.caller import PART, SIGNER, Caller, break_off, places, problem
from tests.api.conftest import api_key, calling

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text())
UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"


async def _count(caller: Caller, customer: dict[str, Any]) -> int:
    return len((await caller.get(f"/quotes/customer/{customer['id']}")).json())


@pytest_asyncio.fixture
async def admin(app: FastAPI, database_url: str) -> AsyncIterator[Caller]:
    """With a key for every operation."""
    async with calling(app, await api_key(database_url, "quote", "admin")) as caller:
        yield caller


@pytest.mark.parametrize(
    ("method", "path"),
    [
        (method, path)
        for path, operations in DOCUMENT["paths"].items()
        for method, operation in operations.items()
        if method not in {"get", "parameters"} and "requestBody" not in operation
    ],
)
async def test_a_body_where_none_is_taken(admin: Caller, method: str, path: str) -> None:
    """By every such operation, and of any length: what it means would not happen. `{}` means nothing, and is taken."""
    url = re.sub(r"{\w+}", UNKNOWN, path)
    for content in (b'{"overlap_hours": 0}', b"[]", b"{ }", b'"' + 2_000_000 * b"x" + b'"'):
        answer = await admin.http.request(method, url, content=content)
        problem(answer, 422, "validation_failed")
        assert places(answer) == {("", "unexpected_body")}
    for content in (b"{}", b""):
        assert (await admin.http.request(method, url, content=content)).status_code == 404


async def test_an_unknown_customer(silent: Caller) -> None:
    """422 with the field: the address is right, the body is not."""
    answer = await silent.post("/quotes", {"customer_id": UNKNOWN, "specification": PART})
    problem(answer, 422, "customer_not_found")
    assert places(answer) == {("/customer_id", "customer_not_found")}


async def test_an_unknown_calculation_in_short_form_and_in_a_line(silent: Caller) -> None:
    """The pointer leads to the one that is missing."""
    customer = await silent.customer()
    known = (await silent.calculation())["id"]
    short = await silent.post("/quotes", {"customer_id": customer["id"], "pricing_calculation_id": UNKNOWN})
    problem(short, 422, "calculation_not_found")
    assert places(short) == {("/pricing_calculation_id", "calculation_not_found")}
    lines = [{"description": "A", "pricing_calculation_id": id_} for id_ in (known, UNKNOWN)]
    answer = await silent.post("/quotes", {"customer_id": customer["id"], "lines": lines})
    problem(answer, 422, "calculation_not_found")
    assert places(answer) == {("/lines/1/pricing_calculation_id", "calculation_not_found")}
    assert await _count(silent, customer) == 0


async def test_a_part_that_cannot_be_priced_is_refused_before_anything_is_stored(silent: Caller) -> None:
    """In a quote too, with a pointer into the line."""
    customer = await silent.customer()
    lines = [
        {"description": "A", "specification": PART},
        {"description": "B", "specification": {**PART, "material": "plastic_pla"}},
    ]
    answer = await silent.post("/quotes", {"customer_id": customer["id"], "lines": lines})
    problem(answer, 422, "pair_not_offered")
    assert places(answer) == {("/lines/1/specification/material", "pair_not_offered")}
    assert await _count(silent, customer) == 0


@pytest.mark.parametrize(
    "recipients",
    [
        *(
            ["not an address"],
            ["a@acme.example.com\r\nBcc: x@example.com"],
            ["=?utf-8?q?a?=@acme.example.com"],
        ),
        *(["a@acme.example.com\u2028"], [""], [7], [None], ["ä@acme.example.com"]),
    ],
)
async def test_malformed_recipients(caller: Caller, recipients: list[Any]) -> None:
    """The one that is wrong is pointed at; the quote stays a draft."""
    draft = await caller.draft()
    good = "good@acme.example.com"
    answer = await caller.post(f"/quotes/{draft['id']}/send", {"recipients": [good, *recipients]})
    assert answer.status_code == 422
    assert {pointer for pointer, _ in places(answer)} == {"/recipients/1"}
    assert good not in answer.text
    assert (await caller.get(f"/quotes/{draft['id']}")).json()["status"] == "draft"


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/customers", {"name": "A", "email": "a@acme.example.com", "discount": "99"}, "/discount"),
        ("/quotes", {"customer_id": UNKNOWN, "specification": PART, "total_price": "1"}, "/total_price"),
        ("/pricing/calculations", {"specification": {**PART, "margin": "0"}}, "/specification/margin"),
        (f"/quotes/{UNKNOWN}/accept", {**SIGNER, "actor": "x"}, "/actor"),
        (f"/quotes/{UNKNOWN}/send", {"to": []}, "/to"),
        (f"/quotes/{UNKNOWN}/cancel", {"draft_only": False}, "/draft_only"),
    ],
)
async def test_unknown_fields(silent: Caller, path: str, body: dict[str, Any], pointer: str) -> None:
    """A mistyped field is not silently without effect."""
    answer = await silent.post(path, body)
    problem(answer, 422, "validation_failed")
    assert (pointer, "unknown_field") in places(answer)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e2", "1E+2", "100e-1"])
async def test_nan_and_scientific_numbers(silent: Caller, number: str) -> None:
    """Refused with the field, as number and as text."""
    raw = json.dumps({"specification": {**PART, "length_mm": "@"}}).replace('"@"', number)
    answer = await silent.raw("/pricing/calculations", raw.encode())
    problem(answer, 422, "validation_failed")
    assert places(answer) == {("/specification/length_mm", "not_a_plain_number")}
    answer = await silent.post("/pricing/calculations", {"specification": {**PART, "length_mm": number}})
    problem(answer, 422, "validation_failed")
    assert places(answer) == {("/specification/length_mm", "not_a_number")}


async def test_a_body_of_two_megabytes(silent: Caller) -> None:
    """413, whether its length is declared or not."""
    body = json.dumps({"name": "A" * 2_000_000}).encode()
    problem(await silent.raw("/customers", body), 413, "body_too_large")

    async def chunks() -> Any:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    headers = {"Content-Type": "application/json"}
    streamed = await silent.http.post("/api/v1/customers", content=chunks(), headers=headers)
    problem(streamed, 413, "body_too_large")


@pytest.mark.parametrize("raw", [b"{", b"", b"null", b"[]", b'"x"', b'{"name": "a", "name": "b"}', b"\xff"])
async def test_a_body_that_is_no_object(silent: Caller, raw: bytes) -> None:
    """Unreadable is 400, a readable body of another kind 422."""
    answer = await silent.raw("/customers", raw)
    readable = raw in {b"", b"null", b"[]", b'"x"'}
    problem(answer, 422 if readable else 400, "validation_failed" if readable else "body_not_json")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", ""],
)
async def test_a_body_of_another_type(silent: Caller, content_type: str) -> None:
    """415, and the answer says what is taken."""
    answer = await silent.raw("/customers", b'{"name": "A", "email": "a@acme.example.com"}', content_type)
    problem(answer, 415, "unsupported_media_type")
    assert answer.headers["accept"] == "application/json"


@pytest.mark.parametrize(
    "id_", ["7", "Q-2026-00001", "{01890a5d-ac96-774b-bcce-b302099a8057}", "0" * 32, "%00"]
)
async def test_an_id_that_is_no_uuid(silent: Caller, id_: str) -> None:
    """422 with the field, for every address with an id."""
    for answer in (
        await silent.get(f"/quotes/{id_}"),
        await silent.get(f"/quotes/{id_}/events"),
        await silent.post(f"/quotes/{id_}/send"),
        await silent.delete(f"/quotes/{id_}"),
    ):
        problem(answer, 422, "validation_failed")
        assert places(answer) == {("/quote_id", "not_a_uuid")}
    problem(await silent.get(f"/commands/{id_}"), 422, "validation_failed")
    problem(await silent.get(f"/quotes/customer/{id_}"), 422, "validation_failed")


async def test_an_unknown_quote(silent: Caller) -> None:
    """404 for reading and for every action."""
    for path in ("", "/live", "/versions", "/versions/1", "/events", "/messages"):
        problem(await silent.get(f"/quotes/{UNKNOWN}{path}"), 404, "quote_not_found")
    for action, body in {"send": None, "accept": SIGNER, "extend": {"valid_days": 3}, "cancel": None}.items():
        problem(await silent.post(f"/quotes/{UNKNOWN}/{action}", body), 404, "quote_not_found")
    problem(await silent.put(f"/quotes/{UNKNOWN}/pricing", {"specification": PART}), 404, "quote_not_found")
    problem(await silent.delete(f"/quotes/{UNKNOWN}"), 404, "quote_not_found")
    problem(await silent.get(f"/commands/{UNKNOWN}"), 404, "command_not_found")


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("limit=0", "/limit", "out_of_range"),
        ("limit=101", "/limit", "out_of_range"),
        ("limit=x", "/limit", "not_an_integer"),
        ("limit=1&limit=2", "/limit", "repeated_parameter"),
        ("page=2", "/page", "unknown_parameter"),
        ("status=open", "/status/0", "not_allowed"),
        ("customer_id=7", "/customer_id", "not_a_uuid"),
        ("created_after=yesterday", "/created_after", "not_an_instant"),
        ("created_after=2026-01-01T00:00:00", "/created_after", "not_an_instant"),
        ("cursor=abc", "/cursor", "bad_cursor"),
    ],
)
async def test_parameters_of_a_list(silent: Caller, query: str, pointer: str, code: str) -> None:
    """A mistyped filter would otherwise show everything."""
    answer = await silent.get(f"/quotes?{query}")
    problem(answer, 422, "validation_failed")
    [error] = answer.json()["errors"]
    assert (error["pointer"], error["code"], error["in"]) == (pointer, code, "query")


async def test_no_answer_repeats_what_was_submitted(silent: Caller) -> None:
    """Neither a value nor, in the log's or the client's hands, a secret typed into the wrong field."""
    marker = "s3cret-marker"
    for path, body in {
        "/customers": {"name": [marker], "email": marker, "time_zone": marker, "language": marker},
        "/quotes": {"customer_id": marker, "specification": {"material": [marker]}, "notes": {"x": marker}},
        "/pricing/calculations": {"specification": {**PART, "material": marker, "process": marker}},
        f"/quotes/{marker}/send": {"recipients": [marker]},
    }.items():
        answer = await silent.post(path, body)
        assert answer.status_code == 422
        assert marker not in json.dumps(answer.json()["errors"])
        assert marker not in answer.json()["detail"]


@pytest.mark.parametrize("text", ["\u0000", "\ud800"])
async def test_text_that_no_database_can_hold(silent: Caller, text: str) -> None:
    """422 with the field, not an error of the driver."""
    raw = json.dumps({"name": f"A{text}", "email": "a@acme.example.com"}).encode()
    answer = await silent.raw("/customers", raw)
    problem(answer, 422, "validation_failed")
    assert {pointer for pointer, _ in places(answer)} == {"/name"}


@pytest.mark.parametrize(
    ("path", "media_type"), [("/proofs", "application/pdf"), ("/customers", "application/json")]
)
async def test_an_upload_that_breaks_off_is_no_error(
    app: FastAPI, key: str, caplog: pytest.LogCaptureFixture, path: str, media_type: str
) -> None:
    """Nobody is there to be answered; the log says so in the request's own line, and tells of no failure."""
    caplog.set_level(logging.INFO)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": media_type}
    assert await break_off(app, f"/api/v1{path}", headers) == []
    assert "'status': 499" in caplog.text
    assert "failed" not in caplog.text


async def test_thousands_of_parameters_are_told_of_once(silent: Caller) -> None:
    """Each is looked at once, and the first twenty stand in the answer."""
    answer = await silent.get("/customers?" + "&".join(f"a{n}" for n in range(5_000)))
    problem(answer, 422, "validation_failed")
    assert len(places(answer)) == 20
    assert {code for _, code in places(answer)} == {"unknown_parameter"}
