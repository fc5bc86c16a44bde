"""By what a person is found in texts, and what a seal excuses."""

from dataclasses import replace
from typing import Any

import pytest

from domain.proof.forgotten import MARK, NOTHING, Person, seals, to_seal
from domain.proof.mismatch import Mismatch
from domain.proof.stored import QuoteRecord
from domain.proof.verify import verify
from domain.quotes.events import Event, EventType, PersonForgotten
from domain.quotes.status import Action
from tests.unit.quotes.build import START
from tests.unit.quotes.test_verify import DOCUMENT, SALT, chained, record, with_documents

ADA = Person(address="ada@x.example", names=frozenset({"Ada  Lovelace", "Zoë (QA)"}))


@pytest.mark.parametrize(
    "text",
    [
        "ada@x.example",
        "To ADA@X.example.",
        "<ada@x.example>",
        "dear ada\nlovelace,",
        "ask Zoë (QA)",
        "ADA LOVELACE",
    ],
)
def test_a_person_stands_in_a_text(text: str) -> None:
    """Upper and lower case alike, whatever stands around it."""
    assert ADA.stands_in(text)
    assert ADA.stands_in({"lines": [{"notes": text}]})
    assert ADA.taken_out_of({"a": [text, "Bracket"], "n": 1}) == {"a": [MARK, "Bracket"], "n": 1}


@pytest.mark.parametrize(
    "text",
    [
        "nada@x.example",
        "ada@x.example.org",
        "ada@x.examples",
        "Adam Lovelace",
        "Ada Lovelaces",
        "j.ada@x.example",
        "ada",
    ],
)
def test_another_is_not_taken_for_the_person(text: str) -> None:
    """A longer address or name is another's."""
    assert not ADA.stands_in(text)
    assert ADA.taken_out_of([text, None, 1.5]) == [text, None, 1.5]


def forgotten(found: QuoteRecord, **rows: dict[str, str]) -> QuoteRecord:
    """The record with the event that tells of it."""
    told = PersonForgotten(
        reason="request", blanked={}, rows={k.replace("_", " "): v for k, v in rows.items()}
    )
    facts = [Event(type=EventType(e.type), at=e.at, actor=e.actor, data=e.data) for e in found.events]
    events = chained([*facts, Event.of(told, at=START, actor="operator:owner")])
    return replace(found, events=events, last_sequence=len(events), last_hash=events[-1].hash)


def test_a_seal_excuses_an_empty_document_and_nothing_else() -> None:
    """Other bytes in its place are named as before, and so are empty ones without a seal."""
    held, place = "a" * 64, "quote_document_of_version_1"
    empty = with_documents(replace(DOCUMENT, computed_sha256=NOTHING))
    assert len(verify(empty)) == 1
    sealed = forgotten(empty, **{place: {held: NOTHING}})
    assert verify(sealed) == []
    [seal] = seals(sealed.events)
    assert (seal.place, seal.held, seal.since, seal.by) == (
        place.replace("_", " "),
        held,
        NOTHING,
        "operator:owner",
    )
    assert str(seal).startswith("quote document of version 1: blanked on ")
    other = replace(sealed, documents=(replace(DOCUMENT, computed_sha256="b" * 64),))
    assert len(verify(other)) == 1
    named = forgotten(other, **{place: {held: "b" * 64}})
    assert len(verify(named)) == 1, "a seal for something else than nothing is none"


def test_a_seal_excuses_evidence_whose_signer_is_gone() -> None:
    """As long as one stands there, another digest is a change."""
    found = record(Action.SEND, Action.ACCEPT)
    last = found.events[-1]
    facts = [Event(type=EventType(e.type), at=e.at, actor=e.actor, data=e.data) for e in found.events[:-1]]
    told = {**last.data, "evidence_sha256": "e" * 64}
    events = chained([*facts, Event(type=EventType.ACCEPTED, at=last.at, actor=last.actor, data=told)])
    assert found.acceptance is not None
    signed, blank = found.acceptance, replace(found.acceptance, signer_email=None)
    found = replace(found, events=events, last_hash=events[-1].hash)
    for stored, left in ((signed, ["acceptance"]), (blank, [])):
        sealed = forgotten(found, acceptance={"e" * 64: stored.digest(SALT)})
        assert [each.place for each in verify(replace(sealed, acceptance=stored))] == left


@pytest.mark.parametrize("rows", [None, [], {"version 1": "x"}, {"version 1": {"a": 1}}])
def test_a_damaged_event_excuses_nothing(rows: Any) -> None:
    """It is read as it is stored, whatever somebody made of it."""
    empty = with_documents(replace(DOCUMENT, computed_sha256=NOTHING))
    data = {"reason": "request", "blanked": {}, "rows": rows}
    facts = [Event(type=EventType(e.type), at=e.at, actor=e.actor, data=e.data) for e in empty.events]
    events = chained([*facts, Event(type=EventType.PERSON_FORGOTTEN, at=START, actor="x", data=data)])
    found = replace(empty, events=events, last_sequence=len(events), last_hash=events[-1].hash)
    assert [each.place for each in verify(found)] == ["quote document of version 1"]


def test_only_digests_are_sealed() -> None:
    """A figure that does not match is no blank."""
    with pytest.raises(ValueError, match="version 1: total"):
        to_seal([Mismatch(place="version 1", what="total", expected="1.00", found="2.00")])
