"""JSON that could be read in two ways is refused, and numbers keep the text they were written in."""

import json

import pytest

from api.http.json_body import MAX_DEPTH, MAX_VALUES, NumberText, parse
from api.http.problem import ProblemError


def _problem(raw: bytes) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        parse(raw)
    return caught.value


def test_fractions_keep_their_text_and_whole_numbers_stay_whole() -> None:
    """No digit of a decimal is lost to a float."""
    value = parse(b'{"a": 0.10000000000000000555, "b": 20, "c": "1.50", "d": -0.5}')
    assert value == {"a": "0.10000000000000000555", "b": 20, "c": "1.50", "d": "-0.5"}
    assert isinstance(value["a"], NumberText)
    assert not isinstance(value["c"], NumberText)


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e2", "1E2", "1.5e-3", "1" * 19, "-" + "9" * 4000]
)
def test_a_number_that_readers_disagree_about_is_refused_with_its_place(number: str) -> None:
    """The answer points at the field and does not repeat the number."""
    problem = _problem(f'{{"lines": [{{}}, {{"length/mm": {number}}}]}}'.encode())
    assert (problem.status, problem.code) == (422, "validation_failed")
    [error] = problem.errors
    assert (error.pointer, error.code) == ("/lines/1/length~1mm", "not_a_plain_number")
    assert number not in error.message


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"{", b"{]", b'{"a": 1,}', b"{'a': 1}", b"// c\n{}", b'{"a": 01}', b'{"a": +1}', b'{"a": .5}'),
        *(b'{"a": "\x01"}', b"\xff\xfe{}", b'{"a": 1} {}', b"\xef\xbb\xbf{}", b'{"a": nan}'),
    ],
)
def test_what_is_no_json_is_unreadable(raw: bytes) -> None:
    """400, because nobody can say which field is wrong."""
    problem = _problem(raw)
    assert (problem.status, problem.code, problem.errors) == (400, "body_not_json", ())


def test_a_key_given_twice_is_refused() -> None:
    """One reader takes the first, another the last."""
    assert _problem(b'{"a": {"b": 1, "b": 2}}').code == "body_not_json"


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, MAX_VALUES // 2])
def test_depth_is_bounded(depth: int) -> None:
    """A body of brackets alone neither recurses without end nor reaches a model."""
    assert _problem(b"[" * depth + b"0" + b"]" * depth).code == "body_not_json"


def test_the_greatest_depth_is_allowed() -> None:
    """The bound refuses nothing below it."""
    assert parse(b"[" * MAX_DEPTH + b"0" + b"]" * MAX_DEPTH) is not None


@pytest.mark.parametrize("text", [r"\u0000", r"\ud800", r"a\udfffb"])
def test_text_that_no_database_holds_is_refused_in_values_and_keys(text: str) -> None:
    """NUL and half a surrogate pair fail here with a place, not in the driver with a traceback."""
    assert _problem(f'{{"notes": "{text}"}}'.encode()).errors[0].pointer == "/notes"
    assert _problem(f'{{"{text}": 1}}'.encode()).errors[0].code == "bad_character"


def test_a_whole_surrogate_pair_is_text() -> None:
    """An emoji written as two escapes is one character."""
    assert parse(rb'"\ud83d\ude00"') == "\N{GRINNING FACE}"


@pytest.mark.parametrize(
    "raw",
    [
        *(b"[" + b"1," * MAX_VALUES + b"1]", b'["x"' + b',"y\\""' * MAX_VALUES + b"]"),
        *(b"[" * 500_000, b'"' * 300_000 + b"," * MAX_VALUES, b"[" + b"{}," * MAX_VALUES + b"{}]"),
    ],
)
def test_values_are_counted_before_one_is_read(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """413 with the rule. Half a million small values stand in a mebibyte, and cost a third of a second."""
    monkeypatch.setattr("json.loads", lambda *_, **__: pytest.fail("it was read"))
    problem = _problem(raw)
    assert (problem.status, problem.code) == (413, "too_many_values")
    assert problem.detail == "A body may have at most 20000 values."


def test_what_stands_in_texts_is_no_value() -> None:
    """Commas and brackets, quotation marks and backslashes too; and the bound refuses nothing below it."""
    text = ',[{"\\' * MAX_VALUES
    assert parse(json.dumps({text: text}).encode()) == {text: text}
    numbers = [1] * (MAX_VALUES - 1)
    assert parse(json.dumps(numbers).encode()) == numbers
    fields = {str(n): "" for n in range(MAX_VALUES - 1)}
    assert parse(json.dumps(fields).encode()) == fields
