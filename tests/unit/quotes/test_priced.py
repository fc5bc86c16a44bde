"""From explained calculations to the lines of a quote."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.errors import InvalidQuoteOperationError
from domain.money import MoneyError
from domain.offer.line_price import StoredCalculation
from domain.offer.line_request import LineRequest, OverrideRequest
from domain.offer.version import Terms, version_content
from domain.pricing import DEFAULT_RATE_CARD, calculate, calculation_to_data
from tests.unit.pricing.parts import EXAMPLE

STORED = StoredCalculation(
    id="c-1", rate_card_id="card-1", data=calculation_to_data(calculate(EXAMPLE, DEFAULT_RATE_CARD))
)
LINE = LineRequest(position=1, description="Bearing block", part_number="BP-1", part_revision="B")


def test_a_version_is_the_sum_of_its_lines() -> None:
    """Each line at its own tier, with part number, lead time and breakdown; the total adds up."""
    cheap = replace(LINE, position=2, description="", tier="economy")
    content = version_content(
        [(LINE, STORED), (cheap, STORED)],
        Terms(customer_tier="standard", currency="EUR", notes="n"),
    )
    assert [line.total for line in content.lines] == ["4261.23", "3769.38"]
    assert str(content.total) == "8030.61"
    first, second = content.lines
    assert (first.part_number, first.part_revision, first.quantity, first.lead_time_days) == (
        "BP-1",
        "B",
        20,
        10,
    )
    assert second.description == "Part, aluminum, 100 × 50 × 20 mm"
    assert len(first.breakdown) == 10
    assert (content.notes, content.warnings) == ("n", ())
    assert content.to_data()["lines"][0]["total"] == "4261.23"


def test_another_customers_tier_keeps_the_price_and_is_warned_of() -> None:
    """What was calculated for a standard customer is not priced anew for an enterprise one."""
    content = version_content([(LINE, STORED)], Terms(customer_tier="enterprise", currency="EUR", notes=None))
    assert [warning["code"] for warning in content.warnings] == ["customer_tier_differs"]
    assert str(content.total) == "4261.23"


def test_a_minimum_that_is_charged_several_times_is_warned_of() -> None:
    """Five small parts are 2,500 and not 500; one alone, one at a price of a person, and free lines are no reason."""
    card = replace(DEFAULT_RATE_CARD, minimum_order_value=Decimal(500))
    calculation = calculate(replace(EXAMPLE, quantity=1), card)
    small = replace(STORED, data=calculation_to_data(calculation))
    assert (
        calculation.tiers["standard"]
        .lines[-1]
        .formula.startswith("up to the minimum of 500 EUR for each part")
    )
    lines = [replace(LINE, position=position) for position in range(1, 6)]
    terms = Terms(customer_tier="standard", currency="EUR")
    content = version_content([(line, small) for line in lines], terms)
    assert str(content.total) == "2500.00"
    [warning] = content.warnings
    assert (warning["line"], warning["code"]) == (1, "minimum_for_each_part")
    assert warning["message"].startswith("lines 1, 2, 3, 4, 5 are each lifted")
    by_hand = replace(lines[1], override=OverrideRequest(reason="Agreed", total="90"))
    free = LineRequest(position=3, description="Delivery", quantity=1, unit_price="9")
    once = version_content([(lines[0], small), (by_hand, small), (free, None)], terms)
    # By hand; and once is no repetition.
    assert [warning["code"] for warning in once.warnings] == ["below_cost"]
    assert version_content([(lines[0], small), (lines[2], STORED)], terms).warnings == ()


def test_what_does_not_fit_is_refused() -> None:
    """An unknown tier has no price; two currencies have no sum."""
    with pytest.raises(InvalidQuoteOperationError) as refused:
        version_content(
            [(replace(LINE, tier="royal"), STORED)],
            Terms(customer_tier="standard", currency="EUR", notes=None),
        )
    assert refused.value.code == "not_priced"
    yen = calculate(EXAMPLE, replace(DEFAULT_RATE_CARD, currency="JPY"))
    foreign = replace(STORED, data=calculation_to_data(yen))
    with pytest.raises(MoneyError):
        version_content(
            [(LINE, STORED), (LINE, foreign)],
            Terms(customer_tier="standard", currency="EUR", notes=None),
        )
