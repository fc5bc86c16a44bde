"""The admins' page of API keys: a secret is shown once, and a repeated form makes nothing twice."""

import re

import pytest
from fastapi import FastAPI

from domain.people.roles import Role
from tests.api.conftest import calling
from tests.api.desk.conftest import Desks

KEYS = "/desk/settings/keys"


def form_id(page: str) -> str:
    return found[1] if (found := re.search(r'name="form_id" value="([^"]+)"', page)) else ""


def secret(page: str) -> str:
    return found[1] if (found := re.search(r">(fo_[^<]+)<", page)) else ""


async def works(app: FastAPI, key: str) -> bool:
    async with calling(app, key) as caller:
        return (await caller.get("/quotes", params={"limit": 1})).status_code == 200


async def test_a_key_is_made_rotated_and_ended(desks: Desks, app: FastAPI) -> None:
    """Its secret stands on one page; the same form again shows none; what somebody did meanwhile is shown first."""
    admin = desks[Role.ADMIN]
    name = "<script>alert(1)</script> & ERP"
    typed = {"form_id": form_id((await admin.get(KEYS)).text), "name": name, "scopes": "read"}
    made = await admin.post(KEYS, data=typed)
    first, key_id = secret(made.text), secret(made.text).split("_")[2]
    assert made.status_code == 200
    assert "&lt;script&gt;" in made.text
    assert "<script>alert" not in made.text
    again = await admin.post(KEYS, data=typed)
    assert (again.status_code, secret(again.text)) == (422, "")
    assert again.text.count(f"{KEYS}/{key_id}") == 1
    assert await works(app, first)
    path = f"{KEYS}/{key_id}"
    assert first.split("_")[3] not in (await admin.get(path)).text
    rotated = await admin.post(path, data={"do": "rotate", "version": "", "overlap_hours": "1"})
    second = secret(rotated.text)
    late = await admin.post(path, data={"do": "rotate", "version": "", "overlap_hours": "1"})
    assert (late.status_code, secret(late.text)) == (409, "")
    assert "rotated meanwhile" in late.text
    assert await works(app, first)
    assert await works(app, second)
    ended = await admin.post(path, data={"do": "revoke"})
    assert (ended.status_code, ended.headers["location"]) == (303, f"{path}?done=revoked")
    assert "has ended" in (await admin.get(ended.headers["location"])).text
    assert not await works(app, first)
    assert not await works(app, second)
    gone = (await admin.get(path)).text
    assert "The secret before it" not in gone
    assert "works until" not in gone.lower()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "", "name"),
        ("name", "a\nb", "one line"),
        ("scopes", "root", "must be"),
        ("expires_at", "2020-01-01", "in the future"),
        ("expires_at", "soon", "a day such as"),
    ],
)
async def test_what_is_wrong_is_said_beside_what_was_typed(
    desks: Desks, field: str, value: str, told: str
) -> None:
    """The form comes back as it was."""
    typed = {"name": "Mill &amp; lathe", "scopes": "admin", field: value}
    answer = await desks[Role.ADMIN].post(KEYS, data=typed)
    assert answer.status_code == 422
    assert told in answer.text
    assert f'id="{field}-error"' in answer.text
    if field != "scopes":
        assert re.search(r'value="admin"\s+checked', answer.text)


async def test_keys_are_for_admins(desks: Desks) -> None:
    """Everybody else is told what it takes, and nothing is made."""
    for role in (Role.VIEWER, Role.SALES, Role.MANAGER):
        for path in (KEYS, f"{KEYS}/00"):
            assert (await desks[role].get(path)).status_code == 403
            assert (await desks[role].post(path, data={"name": f"by {role}"})).status_code == 403
    listed = (await desks[Role.ADMIN].get(KEYS)).text
    assert "by viewer" not in listed
    assert (await desks[Role.ADMIN].get(f"{KEYS}/00")).status_code == 404
    assert (await desks[Role.ADMIN].post(f"{KEYS}/00", data={"do": "revoke"})).status_code == 404
