"""The envelope of a command: what is understood, and that nothing else gets through."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import MalformedCommandError
from domain.offer.to_price import read_to_price
from domain.quotes import commands as c
from domain.quotes.decide import Applied, Refused, decide
from domain.quotes.envelope import Envelope, read_envelope
from domain.quotes.status import Action, QuoteStatus
from domain.quotes.validity import Validity
from tests.unit.quotes.build import in_status

ID = str(UUID(int=9))
RECEIVED = datetime(2026, 11, 24, 9, 0, 0, 123456, tzinfo=UTC)


def envelope(name: str, payload: dict[str, Any], shown: int | None = None) -> Envelope:
    """An envelope as the inbox stores it."""
    return Envelope(
        name=name, command_id=ID, received_at=RECEIVED, actor="key:1", payload=payload, shown_version=shown
    )


def test_an_envelope_survives_its_journey() -> None:
    """Written as a signal's argument and read again, it is the same; unknown fields are ignored."""
    sent = envelope("accept", {"signer": "s", "new_field": 1}, shown=2)
    assert read_envelope("accept", sent.to_data() | {"unknown": True}) == sent


def test_all_but_the_id_and_the_time_is_optional() -> None:
    """A sender of an older or newer version is understood."""
    bare = read_envelope("cancel", {"command_id": ID, "received_at": RECEIVED.isoformat()})
    assert c.to_command(bare) == c.Cancel(command_id=ID, received_at=RECEIVED, actor="unknown")


@pytest.mark.parametrize(
    ("name", "payload", "shown", "expected"),
    [
        ("send", {"recipients": ["a@b.de"], "valid_days": 5}, None, {"validity": Validity(days=5)}),
        ("extend", {"valid_until": "2026-12-24"}, None, {"validity": Validity(on=date(2026, 12, 24))}),
        (
            "extend",
            {"valid_until": "2026-12-24T12:00:00+01:00"},
            None,
            {"validity": Validity(until=datetime(2026, 12, 24, 11, tzinfo=UTC))},
        ),
        ("accept", {"signer": "x", "method": "phone"}, 3, {"shown_version": 3, "signer": "x"}),
        ("reject", {}, 1, {"method": None}),
        ("reject", {"method": "mail"}, 1, {"method": c.AcceptanceMethod.MAIL}),
        ("resend", {"recipients": ["a@b.de"]}, None, {"recipients": 1}),
        ("cancel", {"draft_only": True}, None, {"draft_only": True}),
    ],
)
def test_commands_are_read(
    name: str, payload: dict[str, Any], shown: int | None, expected: dict[str, object]
) -> None:
    """Each command's own fields."""
    command = c.to_command(envelope(name, payload, shown))
    assert {key: getattr(command, key) for key in expected} == expected


def test_lines_are_read() -> None:
    """A create's lines get their positions in order."""
    payload = {"lines": [{"description": "A", "part_number": "7"}, {"specification": {"material": "steel"}}]}
    assert [(line.position, line.description, line.tier) for line in read_to_price(payload).lines] == [
        (1, "A", None),
        (2, "", None),
    ]


@pytest.mark.parametrize(
    ("name", "payload", "shown"),
    [
        ("accept", {}, 1),
        ("accept", {"signer": "x"}, None),
        ("accept", {"signer": "x", "method": "telepathy"}, 1),
        ("extend", {}, None),
        ("extend", {"valid_days": "5"}, None),
        ("extend", {"valid_days": True}, None),
        ("extend", {"valid_days": 5, "valid_until": "2026-12-24"}, None),
        ("extend", {"valid_until": "2026-13-45"}, None),
        ("extend", {"valid_until": "2026-12-24T00:00:00"}, None),
        ("extend", {"valid_until": "9999-12-31T23:59:59-12:00"}, None),
        ("send", {"recipients": "a@b.de"}, None),
        ("send", {"recipients": [1]}, None),
        ("revise", {"lines": []}, None),
        ("revise", {"lines": [7]}, None),
        ("revise", {"lines": [{"specification": "steel"}]}, None),
        ("explode", {}, None),
    ],
)
def test_malformed_commands_are_refused(name: str, payload: dict[str, Any], shown: int | None) -> None:
    """A missing field or another shape is `malformed`, and nothing else."""
    with pytest.raises(MalformedCommandError) as error:
        c.to_command(envelope(name, payload, shown))
    assert error.value.code == "malformed"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FIELDS = ["command_id", "received_at", "actor", "payload", "shown_version", "schema_version"]


ANY_TIME = st.datetimes(timezones=st.sampled_from([UTC, ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Nuuk")]))
WORDS = st.dictionaries(
    st.sampled_from(["valid_days", "valid_until", "recipients", "signer", "method", "lines", "reason"]),
    JSON | st.integers() | ANY_TIME.map(datetime.isoformat) | st.just([{"specification": {"a": 1}}]),
)


@given(
    st.sampled_from([*Action, "create", "explode"]),
    ANY_TIME.map(datetime.isoformat) | st.sampled_from(["9999-12-31T20:00:00+00:00", "0001-01-01T00:00:00Z"]),
    WORDS,
    st.none() | st.integers(),
    st.sampled_from(QuoteStatus),
)
def test_whatever_can_be_read_can_be_decided(
    name: str, at: str, payload: dict[str, Any], shown: int | None, status: QuoteStatus
) -> None:
    """A command that anybody may have signalled is decided or malformed: no other error reaches the quote."""
    data = {"command_id": ID, "received_at": at, "payload": payload, "shown_version": shown}
    try:
        envelope = read_envelope(name, data)
        command = c.to_command(envelope)
    except MalformedCommandError:
        return
    assert len(envelope.reference.digest) == 64
    for quote in (None, in_status(status)):
        assert isinstance(decide(quote, command), Applied | Refused)


@given(st.text(), JSON | st.dictionaries(st.sampled_from(FIELDS), JSON | st.just(ID)))
def test_garbage_is_malformed_and_never_another_error(name: str, data: object) -> None:
    """Whatever a signal carries, reading it either works or is `malformed`: a quote never blocks on it."""
    try:
        c.to_command(read_envelope(name, data))
    except MalformedCommandError:
        return
