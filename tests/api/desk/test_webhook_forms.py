"""Forms about webhooks that are wrong, or about nothing that is there."""

import pytest

from domain.people.roles import Role
from tests.api.caller import Caller
from tests.api.desk.conftest import Desks
from tests.api.desk.forms import words
from tests.api.desk.test_webhooks_at_desk import found, pressed

HOOKS = "/desk/settings/webhooks"


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("url", "", "must have"),
        ("url", "http://erp.example.com", "https"),
        ("url", "https://127.0.0.2:1/", ""),
        ("url", "nonsense", ""),
        ("description", "a\nb", "one line"),
        ("types", "quote.nonsense", "types of events"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field(
    desks: Desks, field: str, value: str, rule: str
) -> None:
    """And what was typed stays."""
    typed = {"url": "https://erp.example.com/x", "description": "Kept", "snapshot": "yes", field: value}
    answer = await desks[Role.ADMIN].post(HOOKS, data=typed)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert rule in answer.text
    if field != "description":
        assert 'value="Kept"' in answer.text


async def test_no_event_is_said(desks: Desks, silent: Caller) -> None:
    """What is none cannot be told again."""
    made = await desks[Role.ADMIN].post(HOOKS, data={"url": "https://erp.example.com/y"})
    path = found(rf'href="({HOOKS}/[0-9a-f-]{{36}})"', made.text)
    for event_id in ("", "x", "01890a5d-ac96-774b-bcce-b302099a8057-1", "a" * 200):
        answer = await desks[Role.ADMIN].post(path, data={"do": "replay", "event_id": event_id})
        assert answer.status_code == 422
        assert "Event" in words(answer.text)
    await pressed(desks[Role.ADMIN], path, "delete")
