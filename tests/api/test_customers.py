"""Customers over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from tests.api.caller import Caller, places, problem
from tests.api.conftest import api_key, calling

ACME: dict[str, Any] = {
    "name": "ACME Maschinenbau GmbH",
    "email": "einkauf@acme.example.com",
    "customer_tier": "premium",
    "time_zone": "Europe/Vienna",
    "language": "de",
    "contacts": [{"name": "Maria Huber", "email": "maria@acme.example.com", "role": "Purchasing"}],
}


async def test_a_customer_is_stored_and_read(silent: Caller) -> None:
    """With every field, and defaults for those left out."""
    answer = await silent.post("/customers", ACME)
    body = answer.json()
    assert answer.status_code == 201
    assert {name: body[name] for name in ACME} == ACME
    read = await silent.get(f"/customers/{body['id']}")
    assert (read.status_code, read.json()) == (200, body)
    assert answer.headers["location"].endswith(body["id"])
    plain = await silent.customer()
    assert (plain["customer_tier"], plain["time_zone"], plain["contacts"]) == ("standard", None, [])


async def test_a_domain_may_have_letters_that_are_not_ascii(silent: Caller) -> None:
    """It is kept as it was typed, of the customer and of contacts."""
    email = "einkauf@m\u00fcller-s\u00f6hne.example"
    contacts = [{"name": "Maria Huber", "email": email, "role": None}]
    answer = await silent.post("/customers", {**ACME, "email": email, "contacts": contacts})
    assert (answer.status_code, answer.json()["email"]) == (201, email)
    assert answer.json()["contacts"][0]["email"] == email


async def test_the_given_fields_are_changed_and_no_others(silent: Caller) -> None:
    """Null takes the time zone away; what a customer must have cannot be removed."""
    customer = (await silent.post("/customers", ACME)).json()
    path = f"/customers/{customer['id']}"
    changed = (await silent.patch(path, {"customer_tier": "enterprise", "time_zone": None})).json()
    assert (changed["customer_tier"], changed["time_zone"]) == ("enterprise", None)
    assert (changed["name"], changed["contacts"]) == (ACME["name"], ACME["contacts"])
    assert (await silent.get(path)).json() == changed
    for body in ({}, {"name": None}, {"customer_tier": "gold"}, {"id": "x"}):
        problem(await silent.patch(path, body), 422, "validation_failed")


async def test_customers_are_listed_newest_first_and_searched(silent: Caller) -> None:
    """In pages, by part of name or email."""
    mark = uuid4().hex
    made = [(await silent.customer(name=f"{mark} {n}"))["id"] for n in range(3)]
    first = (await silent.get("/customers", params={"q": mark, "limit": 2})).json()
    rest = (
        await silent.get("/customers", params={"q": mark, "limit": 2, "cursor": first["next_cursor"]})
    ).json()
    assert [row["id"] for row in first["data"] + rest["data"]] == made[::-1]
    assert rest["has_more"] is False


async def test_an_unknown_customer_is_not_found(silent: Caller) -> None:
    """For reading and for changing."""
    path = "/customers/01890a5d-ac96-774b-bcce-b302099a8057"
    problem(await silent.get(path), 404, "customer_not_found")
    problem(await silent.patch(path, {"name": "B"}), 404, "customer_not_found")


async def test_a_name_is_kept_composed_and_without_what_nobody_sees(silent: Caller) -> None:
    """Also a contact's: a direction mark from a keyboard is no reason to refuse one."""
    typed = {"name": "\u200eKu\u0308hn\u202e & So\u0308hne\ufeff ", "contacts": [{"name": "\u2067Ada\u2069"}]}
    kept = (await silent.post("/customers", {**ACME, **typed})).json()
    assert kept["name"] == "K\u00fchn & S\u00f6hne"
    assert kept["contacts"][0]["name"] == "Ada"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "A\r\nBcc: x@example.com", "control_character"),
        ("name", "=?utf-8?q?x?=", "encoded_word"),
        ("name", "=\u200b?utf-8?q?x?=", "encoded_word"),
        ("name", " ", "blank"),
        ("name", "\u200b", "nothing_visible"),
        ("name", "\u3164 \U000e0041", "nothing_visible"),
        ("name", "", "too_short"),
        ("name", "x" * 201, "too_long"),
        ("name", 7, "not_text"),
        ("name", None, "not_text"),
        ("email", "acme", "not_an_email"),
        ("email", "k\u00e4the@m\u00fcller.example", "not_an_email"),
        ("email", "a@-\u00fc.example", "not_an_email"),
        ("email", "a@\u2603.example", "not_an_email"),
        ("email", "a@m\u00fcl\u200bler.example", "not_an_email"),
        ("email", "a@m\u00fcller", "not_an_email"),
        ("time_zone", "Europe/Atlantis", "unknown_time_zone"),
        ("time_zone", "../../etc/passwd", "unknown_time_zone"),
        ("language", "german", "bad_format"),
        ("customer_tier", "gold", "unknown_customer_tier"),
    ],
)
async def test_what_a_customer_cannot_be(silent: Caller, field: str, value: object, code: str) -> None:
    """Each with its field and rule."""
    answer = await silent.post("/customers", {**ACME, field: value})
    problem(answer, 422, "validation_failed")
    assert places(answer) == {(f"/{field}", code)}


@pytest_asyncio.fixture
async def admin(app: FastAPI, database_url: str) -> AsyncIterator[Caller]:
    async with calling(app, await api_key(database_url, "admin")) as caller:
        yield caller


async def test_two_customers_become_one(admin: Caller, caller: Caller) -> None:
    """Quotes of both are listed under the one that stays, an old id goes on working, and what is changed later holds for both."""
    stays = await caller.customer(name="Nordlicht GmbH", contacts=[{"name": "Ada"}])
    goes = await caller.customer(
        name="Nordlicht", email="old@nord.example.com", address=["Kai 1"], tax_rate="0.19"
    )
    ours, theirs = [await caller.draft(customer_id=each["id"]) for each in (stays, goes)]
    path = f"/customers/{goes['id']}"
    answer = await admin.post(f"{path}/merge", {"into": stays["id"]})
    merged = answer.json()
    assert (answer.status_code, merged["id"]) == (200, stays["id"])
    assert merged["contacts"] == [
        {"name": "Ada"},
        {"name": "Nordlicht", "email": "old@nord.example.com"},
    ]
    assert (merged["address"], merged["tax_rate"]) == (["Kai 1"], None)
    for key in (stays["id"], goes["id"]):
        listed = (await caller.get("/quotes", params={"customer_id": key})).json()["data"]
        assert [quote["id"] for quote in listed] == [theirs["id"], ours["id"]]
        read = await caller.get(f"/customers/{key}")
        assert read.json() == merged
        assert read.headers["content-location"] == f"/api/v1/customers/{stays['id']}"
    found = (await caller.get("/customers", params={"q": "Nordlicht"})).json()["data"]
    assert stays["id"] in (ids := [each["id"] for each in found])
    assert goes["id"] not in ids
    renamed = (await caller.patch(path, {"name": "Nordlicht SE"})).json()
    assert (renamed["id"], renamed["name"]) == (stays["id"], "Nordlicht SE")
    assert (await caller.get(f"/quotes/{theirs['id']}")).json()["customer_name"] == "Nordlicht SE"
    assert (await caller.draft(customer_id=goes["id"]))["customer_name"] == "Nordlicht SE"
    verified = (await caller.get(f"/quotes/{theirs['id']}/events", params={"verify": "true"})).json()
    assert verified["verification"]["mismatches"] == []


async def test_merging_again_changes_nothing_and_chains_lead_on(admin: Caller, silent: Caller) -> None:
    """A into B, B into C: A leads to C. What was merged elsewhere, or is the same, is refused."""
    a, b, c, d = [(await silent.customer())["id"] for _ in range(4)]

    async def merge(one: str, other: str) -> httpx.Response:
        return await admin.post(f"/customers/{one}/merge", {"into": other})

    assert (await merge(a, b)).status_code == 200
    once = await merge(b, c)
    assert (await merge(b, c)).content == once.content
    assert (await merge(a, c)).json()["id"] == c
    assert (await silent.get(f"/customers/{a}")).json() == once.json()
    problem(await merge(a, d), 409, "customer_merged")
    for one, other in ((d, d), (c, a)):
        problem(await merge(one, other), 422, "same_customer")
    nobody = "01890a5d-ac96-774b-bcce-b302099a8057"
    problem(await merge(nobody, d), 404, "customer_not_found")
    problem(await merge(d, nobody), 422, "customer_not_found")
    problem(await merge(d, "x"), 422, "validation_failed")


async def test_two_that_are_merged_into_each_other_at_once_become_one(admin: Caller, silent: Caller) -> None:
    """One of the two stays, whoever comes first."""
    a, b = [(await silent.customer())["id"] for _ in range(2)]
    answers = await asyncio.gather(
        *(admin.post(f"/customers/{one}/merge", {"into": other}) for one, other in ((a, b), (b, a)))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 422]
    assert (await silent.get(f"/customers/{a}")).json() == (await silent.get(f"/customers/{b}")).json()
