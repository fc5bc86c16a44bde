"""What a customer can ask for without deciding: from every status, on time or late, about the version shown."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.quotes import commands as c
from domain.quotes.decide import Applied, Refused, decide
from domain.quotes.envelope import Envelope
from domain.quotes.events import EventType
from domain.quotes.fold import fold
from domain.quotes.guards import AskedBefore, counted_with, too_many
from domain.quotes.quote import Quote
from domain.quotes.status import Action, CustomerRequest
from tests.unit.quotes.build import START, after, command, expired, head

DRAFT, SENT = after(), after(Action.SEND)
KINDS: dict[CustomerRequest, type[c.AskChange | c.AskExtension | c.Share]] = {
    CustomerRequest.CHANGE: c.AskChange,
    CustomerRequest.EXTENSION: c.AskExtension,
    CustomerRequest.SHARE: c.Share,
}
LATE = SENT.valid_until + timedelta(seconds=1)


def ask(request: CustomerRequest, at: object = START + timedelta(days=2), *, version: int = 1) -> c.Ask:
    """The request about a version."""
    kind = KINDS[request]
    return kind(**head(9, at), shown_version=version)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("request_", "quote", "at", "event"),
    [
        (CustomerRequest.CHANGE, SENT, START + timedelta(days=2), EventType.CHANGE_REQUESTED),
        (CustomerRequest.CHANGE, SENT, SENT.valid_until, EventType.CHANGE_REQUESTED),
        (CustomerRequest.SHARE, SENT, SENT.valid_until, EventType.SHARED),
        (CustomerRequest.EXTENSION, SENT, START + timedelta(days=2), EventType.EXTENSION_REQUESTED),
        (CustomerRequest.EXTENSION, SENT, LATE, EventType.EXTENSION_REQUESTED),
        (CustomerRequest.EXTENSION, expired(SENT), LATE + timedelta(days=9), EventType.EXTENSION_REQUESTED),
    ],
)
def test_a_request_is_an_event_and_changes_nothing(
    request_: CustomerRequest, quote: Quote, at: object, event: EventType
) -> None:
    """The quote stays as it is, its state version too; the words of people stay out of the event."""
    decided = decide(quote, ask(request_, at))
    assert isinstance(decided, Applied)
    assert decided.quote == quote
    [told] = decided.events
    assert (told.type, dict(told.data)) == (event, {"version": 1, "command_id": ask(request_).command_id})


@pytest.mark.parametrize("request_", list(CustomerRequest))
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
def test_what_is_not_on_offer_takes_no_request(request_: CustomerRequest, quote: Quote, code: str) -> None:
    """Drafts, ended and answered quotes refuse with a code of their own."""
    decided = decide(quote, ask(request_, quote.valid_until + timedelta(days=400)))
    assert isinstance(decided, Refused)
    assert decided.code == code


@pytest.mark.parametrize("request_", [CustomerRequest.CHANGE, CustomerRequest.SHARE])
@pytest.mark.parametrize(("quote", "at"), [(SENT, LATE), (expired(SENT), LATE)])
def test_a_change_can_be_asked_for_only_in_time(quote: Quote, at: object, request_: CustomerRequest) -> None:
    """Afterwards an extension comes first; nor is anybody shown what is over."""
    decided = decide(quote, ask(request_, at))
    assert isinstance(decided, Refused)
    assert decided.code == "quote_expired"


@pytest.mark.parametrize("request_", list(CustomerRequest))
def test_a_request_is_about_the_version_on_offer(request_: CustomerRequest) -> None:
    """Who has an older version open is told so."""
    decided = decide(SENT, ask(request_, version=2))
    assert isinstance(decided, Refused)
    assert decided.code == "version_superseded"


@pytest.mark.parametrize("request_", list(CustomerRequest))
def test_a_request_travels_in_its_envelope(request_: CustomerRequest) -> None:
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
    decided = decide(SENT, ask(CustomerRequest.CHANGE))
    assert isinstance(decided, Applied)
    assert fold([]) is None
    assert decided.quote is SENT


@pytest.mark.parametrize(
    "spoken",
    [
        command(Action.ACCEPT, LATE),
        command(Action.REJECT, LATE),
        ask(CustomerRequest.CHANGE),
        ask(CustomerRequest.EXTENSION),
    ],
    ids=["accept", "reject", "change", "more time"],
)
def test_by_a_link_that_is_there_to_be_read_nobody_speaks_for_the_customer(spoken: c.Command) -> None:
    """The decision refuses it, with a code of its own, whatever else is the matter; showing it on is no answer."""
    assert isinstance(spoken, c.Accept | c.Reject | c.Ask)
    decided = decide(SENT, replace(spoken, reads_only=True))
    assert isinstance(decided, Refused)
    assert decided.code == "link_read_only"
    assert isinstance(decide(SENT, replace(ask(CustomerRequest.SHARE), reads_only=True)), Applied)


@pytest.mark.parametrize("name", ["accept", "reject", *CustomerRequest])
def test_that_a_link_is_there_to_be_read_travels_with_what_is_said_by_it(name: str) -> None:
    """Only where it is said: of older commands nothing is."""
    payload = {"signer": "s", "method": "online"}
    envelope = Envelope(
        name=name,
        command_id=SENT.id,
        received_at=START,
        shown_version=1,
        payload=payload | {"reads_only": True},
    )
    said, before = (c.to_command(each) for each in (envelope, replace(envelope, payload=payload)))
    assert isinstance(before, c.Accept | c.Reject | c.Ask)
    assert said == replace(before, reads_only=True)


NONE = AskedBefore(undecided=0, of_link=0, of_quote=0, link_frees_in=3600, quote_frees_in=7200)


@pytest.mark.parametrize(
    ("request_", "before", "words", "retry_after"),
    [
        (CustomerRequest.CHANGE, replace(NONE, undecided=4, of_link=19, of_quote=99), None, None),
        (
            CustomerRequest.EXTENSION,
            replace(NONE, undecided=5),
            "5 requests by this link are still being processed.",
            60,
        ),
        (
            CustomerRequest.CHANGE,
            replace(NONE, undecided=5, of_link=20),
            "This link takes 20 requests a day.",
            3600,
        ),
        (CustomerRequest.SHARE, replace(NONE, undecided=4, of_link=9, of_quote=29), None, None),
        (
            CustomerRequest.SHARE,
            replace(NONE, of_link=10),
            "By this link 10 colleagues can be shown the quote in a day.",
            3600,
        ),
        (
            CustomerRequest.SHARE,
            replace(NONE, of_quote=30),
            "The quote can be shown to 30 colleagues in a day.",
            7200,
        ),
        (
            CustomerRequest.SHARE,
            replace(NONE, undecided=5),
            "5 requests by this link are still being processed.",
            60,
        ),
    ],
)
def test_a_link_may_ask_so_often_and_no_more(
    request_: CustomerRequest, before: AskedBefore, words: str | None, retry_after: int | None
) -> None:
    """To the last one that is still taken, and which bound says when it is worth trying again."""
    refused = too_many(request_, before)
    assert (str(refused) if refused else None, refused.retry_after if refused else None) == (
        words,
        retry_after,
    )


def test_showing_it_to_colleagues_leaves_room_for_other_requests() -> None:
    """A change and more time share one bound, colleagues have another."""
    assert (
        counted_with(CustomerRequest.CHANGE)
        == counted_with(CustomerRequest.EXTENSION)
        == (CustomerRequest.CHANGE, CustomerRequest.EXTENSION)
    )
    assert counted_with(CustomerRequest.SHARE) == (CustomerRequest.SHARE,)
