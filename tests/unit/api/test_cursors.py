"""A cursor leads on from the last row, and only in the list that it was made for."""

import base64
from datetime import UTC, datetime

import pytest

from api.http.pagination import Position, read_cursor, write_cursor
from api.http.problem import ProblemError

POSITION = Position(
    created_at=datetime(2026, 11, 24, 6, 0, 0, 123456, tzinfo=UTC), id="01890a5d-ac96-774b-bcce-b302099a8057"
)
FILTERS = {"status": "sent", "q": None}


def test_a_cursor_gives_back_the_position_it_was_made_from() -> None:
    """To the microsecond, as the rows are ordered."""
    assert read_cursor(write_cursor(POSITION, FILTERS), {"q": None, "status": "sent"}) == POSITION


def test_no_cursor_is_the_first_page() -> None:
    """A missing cursor is not a wrong one."""
    assert read_cursor(None, FILTERS) is None


def test_a_cursor_is_bound_to_its_filters() -> None:
    """Pages of two different lists are never mixed."""
    with pytest.raises(ProblemError) as caught:
        read_cursor(write_cursor(POSITION, FILTERS), {**FILTERS, "status": "draft"})
    assert (caught.value.status, caught.value.errors[0].pointer) == (422, "/cursor")


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "x", "%%%", "é", "A" * 400, "bnVsbA", "WzFd"),
        *(
            base64.urlsafe_b64encode(raw).decode()
            for raw in (b"[1,2,3,4]", b'{"a":1}', b"[" * 200, b"\xff\xff")
        ),
    ],
)
def test_what_we_did_not_make_is_refused(cursor: str) -> None:
    """Any text at all is answered with 422, never with an error of our own."""
    with pytest.raises(ProblemError) as caught:
        read_cursor(cursor, FILTERS)
    assert caught.value.errors[0].code == "bad_cursor"
