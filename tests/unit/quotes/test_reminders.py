"""When a customer is reminded."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.quotes.decide import decide
from domain.quotes.reminders import plan
from domain.quotes.status import Action, QuoteStatus
from tests.unit.quotes.build import START, after, applied, command, in_status


def at(text: str) -> datetime:
    """A UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_nine_in_the_morning_where_the_customer_is() -> None:
    """7, 3 and 1 days before the seller's last day, at the customer's 09:00."""
    quote = replace(after(Action.SEND), reminder_zone="America/New_York")
    assert quote.valid_until == at("2026-12-24T22:59:59")
    assert [(r.due, r.days_left) for r in plan(quote)] == [
        (at("2026-12-17T14:00:00"), 7),
        (at("2026-12-21T14:00:00"), 3),
        (at("2026-12-23T14:00:00"), 1),
    ]


def test_slots_that_had_passed_are_left_out() -> None:
    """A quote sent two days before its end has one reminder."""
    quote = after(Action.SEND, days=2)
    assert [r.days_left for r in plan(quote)] == [1]
    assert plan(replace(quote, reminders_from=at("2026-11-25T08:00:00"))) == ()


def test_only_a_sent_quote_reminds() -> None:
    """Every other status has no reminders."""
    for status in QuoteStatus:
        assert bool(plan(in_status(status))) is (status is QuoteStatus.SENT)


def test_an_extension_plans_anew() -> None:
    """Another deadline has its own reminders, by keys of its own, so that each comes once."""
    quote = after(Action.SEND)
    longer = applied(decide(quote, command(Action.EXTEND, START + timedelta(days=20)))).quote
    keys = {r.key for r in plan(quote)} | {r.key for r in plan(longer)}
    assert len(keys) == 6
    assert all(r.due > START + timedelta(days=20) for r in plan(longer))
