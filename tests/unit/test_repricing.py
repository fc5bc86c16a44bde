"""What a quoted part would cost by another card."""

from dataclasses import replace
from decimal import Decimal

from domain.presentation.repricing import QuotedPart, repriced
from domain.rate_cards.default_card import DEFAULT_RATE_CARD
from tests.api.caller import IN_TEXT, PRICES

PART = QuotedPart(
    quote_id="q",
    number="Q-2026-00001",
    position=1,
    description="Bracket",
    tier="standard",
    specification=IN_TEXT,
)


def test_the_same_card_changes_nothing() -> None:
    """By the price that was worked out by hand."""
    found = repriced(PART, DEFAULT_RATE_CARD, DEFAULT_RATE_CARD)
    assert (found.now, found.then) == (Decimal(PRICES["standard"]), Decimal(PRICES["standard"]))
    assert (found.has_changed, found.difference, found.rate) == (False, Decimal("0.00"), Decimal(0))


def test_a_dearer_card_says_by_how_much() -> None:
    """Both totals, the difference, and what part of the price it is."""
    dearer = replace(DEFAULT_RATE_CARD, overhead=Decimal("0.3"))
    found = repriced(PART, DEFAULT_RATE_CARD, dearer)
    assert found.now is not None
    assert found.then is not None
    assert found.then > found.now
    assert found.difference == found.then - found.now
    assert found.rate == found.difference / found.now
    assert found.has_changed


def test_what_a_card_does_not_offer_has_no_price_and_a_reason() -> None:
    """A service level, or a process, that is gone."""
    tiers = {name: rules for name, rules in DEFAULT_RATE_CARD.tiers.items() if name != "standard"}
    found = repriced(PART, DEFAULT_RATE_CARD, replace(DEFAULT_RATE_CARD, tiers=tiers))
    assert (found.then, found.why_not) == (None, "there is no service level standard")
    processes = {name: rules for name, rules in DEFAULT_RATE_CARD.processes.items() if name != "cnc"}
    found = repriced(PART, DEFAULT_RATE_CARD, replace(DEFAULT_RATE_CARD, processes=processes))
    assert (found.then, found.difference, found.has_changed) == (None, None, True)
    assert found.why_not is not None
    assert "process" in found.why_not
