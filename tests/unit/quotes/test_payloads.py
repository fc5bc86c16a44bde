"""What a command carries: its stored form, and what is read of it again."""

from dataclasses import fields, replace
from typing import Annotated, Any, get_args, get_origin
from uuid import UUID

import pytest

from domain.quotes.commands import NAMES, to_command
from domain.quotes.envelope import CREATE, Envelope
from domain.quotes.payloads import KINDS, CancelPayload, SendPayload, for_decision
from domain.quotes.status import Action, CustomerRequest
from tests.unit.quotes.build import START

ID = str(UUID(int=9))
_LINES: dict[str, Any] = {
    "lines": [{"description": "Ada's bracket", "quantity": 1, "unit_price": "2.00"}],
    "discount": {"rate": "0.05", "reason": "Ada is a friend"},
    "notes": "Ada asked for it",
}
_MAIL: dict[str, Any] = {"recipients": ["ada@buyer.example", "bob@buyer.example"], "message": "Dear Ada"}
_MAIL["read_only"] = ["bob@buyer.example"]
_LINK: dict[str, Any] = {"link_id": ID, "recipient": "ada@buyer.example", "reads_only": True}
_ONLINE: dict[str, Any] = {**_LINK, "method": "phone", "ip": "203.0.113.9", "user_agent": "Ada's browser"}
_SIGNED: dict[str, Any] = {
    **_ONLINE,
    "signer_name": "Ada Buyer",
    "signer_email": "ada@buyer.example",
    "purchase_order_number": "PO-Ada",
    "proof_sha256": "0" * 64,
    "selection": [{"position": 1, "quantity": 25, "tier": "expedited"}],
    "consent_text": "I, Ada",
    "page_opened_at": "2026-11-24T09:00:00Z",
    "recorded_by": "key:1",
    "signer": "1" * 64,
}
_NAMED: dict[str, Any] = {
    **dict.fromkeys(("quote_id", "customer_id"), ID),
    "number": "Q-2026-00001",
    "workflow_id": "Q-2026-00001-000009",
    **dict.fromkeys(("time_zone", "reminder_zone"), "UTC"),
    "copied_from": {"quote_id": ID, "version": 2},
}
PAYLOADS: dict[str, dict[str, Any]] = {
    Action.ANNUL: {"reason": "Ada agrees", "agreed_with": "Ada", "salt": "00"},
    Action.HAND_OVER: {"reference": "SO-4711"},
    CREATE: {**_LINES, **_NAMED, "owner": "key:ada", "external_id": "Ada 7", "valid_days": 30},
    "revise": {**_LINES, "overrides": "keep", "valid_until": "2026-12-24"},
    "send": {**_MAIL, "valid_days": 30},
    "resend": _MAIL,
    "extend": {"valid_days": 30},
    "accept": _SIGNED,
    "reject": {**_ONLINE, "reason": "Ada"},
    "cancel": {"draft_only": False, "reason": "Ada"},
    "request_change": {**_LINK, "reason": "Ada"},
    "request_extension": {**_LINK, "reason": "Ada"},
    "share": {**_LINK, **_MAIL},
}
TRAVELS: dict[str, set[str]] = {
    Action.ANNUL: set(),
    Action.HAND_OVER: {"reference"},
    CREATE: {*_NAMED, "lines", "valid_days"},
    "revise": {"lines", "valid_until"},
    "send": {"recipients", "valid_days"},
    "resend": {"recipients"},
    "extend": {"valid_days"},
    "accept": {"method", "proof_sha256", "reads_only", "selection", "signer"},
    "reject": {"method", "reads_only"},
    "cancel": {"draft_only"},
    "request_change": {"reads_only"},
    "request_extension": {"reads_only"},
    "share": {"reads_only", "recipients"},
}
"""All that Temporal learns of these payloads: to add a field here is to put it into histories, for as long as they are kept."""

CHECKED = {"discount", "notes", "overrides"}
"""What earlier programs signalled is looked at for its shape, as they did; no decision depends on what it says."""

each_name = pytest.mark.parametrize("name", sorted(KINDS))


def test_each_command_has_its_payload() -> None:
    """Create, all actions and all requests; none without a command, no command without."""
    assert set(KINDS) == {CREATE, *Action, *CustomerRequest} == NAMES


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


class Watched(dict[str, Any]):
    """A payload that notes what is read of it."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(told)
        self.read: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.read.add(key)
        return super().__getitem__(key)


@each_name
def test_a_decision_reads_nothing_but_what_travels(name: str) -> None:
    """A command reads no field that is not declared for it, and is the same as one made of all that was asked."""
    travelling = for_decision(stored(name))
    watched = Watched(dict(travelling.payload))
    command = to_command(replace(travelling, payload=watched))
    assert watched.read & set(PAYLOADS[name]) <= TRAVELS[name] | CHECKED
    assert command == to_command(stored(name))


@each_name
def test_only_what_is_declared_travels(name: str) -> None:
    """A field that is not declared stays in the inbox, and so does one that nobody knows; once more changes nothing."""
    travelling = for_decision(stored(name))
    assert set(travelling.payload) == TRAVELS[name]
    assert for_decision(travelling) == travelling
    assert replace(travelling, payload=stored(name).payload) == stored(name)
    assert "Ada" not in str(travelling.to_data())
    assert "@" not in str(travelling.to_data())
    odd = dict.fromkeys(PAYLOADS[name], 1.5)
    assert set(for_decision(replace(travelling, payload=odd)).payload) == TRAVELS[name]


def test_what_is_counted_is_as_well_formed_as_it_was() -> None:
    """A program from before reads it, and its run takes the same steps: so that one of today can go on with the run."""
    assert for_decision(stored(CREATE)).payload["lines"] == [{}]
    assert for_decision(stored("send")).payload["recipients"] == ["", ""]


def test_of_an_unknown_command_nothing_travels() -> None:
    """Nobody has said what of it is a person's."""
    assert for_decision(replace(stored("cancel"), name="explode")).payload == {}


def test_what_nobody_said_is_left_out() -> None:
    """An empty list and a no have been said."""
    sent = SendPayload(
        confirm=None,
        contact=None,
        recipients=[],
        read_only=None,
        message=None,
        valid_days=None,
        valid_until=None,
    )
    assert sent.to_data() == {"recipients": []}
    assert CancelPayload(reason=None, draft_only=False).to_data() == {"draft_only": False}


def stored(name: str) -> Envelope:
    """A command as the inbox holds it, of a person who tells more than is asked for."""
    return Envelope(
        name=name,
        command_id=ID,
        received_at=START,
        actor="key:1",
        shown_version=1,
        payload=PAYLOADS[name] | {"unknown": "Ada"},
    )


def _sample(of: Any) -> object:
    of = get_args(of)[0] if get_origin(of) is Annotated else of
    kind = get_args(of)[0]
    samples = {str: "text", int: 3, bool: True, list: [{"a": "b"}], dict: {"a": "b"}}
    return samples[get_origin(kind) or kind]
