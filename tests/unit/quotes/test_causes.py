"""Keys of what is recorded once: as they stand in records since the first release, they stand for ever."""

from datetime import UTC, datetime

import pytest

from domain.quotes import causes

DEADLINE = datetime(2026, 12, 24, 22, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("made", "stored"),
    [
        (causes.expiry(DEADLINE), "expiry:2026-12-24T22:59:59Z"),
        (causes.reminder(DEADLINE, 7), "reminder:2026-12-24T22:59:59Z:7"),
        (causes.message("m"), "message:m"),
        (causes.document("quote", 2), "document:quote:v2"),
        (causes.viewed("l"), "viewed:l"),
        (causes.revoked("l"), "revoked:l"),
        (causes.malformed("c"), "malformed:c"),
        (causes.unreadable("s"), "unreadable:s"),
        (causes.link("q", 2, "c", "a@x.example"), "link:q:v2:c:a@x.example"),
        (
            causes.mail("q", 2, "c", "sent", "recipients", "a@x.example"),
            "quote:q:v2:c:sent:recipients:a@x.example",
        ),
    ],
)
def test_a_key_is_never_worded_otherwise(made: str, stored: str) -> None:
    """A record written by an older release must be recognized, or it is written a second time."""
    assert made == stored


def test_reminders_of_another_deadline_are_others() -> None:
    """After an extension each reminder is due anew."""
    later = DEADLINE.replace(second=58)
    assert causes.reminder(DEADLINE, 1).startswith(causes.reminders(DEADLINE))
    assert not causes.reminder(later, 1).startswith(causes.reminders(DEADLINE))
