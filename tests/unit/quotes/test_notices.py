"""Which mails follow from what happened."""

import pytest

from domain.quotes.events import Event, EventType
from domain.quotes.notices import notices
from domain.quotes.quote import Quote
from domain.quotes.status import Action
from tests.unit.quotes.build import START, after, expired

DRAFT, SENT = after(), after(Action.SEND)


@pytest.mark.parametrize(
    ("event", "before", "mails"),
    [
        (EventType.CREATED, None, []),
        (EventType.SENT, DRAFT, ["sent:recipients"]),
        (EventType.RESENT, SENT, ["sent:recipients"]),
        (EventType.REMINDED, SENT, ["reminder:customer"]),
        (EventType.ACCEPTED, SENT, ["accepted:customer", "accepted:seller"]),
        (EventType.REJECTED, SENT, ["rejected:seller"]),
        (EventType.EXPIRED, SENT, ["expired:customer", "expired:seller"]),
        (EventType.EXPIRED, DRAFT, ["expired:seller"]),
        (EventType.EXTENDED, SENT, ["extended:customer"]),
        (EventType.EXTENDED, DRAFT, []),
        (EventType.EXTENDED, expired(SENT), ["extended:customer"]),
        (EventType.EXTENDED, expired(DRAFT), []),
        (EventType.CANCELLED, SENT, ["cancelled:customer"]),
        (EventType.SUPERSEDED, SENT, ["superseded:customer"]),
        (EventType.SUPERSEDED, DRAFT, []),
        (EventType.CHANGE_REQUESTED, SENT, ["change_requested:seller"]),
        (EventType.EXTENSION_REQUESTED, expired(SENT), ["extension_requested:seller"]),
        (EventType.CANCELLED, DRAFT, []),
    ],
)
def test_who_is_told(event: EventType, before: Quote | None, mails: list[str]) -> None:
    """Customers hear of what they were offered, the shop of what was answered or ended."""
    found = notices(Event(type=event, at=START, actor="system"), before)
    assert [f"{notice.kind}:{notice.audience}" for notice in found] == mails
