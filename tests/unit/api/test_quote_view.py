"""What depends on the present moment follows from the record and its clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from api.json_answer import to_json
from api.v1.quotes.answers import next_events
from domain import instants
from domain.money import Money
from domain.offer.content import VersionContent
from domain.quotes.quote import Quote, VersionRef
from domain.quotes.record import QuoteView
from domain.quotes.status import QuoteStatus

SENT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
UNTIL = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
TOTAL = Money(Decimal("10.00"), "EUR")
QUOTE = Quote(
    id="01890a5d-ac96-774b-bcce-b302099a8057",
    number="Q-2026-00001",
    customer_id="01890a5d-ac96-774b-bcce-b302099a8058",
    time_zone="UTC",
    reminder_zone="UTC",
    status=QuoteStatus.SENT,
    versions=(VersionRef(number=1, total=TOTAL, content_hash="0" * 64, created_at=SENT),),
    current_version=1,
    working_version=None,
    last_sent_version=1,
    valid_until=UNTIL,
    created_at=SENT,
    updated_at=SENT,
    sent_at=SENT,
    decided_at=None,
    reminders_from=SENT,
    expired_from=None,
    acceptance=None,
    state_version=2,
)


def _view(now: datetime, quote: Quote = QUOTE) -> QuoteView:
    content = VersionContent(lines=(), total=TOTAL)
    return QuoteView(
        quote=quote,
        workflow_id="Q-2026-00001-9a8057",
        owner=None,
        external_id=None,
        customer_name="ACME",
        content=content,
        now=now,
    )


@pytest.mark.parametrize(
    ("day", "left"), [(2, [7, 3, 1]), (23, [7, 3, 1]), (24, [3, 1]), (28, [1]), (30, [])]
)
def test_reminders_that_are_past_are_not_announced(day: int, left: list[int]) -> None:
    """Each morning at nine one goes; the expiry stays to the end."""
    events = next_events(_view(datetime(2026, 11, day, 8, 59, tzinfo=UTC)))
    assert [event.days_left for event in events[:-1]] == left
    assert to_json(events[-1]) == b'{"kind":"expiry","at":"2026-11-30T23:59:59Z"}'


def test_a_reminder_is_past_from_its_very_instant() -> None:
    """09:00 itself is no longer to come."""
    at_nine = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
    assert [event.kind for event in next_events(_view(at_nine))] == ["expiry"]


@pytest.mark.parametrize("status", [QuoteStatus.ACCEPTED, QuoteStatus.REJECTED, QuoteStatus.CANCELLED])
def test_nothing_comes_after_a_decision(status: QuoteStatus) -> None:
    """And a decided quote is not expired, however late it is."""
    view = _view(UNTIL + timedelta(days=99), replace(QUOTE, status=status))
    assert next_events(view) == []
    assert not view.is_expired


def test_the_offer_is_over_in_the_second_after_its_last() -> None:
    """Also in the grace, while the record still says sent."""
    assert not _view(UNTIL).is_expired
    assert not _view(UNTIL + timedelta(milliseconds=999)).is_expired
    assert _view(UNTIL + timedelta(seconds=1)).is_expired
    assert _view(SENT, replace(QUOTE, status=QuoteStatus.EXPIRED)).is_expired


def test_instants_are_utc_with_a_z() -> None:
    """Whatever zone the object carries."""
    eastern = datetime.fromisoformat("2026-11-24T01:00:00.5-05:00")
    assert instants.answered(eastern) == "2026-11-24T06:00:00.500000Z"
    assert instants.answered(None) is None
