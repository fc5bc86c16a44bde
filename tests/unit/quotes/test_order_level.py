"""What a quote costs beside its lines: once, whatever the order of the lines, and through the same sums as all else."""

import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from domain.errors import InvalidQuoteOperationError
from domain.money import Money
from domain.offer.content import VersionContent, content_from_data
from domain.offer.line_price import StoredCalculation
from domain.offer.line_request import DiscountRequest, LineRequest, OverrideRequest
from domain.offer.order_level import charges
from domain.offer.repeat import lines_again
from domain.offer.version import Terms, version_content
from domain.presentation.differences.diff import diff
from domain.presentation.sheet import offer_sheet
from domain.pricing import (
    PartSpecification,
    RateCard,
    calculate,
    calculation_to_data,
    rate_card_from_data,
    rate_card_to_data,
    specification_to_data,
)
from tests.unit.pricing import card_oracle
from tests.unit.pricing.parts import EXAMPLE, SHOP_CARD, random_specification
from tests.unit.pricing.random_cards import random_card

TERMS = Terms(customer_tier="standard", currency="EUR")


def shop(**order: str) -> RateCard:
    """The shop's card with these rules for orders, and no minimum per part."""
    return rate_card_from_data(
        {**rate_card_to_data(SHOP_CARD), "minimum_order_value": None, "order": dict(order)}
    )


def stored(part: PartSpecification, card: RateCard) -> StoredCalculation:
    """As a database gives it back."""
    data = json.loads(json.dumps(calculation_to_data(calculate(part, card)), sort_keys=True))
    return StoredCalculation(id="c-1", rate_card_id=card.id, data=data)


def request(position: int, **more: Any) -> LineRequest:
    return LineRequest(position=position, description=f"Part {position}", **more)


def told(content: VersionContent) -> list[tuple[str, str]]:
    return [(line.description, line.total) for line in content.lines if line.is_charge]


def test_charges_are_those_of_fractions_in_any_order_of_the_lines() -> None:
    """Proves shipping, packing and minimum of random quotes by random cards in three currencies; and that discount, tax
    and total are over all of them, whatever stands where.
    """
    random, seen = Random(20261202), Counter[str]()
    for _ in range(60):
        card = random_card(random)
        data, digits = rate_card_to_data(card), card_oracle.DIGITS[card.currency]
        parts = [(_part(random, card), random.choice(list(card.tiers))) for _ in range(random.randint(1, 5))]
        asked: list[tuple[LineRequest, StoredCalculation | None]] = [
            (request(at, tier=tier, tax_rate=random.choice((None, "0.07", "0.19"))), stored(part, card))
            for at, (part, tier) in enumerate(parts, start=1)
        ]
        free = LineRequest(position=9, description="Gauge", quantity=2, unit_price="12", tax_rate="0.19")
        asked.append((free, None))
        discount = DiscountRequest(reason="r", rate="0.035")
        terms = replace(TERMS, currency=card.currency, discount=discount)
        content = version_content(asked, terms)
        goods = sum(_minor(line.total, digits) for line in content.lines if not line.is_charge)
        expected = card_oracle.charges(
            data,
            [
                (specification_to_data(p) | {"shipping_distance_zone": p.shipping_distance_zone}, t)
                for p, t in parts
            ],
            goods,
        )
        found = [_minor(line.total, digits) for line in content.lines if line.is_charge]
        assert sorted(found) == sorted(expected.values()), (card, parts)
        seen.update(name.split()[0] for name in expected)
        _assert_sums(content, digits)
        random.shuffle(asked)
        other = version_content(
            [(replace(line, position=at), each) for at, (line, each) in enumerate(asked, 1)], terms
        )
        assert told(other) == told(content)
        assert (other.total, other.taxes, other.discount) == (content.total, content.taxes, content.discount)
    assert set(seen) == {"shipping", "packing", "minimum"}


def _part(random: Random, card: RateCard) -> PartSpecification:
    kind = random.choice(list(card.customer_discounts.by_tier))
    part = random_specification(random)
    return replace(part, customer_tier=kind, quantity=min(part.quantity, 20))


def _minor(amount: str, digits: int) -> int:
    return int(Decimal(amount).scaleb(digits))


def _assert_sums(content: VersionContent, digits: int) -> None:
    """Lines less the discount plus the taxes are the total, and every tax is that of its base."""
    lines = sum(Fraction(line.total) for line in content.lines)
    assert content.discount is not None
    off = card_oracle.half_up(lines * Fraction("0.035"), digits)
    assert _minor(content.discount.amount, digits) == off
    for tax in content.taxes:
        assert _minor(tax.amount, digits) == card_oracle.half_up(
            Fraction(tax.base) * Fraction(tax.rate), digits
        )
    taxes = sum(Fraction(tax.amount) for tax in content.taxes)
    assert Fraction(content.total.amount) == lines - Fraction(off, 10**digits) + taxes


def test_shipping_once_for_the_quote_by_hand() -> None:
    """Two parts of 20 pieces at `standard`: (15.00 + max(2 × 6.21 × 4.25, 2 × 2000 × 0.008)) × 1.3 = 88.12 (88.1205)."""
    card = shop(shipping="per_quote")
    part, far = EXAMPLE, replace(EXAMPLE, shipping_distance_zone=2)
    content = version_content([(request(1), stored(part, card)), (request(2), stored(far, card))], TERMS)
    assert told(content) == [("Shipping", "88.12")]
    # Each part is cheaper by its own shipping: 4261.23 with 41.39 of it.
    assert [line.total for line in content.lines] == ["4219.84", "4219.84", "88.12"]
    [first, *_] = content.lines
    [shipping] = [entry for entry in first.breakdown if entry["name"] == "shipping"]
    assert (shipping["amount"], shipping["formula"]) == ("0.00", "charged once for the quote")
    explained = content.lines[2].breakdown[0]
    assert explained["formula"] == (
        "(15 EUR + the greater of 12.42 kg × 4.25 EUR/kg and 4000 cm³ × 0.008 EUR/cm³) × zone factor 1.3, once for 2 lines"
    )
    assert explained["rule"] == "order.shipping, tiers.standard.shipping"


def test_each_tier_is_shipped_once() -> None:
    """Proves that the base fee is charged once for each tier, and that the customer reads which is which."""
    card = shop(shipping="per_quote")
    asked = [
        (request(at, tier=tier), stored(EXAMPLE, card))
        for at, tier in enumerate(("standard", "economy", "standard"), 1)
    ]
    assert [name for name, _ in told(version_content(asked, TERMS))] == [
        "Shipping, Economy",
        "Shipping, Standard",
    ]


def test_the_minimum_is_once_for_the_quote_and_packing_beside_it() -> None:
    """Five small parts at a minimum of 5000 are 5000, not 25,000; packing comes on top, at the highest tax."""
    card = shop(minimum_order_value="5000.00", packing="12.50")
    small = replace(EXAMPLE, quantity=1)
    asked = [
        (request(at, tier="economy", tax_rate=rate), stored(small, card))
        for at, rate in enumerate(("0.07", "0.19", None, "0.07", "0.07"), 1)
    ]
    content = version_content(asked, TERMS)
    goods = sum(Decimal(line.total) for line in content.lines if not line.is_charge)
    assert goods < 5000
    assert told(content) == [("Packing", "12.50"), ("Minimum order surcharge", str(5000 - goods))]
    assert str(content.subtotal) == "5012.50"
    assert {line.tax_rate for line in content.lines if line.is_charge} == {"0.19"}
    assert not [each for each in content.warnings if each["code"] == "minimum_for_each_part"]


def test_a_minimum_that_is_reached_and_a_quote_without_parts_have_no_charge() -> None:
    """Proves that nothing is charged where there is nothing to charge, and that credits count."""
    card = shop(minimum_order_value="4261.23")
    line = (request(1), stored(EXAMPLE, card))
    assert told(version_content([line], TERMS)) == []
    credit = LineRequest(position=2, description="Credit", quantity=1, unit_price="-100")
    assert told(version_content([line, (credit, None)], TERMS)) == [("Minimum order surcharge", "100.00")]
    free = LineRequest(position=1, description="Hour", quantity=1, unit_price="10")
    assert told(version_content([(free, None)], TERMS)) == []


@pytest.mark.parametrize("order", [{}, {"minimum_order_value": "100.00"}])
def test_credits_of_more_than_there_is_are_not_lifted(order: dict[str, str]) -> None:
    """Proves that a sum below nothing is refused as ever, with a minimum and without."""
    line = (request(1), stored(EXAMPLE, shop(**order)))
    credit = LineRequest(position=2, description="Credit", quantity=1, unit_price="-9000")
    with pytest.raises(InvalidQuoteOperationError, match="credits exceed what is charged"):
        version_content([line, (credit, None)], TERMS)
    free = LineRequest(position=1, description="Hour", quantity=1, unit_price="10")
    with pytest.raises(InvalidQuoteOperationError, match="credits exceed what is charged"):
        version_content([(free, None), (credit, None)], TERMS)


def test_a_price_that_a_person_set_is_shipped_and_packed_like_any_other() -> None:
    """Proves that an override stands for the part alone."""
    card = shop(packing="12.50", shipping="per_quote")
    line = request(1, override=OverrideRequest(reason="r", total="100.00"))
    content = version_content([(line, stored(EXAMPLE, card))], TERMS)
    assert [line.total for line in content.lines] == ["100.00", "41.39", "12.50"]


def test_charges_are_stored_shown_and_compared_and_never_asked_for_again() -> None:
    """Proves the stored form, the customer's sheet, the comparison, and that a copy charges once."""
    card = shop(packing="12.50", minimum_order_value="9000")
    asked = [(request(1), stored(EXAMPLE, card)), (request(2), stored(EXAMPLE, card))]
    content = version_content(asked, TERMS)
    again = content_from_data(json.loads(json.dumps(content.to_data())))
    assert again == content
    assert again.content_hash == content.content_hash
    sheet = offer_sheet(content)
    assert [(line.description, line.total) for line in sheet.lines[2:]] == [
        ("Packing", "12.50"),
        ("Minimum order surcharge", "477.54"),
    ]
    assert [line["description"] for line in lines_again(content, reprice=False, keep_overrides=True)] == [
        "Part 1",
        "Part 2",
    ]
    less = version_content(asked[:1], replace(TERMS, before=content))
    found = diff(content, less)
    assert [line.description for line in found.removed] == ["Part 2"]
    assert [line.description for line in found.changed] == ["Minimum order surcharge"]


def test_an_override_is_handed_on_beside_charges() -> None:
    """Proves that the only part of two versions is the same part, although each has a charge below it."""
    card = shop(packing="12.50")
    line = request(1, override=OverrideRequest(reason="r", unit_price="99.00"))
    before = version_content([(line, stored(EXAMPLE, card))], TERMS)
    renamed = replace(request(1), description="Another name")
    after = version_content(
        [(renamed, stored(EXAMPLE, card))], replace(TERMS, before=before, keep_overrides=True)
    )
    assert [fate.fate for fate in after.override_fates] == ["kept"]
    assert told(after) == [("Packing", "12.50")]


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_charges_of_nothing_are_none(currency: str) -> None:
    """Proves that a quote without lines, or by cards that say nothing of orders, costs nothing beside them."""
    assert charges((), currency) == ()
    assert str(Money.zero(currency).amount) in {"0", "0.00", "0.000"}
    content = version_content([(request(1), stored(EXAMPLE, SHOP_CARD))], TERMS)
    assert told(content) == []
    assert "order" not in content.to_data()["lines"][0]
