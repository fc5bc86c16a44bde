"""Instants in stored data and in hashes: one text each, whatever zone they come in."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain import instants, wording

WHOLE = datetime(2026, 12, 24, 22, 59, 59, tzinfo=UTC)
FINE = WHOLE.replace(microsecond=120_000)


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=9))])
def test_an_instant_has_one_text_for_each_purpose(zone: timezone) -> None:
    """Hashes of records and stored rows rely on these to the letter."""
    whole, fine = WHOLE.astimezone(zone), FINE.astimezone(zone)
    assert instants.stored(whole) == "2026-12-24T22:59:59+00:00"
    assert instants.stored(fine) == "2026-12-24T22:59:59.120000+00:00"
    assert instants.compared(whole) == "2026-12-24T22:59:59.000000+00:00"
    assert instants.answered(whole) == "2026-12-24T22:59:59Z"
    assert instants.to_the_second(fine) == "2026-12-24T22:59:59+00:00"
    assert instants.to_the_millisecond(whole) == "2026-12-24T22:59:59.000+00:00"
    assert instants.named(whole) == "2026-12-24T22:59:59Z"
    assert wording.utc(fine) == "24 Dec 2026 22:59:59 UTC"
    assert wording.utc_minute(fine) == "24 Dec 2026, 22:59 UTC"
    assert wording.local_minute(fine, "Europe/Berlin") == "Thu 24 Dec 2026 23:59"
    assert wording.listed(fine) == "2026-12-24 22:59Z"
    for told in (instants.stored, instants.compared, instants.to_the_millisecond, instants.answered):
        assert instants.read(told(fine)) == FINE
