"""What is answered before any server is asked: unknown addresses, wrong methods, missing keys, headers."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from uuid6 import uuid7

from adapters.tokens import new_api_key
from api.app import create_app

PROBLEM = "application/problem+json"


@pytest.fixture
def app() -> FastAPI:
    return create_app()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        yield client


async def test_an_unknown_address_is_a_problem_with_every_member(client: httpx.AsyncClient) -> None:
    """404 has the same form as every other error, and says under which id the log knows it."""
    answer = await client.get("/nowhere/at%20all?x=secret")
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
    body = answer.json()
    assert set(body) == {"type", "title", "status", "detail", "instance", "code", "request_id"}
    assert (body["code"], body["instance"]) == ("not_found", "/nowhere/at%20all")
    assert body["request_id"] == answer.headers["x-request-id"]


async def test_a_wrong_method_names_the_right_ones(client: httpx.AsyncClient) -> None:
    """405 with Allow, also where several routes share the address."""
    answer = await client.delete("/livez")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json()["code"] == "method_not_allowed"
    two_routes = await client.put("/api/v1/customers/01890a5d-ac96-774b-bcce-b302099a8057")
    assert two_routes.headers["allow"] == "GET, PATCH"


async def test_the_process_says_that_it_lives(client: httpx.AsyncClient) -> None:
    """Without a key, a database or Temporal."""
    answer = await client.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


@pytest.mark.parametrize("header", [None, "", "Basic YTpi", "Bearer", "Bearer ", "fo_live_x"])
async def test_without_a_key_nothing_is_told(client: httpx.AsyncClient, header: str | None) -> None:
    """401 with the challenge, also where the id of the quote is no id at all."""
    answer = await client.get("/api/v1/quotes/x", headers={} if header is None else {"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "key_missing")
    assert answer.headers["www-authenticate"].startswith("Bearer ")


async def test_a_mistyped_key_is_told_by_its_checksum(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """No database is asked, and neither answer nor log repeats the key."""
    key = new_api_key("test").text
    mistyped = key[:-1] + ("0" if key[-1] != "0" else "1")
    answer = await client.get("/api/v1/quotes", headers={"Authorization": f"Bearer {mistyped}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "key_invalid")
    told = answer.text + str(answer.headers) + "".join(capsys.readouterr()) + caplog.text
    assert mistyped not in told
    assert key.rpartition("_")[2][:20] not in told


async def test_the_key_is_asked_for_before_the_body_is_read(client: httpx.AsyncClient) -> None:
    """A stranger cannot make us read a large body."""
    answer = await client.post("/api/v1/quotes", content=b"x" * 2_000_000)
    assert answer.status_code == 401


async def test_a_request_id_of_the_caller_is_kept_when_it_is_harmless(client: httpx.AsyncClient) -> None:
    """So that two systems' logs can be joined; anything else is replaced."""
    mine = str(uuid7())
    assert (await client.get("/livez", headers={"X-Request-Id": mine})).headers["x-request-id"] == mine
    for bad in ("short", "a b c d e f g h", "x" * 65, "<script>alert(1)</script>"):
        assert (await client.get("/livez", headers={"X-Request-Id": bad})).headers["x-request-id"] != bad


async def test_every_answer_carries_careful_headers(client: httpx.AsyncClient) -> None:
    """Nothing is stored, framed, sniffed or referred to."""
    for path in ("/livez", "/nowhere", "/api/v1/quotes"):
        headers = (await client.get(path)).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "strict-transport-security" not in headers  # meaningless on plain http
    secure = (await client.get("https://api.test/livez")).headers
    assert secure["strict-transport-security"].startswith("max-age=")


async def test_an_unforeseen_failure_tells_nothing_of_what_happened_inside(
    app: FastAPI,
    client: httpx.AsyncClient,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """500 is a problem too: no traceback, no values, neither in the answer nor in the log."""

    async def fail() -> None:
        raise RuntimeError("s3cret-value")

    app.add_api_route("/fails", fail)
    answer = await client.get("/fails")
    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
    assert answer.json()["code"] == "internal_error"
    told = answer.text + "".join(capsys.readouterr()) + caplog.text
    assert "s3cret-value" not in told
    assert "Traceback" not in told
