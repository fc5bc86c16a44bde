"""An answer is written as it was made."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from api.http.pagination import Page, Position, page
from api.json_answer import Answer, to_json


class Inner(Answer):
    """Part of another one."""

    name: str


class Outer(Answer):
    """With a part that may be absent."""

    first: int
    parts: list[Inner]
    figures: dict[str, Any]
    last: str | None = None


def test_fields_stand_in_the_order_given_and_absent_ones_are_absent() -> None:
    """Not the declaration's order, no default, and null only where it was given."""
    made = Outer(parts=[Inner(name="Ü\n")], figures={"b": [Inner(name="x")], "a": "1.50"}, first=1)
    text = '{"parts":[{"name":"Ü\\n"}],"figures":{"b":[{"name":"x"}],"a":"1.50"},"first":1}'
    assert to_json(made) == text.encode()
    made.last = None
    assert to_json(made) == f'{text[:-1]},"last":null}}'.encode()


def test_lists_and_pages() -> None:
    """Of answers."""
    inner = Inner(name="x")
    assert to_json([inner, inner]) == b'[{"name":"x"},{"name":"x"}]'
    shown: Page[Inner] = page([inner], 1, show=lambda row: row, position=_nowhere, filters={})
    assert to_json(shown) == b'{"data":[{"name":"x"}],"has_more":false,"next_cursor":null}'


@pytest.mark.parametrize("value", [Decimal("1.5"), {1, 2}, object()])
def test_what_is_no_json_is_refused(value: object) -> None:
    """A decimal is text before it comes here."""
    with pytest.raises(TypeError):
        to_json(Outer(first=1, parts=[], figures={"a": value}))


def test_data_is_read_strictly() -> None:
    """So that tests can hold what was answered to the model, part by part."""
    good = {"first": 1, "parts": [{"name": "x"}], "figures": {}}
    assert Outer.model_validate(good, strict=True).parts[0].name == "x"
    with pytest.raises(ValidationError):
        Outer.model_validate({**good, "parts": [{"name": 1}]}, strict=True)


def _nowhere(_row: Inner) -> Position:
    raise AssertionError("a last page has no position")
