"""The same request again changes nothing and gets the same bytes."""

import asyncio
from uuid import uuid4

import pytest

from api.http.problem import ProblemError
from tests.api.caller import PART, SIGNER, Caller, places, problem


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


async def test_a_repeated_create_makes_one_quote(caller: Caller) -> None:
    """Byte for byte the first answer, with its headers, marked as replayed."""
    customer = await caller.customer()
    body, key = {"customer_id": customer["id"], "specification": PART}, _key()
    first = await caller.post("/quotes", body, headers=key)
    second = await caller.post("/quotes", body, headers=key)
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert (first.headers["location"], first.headers["etag"]) == (
        second.headers["location"],
        second.headers["etag"],
    )
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert len((await caller.get(f"/quotes/customer/{customer['id']}")).json()) == 1


async def test_the_first_answer_stays_although_the_quote_moved_on(caller: Caller) -> None:
    """A late repeat learns what its request did, not what happened since."""
    sent, key = await caller.sent(), _key()
    first = await caller.post(f"/quotes/{sent['id']}/extend", {"valid_days": 60}, headers=key)
    await caller.done(sent, "accept", SIGNER)
    again = await caller.post(f"/quotes/{sent['id']}/extend", {"valid_days": 60}, headers=key)
    assert (again.status_code, again.content) == (200, first.content)


async def test_a_refusal_is_kept_too(caller: Caller) -> None:
    """Also with the request id under which the log knows it."""
    draft, key = await caller.draft(), _key()
    first = await caller.post(f"/quotes/{draft['id']}/accept", SIGNER, headers=key)
    problem(first, 409, "quote_not_acceptable")
    await caller.done(draft, "send")
    again = await caller.post(f"/quotes/{draft['id']}/accept", SIGNER, headers=key)
    assert (again.status_code, again.content) == (409, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]


async def test_the_same_key_for_another_request_is_refused(caller: Caller) -> None:
    """Another body, another address, or another If-Match is another request."""
    draft, key = await caller.draft(), _key()
    path = f"/quotes/{draft['id']}"
    assert (await caller.post(f"{path}/extend", {"valid_days": 5}, headers=key)).status_code == 200
    for answer in (
        await caller.post(f"{path}/extend", {"valid_days": 6}, headers=key),
        await caller.post(f"{path}/send", {"valid_days": 5}, headers=key),
        await caller.post(f"{path}/extend", {"valid_days": 5}, headers={**key, "If-Match": '"1"'}),
    ):
        problem(answer, 422, "idempotency_key_reused")
        assert places(answer) == {("/Idempotency-Key", "idempotency_key_reused")}


async def test_repeats_at_the_same_time_are_one(caller: Caller) -> None:
    """Ten at once: one quote, ten equal answers."""
    customer = await caller.customer()
    body, key = {"customer_id": customer["id"], "specification": PART}, _key()
    answers = await asyncio.gather(*(caller.post("/quotes", body, headers=key) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len((await caller.get(f"/quotes/customer/{customer['id']}")).json()) == 1


async def test_refusals_at_the_same_time_are_one_answer(caller: Caller) -> None:
    """Each was rendered under its own request id; the one that was kept first is sent to all."""
    draft, key = await caller.draft(), _key()
    path = f"/quotes/{draft['id']}/accept"
    answers = await asyncio.gather(*(caller.post(path, SIGNER, headers=key) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {409}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize("path", ["/customers", "/pricing/calculations"])
async def test_requests_that_are_no_command_keep_their_answer_too(silent: Caller, path: str) -> None:
    """Effect and answer in one transaction: once, also ten at a time, and another body is refused."""
    name, key = f"Once {uuid4().hex}", _key()
    body = {"name": name, "email": "a@acme.example.com"} if path == "/customers" else {"specification": PART}
    answers = await asyncio.gather(*(silent.post(path, body, headers=key) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sorted(answer.headers.get("idempotency-replayed", "") for answer in answers) == [""] + ["true"] * 9
    other = (
        {"name": name + "!", "email": "a@acme.example.com"}
        if path == "/customers"
        else {"specification": {**PART, "quantity": 21}}
    )
    problem(await silent.post(path, other, headers=key), 422, "idempotency_key_reused")
    if path == "/customers":
        assert len((await silent.get("/customers", params={"q": name})).json()["data"]) == 1


async def test_what_fails_before_anything_is_stored_does_not_use_up_the_key(silent: Caller) -> None:
    """After a mistyped body the same key can be used for the right one."""
    key = _key()
    problem(await silent.post("/customers", {"name": "A"}, headers=key), 422, "validation_failed")
    answer = await silent.post("/customers", {"name": "A", "email": "a@acme.example.com"}, headers=key)
    assert answer.status_code == 201


@pytest.mark.parametrize("value", [b"", b"a b", b"x" * 256, b"\xc3\xbc"])
async def test_a_key_that_cannot_be_one(silent: Caller, value: bytes) -> None:
    """400 with the header's name and rule."""
    headers = [(b"Idempotency-Key", value), (b"Content-Type", b"application/json")]
    body = b'{"name": "A", "email": "a@acme.example.com"}'
    answer = await silent.http.post("/api/v1/customers", content=body, headers=headers)
    problem(answer, 400, "bad_header")
    assert places(answer) == {("/Idempotency-Key", "bad_header")}


async def test_a_repeat_is_answered_although_the_card_has_changed(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was priced once is not refused at its repeat because it could not be priced today."""
    customer = await caller.customer()
    body, key = {"customer_id": customer["id"], "specification": PART}, _key()
    first = await caller.post("/quotes", body, headers=key)

    async def refuse(*_args: object) -> None:
        raise ProblemError("pair_not_offered", "Not offered any more.")

    monkeypatch.setattr("api.v1.quotes.routes.check_specifications", refuse)
    again = await caller.post("/quotes", body, headers=key)
    assert (again.status_code, again.content) == (201, first.content)
    problem(await caller.post("/quotes", body, headers=_key()), 422, "pair_not_offered")
