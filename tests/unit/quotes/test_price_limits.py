"""Slips are caught: what a version sells below cost, below the least margin, or beyond the largest discount, is warned of."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pytest

from domain.offer.content import VersionContent, content_from_data
from domain.offer.line_price import StoredCalculation
from domain.offer.line_request import DiscountRequest, LineRequest, OverrideRequest
from domain.offer.version import Terms, version_content
from domain.pricing import DEFAULT_RATE_CARD, calculate, calculation_to_data
from domain.pricing.calculation_data import limits_of, limits_passed, told_warnings
from tests.unit.pricing.parts import EXAMPLE, random_specification
from tests.unit.pricing.random_cards import random_card

TERMS = Terms(customer_tier="standard", currency="EUR")
Prices = Mapping[tuple[int, str], tuple[str, str]]
"""By quantity and tier: the computed price without shipping, and its cost."""


def calculation(
    prices: Prices, *, shipping: str = "0.00", order: Mapping[str, Any] | None = None, **limits: str
) -> StoredCalculation:
    """One for each quantity, with a cost line, a margin, and shipping beside the price."""
    made = []
    for quantity in dict.fromkeys(quantity for quantity, _ in prices):
        tiers = {}
        for tier in dict.fromkeys(tier for each, tier in prices if each == quantity):
            price, cost = prices[quantity, tier]
            tiers[tier] = {
                "lead_time_days": 10,
                "price_per_piece": "1.00",
                "total_price": money(int(Fraction(price) * 100) + int(Fraction(shipping) * 100)),
                "lines": [
                    {"name": "material", "amount": cost, "inputs": {}},
                    {"name": "margin", "amount": "0.00", "inputs": {"base": cost, "rate": "0"}},
                    {"name": "shipping", "amount": shipping, "inputs": {}},
                ],
            }
        data = {
            "currency": "EUR",
            "specification": {"quantity": quantity, "material": "steel"},
            "tiers": tiers,
            "tier_order": list(tiers),
            "labels": {"tiers": {"economy": "Slow and cheap"}},
            "quantity_breaks": [],
            "warnings": [],
            **({"limits": limits} if limits else {}),
            **({"order": dict(order)} if order else {}),
        }
        made.append(StoredCalculation(id=f"c-{quantity}", rate_card_id="card", data=data))
    return replace(made[0], others=tuple(made[1:]))


def money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def one(price: str, cost: str, **more: Any) -> StoredCalculation:
    """Ten pieces at one tier."""
    return calculation({(10, "standard"): (price, cost)}, **more)


def line(position: int = 1, **more: Any) -> LineRequest:
    return LineRequest(position=position, description="Bracket", tier="standard", **more)


def free(position: int, unit_price: str, **more: Any) -> LineRequest:
    return LineRequest(position=position, description="Free", quantity=1, unit_price=unit_price, **more)


def version(
    *priced: tuple[LineRequest, StoredCalculation | None], discount: DiscountRequest | None = None
) -> VersionContent:
    return version_content(priced, replace(TERMS, discount=discount))


def found(content: VersionContent) -> list[tuple[int | None, str]]:
    """Line and code of each warning, all of which need a confirmation."""
    assert all(each["needs_confirmation"] for each in content.warnings)
    return [(each["line"], each["code"]) for each in content.warnings]


def override(total: str) -> OverrideRequest:
    return OverrideRequest(reason="friend", total=total)


def off(rate: str | None = None, amount: str | None = None) -> DiscountRequest:
    return DiscountRequest(reason="bulk", rate=rate, amount=amount)


@pytest.mark.parametrize(("total", "expected"), [("99.99", ["below_cost"]), ("100.00", []), ("100.01", [])])
def test_a_price_below_cost_is_a_slip_and_one_at_cost_is_none(total: str, expected: list[str]) -> None:
    """By hand, in any card: nothing else is checked of one without limits."""
    content = version((line(override=override(total)), one("145.00", "100.00")))
    assert [code for _, code in found(content)] == expected
    assert content.to_confirm == tuple(expected)


def test_the_warning_names_the_line_and_the_figures() -> None:
    """What is missing, of what, for how many."""
    content = version((line(override=override("80.00")), one("145.00", "100.00")))
    assert content.warnings[0]["message"] == (
        "10 pieces, Standard: the price of EUR 80.00 is EUR 20.00 below the cost of EUR 100.00"
    )
    tight = version((line(override=override("110.00")), one("145.00", "100.00", least_margin="0.15")))
    assert tight.warnings[0]["message"] == (
        "10 pieces, Standard: the price of EUR 110.00 leaves a margin of 10 % on a cost of EUR 100.00; "
        "the rate card's least margin is 15 %"
    )
    far = version((line(discount=off("0.125")), one("145.00", "100.00", largest_discount="0.1")))
    assert far.warnings[0]["message"] == (
        "10 pieces, Standard: 12.5 % is taken off the computed price of EUR 145.00; "
        "the rate card's largest discount is 10 %"
    )


@pytest.mark.parametrize(
    ("total", "expected"),
    [("114.99", ["below_least_margin"]), ("115.00", []), ("115.01", []), ("99.99", ["below_cost"])],
)
def test_the_least_margin_is_a_rate_on_cost(total: str, expected: list[str]) -> None:
    """15 % of 100.00; what is below cost is not told twice."""
    content = version((line(override=override(total)), one("145.00", "100.00", least_margin="0.15")))
    assert [code for _, code in found(content)] == expected


def test_shipping_in_a_price_covers_no_cost() -> None:
    """145.00 with 20.00 of shipping: 120.00 are at cost."""
    priced = one("125.00", "100.00", shipping="20.00")
    assert found(version((line(override=override("119.99")), priced))) == [(1, "below_cost")]
    assert found(version((line(override=override("120.00")), priced))) == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"discount": off("0.1")}, []),
        ({"discount": off("0.100001")}, ["beyond_largest_discount"]),
        ({"discount": off(amount="10.01")}, []),
        ({"discount": off(amount="10.02")}, ["beyond_largest_discount"]),
        ({"override": override("90.13")}, []),
        ({"override": override("90.12")}, ["beyond_largest_discount"]),
        ({"override": override("95.00"), "discount": off("0.05")}, []),
        ({"override": override("95.00"), "discount": off("0.06")}, ["beyond_largest_discount"]),
    ],
)
def test_the_largest_discount_is_of_the_computed_price(asked: dict[str, Any], expected: list[str]) -> None:
    """Of 100.14 by rate, by amount, by hand and by both; a rate at the limit stays there, whatever it is rounded to (10.02
    for 10 %, which is more).
    """
    content = version((line(**asked), one("100.14", "10.00", largest_discount="0.1")))
    assert [code for _, code in found(content)] == expected


def test_without_limits_on_the_card_no_discount_is_too_large() -> None:
    """Only cost is checked."""
    assert found(version((line(discount=off("0.3")), one("145.00", "100.00")))) == []
    assert found(version((line(discount=off("0.32")), one("145.00", "100.00")))) == [(1, "below_cost")]


def test_a_free_line_has_no_cost() -> None:
    """Nothing is said of what nobody has calculated, discounted or not."""
    assert found(version((free(1, "0.01", discount=off("0.9")), None))) == []


def test_a_discount_on_the_quote_counts_for_every_line() -> None:
    """By rate its own; 31 % of 145.00 leave 100.05, 32 % leave 98.60."""
    priced = (line(), one("145.00", "100.00"))
    assert found(version(priced, discount=off("0.31"))) == []
    content = version(priced, discount=off("0.32"))
    assert found(content) == [(1, "below_cost")]
    assert content.warnings[0]["message"].endswith("(with what is taken off the quote)")


def test_a_discount_on_the_quote_that_is_too_large_is_told_once() -> None:
    """Not for each line; and where only both together are, it is the line that is named."""
    lines = [(line(at), one("100.00", "10.00", largest_discount="0.1")) for at in (1, 2)]
    assert found(version(*lines, discount=off("0.1"))) == []
    content = version(*lines, discount=off("0.100001"))
    assert found(content) == [(None, "beyond_largest_discount")]
    assert content.warnings[0]["message"] == (
        "discount and credits take 10.01 % off the quote; the rate card's largest discount is 10 %"
    )
    both = [(line(1, discount=off("0.06")), lines[0][1]), lines[1]]
    assert found(version(*both, discount=off("0.05"))) == [(1, "beyond_largest_discount")]
    assert found(version(*both, discount=off("0.04"))) == []


@pytest.mark.parametrize(("credit", "expected"), [("-60", []), ("-60.01", ["below_cost", "below_cost"])])
def test_a_credit_counts_like_a_discount_by_amount(credit: str, expected: list[str]) -> None:
    """60.00 of 300.00 is a fifth: lines of 125.00 and 100.00 are at their cost of 100.00 and 80.00."""
    content = version(
        (line(1), one("125.00", "100.00")),
        (line(2), one("100.00", "80.00")),
        (free(3, "75"), None),
        (free(4, credit), None),
    )
    assert [code for _, code in found(content)] == expected


@pytest.mark.parametrize("optional", [False, True])
def test_what_lifts_a_quote_to_its_minimum_is_charged_too(optional: bool) -> None:
    """A credit, which whoever may leave it out will take, of 40.00 takes 100.00 down to 60.00, and the minimum of 150.00 lifts it by 90.00: 40.00 of 190.00 are
    taken off, which leaves 78.95 of the line.
    """
    order = {"minimum_order_value": "150"}
    credit = free(2, "-40", optional=optional), None
    lifted = [(line(1), one("100.00", "78.94", order=order)), credit]
    assert found(version(*lifted)) == []
    lifted[0] = (line(1), one("100.00", "78.95", order=order))
    assert found(version(*lifted)) == [(1, "below_cost")]
    alone = [(line(1), one("100.00", "78.94")), credit]
    assert found(version(*alone)) == [(1, "below_cost")]


def test_every_choice_is_checked_and_the_worst_is_named() -> None:
    """Of two quantities and two tiers two are below cost: the one that loses most of it is told, once."""
    prices = {
        (10, "standard"): ("110.00", "100.00"),
        (10, "economy"): ("99.00", "100.00"),
        (50, "standard"): ("500.00", "490.00"),
        (50, "economy"): ("450.00", "490.00"),
    }
    asked = LineRequest(
        position=3, description="Bracket", quantities=(10, 50), tiers=("standard", "economy"), tier="standard"
    )
    content = version((asked, calculation(prices)))
    assert found(content) == [(3, "below_cost")]
    assert content.warnings[0]["message"].startswith("50 pieces, Slow and cheap: the price of EUR 450.00 is")


def test_an_optional_line_is_checked_as_if_it_were_had() -> None:
    """It is out by default, and may be ordered."""
    content = version(
        (line(1), one("145.00", "100.00")),
        (line(2, optional=True, override=override("90.00")), one("145.00", "100.00")),
    )
    assert found(content) == [(2, "below_cost")]


def test_an_amount_weighs_most_beside_the_least_that_can_be_had() -> None:
    """40.00 off 290.00 leave 125.00 of 145.00; off the first line alone, which the customer may order, 105.00."""
    lines = [(line(1), one("145.00", "110.00")), (line(2, optional=True), one("145.00", "100.00"))]
    assert found(version(*lines, discount=off(amount="40"))) == [(1, "below_cost")]
    sure = [lines[0], (line(2), lines[1][1])]
    assert found(version(*sure, discount=off(amount="40"))) == []


def test_a_choice_that_nobody_can_order_is_no_slip() -> None:
    """300.00 off are more than ten pieces come to, alone or with all else, which is refused; of fifty they leave 200.00."""
    prices = {(50, "standard"): ("500.00", "190.00"), (10, "standard"): ("110.00", "100.00")}
    asked = LineRequest(position=1, description="Bracket", quantities=(50, 10), tier="standard")
    assert found(version((asked, calculation(prices)), discount=off(amount="300"))) == []
    more = free(2, "190.01", optional=True), None
    assert found(version((asked, calculation(prices)), more, discount=off(amount="300"))) == [
        (1, "below_cost")
    ]


def test_a_version_with_slips_is_stored_and_read_as_it_was() -> None:
    """Form and hash; one without slips has the form of before."""
    content = version((line(override=override("80.00")), one("145.00", "100.00")))
    assert content_from_data(content.to_data()) == content
    assert content_from_data(content.to_data()).to_confirm == ("below_cost",)
    assert version((line(), one("145.00", "100.00"))).to_data()["warnings"] == []


def test_the_tier_of_just_the_least_margin_keeps_it() -> None:
    """Proves on real calculations of odd figures that rounding makes no slip of a price that nobody touched."""
    tight = replace(DEFAULT_RATE_CARD, least_margin=DEFAULT_RATE_CARD.tiers["standard"].margin)
    for quantity in range(1, 10):
        for digits in (None, 0, 3):
            card = replace(tight, price_per_piece_digits=digits)
            part = replace(EXAMPLE, quantity=quantity, height_mm=Decimal(20 * quantity) / 7)
            assert "standard" not in limits_of(calculate(part, card)), (quantity, digits)


def test_the_cards_own_discounts_can_be_a_slip() -> None:
    """25 % margin less 22 % on it at 100 pieces is less than nothing; the calculation tells it, and does not store it."""
    made = calculate(replace(EXAMPLE, quantity=100), DEFAULT_RATE_CARD)
    data: dict[str, Any] = dict(calculation_to_data(made))
    assert list(limits_passed(data)) == list(limits_of(made)) == ["domestic_economy"]
    assert [each["code"] for each in told_warnings(data)] == [
        *(each["code"] for each in data["warnings"]),
        "below_cost",
    ]
    assert "limits" not in data
    limited = replace(DEFAULT_RATE_CARD, least_margin=EXAMPLE.geometric_complexity_score / 10)
    assert dict(calculation_to_data(calculate(EXAMPLE, limited)))["limits"] == {"least_margin": "0.25"}


def test_stored_prices_pass_the_limits_that_fresh_ones_do() -> None:
    """The short way to the cost is that of the lines, with a minimum, shipping per quote and pieces that are rounded."""
    random, seen = Random(20261130), set()
    for _ in range(150):
        card = replace(
            random_card(random),
            least_margin=Decimal(random.randint(0, 9)) / 10,
            price_per_piece_digits=random.choice((None, 0, 2)),
        )
        kind = random.choice(list(card.customer_discounts.by_tier))
        part = random_specification(random)
        part = replace(part, customer_tier=kind, quantity=min(part.quantity, 20))
        made = calculate(part, card)
        limits = limits_of(made)
        assert limits_passed(dict(calculation_to_data(made))) == limits
        seen |= {str(limit) for limit, _ in limits.values()}
    assert seen == {"below_cost", "below_least_margin"}


def test_slips_are_those_of_fractions() -> None:
    """Proves the warnings of random quotes against a count, from the rules alone, of every order that can be made."""
    random, seen = Random(20261129), set()
    for _ in range(1500):
        lines = [_random_line(random, at) for at in range(1, random.randint(2, 4))]
        extra = [(free(8, str(random.randint(1, 400))), None)] * random.randint(0, 1)
        extra += [(free(9, str(-random.randint(1, 30))), None)] * (random.random() < 0.3)
        rate, amount = off(f"0.{random.randint(0, 30):02}"), off(amount=str(random.randint(1, 25)))
        discount = random.choice((None, rate, amount))
        content = version(*lines, *extra, discount=discount)
        expected = _oracle(content, {each.position: stored for each, stored in lines}, discount)
        assert set(found(content)) == expected, (lines, extra, discount)
        seen |= {code for _, code in expected} | {at for at, _ in expected if at is None}
    assert seen == {"below_cost", "below_least_margin", "beyond_largest_discount", None}


def _random_line(random: Random, at: int) -> tuple[LineRequest, StoredCalculation]:
    quantities = (10, 25)[: random.randint(1, 2)]
    tiers = ("standard", "economy")[: random.randint(1, 2)]
    prices = {
        (quantity, tier): (money(cost * random.randint(90, 150) // 100), money(cost))
        for quantity, tier in product(quantities, tiers)
        for cost in [random.randint(5_000, 30_000)]
    }
    stored = calculation(prices, shipping="5.00", least_margin="0.1", largest_discount="0.15")
    more: dict[str, Any] = {}
    if len(prices) == 1 and random.random() < 0.4:
        more["override"] = override(money(random.randint(6_000, 30_000)))
    if random.random() < 0.4:
        more["discount"] = off(f"0.{random.randint(0, 25):02}")
    chosen = {"quantities": quantities, "tiers": tiers} if len(prices) > 1 else {}
    return line(at, optional=at > 1 and random.random() < 0.4, **chosen, **more), stored


def _oracle(
    content: VersionContent, stored: Mapping[int, StoredCalculation], discount: DiscountRequest | None
) -> set[tuple[int | None, str]]:
    """By the largest share that an order takes off each choice."""
    told: set[tuple[int | None, str]] = set()
    below: dict[int, set[str]] = {}
    lines = {each.position: each for each in content.lines}
    for (at, index), share in _shares(content, discount).items():
        if at not in stored:
            continue
        choices: Sequence[Any] = lines[at].alternatives or (lines[at],)
        choice = choices[index]
        calculations = (stored[at], *stored[at].others)
        data = next(one for one in calculations if one.id == choice.pricing_calculation_id).data
        price = data["tiers"][choice.tier]
        cost = Fraction(price["lines"][0]["amount"])
        margin = Fraction(choice.total) * (1 - share) - 5 - cost
        if margin < Fraction(int(cost * 10 + Fraction(1, 2)), 100):
            below.setdefault(at, set()).add("below_cost" if margin < 0 else "below_least_margin")
        own = Fraction(choice.total)
        if choice.discount is not None:
            own = Fraction(choice.before_discount) * (1 - Fraction(choice.discount.rate or 0))
        kept = Fraction(price["total_price"]) * Fraction("0.85")
        is_too_much = share > Fraction("0.15")
        if is_too_much:
            told.add((None, "beyond_largest_discount"))
        if own < kept or (own * (1 - share) < kept and not is_too_much):
            told.add((at, "beyond_largest_discount"))
    return told | {(at, min(codes)) for at, codes in below.items()}


def _shares(content: VersionContent, discount: DiscountRequest | None) -> dict[tuple[int, int], Fraction]:
    """Of every choice of every line, over all orders: of each line one choice, optional ones in or out."""
    ways: list[list[tuple[int, int, Fraction] | None]] = []
    for line in content.lines:
        choices: Sequence[Any] = line.alternatives or (line,)
        had_as = [(line.position, at, Fraction(each.total)) for at, each in enumerate(choices)]
        ways.append([*had_as, *[None] * line.is_optional])
    shares: dict[tuple[int, int], Fraction] = {}
    for order in product(*ways):
        had = [way for way in order if way is not None]
        total, plus = sum(way[2] for way in had), sum(way[2] for way in had if way[2] > 0)
        given = Fraction(0)
        if discount is not None:
            given = total * Fraction(discount.rate) if discount.rate else Fraction(discount.amount or 0)
        share = min((plus - total + given) / plus, Fraction(1)) if plus else Fraction(1)
        for position, at, _ in had:
            shares[position, at] = max(share, shares.get((position, at), share))
    return shares
