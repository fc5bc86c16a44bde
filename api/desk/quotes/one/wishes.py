"""What the customer asks for, and what answers it: by the same rule as the lists of `Today`."""

from dataclasses import dataclass
from typing import Final

from adapters.db.quotes.standing import OPEN_WISH
from api.desk.quotes.one.facts import QuoteFacts
from api.desk.quotes.one.timeline import TimelineEntry, entry_of
from domain.quotes.events import EventType
from domain.quotes.notices import SETTLING, WISHES
from domain.quotes.status import QuoteStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A wish that nobody has answered: in words, by whom, when and why; `path` is the form of the quote that answers it."""

    what: str
    path: str
    told: TimelineEntry


def open_wish(facts: QuoteFacts) -> Wish | None:
    """The customer's latest wish, as long as it waits for the shop."""
    if facts.view.quote.status not in {QuoteStatus.SENT, QuoteStatus.EXPIRED}:
        return None
    has_more_time = False
    for each in facts.happenings:  # the newest first
        event = each.view.event
        if event.type in SETTLING:
            return None
        has_more_time = has_more_time or event.type == EventType.EXTENDED
        is_answered = has_more_time and event.type == EventType.EXTENSION_REQUESTED
        if event.type in WISHES and not is_answered:
            is_late = event.at is not None and facts.view.now - event.at > OPEN_WISH
            what, path = _ANSWERED_BY[EventType(event.type)]
            return None if is_late else Wish(what=what, path=path, told=entry_of(each, facts))
    return None


_ANSWERED_BY: Final = {
    EventType.CHANGE_REQUESTED: ("The customer asks for a change", "revise"),
    EventType.EXTENSION_REQUESTED: ("The customer asks for more time", "extend"),
}
