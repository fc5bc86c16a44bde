"""`firm-offer price`: files that are none, and rows that cannot be priced."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.price import parts
from tests.unit.price.files import HEAD, PART, csv, price, refused, rows


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n\n", "is empty"),
        (HEAD.encode() + b"\n\n,,,,,,\n", "no parts"),
        (csv(PART).decode().encode("utf-16"), "is in UTF-16"),
        (csv(PART).decode().encode("utf-16-le"), "NUL bytes"),
        (csv(PART).decode().encode("utf-32"), "is in UTF-32"),
        (csv(PART, "größe").decode().encode("latin-1"), "line 3 has bytes of another encoding"),
        (b"\n" + csv(PART), "its columns are named in line 2"),
        (b'"' + csv(PART), "no first line"),
        (csv(PART, head=HEAD.replace(",process", "")), "missing: process"),
        (csv(PART, head=f"{HEAD},colour,tier"), "unknown: colour, tier; the tier is given by the option"),
        (csv(PART, head=f"{HEAD},process"), "given twice: process"),
        (csv(PART, head=f"{HEAD},=HYPERLINK(1)"), "unknown: column 8"),
        (csv(PART, head=f"{HEAD},\x1b[31mred"), "unknown: column 8"),
        (csv(PART, head=PART), "missing: material, process, length_mm"),
        (b"x" * 100_000, "unknown: column 1"),
    ],
)
def test_a_file_that_is_no_parts_list_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    """In a sentence that says what to do; nothing is priced."""
    told = refused(price(content, tmp_path))
    assert said in told
    assert "HYPERLINK" not in told
    assert "\x1b" not in told


def test_a_file_that_is_too_large_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted while it is read."""
    assert "cannot be read" in refused(price(csv(PART), tmp_path, "--card", str(tmp_path / "gone.json")))
    monkeypatch.setattr(parts, "LARGEST", 50)
    assert "at most 50 bytes" in refused(price(csv(PART), tmp_path))


def _cell(value: str, field: str) -> str:
    quoted = '"' + value.replace('"', '""') + '"'
    return ",".join(
        quoted if name == field else cell for name, cell in zip(HEAD.split(","), PART.split(","), strict=True)
    )


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("length_mm", "", "required"),
        ("length_mm", "12,5", "not_a_number"),
        ("length_mm", "1e3", "not_a_number"),
        ("length_mm", "=1+1", "not_a_number"),
        ("length_mm", "+5", "not_a_number"),
        ("length_mm", "@SUM(1)", "not_a_number"),
        ("length_mm", "\t5", "not_a_number"),
        ("length_mm", "-5", "out_of_range"),
        ("length_mm", "5\x00", "not_a_number"),
        ("length_mm", "2000.5", "too_large"),
        ("quantity", "2.5", "not_an_integer"),
        ("quantity", "\uff15", "not_a_number"),
        ("material", "=cmd|'/c calc'!A1", "unknown_material"),
        ("material", "-alu", "unknown_material"),
        ("material", "\taluminum", "not_text"),
        ("material", "aluminum\n", "not_text"),
        ("material", "alumi\x00num", "not_text"),
        ("material", "\x1b[31maluminum", "not_text"),
        ("material", "alu\u202eminum", "not_text"),
        ("material", "plastic_pla", "pair_not_offered"),
        ("process", "x" * 2_000, "too_long"),
    ],
)
def test_a_bad_cell_is_told_by_line_and_field(field: str, value: str, code: str, tmp_path: Path) -> None:
    """By the field's own rule, never with what stands there; the rows around it are priced."""
    content = csv(PART, _cell(value, field), PART)
    ended = price(content, tmp_path, "--json")
    found: list[dict[str, Any]] = json.loads(ended.stdout)["rows"]
    assert ended.exit_code == 1
    assert ["tiers" in row for row in found] == [True, False, True]
    assert [(each["field"], each["code"]) for each in found[1]["errors"]] == [(field, code)]
    assert f"line 3: {field} " in ended.stderr
    if len(value) > 3:
        table = price(content, tmp_path)
        assert value not in ended.stdout + ended.stderr + table.stdout + table.stderr
        assert not any(ord(char) < 32 and char != "\n" for char in table.output)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("aluminum,cnc,100", "wrong_number_of_cells"),
        (f"{PART},7", "wrong_number_of_cells"),
        (f'"{PART}', "bad_quotes"),
        (f'"alu"minum{PART}', "bad_quotes"),
        (f"{PART}," + "x" * 20_000, "row_too_long"),
    ],
)
def test_a_row_that_cannot_be_taken_apart_costs_itself_alone(row: str, code: str, tmp_path: Path) -> None:
    """Also with a quotation mark that is never closed: the next line is a row again."""
    exit_code, found = rows(csv(PART, row, PART, PART), tmp_path)
    assert exit_code == 1
    assert [row["line"] for row in found] == [2, 3, 4, 5]
    assert ["tiers" in row for row in found] == [True, False, True, True]
    assert [(each["field"], each["code"]) for each in found[1]["errors"]] == [("row", code)]


def test_a_quotation_mark_left_open_in_a_long_file(tmp_path: Path) -> None:
    """It is given up after as much text as a row may have, not at the end of the file."""
    exit_code, found = rows(csv(f'"{PART}', *[PART] * 1_000), tmp_path)
    assert (exit_code, len(found)) == (1, 1_001)
    assert found[0]["errors"][0]["code"] == "row_too_long"


def test_remarks_are_texts_and_never_shown(tmp_path: Path) -> None:
    """What looks like a formula is an estimator's note there; it is taken, and stands in no output."""
    content = csv(f"{PART},=HYPERLINK(1)", f"{PART},- deburr", head=f"{HEAD},special_requirements")
    for words in ((), ("--json",)):
        ended = price(content, tmp_path, *words)
        assert ended.exit_code == 0
        assert "HYPERLINK" not in ended.output
        assert "deburr" not in ended.output


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("material", "gold", "line 2: material is not on the rate card (unknown_material; allowed: "),
        ("quantity", "0", "line 2: quantity must be 1 to 1000000 (out_of_range)\n"),
        ("process", "3d_printing", "(pair_not_offered)\n"),
    ],
)
def test_a_refusal_says_what_would_be_taken(field: str, value: str, told: str, tmp_path: Path) -> None:
    """With its code; names are listed where the rule does not tell them itself, and never twice."""
    said = price(csv(_cell(value, field)), tmp_path).stderr
    assert told in said
    assert ("stainless_steel" in said) is (field == "material")


def test_a_card_that_is_none_is_refused(tmp_path: Path) -> None:
    """Before any part is looked at; and both cannot be read from one pipe."""
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")
    assert "cannot be used as a rate card" in refused(price(csv(PART), tmp_path, "--card", str(wrong)))
