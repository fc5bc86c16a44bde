"""Customers over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api.caller import Caller, places, problem

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
