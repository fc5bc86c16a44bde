"""The page of one quote: what it says, by role and by state."""

import re
from uuid import uuid4

import httpx
import pytest

from domain.people.roles import Role
from tests.api.caller import SIGNER, Caller
from tests.api.desk.conftest import Desks

HTML = "<script>alert(1)</script>"


async def shown(desk: httpx.AsyncClient, path: str, *, status: int = 200) -> str:
    """The page at that path."""
    answer = await desk.get(path)
    assert answer.status_code == status, answer.text[:2000]
    return answer.text


def words(page: str) -> str:
    """What a person reads of it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


async def test_a_draft_says_what_happens_next_and_what_can_be_done(caller: Caller, desks: Desks) -> None:
    quote = await caller.draft()
    page = words(await shown(desks[Role.SALES], f"/desk/quotes/{quote['id']}"))
    assert quote["number"] in page
    assert "It waits for you to send it; as a draft it expires on" in page
    assert "Delete the draft" in page
    assert "Record a yes" not in page
    assert "was drafted" in page
    assert "API key tests" in page
    assert "How line 1 is priced" in page
    assert "Margin" in page
    assert "Time machine" not in page
