"""Instants in stored data and in hashes: one text each, whatever zone they come in."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain import instants
from domain.wording import utc

WHOLE = datetime(2026, 12, 24, 22, 59, 59, tzinfo=UTC)
FINE = WHOLE.replace(microsecond=120_000)


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=9))])
def test_an_instant_has_one_text_for_each_purpose(zone: timezone) -> None:
    """Hashes of records and stored rows rely on these to the letter."""
    whole, fine = WHOLE.astimezone(zone), FINE.astimezone(zone)
    assert instants.stored(whole) == "2026-12-24T22:59:59+00:00"
    assert instants.stored(fine) == "2026-12-24T22:59:59.120000+00:00"
    assert instants.compared(whole) == "2026-12-24T22:59:59.000000+00:00"
    assert utc(fine) == "24 Dec 2026 22:59:59 UTC"
