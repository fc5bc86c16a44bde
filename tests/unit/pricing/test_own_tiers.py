"""The tiers of parts and of customers are those of the card, in its order, and customers read its labels."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from domain import wording
from domain.errors import InvalidQuoteOperationError
from domain.offer.content import content_from_data
from domain.offer.line_price import StoredCalculation
from domain.offer.line_request import LineRequest
from domain.offer.version import Terms, version_content
from domain.presentation.differences.diff import diff
from domain.presentation.sheet import offer_sheet
from domain.pricing import (
    DEFAULT_RATE_CARD,
    InvalidSpecificationError,
    LineName,
    RateCard,
    calculate,
    calculation_to_data,
    rate_card_from_data,
    rate_card_to_data,
    review,
    specification_from_data,
    specification_to_data,
)
from domain.pricing.calculation_data import tiers_in_order
from tests.unit.pricing.parts import EXAMPLE, SHOP_CARD

BEFORE: Final = json.loads(Path(__file__).with_name("before_own_tiers.json").read_text())
"""Two cards as they were stored when every card had the same tiers, and digests of calculations by them."""


def own_card(**changes: Any) -> RateCard:
    """A shop's own: two service levels, slow ones first, two kinds of customers, labels."""
    data = rate_card_to_data(SHOP_CARD)
    slow, fast = data["tiers"]["economy"], data["tiers"]["expedited"]
    data["tiers"] = {"3 weeks": {**slow, "label": "Drei Wochen"}, "24h": {**fast, "label": "Über Nacht"}}
    data["customer_discounts"] = {
        "by_tier": {"trade": "0.10", "private": "0"},
        "by_quantity": [],
        "labels": {"trade": "Handel"},
    }
    data["materials"]["aluminum"]["label"] = "EN AW-6082"
    data["processes"]["cnc"]["label"] = "gefräst"
    data["finishes"]["anodized"]["label"] = "eloxiert"
    reviewed = review({**data, **changes})
    assert reviewed.card is not None, reviewed.errors
    return reviewed.card


PART = replace(EXAMPLE, customer_tier="trade", surface_finish="Anodized")


def stored(card: RateCard) -> StoredCalculation:
    """A calculation as a database gives it back: the keys of objects in another order."""
    data = json.loads(json.dumps(calculation_to_data(calculate(PART, card)), sort_keys=True))
    return StoredCalculation(id="c-1", rate_card_id=card.id, data=data)


def test_cards_and_calculations_of_before_keep_every_byte() -> None:
    """Proves that nothing which was stored, hashed or answered reads differently by a card without the new fields; but that a
    remark begins with what people call its tier, where its name for programs stood.
    """
    cards = [rate_card_from_data(data) for data in BEFORE["cards"]]
    assert [rate_card_to_data(card) for card in cards] == BEFORE["cards"]
    assert list(map(list, map(rate_card_to_data, cards))) == list(map(list, BEFORE["cards"]))
    for case in BEFORE["calculations"]:
        card = cards[case["card"]]
        part = specification_from_data(case["specification"], card=card)
        assert specification_to_data(part) == case["specification"]
        told = json.dumps(calculation_to_data(calculate(part, card)), ensure_ascii=False)
        for tier in card.tiers:
            told = told.replace(f'"{wording.service(tier)}: ', f'"{tier}: ')
        assert hashlib.sha256(told.encode()).hexdigest() == case["sha256"]


def test_a_part_is_priced_at_the_cards_tiers_in_its_order() -> None:
    """Proves that the prices are those of the same rules under other names, slow before fast as the card has it."""
    made, known = calculate(PART, own_card()), calculate(replace(PART, customer_tier="standard"), SHOP_CARD)
    assert list(made.tiers) == ["3 weeks", "24h"]
    for own, old in (("3 weeks", "economy"), ("24h", "expedited")):
        mine, theirs = (
            {line.name: line.amount for line in price.lines} for price in (made.tiers[own], known.tiers[old])
        )
        assert mine.pop(LineName.CUSTOMER_DISCOUNT) > theirs.pop(LineName.CUSTOMER_DISCOUNT) == 0
        assert mine == theirs
        assert f"tiers.{own}.margin" in {line.rule for line in made.tiers[own].lines}


def test_a_stored_calculation_keeps_the_order_of_its_card() -> None:
    """Proves that what a database does to keys changes no order that is shown, of old calculations neither."""
    assert tiers_in_order(stored(own_card()).data) == ["3 weeks", "24h"]
    old = calculation_to_data(calculate(EXAMPLE, DEFAULT_RATE_CARD))
    shuffled = json.loads(json.dumps(old, sort_keys=True))
    assert tiers_in_order(shuffled) == list(DEFAULT_RATE_CARD.tiers)
    assert set(old) == set(shuffled)
    assert not {"tier_order", "labels"} & set(old)


def test_who_says_nothing_has_standard_or_the_first() -> None:
    """Proves the defaults of a line and of a customer on a card with and without `standard`."""
    card = own_card()
    assert (card.default_tier, card.default_customer_tier) == ("3 weeks", "trade")
    assert (DEFAULT_RATE_CARD.default_tier, DEFAULT_RATE_CARD.default_customer_tier) == ("standard",) * 2
    asked = {name: text for name, text in specification_to_data(PART).items() if name != "customer_tier"}
    assert specification_from_data(asked, card=card).customer_tier == "trade"
    [line] = version_content(
        [(LineRequest(position=1, description="Block"), stored(card))],
        Terms(customer_tier="trade", currency="EUR"),
    ).lines
    assert line.tier == "3 weeks"


def test_what_the_card_has_not_is_refused_with_what_it_has() -> None:
    """Proves that a kind of customer and a tier are held to the card, by field, with what would be taken."""
    card = own_card()
    with pytest.raises(InvalidSpecificationError) as refusal:
        calculate(EXAMPLE, card)
    [problem] = refusal.value.problems
    assert (problem.field, problem.code) == ("customer_tier", "unknown_customer_tier")
    assert problem.allowed == ("trade", "private")
    request = LineRequest(position=1, description="Block", tier="economy")
    with pytest.raises(InvalidQuoteOperationError, match="line 1: tier must be one of 3 weeks, 24h"):
        version_content([(request, stored(card))], Terms(customer_tier="trade", currency="EUR"))


def test_customers_read_labels_as_they_were_on_that_day() -> None:
    """Proves that labels are stored with the version, reach the sheet, and need no card to be read later."""
    card = own_card()
    request = LineRequest(position=1, description="", tier="24h")
    content = version_content([(request, stored(card))], Terms(customer_tier="trade", currency="EUR"))
    [line] = offer_sheet(content_from_data(json.loads(json.dumps(content.to_data())))).lines
    assert line.description == "Part, EN AW-6082, 100 × 50 × 20 mm"
    assert line.specification.split(", ")[:2] == ["EN AW-6082", "gefräst"]
    assert "finish: eloxiert" in line.specification
    assert line.service == "Über Nacht"
    assert content.lines[0].labels == {
        "materials": {"aluminum": "EN AW-6082"},
        "processes": {"cnc": "gefräst"},
        "finishes": {"Anodized": "eloxiert"},
        "tiers": {"24h": "Über Nacht"},
    }


def test_a_label_that_changed_is_told_to_staff() -> None:
    """Proves that two versions which read differently differ, although every name and price is the same."""
    terms = Terms(customer_tier="trade", currency="EUR")
    data = rate_card_to_data(own_card())
    data["tiers"]["24h"]["label"] = "Express"
    request = LineRequest(position=1, description="Block", tier="24h")
    old, new = (
        version_content([(request, stored(card))], terms) for card in (own_card(), rate_card_from_data(data))
    )
    [changed] = diff(old, new).changed
    assert [(each.field, each.old["24h"], each.new["24h"]) for each in changed.fields] == [
        ("labels", "Über Nacht", "Express")
    ]


def test_contents_without_labels_keep_their_form_and_their_words() -> None:
    """Proves that no key is added to the content of a card without labels, and that names are told as before."""
    plain = StoredCalculation(
        id="c-1",
        rate_card_id="card-1",
        data=calculation_to_data(calculate(EXAMPLE, DEFAULT_RATE_CARD)),
    )
    terms = Terms(customer_tier="standard", currency="EUR")
    content = version_content([(LineRequest(position=1, description="Block"), plain)], terms)
    assert "labels" not in content.to_data()["lines"][0]
    assert offer_sheet(content).lines[0].specification.startswith("Aluminium, CNC machined")
    assert wording.service("domestic_economy") == "Domestic economy"
