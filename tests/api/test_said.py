"""What an offer says, from the request to the customer: over HTTP, by page, email and document."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api.caller import Caller, places, problem
from tests.api.test_lines import BLOCK, DELIVERY

TEXTS = {
    "notes": "Ask for the drawing.",
    "customer_reference": "ANF 26/0815-Ä",
    "introduction": "Thank you for your enquiry.\n\nWe are glad to offer:",
    "remarks": "Measured at 20 °C.",
    "terms": "Payment in advance.",
    "delivery_terms": "DAP Graz",
}
MARIA = {"name": "Maria Huber", "email": "maria.huber@acme.example.com"}
REASON = "Reverse charge: the recipient owes the tax"


def said(quote: dict[str, Any]) -> dict[str, Any]:
    """The texts of an answer."""
    return {name: quote[name] for name in TEXTS}


async def test_a_version_says_what_was_written(caller: Caller) -> None:
    """A quote and its version answer the texts; the comparison names those that changed; the hash binds each."""
    quote = await caller.draft(**TEXTS)
    assert said(quote) == TEXTS
    address = f"/quotes/{quote['id']}"
    again = (
        await caller.put(f"{address}/pricing", {"reprice": True, "remarks": "None.", "terms": ""})
    ).json()
    assert said(again) == TEXTS | {"remarks": "None.", "terms": None}
    changes = (await caller.get(f"{address}/versions/1/diff/2")).json()["fields"]
    assert {change["field"]: change["new"] for change in changes} == {"remarks": "None.", "terms": None}
    kept = TEXTS | {"remarks": "None.", "terms": None}
    body = {"lines": [DELIVERY], "introduction": "", "notes": ""}
    other = (await caller.put(f"{address}/pricing", body)).json()
    assert said(other) == kept | {"introduction": None, "notes": ""}
    versions = (await caller.get(f"{address}/versions")).json()["data"]
    assert len({version["content_hash"] for version in versions}) == 3
    assert [version["parties"] for version in versions] == [None, None, None]


async def test_a_copy_keeps_the_texts_but_not_another_customers_reference(caller: Caller) -> None:
    """Unless the request says another."""
    quote = await caller.draft(**TEXTS)
    address = f"/quotes/{quote['id']}/copy"
    assert said((await caller.post(address, {"remarks": "New."})).json()) == TEXTS | {"remarks": "New."}
    other = await caller.customer()
    copy = (await caller.post(address, {"customer_id": other["id"]})).json()
    assert said(copy) == TEXTS | {"customer_reference": None}


async def test_quotes_are_found_by_the_customers_reference(caller: Caller) -> None:
    """Of any version, without accents and signs, the last word incomplete."""
    word = uuid4().hex
    quote = await caller.draft(customer_reference=f"Änfrage {word}/7")
    await caller.put(f"/quotes/{quote['id']}/pricing", {"lines": [DELIVERY]})
    for text in (word, f"anfrage {word[:20]}", f"{word} 7"):
        found = (await caller.get("/quotes", params={"q": text})).json()["data"]
        assert [each["id"] for each in found] == [quote["id"]], text


async def test_lines_that_name_no_tax_have_the_customers_or_the_reason_for_none(caller: Caller) -> None:
    """A rate takes the place of the reason; the version's own reason wins; a line's own rate over all."""
    customer = await caller.customer(tax_rate="0.19")
    lines = [BLOCK, {**DELIVERY, "tax_rate": "0.07"}]
    quote = await caller.draft(customer_id=customer["id"], lines=lines)
    assert [tax["rate"] for tax in quote["taxes"]] == ["0.07", "0.19"]
    changed = await caller.patch(f"/customers/{customer['id']}", {"no_tax_reason": REASON})
    assert (changed.json()["tax_rate"], changed.json()["no_tax_reason"]) == (None, REASON)
    address = f"/quotes/{quote['id']}"
    again = (await caller.put(f"{address}/pricing", {"reprice": True})).json()
    assert [line["tax_rate"] for line in again["lines"]] == [None, "0.07"]
    assert (again["no_tax_reason"], again["untaxed_because"]) == (None, REASON)
    own = {"lines": [DELIVERY], "no_tax_reason": "Export"}
    exported = (await caller.put(f"{address}/pricing", own)).json()
    assert (exported["taxes"], exported["untaxed_because"]) == ([], "Export")
    both = {"tax_rate": "0.19", "no_tax_reason": REASON}
    problem(await caller.patch(f"/customers/{customer['id']}", both), 422, "validation_failed")


async def test_an_offer_is_for_one_of_the_customers_contacts(caller: Caller) -> None:
    """Named by name or address; it goes there where no recipients are named; anybody else is refused by field."""
    customer = await caller.customer(
        contacts=[{"name": "Ann Other"}, MARIA], address=["Street 1"], tax_id="ATU1"
    )
    wrong = await caller.post(
        "/quotes", {"customer_id": customer["id"], "lines": [DELIVERY], "contact": "Nobody"}
    )
    problem(wrong, 422, "validation_failed")
    assert places(wrong) == {("/contact", "unknown_contact")}
    quote = await caller.draft(customer_id=customer["id"], contact="MARIA HUBER")
    address = f"/quotes/{quote['id']}"
    wrong = await caller.post(f"{address}/send", {"contact": "Nobody"})
    problem(wrong, 422, "validation_failed")
    assert places(wrong) == {("/contact", "unknown_contact")}
    sent = (await caller.post(f"{address}/send", {})).json()
    assert [reader["address"] for reader in sent["readers"]] == [MARIA["email"]]
    [version] = (await caller.get(f"{address}/versions")).json()["data"]
    assert version["parties"] == {
        "customer_name": customer["name"],
        "address": ["Street 1"],
        "tax_id": "ATU1",
        "contact": {**MARIA, "phone": None},
        "in_charge": None,
    }
    verified = (await caller.get(f"{address}/events", params={"verify": "true"})).json()
    assert "parties_sha256" in next(e["data"] for e in verified["data"] if e["type"] == "quote.sent")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("customer_reference", "two\nlines", "control_character"),
        ("customer_reference", "x" * 201, "too_long"),
        ("introduction", "bell\x07", "control_character"),
        ("remarks", "x" * 5_001, "too_long"),
        ("delivery_terms", 7, "not_text"),
        ("no_tax_reason", "a\u2028b", "control_character"),
        ("contact", "", "too_short"),
    ],
)
async def test_what_cannot_be_shown_is_refused_by_its_field(
    caller: Caller, field: str, value: object, code: str
) -> None:
    """Nothing is stored."""
    customer = await caller.customer()
    refused = await caller.post("/quotes", {"customer_id": customer["id"], "lines": [DELIVERY], field: value})
    problem(refused, 422, "validation_failed")
    assert places(refused) == {(f"/{field}", code)}
