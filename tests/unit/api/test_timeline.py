"""What happened to a quote, in plain language: a sentence for each kind of event."""

from dataclasses import MISSING, fields
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from adapters.db.quotes.happenings import Happening
from adapters.db.record.views import EventView
from api.desk.quotes.one.timeline import entry_of
from api.desk.quotes.who import ActorNames
from domain.money import Money
from domain.quotes.events import Body, Event, EventType, Kind

AT = datetime(2026, 12, 3, 13, 3, 22, tzinfo=UTC)
USER = "user:0190c7a8-1111-7abc-8def-0123456789ab"
VALUES: dict[str, Any] = {
    "version": 2,
    "valid_until": AT,
    "total": Money.parse("4261.23", "EUR"),
    "method": "phone",
    "from_": "sent",
    "kind": "sent",
    "blanked": {"messages": 1},
    "rows": {},
    "code": "quote_expired",
    "name": "extend",
}


def sample(kind: Kind) -> Body:
    """One of that kind, with a value in each field that it must have."""
    needed = [each for each in fields(kind) if each.default is MISSING]
    told = {each.name: VALUES.get(each.name, 1 if each.type is int else "some-id") for each in needed}
    told |= {each.name: AT for each in needed if each.type is datetime}
    return kind.from_data(kind(**told).to_data())


def facts(**more: Any) -> Any:
    """As far as sentences ask for them."""
    names = ActorNames({USER: "Marta Keller"})
    return SimpleNamespace(zone="Europe/Berlin", links={}, messages={}, names=names, **more)


def happening(body: Body, actor: str = USER, **said: Any) -> Happening:
    """The event that tells it, on record."""
    view = EventView(
        quote_id="q", sequence=3, event=Event.of(body, at=AT, actor=actor), previous_hash="", hash=""
    )
    return Happening(view=view, said=said)


@pytest.mark.parametrize("kind", get_args(Body), ids=lambda kind: str(kind.type))
def test_every_kind_has_its_sentence(kind: Kind) -> None:
    """In words, with who and when, and without ids, codes and underscores."""
    entry = entry_of(happening(sample(kind)), facts())
    assert entry.what.endswith(".")
    assert "quote." not in entry.what
    assert "_" not in entry.what
    assert (entry.by, entry.stored) == ("by Marta Keller", "2026-12-03T13:03:22Z")
    assert entry.at == "Thu 03 Dec 2026 14:03 CET"


def test_all_kinds_are_tried() -> None:
    """Each name of an event has its class here."""
    assert {kind.type for kind in get_args(Body)} == set(EventType)


@pytest.mark.parametrize(
    ("actor", "by"),
    [
        ("system", "by itself"),
        (USER, "by Marta Keller"),
        ("user:gone", "by somebody who is not here any more"),
        ("key:fo_gone", "by an API key that is gone"),
        ("link:gone", "by a reader"),
        ("unknown", "by unknown"),
    ],
)
def test_who_acted_is_named_in_one_way(actor: str, by: str) -> None:
    """People, keys, readers, and nobody."""
    assert facts().names.by(actor) == by


def test_an_entry_that_somebody_damaged_is_told_as_that() -> None:
    """The page goes on."""
    broken = Event(type=EventType.SENT, at=AT, actor=USER, data={"version": "x"})
    view = EventView(quote_id="q", sequence=3, event=broken, previous_hash="", hash="")
    entry = entry_of(Happening(view=view, said={}), facts())
    assert "cannot be read: verify the quote" in entry.what
    assert entry.tone == "bad"
