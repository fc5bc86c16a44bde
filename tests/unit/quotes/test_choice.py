"""What customers can choose: every choice comes to what the oracle says, and what is not on offer is refused by name."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from domain.errors import InvalidQuoteOperationError, MalformedCommandError
from domain.money import Money
from domain.offer.choice import (
    PickRequest,
    all_of,
    choices_of,
    choose,
    chosen_content,
    picks_of,
)
from domain.offer.content import VersionContent, content_from_data
from domain.offer.line_price import StoredCalculation
from domain.offer.line_request import DiscountRequest, LineRequest, read_line
from domain.offer.repeat import lines_again
from domain.offer.version import Terms, version_content
from domain.rate_cards.rate_card import STANDARD
from tests.unit.quotes.sums_oracle import sums

TERMS = Terms(customer_tier=STANDARD, currency="EUR")
TIERS = ("standard", "expedited", "economy")


def cents(units: int) -> str:
    """Minor units as an amount of euros."""
    return str(Money(Decimal(units).scaleb(-2), "EUR"))


def calculation(prices: dict[tuple[int, str], int], quantities: Sequence[int]) -> StoredCalculation:
    """A calculation of the first quantity, with those of the others; prices are in minor units."""
    first, *others = (
        StoredCalculation(
            id=f"c-{quantity}",
            rate_card_id="card",
            data={
                "currency": "EUR",
                "specification": {"quantity": quantity},
                "tiers": {
                    tier: {
                        "lead_time_days": 10 + at,
                        "price_per_piece": cents(prices[quantity, tier] // quantity),
                        "total_price": cents(prices[quantity, tier]),
                        "lines": [],
                    }
                    for at, tier in enumerate(TIERS)
                },
                "quantity_breaks": [],
                "warnings": [],
            },
        )
        for quantity in quantities
    )
    return replace(first, others=tuple(others))


BLOCK_PRICES = {
    **{(10, tier): 10_000 + at for at, tier in enumerate(TIERS)},
    **{(25, tier): 20_000 + at for at, tier in enumerate(TIERS)},
}
BLOCK = LineRequest(position=1, description="Block", quantities=(10, 25), tiers=("standard", "expedited"))
DELIVERY = LineRequest(position=2, description="Delivery", quantity=1, unit_price="45")
REPORT = LineRequest(position=3, description="Report", quantity=1, unit_price="120", optional=True)


def offered(*lines: LineRequest, discount: DiscountRequest | None = None) -> VersionContent:
    """A version of these lines, or of a block to choose, a delivery and an optional report."""
    priced = [
        (line, None if line.is_free else calculation(BLOCK_PRICES, line.quantities or (10,)))
        for line in lines or (BLOCK, DELIVERY, REPORT)
    ]
    return version_content(priced, replace(TERMS, discount=discount))


def total(content: VersionContent, *wishes: PickRequest) -> str:
    """What the wishes come to."""
    return str(choose(choices_of(content), wishes)[1].total)


def test_the_default_is_the_first_of_each_without_what_is_optional() -> None:
    """100.00 and 45.00; every alternative is in the content, and so in its hash."""
    content = offered()
    assert str(content.total) == str(content.subtotal) == total(content) == "145.00"
    block = content.lines[0]
    assert [(each.quantity, each.tier, each.total) for each in block.alternatives or ()] == [
        (10, "standard", "100.00"),
        (10, "expedited", "100.01"),
        (25, "standard", "200.00"),
        (25, "expedited", "200.01"),
    ]
    assert content.has_choices
    assert content_from_data(content.to_data()) == content
    dearer = replace(
        block,
        alternatives=((block.alternatives or ())[0], replace((block.alternatives or ())[1], total="1.00")),
    )
    assert replace(content, lines=(dearer, *content.lines[1:])).content_hash != content.content_hash


def test_a_choice_is_the_lines_as_if_nothing_else_had_been_offered() -> None:
    """25 expedited with the report: 200.01, 45.00 and 120.00; its lines are plain ones."""
    content = offered(discount=DiscountRequest(reason="Repeat order", rate="0.1"))
    picks, found = choose(
        choices_of(content), [PickRequest(position=3), PickRequest(position=1, quantity=25, tier="expedited")]
    )
    assert [pick.to_data() for pick in picks] == [
        {"position": 1, "quantity": 25, "tier": "expedited"},
        {"position": 2, "quantity": 1, "tier": None},
        {"position": 3, "quantity": 1, "tier": None},
    ]
    assert str(found.total) == "328.51"  # 365.01 less 36.50
    ordered = chosen_content(content, picks)
    assert (str(ordered.total), ordered.has_choices) == ("328.51", False)
    assert ordered.discount is not None
    assert (ordered.discount.amount, ordered.discount.reason) == ("36.50", "Repeat order")
    block = ordered.lines[0]
    assert (block.quantity, block.tier, block.total, block.lead_time_days) == (25, "expedited", "200.01", 11)
    assert block.pricing_calculation_id == "c-25"
    assert block.specification == {"quantity": 25}
    assert picks_of([pick.to_data() for pick in picks]) == picks


@pytest.mark.parametrize(
    ("wishes", "code", "says"),
    [
        (
            [PickRequest(position=1, quantity=30)],
            "choice_not_offered",
            "line 1: 30 is not on offer, but 10 standard; 10",
        ),
        ([PickRequest(position=1, tier="economy")], "choice_not_offered", "line 1: economy is not on offer"),
        (
            [PickRequest(position=1, quantity=25, tier="x")],
            "choice_not_offered",
            "line 1: 25 x is not on offer",
        ),
        ([PickRequest(position=2, quantity=2)], "choice_not_offered", "line 2: 2 is not on offer, but 1"),
        (
            [PickRequest(position=2, tier="standard")],
            "choice_not_offered",
            "line 2: standard is not on offer",
        ),
        ([PickRequest(position=4)], "choice_not_offered", "line 4: there is no such line"),
        (
            [PickRequest(position=1), PickRequest(position=1, quantity=25)],
            "choice_not_offered",
            "a line is chosen twice",
        ),
    ],
)
def test_what_is_not_on_offer_is_refused_by_name(wishes: list[PickRequest], code: str, says: str) -> None:
    """Quantity, tier, line, and a line twice."""
    with pytest.raises(InvalidQuoteOperationError, match=says) as refusal:
        choose(choices_of(offered()), wishes)
    assert refusal.value.code == code


def test_something_has_to_be_chosen_and_to_be_worth_its_discount() -> None:
    """All optional and none chosen; and a discount by amount that the default bears, but not every choice."""
    content = offered(replace(REPORT, position=1), replace(REPORT, position=2, unit_price="5"))
    assert str(content.total) == "0.00"
    assert total(content, PickRequest(position=2)) == "5.00"
    with pytest.raises(InvalidQuoteOperationError, match="choose at least one") as nothing:
        total(content)
    assert nothing.value.code == "nothing_chosen"

    prices = {(10, tier): 10_000 for tier in TIERS} | {(5, tier): 4_999 for tier in TIERS}
    line = replace(BLOCK, quantities=(10, 5), tiers=())
    off = replace(TERMS, discount=DiscountRequest(reason="Fair", amount="50"))
    less = version_content([(line, calculation(prices, (10, 5)))], off)
    assert total(less) == "50.00"
    with pytest.raises(InvalidQuoteOperationError, match=r"discount exceeds the price of 49\.99") as small:
        total(less, PickRequest(position=1, quantity=5))
    assert small.value.code == "choice_too_small"


def test_every_random_choice_comes_to_what_the_oracle_says() -> None:
    """1,000 random quotes with quantities, tiers, optional lines, credits, discounts and taxes, each chosen at random: the
    total, or the refusal. The order of the lines does not matter, and the chosen content has the same total.
    """
    random, refusals = Random(20261128), 0
    for _ in range(1_000):
        content, made = random_quote(random)
        if content is None:
            continue
        wishes, had = random_choice(random, made)
        discount = content.discount
        rate = discount.rate if discount else None
        off = None if discount is None or rate else int(Fraction(discount.amount) * 100)
        expected = sums(had, rate=rate, off=off) if had else None
        if expected is None:
            refusals += 1
            with pytest.raises(InvalidQuoteOperationError) as refusal:
                choose(choices_of(content), wishes)
            assert refusal.value.code in {"nothing_chosen", "choice_too_small"}
            continue
        picks, found = choose(choices_of(content), wishes)
        assert str(found.total) == cents(expected[2])
        assert str(chosen_content(content, picks).total) == cents(expected[2])
        shuffled = replace(content, lines=tuple(random.sample(content.lines, len(content.lines))))
        again, same = choose(choices_of(shuffled), random.sample(wishes, len(wishes)))
        assert (str(same.total), set(again)) == (cents(expected[2]), set(picks))
    assert 10 < refusals < 500


Made = list[tuple[bool, str | None, dict[tuple[int, str | None], int]]]
"""Of each line whether it is optional, its tax rate, and its prices by quantity and tier, the first being the default."""


def random_quote(random: Random) -> tuple[VersionContent | None, Made]:
    """A version, or None where its default is less than nothing; and what it is made of."""
    priced: list[tuple[LineRequest, StoredCalculation | None]] = []
    made: Made = []
    for position in range(1, random.randint(2, 6)):
        optional, rate = random.random() < 0.3, random.choice((None, "0", "0.07", "0.19"))
        common: dict[str, Any] = {"description": "x", "optional": optional, "tax_rate": rate}
        if random.random() < 0.6:
            quantities = tuple(random.sample(range(1, 200), random.randint(1, 6)))
            tiers = tuple(random.sample(TIERS, random.randint(1, 3)))
            prices = {(q, t): random.randint(1, 10**6) for q in quantities for t in TIERS}
            request = LineRequest(
                position=position, quantities=quantities, tiers=tiers, tier=tiers[0], **common
            )
            priced.append((request, calculation(prices, quantities)))
            made.append((optional, rate, {(q, t): prices[q, t] for q in quantities for t in tiers}))
        else:
            price = random.choice((1, 1, -1)) * random.randint(0, 10**5)
            request = LineRequest(position=position, quantity=1, unit_price=cents(price), **common)
            priced.append((request, None))
            made.append((optional, rate, {(1, None): price}))
    discount = random.choice(
        (
            None,
            DiscountRequest(reason="r", rate=f"0.{random.randint(0, 999):03}"),
            DiscountRequest(reason="r", amount=cents(random.randint(0, 10**5))),
        )
    )
    try:
        return version_content(priced, replace(TERMS, discount=discount)), made
    except InvalidQuoteOperationError:
        return None, made


def random_choice(random: Random, made: Made) -> tuple[list[PickRequest], list[tuple[int, str | None]]]:
    """Wishes, and the totals with tax rates that they stand for."""
    wishes, had = [], []
    for position, (optional, rate, prices) in enumerate(made, start=1):
        if random.random() < 0.5:
            (quantity, tier), price = random.choice([*prices.items()])
            wishes.append(PickRequest(position=position, quantity=quantity, tier=tier))
            had.append((price, rate))
        elif not optional:
            had.append((next(iter(prices.values())), rate))
    return wishes, had


# Lines that are asked for


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"quantities": [1, 2, 1]}, "quantities"),
        ({"quantities": list(range(1, 8))}, "quantities"),
        ({"quantities": [0]}, "quantities"),
        ({"quantities": "10"}, "quantities"),
        ({"tiers": ["standard", "standard"]}, "tiers"),
        ({"tiers": ["standard", "economy"], "tier": "economy"}, "tier"),
        ({"tiers": [1]}, "tiers"),
        ({"quantities": [1, 2], "override": {"reason": "r", "total": "1"}}, "override"),
        ({"tiers": ["standard", "economy"], "override": {"reason": "r", "total": "1"}}, "override"),
        ({"tiers": ["standard", "economy"], "lead_time_days": 3}, "lead_time_days"),
        ({"quantities": [1, 2], "quantity": 1, "unit_price": "1"}, "quantities"),
    ],
)
def test_a_stored_line_that_offers_what_it_cannot_is_named(line: dict[str, Any], field: str) -> None:
    """Whatever stands in the inbox: the same rules as at the edge."""
    with pytest.raises(MalformedCommandError, match=f"^{field}: "):
        read_line(1, {"specification": {}, **line} if "unit_price" not in line else line)


def test_a_line_without_a_choice_stores_nothing_of_one() -> None:
    """One quantity at one tier is no choice; what is stored, and its hash, are as ever."""
    content = offered(replace(BLOCK, quantities=(10,), tiers=("standard",)), DELIVERY)
    assert not content.has_choices
    assert not {"alternatives", "optional"} & {name for line in content.to_data()["lines"] for name in line}
    assert all_of(content) == choose(choices_of(content), None)[0]


def test_lines_again_offer_the_same_choice() -> None:
    """To be priced again by their specification, or as they were by the calculations of all quantities."""
    block, _, report = lines_again(offered(), reprice=True, keep_overrides=False)
    assert (block["quantities"], block["tiers"], block["tier"]) == (
        [10, 25],
        ["standard", "expedited"],
        "standard",
    )
    assert (block["specification"], report["optional"]) == ({"quantity": 10}, True)
    kept, *_ = lines_again(offered(), reprice=False, keep_overrides=True)
    assert (kept["pricing_calculation_id"], kept["other_calculation_ids"]) == ("c-10", ["c-25"])
    assert read_line(1, kept).offered_tiers == ("standard", "expedited")


def test_a_discount_of_a_line_holds_for_each_alternative() -> None:
    """10 % of each price, with the price before."""
    content = offered(replace(BLOCK, discount=DiscountRequest(reason="Fair", rate="0.1")))
    assert [(each.before_discount, each.total) for each in content.lines[0].alternatives or ()] == [
        ("100.00", "90.00"),
        ("100.01", "90.01"),
        ("200.00", "180.00"),
        ("200.01", "180.01"),
    ]
