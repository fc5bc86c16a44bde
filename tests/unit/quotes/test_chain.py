"""Hashes: equal data, equal hash; any change, another one."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from domain.canonical import canonical_json, sha256_hex
from domain.proof.verify import chain_hash
from domain.quotes.events import Event, EventType
from tests.unit.quotes.build import START, content

EVENT = Event(type=EventType.SENT, at=START, actor="key:1", data={"version": 1, "note": "ä"})


def hashed(event: Event, *, sequence: int = 1, previous: str = "", quote_id: str = "q") -> str:
    """The event's place in a chain."""
    return chain_hash(quote_id=quote_id, sequence=sequence, event=event, previous_hash=previous)


def test_every_part_of_an_event_is_bound() -> None:
    """Type, time, actor, data, quote, place and history each change the hash; the zone of writing does not."""
    first = hashed(EVENT)
    others = [
        hashed(replace(EVENT, type=EventType.RESENT)),
        hashed(replace(EVENT, at=START + timedelta(microseconds=1))),
        hashed(replace(EVENT, actor="key:2")),
        hashed(replace(EVENT, data={"version": 2, "note": "ä"})),
        hashed(EVENT, sequence=2),
        hashed(EVENT, previous=first),
        hashed(EVENT, quote_id="r"),
    ]
    assert len({first, *others}) == 8
    assert hashed(replace(EVENT, at=START.astimezone(timezone(timedelta(hours=5))))) == first


def test_an_event_without_a_time_has_no_hash() -> None:
    """The stamp comes first."""
    with pytest.raises(ValueError, match="time"):
        hashed(replace(EVENT, at=None))


def test_canonical_json_is_one_text() -> None:
    """Keys are sorted, nothing is escaped that need not be, and floats have no place."""
    assert canonical_json({"b": 1, "a": ["ä", None, True]}) == '{"a":["ä",null,true],"b":1}'
    for data in (1.0, {"a": [1.5]}):
        with pytest.raises(TypeError):
            canonical_json(data)


def test_a_versions_hash_is_of_its_content() -> None:
    """The hash of the stored form, so that anyone can check it; another total is another hash."""
    assert content().content_hash == sha256_hex(content().to_data())
    assert content().content_hash != content("100.01").content_hash
