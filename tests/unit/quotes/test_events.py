"""Events as classes and as they are stored: nothing is lost either way, and what was hashed stays."""

import json
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter
from pydantic_core import to_json

from domain.money import Money
from domain.proof.verify import chain_hash
from domain.quotes import events as e
from domain.quotes.commands import AcceptanceMethod, CopiedFrom
from domain.quotes.events import Body, Event, EventType
from domain.quotes.status import QuoteStatus

UNTIL = datetime(2026, 12, 24, 22, 59, 59, tzinfo=UTC)
TOTAL = Money.parse("100.00", "EUR")
CREATED = e.Created(
    quote_id="q",
    number="Q-1",
    customer_id="c",
    time_zone="Europe/Berlin",
    reminder_zone="Asia/Tokyo",
    valid_until=UNTIL,
    state_version=1,
    version=1,
    total=Money.parse("100", "JPY"),
    content_hash="h",
)
ACCEPTED = e.Accepted(
    command_id="c", version=1, signer="s", method=AcceptanceMethod.PHONE, content_hash="h", state_version=3
)
BODIES: tuple[Body, ...] = (
    CREATED,
    e.Revised(valid_until=UNTIL, version=2, total=TOTAL, content_hash="h", state_version=2),
    e.Sent(version=1, valid_until=UNTIL, recipients=2, content_hash="h", state_version=2),
    e.Superseded(version=1, by_version=2),
    e.Resent(version=1, recipients=2, state_version=3),
    e.Viewed(version=1, link_id="l", by="form"),
    e.Reminded(days_left=3, valid_until=UNTIL),
    e.Extended(valid_until=UNTIL, valid_until_before=UNTIL, state_version=3),
    ACCEPTED,
    e.Rejected(version=1, method=None, state_version=3),
    e.Rejected(version=1, method=AcceptanceMethod.MAIL, state_version=3),
    e.Expired(from_=QuoteStatus.DRAFT, state_version=2),
    e.Cancelled(from_=QuoteStatus.SENT, state_version=3),
    e.Annulled(command_id="c", version=1, state_version=4),
    e.HandedOver(reference="SO-1", state_version=4),
    e.ChangeRequested(version=1, command_id="c"),
    e.ExtensionRequested(version=1, command_id="c"),
    e.Shared(version=1, command_id="c"),
    e.LinkRevoked(link_id="l", version=1),
    e.PersonForgotten(reason="request", blanked={"documents": 1}, rows={"version 1": {"d" * 64: "e" * 64}}),
    e.DocumentMade(version=1, kind="quote", sha256="d"),
    e.MessageSent(message_id="m", kind="sent", audience="customer", version=1),
    e.MessageFailed(message_id="m", kind="sent", audience="customer", version=1),
    e.MessageSkipped(message_id="m", kind="reminder", audience="customer", version=1),
    e.CommandRefused(code="malformed", name="accept", command_id="c"),
    e.CommandRefused(code="malformed", count=3),
    e.Sent(
        version=1,
        valid_until=UNTIL,
        recipients=2,
        content_hash="h",
        state_version=2,
        confirmed=("below_cost", "beyond_largest_discount"),
    ),
    e.Revised(
        valid_until=UNTIL,
        version=2,
        total=TOTAL,
        content_hash="h",
        state_version=2,
        to_confirm=("below_cost",),
    ),
)
RECORDED: list[dict[str, Any]] = json.loads(Path(__file__).with_name("recorded_events.json").read_text())


def test_each_type_has_its_class_and_its_samples() -> None:
    """A type without a class could not be read; a class without a sample would not be tested."""
    assert {kind.type for kind in get_args(Body)} == set(EventType)
    assert {type(body) for body in BODIES} == set(get_args(Body))
    assert {row["type"] for row in RECORDED} == set(EventType)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
def test_a_body_comes_back_from_its_stored_form(body: Body) -> None:
    """Every field with its type, also where the stored form went through JSON."""
    event = Event.of(body, at=UNTIL, actor="system")
    again = TypeAdapter(Event).validate_json(to_json(event))
    assert (again, again.body) == (event, body)
    assert [type(getattr(again.body, each.name)) for each in fields(body)] == [
        type(getattr(body, each.name)) for each in fields(body)
    ]


@pytest.mark.parametrize("row", RECORDED, ids=lambda row: row["type"])
def test_a_recorded_event_keeps_its_stored_form_and_its_hash(row: dict[str, Any]) -> None:
    """Rows of `quote_events` as they were written before events had classes."""
    at = datetime.fromisoformat(row["at"])
    event = Event(type=EventType(row["type"]), at=at, actor=row["actor"], data=row["data"])
    told = Event.of(event.body, at=at, actor=row["actor"])
    assert told == event
    place = {name: row[name] for name in ("quote_id", "sequence", "previous_hash")}
    assert chain_hash(event=told, **place) == row["hash"]


def test_an_event_crosses_to_an_activity_by_four_fields() -> None:
    """The form that histories hold: workers of another release read it."""
    event = Event.of(e.Reminded(days_left=7, valid_until=UNTIL), at=None, actor="system")
    assert json.loads(to_json(event)) == {
        "type": "quote.reminded",
        "at": None,
        "actor": "system",
        "data": {"days_left": 7, "valid_until": "2026-12-24T22:59:59+00:00"},
    }


def test_what_is_not_always_told_is_left_out() -> None:
    """Absent and None are different hashes: an answer without a method tells None, evidence is there or not."""
    assert "copied_from" not in CREATED.to_data()
    assert not {"proof_sha256", "evidence_sha256"} & set(ACCEPTED.to_data())
    assert e.Rejected(version=1, method=None, state_version=3).to_data()["method"] is None
    assert e.CommandRefused(code="malformed", count=3).to_data() == {"code": "malformed", "count": 3}


def test_a_copy_tells_of_what_it_was_copied_from() -> None:
    """By the other quote's id and version."""
    data = {**CREATED.to_data(), "copied_from": {"quote_id": "o", "version": 2}}
    copied = e.Created.from_data(data)
    assert copied.copied_from == CopiedFrom(quote_id="o", version=2)
    assert copied.to_data() == data


def test_a_key_of_a_later_release_is_passed_over() -> None:
    """A worker of this release reads what one of the next has written."""
    assert e.Superseded.from_data({"version": 1, "by_version": 2, "new": 0}) == BODIES[3]
