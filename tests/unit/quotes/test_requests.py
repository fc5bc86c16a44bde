"""What a customer can ask for without deciding: from every status, on time or late, about the version shown."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.quotes import commands as c
from domain.quotes.decide import Applied, Refused, decide
from domain.quotes.envelope import Envelope
from domain.quotes.events import EventType
from domain.quotes.fold import fold
from domain.quotes.quote import Quote
from domain.quotes.status import Action, Request
from tests.unit.quotes.build import START, after, expired, head

DRAFT, SENT = after(), after(Action.SEND)
LATE = SENT.valid_until + timedelta(seconds=1)


def ask(request: Request, at: object = START + timedelta(days=2), *, version: int = 1) -> c.Ask:
    """The request about a version."""
    kind = c.AskChange if request is Request.CHANGE else c.AskExtension
    return kind(**head(9, at), shown_version=version)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("request_", "quote", "at", "event"),
    [
        (Request.CHANGE, SENT, START + timedelta(days=2), EventType.CHANGE_REQUESTED),
        (Request.CHANGE, SENT, SENT.valid_until, EventType.CHANGE_REQUESTED),
        (Request.EXTENSION, SENT, START + timedelta(days=2), EventType.EXTENSION_REQUESTED),
        (Request.EXTENSION, SENT, LATE, EventType.EXTENSION_REQUESTED),
        (Request.EXTENSION, expired(SENT), LATE + timedelta(days=9), EventType.EXTENSION_REQUESTED),
    ],
)
def test_a_request_is_an_event_and_changes_nothing(
    request_: Request, quote: Quote, at: object, event: EventType
) -> None:
    """The quote stays as it is, its state version too; the words of people stay out of the event."""
    decided = decide(quote, ask(request_, at))
    assert isinstance(decided, Applied)
    assert decided.quote == quote
    [told] = decided.events
    assert (told.type, dict(told.data)) == (event, {"version": 1, "command_id": ask(request_).command_id})


@pytest.mark.parametrize("request_", list(Request))
@pytest.mark.parametrize(
    ("quote", "code"),
    [
        (DRAFT, "quote_not_requestable"),
        (expired(DRAFT), "quote_not_requestable"),
        (after(Action.CANCEL), "quote_not_requestable"),
        (after(Action.SEND, Action.CANCEL), "quote_not_requestable"),
        (after(Action.SEND, Action.ACCEPT), "already_decided"),
        (after(Action.SEND, Action.REJECT), "already_decided"),
    ],
)
def test_what_is_not_on_offer_takes_no_request(request_: Request, quote: Quote, code: str) -> None:
    """Drafts, ended and answered quotes refuse with a code of their own."""
    decided = decide(quote, ask(request_, quote.valid_until + timedelta(days=400)))
    assert isinstance(decided, Refused)
    assert decided.code == code


@pytest.mark.parametrize(("quote", "at"), [(SENT, LATE), (expired(SENT), LATE)])
def test_a_change_can_be_asked_for_only_in_time(quote: Quote, at: object) -> None:
    """Afterwards an extension comes first."""
    decided = decide(quote, ask(Request.CHANGE, at))
    assert isinstance(decided, Refused)
    assert decided.code == "quote_expired"


@pytest.mark.parametrize("request_", list(Request))
def test_a_request_is_about_the_version_on_offer(request_: Request) -> None:
    """Who has an older version open is told so."""
    decided = decide(SENT, ask(request_, version=2))
    assert isinstance(decided, Refused)
    assert decided.code == "version_superseded"


@pytest.mark.parametrize("request_", list(Request))
def test_a_request_travels_in_its_envelope(request_: Request) -> None:
    """By its signal's name; without a version it is malformed, and its place is after all decisions."""
    envelope = Envelope(
        name=str(request_),
        command_id=ask(request_).command_id,
        received_at=START,
        actor="link:1",
        shown_version=1,
    )
    found = c.to_command(envelope)
    assert found == replace(ask(request_, START), actor="link:1")
    resend = replace(envelope, name="resend", command_id=SENT.id, payload={"recipients": ["a@b.example"]})
    broken = replace(resend, name="send", payload={"recipients": 7})
    assert c.turn_of(resend) < c.turn_of(envelope) < c.turn_of(broken)


def test_requests_leave_the_fold_as_it_is() -> None:
    """Events that only tell do not change what the events add up to."""
    decided = decide(SENT, ask(Request.CHANGE))
    assert isinstance(decided, Applied)
    assert fold([]) is None
    assert decided.quote is SENT
