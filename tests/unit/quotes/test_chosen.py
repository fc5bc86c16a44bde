"""A yes that chooses: what is decided, what it tells, and what `verify` makes of it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.errors import MalformedCommandError
from domain.offer.choice import Pick, PickRequest, choices_of, read_selection
from domain.offer.content import ContentRef, VersionContent
from domain.offer.line_request import DiscountRequest
from domain.proof.stored import QuoteRecord, StoredAcceptance, StoredVersion
from domain.proof.verify import signer_digest, verify
from domain.quotes import commands as c
from domain.quotes.decide import decide
from domain.quotes.events import Accepted, Event
from domain.quotes.fold import fold
from domain.quotes.quote import Quote
from domain.quotes.status import Action
from tests.unit.quotes.build import QUOTE, START, applied, command, create, head, refused
from tests.unit.quotes.test_choice import DELIVERY, offered
from tests.unit.quotes.test_verify import EMAIL, NOBODY, SALT, chained


def sent(content: VersionContent) -> Quote:
    """A quote with that content on offer."""
    ref = ContentRef(total=content.total, content_hash=content.content_hash, has_choices=content.has_choices)
    draft = applied(decide(None, replace(create(), priced=ref))).quote
    return applied(decide(draft, command(Action.SEND, START))).quote


def accept(content: VersionContent | None, *wishes: PickRequest, version: int = 1) -> c.Accept:
    """A yes by phone that names a choice; `content` is what the record says of the version."""
    return c.Accept(
        **head(5, START + timedelta(hours=1)),  # type: ignore[arg-type]  # the fields are known
        shown_version=version,
        signer="s",
        method=c.AcceptanceMethod.PHONE,
        selection=wishes or None,
        choices=choices_of(content) if content else None,
    )


def test_an_acceptance_tells_what_was_chosen_and_what_it_comes_to() -> None:
    """In the event, and so in the state that the events add up to; the price of the quote follows."""
    content = offered()
    quote = sent(content)
    assert (quote.current.has_choices, str(quote.price)) == (True, "145.00")
    decision = applied(
        decide(quote, accept(content, PickRequest(position=1, quantity=25), PickRequest(position=3)))
    )
    [event] = decision.events
    assert isinstance(event.body, Accepted)
    picks = (
        Pick(position=1, quantity=25, tier="standard"),
        Pick(position=2, quantity=1, tier=None),
        Pick(position=3, quantity=1, tier=None),
    )
    assert (event.body.selection, str(event.body.total)) == (picks, "365.00")
    assert event.data["selection"] == [pick.to_data() for pick in picks]
    accepted = decision.quote.acceptance
    assert accepted is not None
    assert (accepted.selection, str(decision.quote.price)) == (picks, "365.00")
    first = applied(decide(None, replace(create(), priced=content))).events
    sending = applied(
        decide(applied(decide(None, replace(create(), priced=content))).quote, command(Action.SEND, START))
    )
    assert fold([*first, *sending.events, *decision.events]) == decision.quote


def test_without_a_choice_the_default_counts() -> None:
    """Of what offers a choice it is told all the same."""
    content = offered()
    decision = applied(decide(sent(content), accept(content)))
    assert isinstance(body := decision.events[0].body, Accepted)
    assert (str(body.total), len(body.selection or ())) == ("145.00", 2)


def test_a_quote_without_a_choice_is_accepted_as_ever() -> None:
    """Nothing is told of a choice; one that names what is there is taken, any other is refused."""
    content = offered(DELIVERY)
    for wishes in ((), (PickRequest(position=2),), (PickRequest(position=2, quantity=1),)):
        decision = applied(decide(sent(content), accept(content, *wishes)))
        assert not {"selection", "total"} & set(decision.events[0].data)
        assert decision.quote.acceptance is not None
        assert decision.quote.acceptance.selection is None
    told = refused(decide(sent(content), accept(content, PickRequest(position=2, quantity=2))))
    assert told.code == "choice_not_offered"
    assert applied(decide(sent(content), accept(None))).quote.status == "accepted"


def test_what_there_is_to_choose_is_asked_for_after_everything_else_is_checked() -> None:
    """A superseded version is refused as that; then the table is wanted, of this very content."""
    content, other = offered(), offered(discount=DiscountRequest(reason="r", rate="0.5"))
    assert refused(decide(sent(content), accept(content, version=2))).code == "version_superseded"
    for unknown in (None, other):
        assert refused(decide(sent(content), accept(unknown))).code == "not_priced"
    told = refused(decide(sent(content), accept(content, PickRequest(position=1, quantity=30))))
    assert (told.code, told.status) == ("choice_not_offered", "sent")


@pytest.mark.parametrize(
    "selection",
    [
        "1",
        [1],
        [{}],
        [{"position": 0}],
        [{"position": "1"}],
        [{"position": 1, "quantity": "many"}],
        [{"position": 1, "tier": 3}],
    ],
)
def test_a_malformed_selection_is_named(selection: object) -> None:
    """As a forged signal may have it."""
    with pytest.raises(MalformedCommandError):
        read_selection({"selection": selection})


def test_a_selection_is_read_as_it_is_meant() -> None:
    """2.50 is 2.5; what is not said is left open."""
    found = read_selection(
        {"selection": [{"position": 2, "quantity": "2.50"}, {"position": 1, "tier": "economy"}]}
    )
    assert found == (PickRequest(position=2, quantity="2.5"), PickRequest(position=1, tier="economy"))
    assert read_selection({}) is None


# What is on record


def record(data: dict[str, Any] | None = None) -> QuoteRecord:
    """The record of a quote that was accepted with 25 pieces and the report; `data` stands in the event instead."""
    content = offered()
    made = applied(decide(None, replace(create(), priced=content)))
    sending = applied(decide(made.quote, command(Action.SEND, START)))
    yes = replace(
        accept(content, PickRequest(position=1, quantity=25), PickRequest(position=3)),
        signer=signer_digest(SALT, EMAIL, None),
    )
    decided = applied(decide(sending.quote, yes))
    told = [replace(event, data={**event.data, **(data or {})}) for event in decided.events]
    events = chained([*made.events, *sending.events, *told])
    body = decided.events[0].body
    assert isinstance(body, Accepted)
    return QuoteRecord(
        quote_id=QUOTE,
        number=decided.quote.number,
        snapshot=fold([*made.events, *sending.events, *told]),
        last_sequence=len(events),
        last_hash=events[-1].hash,
        salt=SALT,
        recorded_at=START,
        events=events,
        versions=(
            StoredVersion(
                number=1,
                content=content.to_data(),
                content_hash=content.content_hash,
                total=content.total.amount,
                currency="EUR",
                created_at=START,
            ),
        ),
        acceptance=evidence(told[0]),
    )


def evidence(event: Event) -> StoredAcceptance:
    """The row that goes with the event."""
    assert event.at is not None
    names = ("command_id", "version", "content_hash", "signer", "method", "selection")
    return StoredAcceptance(
        quote_id=QUOTE,
        total=Decimal(event.data["total"]),
        currency=event.data["currency"],
        received_at=event.at,
        actor=event.actor,
        proof_sha256=None,
        proof_computed=None,
        stored_at=event.at,
        **{name: event.data[name] for name in names},
        **{**NOBODY, "signer_email": EMAIL},
    )


def test_a_record_with_a_choice_holds_together() -> None:
    """Event, row, version and state say the same."""
    assert verify(record()) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [("total", Decimal("145.00")), ("currency", "USD"), ("selection", None), ("selection", [])],
)
def test_changed_evidence_of_a_choice_is_named(column: str, value: object) -> None:
    """The row is held to its event, and not to the total of the version."""
    sound = record()
    assert sound.acceptance is not None
    found = replace(sound, acceptance=replace(sound.acceptance, **{column: value}))  # type: ignore[arg-type]  # a column
    assert str(verify(found)[0]).startswith(f"acceptance: {column} does not match its event")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"total": "145.00"}, "(expected 365.00 EUR, found 145.00 EUR)"),
        (
            {"selection": [{"position": 1, "quantity": 10, "tier": "standard"}]},
            "(expected 145.00 EUR, found 365.00 EUR)",
        ),
        (
            {"selection": [{"position": 7, "quantity": 1, "tier": None}]},
            "(expected a choice that the version offers,",
        ),
        ({"selection": [{"place": 1}]}, "(expected a choice that the version offers,"),
    ],
)
def test_an_event_that_tells_what_the_version_does_not_offer_is_named(
    data: dict[str, Any], says: str
) -> None:
    """Whoever rewrites chain and row together is found out by the content, which the hash binds."""
    try:
        found = record(data)
    except TypeError:  # a state cannot be made of it: the chain and its end are sound all the same
        found = replace(record(), events=chained([*map(_as_told, record().events[:-1]), _forged(data)]))
        found = replace(found, last_hash=found.events[-1].hash)
    texts = [str(mismatch) for mismatch in verify(found)]
    assert any(
        f"acceptance: its total is not what the choice comes to by the version {says}" in text
        for text in texts
    )


def _as_told(stored: Any) -> Event:
    return Event(type=stored.type, at=stored.at, actor=stored.actor, data=stored.data)


def _forged(data: dict[str, Any]) -> Event:
    last = _as_told(record().events[-1])
    return replace(last, data={**last.data, **data})
