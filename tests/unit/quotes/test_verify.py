"""Whatever does not match in a quote's record is named; a sound record has nothing to name."""

from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.proof.evidence import Circumstances
from domain.proof.stored import QuoteRecord, StoredAcceptance, StoredDocument, StoredEvent, StoredVersion
from domain.proof.verify import chain_hash, signer_digest, verify
from domain.quotes.commands import Accept
from domain.quotes.decide import decide
from domain.quotes.events import Event, EventType
from domain.quotes.quote import Quote
from domain.quotes.status import Action, QuoteStatus
from tests.unit.quotes.build import QUOTE, START, applied, command, content, create

SALT = b"salt"
EMAIL = "Ada@Buyer.example"
NOBODY: dict[str, Any] = dict.fromkeys(each.name for each in fields(Circumstances))


def record(*actions: Action) -> QuoteRecord:
    """The record of a quote after these actions, an hour apart, as a store would keep it."""
    made = applied(decide(None, create()))
    facts, quote = list(made.events), made.quote
    for number, action in enumerate(actions, start=1):
        at = START + timedelta(hours=number)
        step = command(action, at, number=number, version=quote.current_version)
        if isinstance(step, Accept):
            step = replace(step, signer=signer_digest(SALT, EMAIL, None))
        decided = applied(decide(quote, step))
        facts += decided.events
        quote = decided.quote
    events = chained(facts)
    return QuoteRecord(
        quote_id=QUOTE,
        number=quote.number,
        snapshot=quote,
        last_sequence=len(events),
        last_hash=events[-1].hash,
        salt=SALT,
        recorded_at=START,
        events=events,
        versions=versions(quote),
        acceptance=acceptance(quote, facts),
    )


def chained(facts: list[Event]) -> tuple[StoredEvent, ...]:
    rows: list[StoredEvent] = []
    previous = ""
    for sequence, event in enumerate(facts, start=1):
        assert event.at is not None
        hash_ = chain_hash(quote_id=QUOTE, sequence=sequence, event=event, previous_hash=previous)
        told = {"type": str(event.type), "at": event.at, "actor": event.actor, "data": event.data}
        rows.append(StoredEvent(sequence=sequence, previous_hash=previous, hash=hash_, **told))  # type: ignore[arg-type]  # known fields
        previous = hash_
    return tuple(rows)


def versions(quote: Quote) -> tuple[StoredVersion, ...]:
    return tuple(
        StoredVersion(
            number=ref.number,
            content=content(str(ref.total)).to_data(),
            content_hash=ref.content_hash,
            total=Decimal(f"{ref.total}00"),
            currency=ref.total.currency,
            created_at=ref.created_at,
        )
        for ref in quote.versions
    )


def acceptance(quote: Quote, facts: list[Event]) -> StoredAcceptance | None:
    accepted = next((event for event in facts if event.type is EventType.ACCEPTED), None)
    if accepted is None or accepted.at is None:
        return None
    return StoredAcceptance(
        command_id=accepted.data["command_id"],
        version=accepted.data["version"],
        content_hash=accepted.data["content_hash"],
        total=Decimal("100.0000"),
        currency="EUR",
        signer=accepted.data["signer"],
        method=accepted.data["method"],
        received_at=accepted.at,
        actor=accepted.actor,
        quote_id=QUOTE,
        **dict.fromkeys(("proof_sha256", "selection", "proof_computed")),
        stored_at=accepted.at,
        **{**NOBODY, "signer_email": EMAIL},
    )


def first(found: QuoteRecord) -> str:
    """The first mismatch in words."""
    return str(verify(found)[0])


def with_event(found: QuoteRecord, sequence: int, **changes: Any) -> QuoteRecord:
    """The record with one event changed and nothing else."""
    events = [replace(e, **changes) if e.sequence == sequence else e for e in found.events]
    return replace(found, events=tuple(events))


def without_event(found: QuoteRecord, *sequences: int) -> QuoteRecord:
    return replace(found, events=tuple(e for e in found.events if e.sequence not in sequences))


ACCEPTED = (Action.SEND, Action.ACCEPT)


@pytest.mark.parametrize(
    "actions",
    [
        (),
        (Action.REVISE, Action.SEND, Action.REVISE, Action.SEND, Action.RESEND),
        (Action.SEND, Action.EXTEND, Action.REJECT, Action.REVISE),
        (Action.SEND, Action.CANCEL),
        ACCEPTED,
        *((*ACCEPTED, action) for action in (Action.HAND_OVER, Action.ANNUL)),
    ],
)
def test_a_sound_record_has_nothing_to_name(actions: tuple[Action, ...]) -> None:
    """Whatever life a quote had: no false alarm."""
    assert verify(record(*actions)) == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"actor": "key:tesu"}, "event 2 (quote.sent): its content does not match its stored hash"),
        ({"at": START}, "event 2 (quote.sent): its content does not match its stored hash"),
        ({"data": {"version": 1}}, "event 2 (quote.sent): its content does not match its stored hash"),
        ({"data": {"version": 1.5}}, "event 2 (quote.sent): its content does not match its stored hash"),
        ({"type": "quote.lost"}, "event 2 (quote.lost): its content does not match its stored hash"),
        ({"hash": "0" * 64}, "event 2 (quote.sent): its content does not match its stored hash"),
        ({"previous_hash": "0" * 64}, "event 2 (quote.sent): its previous hash is not the hash of the event"),
    ],
)
def test_a_changed_event_is_named(change: dict[str, Any], place: str) -> None:
    """Who, when, what: each is bound by the hash, and so is the place in the chain."""
    found = with_event(record(*ACCEPTED), 2, **change)
    assert first(found).startswith(place)


def test_a_mismatch_gives_both_hashes_shortened() -> None:
    """Enough to compare, in one line; the whole values are in the object."""
    found = verify(with_event(record(*ACCEPTED), 2, actor="somebody"))[0]
    assert len(found.expected) == len(found.found) == 64
    assert str(found).endswith(f"(expected {found.expected[:12]}…, found {found.found[:12]}…)")


def test_a_deleted_event_is_named() -> None:
    """In the middle, at the beginning, at the end, all of them."""
    sound = record(Action.REVISE, Action.SEND, Action.ACCEPT)
    assert first(without_event(sound, 2)) == "event 2: it is missing"
    assert first(without_event(sound, 1, 2)) == "events 1 to 2: they are missing"
    assert first(without_event(sound, 4)) == "event 4: it is missing"
    assert first(without_event(sound, 1, 2, 3, 4)) == "events 1 to 4: they are missing"


def test_two_swapped_events_are_named() -> None:
    """Each keeps its own hash and gets the other's place: neither fits there."""
    sound = record(Action.REVISE, Action.SEND)
    places = {2: 3, 3: 2}
    moved = [replace(e, sequence=places.get(e.sequence, e.sequence)) for e in sound.events]
    found = replace(sound, events=tuple(sorted(moved, key=lambda e: e.sequence)))
    assert first(found).startswith("event 2 (quote.sent): its previous hash is not the hash of the event")


def test_a_chain_made_anew_does_not_fit_its_end() -> None:
    """Whoever rewrites events with all their hashes must also rewrite the quote's row."""
    sound = record(Action.SEND)
    forged = replace(sound, events=record(Action.CANCEL).events)
    assert first(forged).startswith("end of the chain: the last hash in the quote's row")
    shorter = replace(sound, last_sequence=1, last_hash=sound.events[0].hash)
    assert first(shorter) == "event 2: the quote's row says that the chain ends before this event"


def test_a_changed_version_is_named() -> None:
    """Its content by its hash; its hash, total, currency and time by its event."""
    sound = record(Action.REVISE)

    def with_version(**changes: Any) -> QuoteRecord:
        return replace(sound, versions=(sound.versions[0], replace(sound.versions[1], **changes)))

    other = content("120.01")
    assert first(with_version(content=other.to_data())).startswith("version 2: its content does not match")
    assert first(with_version(content={"total": 1.5})).startswith("version 2: its content does not match")
    together = with_version(content=other.to_data(), content_hash=other.content_hash)
    assert first(together).startswith("version 2: content_hash does not match its event")
    assert first(with_version(total=Decimal(1))).startswith("version 2: total does not match")
    assert first(with_version(currency="USD")) == (
        "version 2: currency does not match its event (expected EUR, found USD)"
    )
    assert first(with_version(created_at=START)).startswith("version 2: created_at does not match")


def test_a_version_too_few_or_too_many_is_named() -> None:
    """Events and versions tell of each other."""
    sound = record(Action.REVISE)
    assert first(replace(sound, versions=sound.versions[:1])) == "version 2: it is missing"
    third = replace(sound.versions[1], number=3)
    assert first(replace(sound, versions=(*sound.versions, third))) == "version 3: no event records it"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("status", QuoteStatus.REJECTED),
        ("valid_until", START),
        ("current_version", 7),
        ("state_version", 9),
        ("customer_id", "somebody else"),
        ("acceptance", None),
    ],
)
def test_a_changed_row_is_named_by_its_column(column: str, value: object) -> None:
    """What lists and pages read is what the events add up to."""
    sound = record(*ACCEPTED)
    assert sound.snapshot is not None
    found = replace(sound, snapshot=replace(sound.snapshot, **{column: value}))  # type: ignore[arg-type]  # a column
    assert first(found).startswith(f"the quote's row: {column} does not match the events")


def test_a_changed_version_in_the_row_is_named_by_its_number() -> None:
    """A total in the row's own list of versions."""
    sound = record(Action.REVISE)
    assert sound.snapshot is not None
    total = content("1.00").total
    changed = (sound.snapshot.versions[0], replace(sound.snapshot.versions[1], total=total))
    found = replace(sound, snapshot=replace(sound.snapshot, versions=changed))
    assert first(found) == (
        "the quote's row: version 2's total does not match the events (expected 120.00 EUR, found 1.00 EUR)"
    )


def test_a_row_that_is_no_quote_is_named() -> None:
    """A value that no quote can have."""
    assert first(replace(record(), snapshot=None)) == "the quote's row: it cannot be read as a quote"


def test_events_that_add_up_to_nothing_are_named() -> None:
    """A first event that creates nothing, well hashed: a forger who does not know the rules."""
    sound = record(Action.SEND)
    data = {"state_version": 1, "total": "much"}
    events = chained([Event(type=EventType.SENT, at=START, actor="system", data=data)])
    found = replace(sound, events=events, last_sequence=1, last_hash=events[0].hash, versions=())
    assert first(found) == "events: together they do not make a quote: ValueError"


def test_a_total_that_is_none_is_named() -> None:
    """An event may hold anything; it is compared, and never fails."""
    sound = record()
    odd = replace(sound.events[0], data={**sound.events[0].data, "total": "much"})
    texts = [str(found) for found in verify(replace(sound, events=(odd,)))]
    assert "version 1: total does not match its event (expected much, found 100.0000)" in texts


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("command_id", "another"), ("version", 7), ("content_hash", "0" * 64), ("signer", "0" * 64)),
        *(("method", "mail"), ("received_at", START), ("actor", "link:x")),
        *(("total", Decimal(1)), ("currency", "USD")),
    ],
)
def test_changed_evidence_is_named_by_its_column(column: str, value: object) -> None:
    """The acceptance's row says what its event says, and the total of the version accepted."""
    sound = record(*ACCEPTED)
    assert sound.acceptance is not None
    found = replace(sound, acceptance=replace(sound.acceptance, **{column: value}))  # type: ignore[arg-type]  # a column
    assert first(found).startswith(f"acceptance: {column} does not match its event")


@pytest.mark.parametrize("change", [{"signer_email": "eve@buyer.example"}, {"link_id": "another"}])
def test_another_signer_is_named_without_the_address(change: dict[str, Any]) -> None:
    """The digest binds address and link; the report holds neither."""
    sound = record(*ACCEPTED)
    assert sound.acceptance is not None
    found = first(replace(sound, acceptance=replace(sound.acceptance, **change)))
    assert found.startswith("acceptance: the signer's address and link do not match")
    assert "@" not in found


@pytest.mark.parametrize(
    "gone", [{"stored_at": None}, {"stored_at": START - timedelta(seconds=1)}, {"signer_email": None}]
)
def test_a_forgotten_signer_is_no_mismatch(gone: dict[str, Any]) -> None:
    """Somebody's name may be removed, and the chain holds; and of a command that was stored before the quote was recorded
    nobody knows the salt, nor of one that is not there.
    """
    sound = record(*ACCEPTED)
    assert sound.acceptance is not None
    other = {"signer_email": "eve@buyer.example", **gone}
    assert verify(replace(sound, acceptance=replace(sound.acceptance, **other))) == []


def test_evidence_without_event_and_event_without_evidence_are_named() -> None:
    """Each tells of the other."""
    accepted, sent = record(*ACCEPTED), record(Action.SEND)
    assert first(replace(accepted, acceptance=None)) == (
        "acceptance: its evidence is missing, but event 3 records it"
    )
    assert first(replace(sent, acceptance=accepted.acceptance)) == (
        "acceptance: there is evidence of one, but no event records it"
    )


def test_a_long_value_is_cut() -> None:
    """One line stays one line."""
    sound = record()
    assert sound.snapshot is not None
    found = replace(sound, snapshot=replace(sound.snapshot, number="Q" * 100))
    assert first(found).endswith(f"found {'Q' * 60}…)")


def with_documents(*kept: StoredDocument, told: tuple[str, ...] = ("a" * 64,)) -> QuoteRecord:
    """A sent quote whose chain tells of documents with these digests."""
    sent = record(Action.SEND)
    facts = [
        Event(type=EventType(event.type), at=event.at, actor=event.actor, data=event.data)
        for event in sent.events
    ]
    for digest in told:
        data = {"version": 1, "kind": "quote", "sha256": digest}
        facts.append(Event(type=EventType.DOCUMENT_MADE, at=START, actor="system", data=data))
    events = chained(facts)
    return replace(sent, events=events, last_sequence=len(events), last_hash=events[-1].hash, documents=kept)


DOCUMENT = StoredDocument(version=1, kind="quote", sha256="a" * 64, computed_sha256="a" * 64)


def test_an_online_acceptance_without_a_link_is_named() -> None:
    """As a key could once record it: nothing was changed by force, and what it says is not so."""
    sound = record(*ACCEPTED)
    made, said = sound.events[-1], {**sound.events[-1].data, "method": "online"}
    facts = [Event(type=EventType(e.type), at=e.at, actor=e.actor, data=e.data) for e in sound.events[:-1]]
    assert sound.acceptance is not None

    def named(actor: str) -> list[str]:
        events = chained([*facts, Event(type=EventType.ACCEPTED, at=made.at, actor=actor, data=said)])
        acceptance = replace(sound.acceptance, method="online", actor=actor) if sound.acceptance else None
        changed = replace(sound, events=events, last_hash=events[-1].hash, acceptance=acceptance)
        return [str(each) for each in verify(changed)]

    assert named("link:1") == []
    [what] = named("key:test")
    assert what.startswith("acceptance: it is said to have come online, and came by no customer's link")


def test_a_document_as_its_event_tells_passes() -> None:
    """Bytes, digest and event agree."""
    assert verify(with_documents(DOCUMENT)) == []


@pytest.mark.parametrize(
    ("kept", "told", "what"),
    [
        ((replace(DOCUMENT, computed_sha256="b" * 64),), ("a" * 64,), "its bytes do not match its event"),
        ((replace(DOCUMENT, sha256="b" * 64),), ("a" * 64,), "its stored digest"),
        ((), ("a" * 64,), "it is missing"),
        ((DOCUMENT,), (), "no event records it"),
    ],
)
def test_a_document_that_does_not_match_is_named(
    kept: tuple[StoredDocument, ...], told: tuple[str, ...], what: str
) -> None:
    """One byte of the PDF, its digest, the row or the event: each is said with its place."""
    [mismatch] = verify(with_documents(*kept, told=told))
    assert mismatch.place == "quote document of version 1"
    assert what in mismatch.what


def test_changed_circumstances_of_an_acceptance_are_named() -> None:
    """Evidence without the digest that its event tells of, also where the signer is gone and nothing tells why; an event
    without one can tell of no mismatch.
    """
    sound = record(*ACCEPTED)
    event = sound.events[-1]
    assert sound.acceptance is not None
    digest = sound.acceptance.digest(SALT)
    told = with_event(sound, event.sequence, data={**event.data, "evidence_sha256": digest})

    def named(found: QuoteRecord, **change: Any) -> list[str]:
        assert found.acceptance is not None
        changed = replace(found, acceptance=replace(found.acceptance, **change))
        return [each.what for each in verify(changed) if each.place == "acceptance"]

    assert named(told) == named(sound, ip="other") == named(sound, signer_email=None) == []
    for change in ({"ip": "other"}, {"signer_email": None}):
        [what] = named(told, **change)
        assert what.startswith("signer, order, consent")
