"""What a command carries: its stored form, and what is read of it again."""

from dataclasses import fields
from typing import Any, get_args, get_origin

import pytest

from domain.quotes.commands import NAMES
from domain.quotes.envelope import CREATE
from domain.quotes.payloads import KINDS, CancelPayload, SendPayload
from domain.quotes.status import Action, Request

each_name = pytest.mark.parametrize("name", sorted(KINDS))


def test_each_command_has_its_payload() -> None:
    """Create, all actions and all requests; none without a command, no command without."""
    assert set(KINDS) == {CREATE, *Action, *Request} == NAMES


@each_name
def test_it_survives_its_journey(name: str) -> None:
    """Whatever is said is stored by its field's name and read again; what is not known is passed over."""
    told = {each.name: _sample(each.type) for each in fields(KINDS[name])}
    assert KINDS[name].from_data(told | {"unknown": 1}).to_data() == told


@each_name
def test_what_has_another_shape_tells_nothing(name: str) -> None:
    """A decision is never held up by what somebody has stored by force."""
    odd = {each.name: 1.5 for each in fields(KINDS[name])}
    assert KINDS[name].from_data(odd) == KINDS[name].from_data({})


def test_what_nobody_said_is_left_out() -> None:
    """An empty list and a no have been said."""
    sent = SendPayload(recipients=[], read_only=None, message=None, valid_days=None, valid_until=None)
    assert sent.to_data() == {"recipients": []}
    assert CancelPayload(reason=None, draft_only=False).to_data() == {"draft_only": False}


def _sample(of: Any) -> object:
    kind = get_args(of)[0]
    samples = {str: "text", int: 3, bool: True, list: [{"a": "b"}], dict: {"a": "b"}}
    return samples[get_origin(kind) or kind]
