"""`firm-offer rate-card check`: each error and each warning with the line it stands in, from YAML and from JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import Result

from cli.input.files import read_card_file
from cli.local.errors import StackError
from cli.shop.rate_cards import read_card
from domain.pricing import rate_card_from_data, rate_card_to_data
from tests.shell import call
from tests.unit.pricing.parts import SHOP_CARD

DATA: dict[str, Any] = rate_card_to_data(SHOP_CARD)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are named as they are called, and no database is configured."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)


def check(name: str, text: str) -> Result:
    """The command on a file with this content."""
    Path(name).write_text(text)
    return call("rate-card", "check", name)


def as_yaml(data: Any) -> str:
    text: str = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    return text


def plainly(data: Any) -> str:
    """YAML as people write it: figures without quotes."""
    return as_yaml(data).replace("'", "")


def line_of(text: str, start: str, after: str = "") -> int:
    """The number of the first line that begins so (with any indentation), after one that begins with `after`."""
    lines = [line.strip() for line in text.splitlines()]
    first = next(at for at, line in enumerate(lines) if line.startswith(after))
    return next(at for at, line in enumerate(lines, 1) if at > first and line.startswith(start))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("card.json", json.dumps(DATA)),
        ("card.yaml", as_yaml(DATA)),
        ("card.yml", plainly(DATA)),
        ("card", json.dumps(DATA, indent="\t")),
        ("card.txt", plainly(DATA)),
        ("card.yaml", json.dumps(DATA)),
    ],
)
def test_a_good_card_passes(name: str, text: str) -> None:
    """Proves both forms, by extension and by content, and that the card read is the card written."""
    ended = check(name, text)
    assert ended.exit_code == 0
    assert ended.stdout.endswith(f"{name}: 0 errors, 0 warnings\n")
    assert "warning: " not in ended.stdout
    assert rate_card_from_data(read_card(Path(name))) == SHOP_CARD


@pytest.mark.parametrize("figure", ["0.1", "0.100001", "0.30", "3"])
def test_a_figure_in_yaml_never_becomes_a_float(figure: str) -> None:
    """Proves that every digit stays as it is written, without quotes too."""
    Path("card.yaml").write_text(plainly(DATA).replace("overhead: 0.15", f"overhead: {figure}"))
    data: Any = read_card_file(Path("card.yaml")).data
    assert data["overhead"] == figure


@pytest.mark.parametrize("text", [as_yaml, lambda data: json.dumps(data, indent=2), plainly])
def test_errors_and_warnings_come_with_their_lines(text: Any) -> None:
    """Proves exit code 1, and for each finding the line where it stands, or from which it is missing."""
    data = json.loads(json.dumps(DATA))
    data["tiers"]["economy"]["margin"] = "50"
    data["processes"]["cnc"]["materials"][2] = "wood"
    del data["tiers"]["standard"]["shipping"]["per_kg"]
    written = text(data)
    ended = check("card.yaml", written)
    quote = '"' if written.startswith("{") else ""
    margin = line_of(written, f"{quote}margin", after=f"{quote}economy")
    shipping = line_of(written, f"{quote}shipping", after=f"{quote}standard")
    wood = line_of(written, '"wood"' if quote else "- wood")
    assert ended.exit_code == 1
    assert sorted(ended.stdout.splitlines()) == sorted(
        [
            f"card.yaml:{margin}: tiers.economy.margin must be 0 to 5 (out_of_range)",
            f"card.yaml:{wood}: processes.cnc.materials.2 is not on the card (unknown_material)",
            f"card.yaml:{shipping}: tiers.standard.shipping.per_kg is missing (required)",
            "card.yaml: 3 errors, 0 warnings",
        ]
    )


def test_who_uses_a_wrong_card_is_told_the_lines_too() -> None:
    """Importing, and pricing by a file: one problem a line, each with its place, as the check tells them."""
    text = as_yaml({**DATA, "overhead": "-1", "currency": "EURO"})
    Path("card.yaml").write_text(text)
    with pytest.raises(StackError) as caught:
        read_card(Path("card.yaml"))
    first, *told = str(caught.value).splitlines()
    assert first == "card.yaml cannot be used as a rate card."
    places = {f"card.yaml:{line_of(text, 'overhead:')}", f"card.yaml:{line_of(text, 'currency:')}"}
    assert {each.split(": ")[0] for each in told} == places


def test_warnings_are_told_and_pass() -> None:
    """Proves exit code 0, with the line of the material that nobody takes."""
    data = json.loads(json.dumps(DATA))
    data["materials"]["oak"] = data["materials"]["steel"]
    text = plainly(data)
    ended = check("card.yaml", text)
    assert ended.exit_code == 0
    first, *_, last = ended.stdout.splitlines()
    at = line_of(text, "oak:")
    assert (
        first
        == f"card.yaml:{at}: warning: materials.oak is not offered with any process (material_not_offered)"
    )
    assert last == "card.yaml: 0 errors, 1 warning"


def test_a_card_without_errors_tells_the_price_of_a_known_part() -> None:
    """The worked example of the pricing rules among them, and each material and process once at least."""
    _, head, *prices, _ = ["", *check("card.json", json.dumps(DATA)).stdout.splitlines()]
    assert head == (
        "One of 20 pieces of 100 × 50 × 20 mm, complexity 2.5, zone 1, tier standard, "
        "by this card alone: no card in force was found:"
    )
    assert prices[0] == "  aluminum, cnc: 213.06 EUR"
    names = {name for line in prices for name in line.strip().split(": ")[0].split(", ")}
    assert names == {*SHOP_CARD.materials, *SHOP_CARD.processes}
    small = json.loads(json.dumps(DATA))
    small["processes"]["cnc"]["size_limit_mm"] = "50"
    assert "  aluminum, cnc: not offered\n" in check("card.json", json.dumps(small)).stdout
    assert "cnc" not in check("card.json", json.dumps({**DATA, "overhead": "x"})).stdout


def test_dates_on_a_card_are_led_to_their_options() -> None:
    """They are no figures; the line is told, and where they are said."""
    text = as_yaml({**DATA, "valid_from": "2027-01-01T00:00:00Z"})
    ended = check("card.yaml", text)
    at = line_of(text, "valid_from")
    assert ended.exit_code == 1
    assert f"card.yaml:{at}: valid_from is not part of a card: give it with --valid-from" in ended.stdout


def test_a_key_twice_is_an_error() -> None:
    """Proves for YAML, where the last one would silently win, with both lines."""
    text = plainly(DATA) + "overhead: 0.9\n"
    ended = check("card.yaml", text)
    first, last = line_of(text, "overhead"), len(text.splitlines())
    assert ended.exit_code == 1
    assert f"card.yaml:{first}: overhead is repeated on line {last} (duplicate_key)" in ended.stdout


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("card.yaml", "id: [1,\nname: }", "card.yaml:2: this is not YAML"),
        ("card.json", '{\n "id": 1,\n}', "card.json:3: this is not JSON"),
        ("card.yaml", "a: &a [*a]", "nested too deeply"),
        ("card.yaml", "x: " + "[" * 50 + "]" * 50, "nested too deeply"),
        (
            "card.yaml",
            "a: &a [1,1,1,1,1,1,1,1,1]\n"
            + "".join(
                f"{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a}]\n"
                for a, b in zip("abcdefg", "bcdefgh", strict=True)
            ),
            "refers to itself",
        ),
        ("card.json", "[" * 100_000, "nested too deeply"),
        ("card.json", '{"id": 1, "id": 2}', "same key twice"),
        ("card.yaml", "\x00", "not YAML"),
    ],
)
def test_what_is_no_such_file_is_told_in_a_sentence(name: str, text: str, told: str) -> None:
    """Proves that syntax is told with its line, and that no file makes the program run away."""
    ended = check(name, text)
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert told in ended.stderr
    assert "Traceback" not in ended.output


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("card.yaml", "", "not_an_object"),
        ("card.yaml", "- 1", "not_an_object"),
        ("card.json", "7", "not_an_object"),
        ("card.json", '{"overhead": 1e2}', "not_a_plain_number"),
        ("card.yaml", "? [a, b]\n: 1\n", "bad_key"),
    ],
)
def test_what_is_no_card_is_an_error(name: str, text: str, code: str) -> None:
    """Proves that other values, and keys that are none, are errors of the check like any other."""
    ended = check(name, text)
    assert ended.exit_code == 1
    assert f"({code})" in ended.stdout


def test_a_file_that_cannot_be_read_is_told() -> None:
    """Proves the sentences for a file that is absent, too large, or no text."""
    with pytest.raises(StackError, match="cannot be read"):
        read_card_file(Path("absent.yaml"))
    Path("large.yaml").write_text("a" * 1_000_001)
    with pytest.raises(StackError, match="too large"):
        read_card_file(Path("large.yaml"))
    Path("latin.yaml").write_bytes("name: Stück".encode("latin-1"))
    with pytest.raises(StackError, match="UTF-8"):
        read_card_file(Path("latin.yaml"))
