"""An order as it is handed over: what was chosen and nothing else, the same each time; and what counts as its reference."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.offer.choice import PickRequest
from domain.offer.content import VersionContent
from domain.offer.line_request import LineRequest
from domain.proof.order import (
    GIVE_UP_AFTER,
    PlacedOrder,
    order_body,
    order_key,
    ordering_customer,
    read_reference,
)
from domain.quotes.decide import decide
from tests.unit.quotes.build import QUOTE, START, applied
from tests.unit.quotes.test_choice import offered
from tests.unit.quotes.test_chosen import accept, sent

CUSTOMER = {
    "id": "7",
    "name": "Žižka & Søn",
    "email": "ada@zizka.example",
    "address": ["Dlouhá 1"],
    "tax_id": None,
}
PLATE = LineRequest(
    position=1,
    description="Plate\nas drawn",
    part_number="PN-1",
    part_revision="B",
    customer_part_number="Z-9",
    quantity=3,
    unit_price="10",
    lead_time_days=7,
)


def placed(content: VersionContent, *wishes: PickRequest) -> PlacedOrder:
    """The order of what was chosen, in full."""
    quote = applied(decide(sent(content), accept(content, *wishes))).quote
    assert quote.acceptance is not None
    return PlacedOrder(
        key=order_key(quote.acceptance.command_id),
        asked_at=START,
        now=START,
        quote=quote,
        content=content,
        content_hash=content.content_hash,
        external_id="ERP-1",
        customer=CUSTOMER,
        contact="Ada",
        purchase_order_number="PO-4711",
        documents={"quote": "a" * 64, "acceptance": None},
    )


def told(order: PlacedOrder) -> dict[str, Any]:
    """What is posted of it."""
    body = json.loads(order_body(order))
    assert body["type"] == "order"
    assert body["timestamp"] == body["data"]["accepted_at"] == "2026-11-24T10:00:00Z"
    found: dict[str, Any] = body["data"]
    return found


def test_what_was_chosen_is_ordered_and_comes_to_what_was_accepted() -> None:
    """Of six prices one, without what was left out, and its sums add up."""
    order = placed(offered(), PickRequest(position=1, quantity=25), PickRequest(position=3))
    data = told(order)
    assert [(line["position"], line["quantity"], line["tier"], line["total"]) for line in data["lines"]] == [
        (1, 25, "standard", "200.00"),
        (2, 1, None, "45.00"),
        (3, 1, None, "120.00"),
    ]
    assert [(pick["position"], pick["quantity"], pick["tier"]) for pick in data["selection"]] == [
        (1, 25, "standard"),
        (2, 1, None),
        (3, 1, None),
    ]
    sums = ("currency", "subtotal", "net_total", "tax_total", "accepted_total")
    assert [data[name] for name in sums] == ["EUR", "365.00", "365.00", "0.00", "365.00"]
    assert str(order.quote.price) == data["accepted_total"]
    without = told(placed(offered(), PickRequest(position=1, quantity=10)))
    assert ([line["position"] for line in without["lines"]], without["accepted_total"]) == ([1, 2], "145.00")


def test_who_ordered_and_what_a_line_is_stand_in_it() -> None:
    """As typed, in UTF-8; what a document could not be made of is null."""
    order = placed(offered(PLATE))
    data = told(order)
    assert data["quote"] == {
        "id": QUOTE,
        "number": "Q-2026-00001",
        "external_id": "ERP-1",
        "version": 1,
        "content_hash": order.content.content_hash,
    }
    assert (data["customer"], data["contact"], data["purchase_order_number"]) == (CUSTOMER, "Ada", "PO-4711")
    assert data["documents"] == {"quote": "a" * 64, "acceptance": None}
    assert data["lines"] == [
        {
            "position": 1,
            "kind": "free",
            "description": "Plate\nas drawn",
            "part_number": "PN-1",
            "part_revision": "B",
            "customer_part_number": "Z-9",
            "quantity": 3,
            "unit": None,
            "unit_price": "10.00",
            "total": "30.00",
            "tier": None,
            "lead_time_days": 7,
            "specification": None,
        }
    ]
    assert [pick["position"] for pick in data["selection"]] == [1], "also where nothing could be chosen"
    assert "Žižka & Søn" in order_body(order)


def test_each_attempt_tells_the_same() -> None:
    """Whenever it is, and after as many failures; and the key is the acceptance's."""
    order = placed(offered())
    later = replace(order, now=START + timedelta(days=3), asked_at=START + timedelta(days=2))
    assert order_body(later) == order_body(order)
    assert order.quote.acceptance is not None
    assert told(order)["key"] == f"order_{order.quote.acceptance.command_id}"


def test_who_was_forgotten_is_named_nowhere() -> None:
    """By a version from which a person was taken out; the contact's address counts before the signer's."""
    gone: dict[str, Any] = {"address": [], "tax_id": None, "contact": None, "in_charge": None, "salt": "0"}
    assert ordering_customer("7", "(forgotten)", gone, None) == {
        "id": "7",
        "name": "(forgotten)",
        "email": None,
        "address": [],
        "tax_id": None,
    }
    contact = {"name": "Ada", "phone": None, "email": "ada@zizka.example"}
    assert (
        ordering_customer("7", "-", gone | {"contact": contact}, "bea@zizka.example")["email"]
        == contact["email"]
    )
    unreachable = contact | {"email": None}
    assert (
        ordering_customer("7", "-", gone | {"contact": unreachable}, "bea@zizka.example")["email"]
        == "bea@zizka.example"
    )


def test_there_is_no_order_without_a_yes() -> None:
    """Whoever asks for one has lost his way."""
    order = placed(offered())
    with pytest.raises(ValueError, match="nothing was ordered"):
        order_body(replace(order, quote=sent(offered())))


def test_it_is_given_up_after_four_days() -> None:
    """Since it was asked for, by the quote's clock."""
    order = placed(offered())
    for since, is_given_up in ((timedelta(days=4), True), (timedelta(days=4) - timedelta(seconds=1), False)):
        assert replace(order, now=START + since).is_given_up is is_given_up
    assert timedelta(days=4) == GIVE_UP_AFTER


@pytest.mark.parametrize(
    ("body", "reference"),
    [
        (b'{"reference": "SO-4711"}', "SO-4711"),
        (b'{"reference": "  SO 4711\\n"}', "SO 4711"),
        ('{"id": 1, "reference": "Auftrag \u2116 7"}'.encode(), "Auftrag \u2116 7"),
        (b'\xef\xbb\xbf{"reference": 4711}', "4711"),
        (b'{"reference": "' + 200 * b"x" + b'"}', 200 * "x"),
        (b'{"reference": "' + 201 * b"x" + b'"}', None),
        (b'{"reference": ' + 5000 * b"1" + b"}", None),
        (b'{"reference": "SO\\u0000"}', None),
        (b'{"reference": "SO\\u001b[2J"}', None),
        (b'{"reference": "SO\\r\\nX: 1"}', None),
        (b'{"reference": "SO\\u202e"}', None),
        (b'{"reference": "\\ud800"}', None),
        (b'{"reference": ""}', None),
        (b'{"reference": null}', None),
        (b'{"reference": true}', None),
        (b'{"reference": 47.11}', None),
        (b'{"reference": ["SO-1"]}', None),
        (b'["SO-1"]', None),
        (b'"SO-1"', None),
        (b"SO-1", None),
        (b"", None),
        (b'{"reference": "SO-\xff"}', None),
        (b'{"reference": "SO-', None),
        (100_000 * b"[", None),
    ],
)
def test_what_counts_as_a_reference(body: bytes, reference: str | None) -> None:
    """A text that can be shown in a line, or a whole number; never an error for what another system has answered."""
    assert read_reference(body) == reference
