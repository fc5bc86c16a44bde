"""`firm-offer price`: a parts list in, prices out, without any server."""

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from domain.pricing import DEFAULT_RATE_CARD, rate_card_to_data
from tests.unit.price.files import HEAD, PART, TOTALS, csv, price, rows


def test_a_part_is_priced_at_four_tiers(tmp_path: Path) -> None:
    """The worked example to the cent: quantity, material, process, piece and total per tier, currency."""
    ended = price(csv(PART), tmp_path)
    head, *lines = ended.stdout.splitlines()
    assert head.split() == [
        "line",
        "quantity",
        "material",
        "process",
        "tier",
        "unit",
        "price",
        "total",
        "remarks",
    ]
    cells = [line.split() for line in lines]
    assert [row[:4] for row in cells] == [["2", "20", "aluminum", "cnc"]] * 4
    assert {row[4]: row[6] for row in cells} == TOTALS
    assert cells[0][5:8] == ["246.96", "4939.17", "EUR"]
    assert (ended.exit_code, ended.stderr) == (0, "1 priced, 0 refused.\n")


def test_remarks_stand_at_the_first_tier_of_a_part(tmp_path: Path) -> None:
    """Each once, by its code; the words are in `--json`."""
    thin = PART.replace(",20,", ",0.5,").replace(",20", ",24")
    lines = price(csv(thin), tmp_path).stdout.splitlines()[1:]
    assert [line.split()[8:] for line in lines] == [["thin_wall", "more_pieces_cost_less"], [], [], []]
    [row] = rows(csv(thin), tmp_path)[1]
    assert row["warnings"][0]["message"].startswith("0.5 mm is thinner")


def test_a_tier_below_cost_is_told_at_its_price(tmp_path: Path) -> None:
    """100 pieces: 25 % of margin less 22 % on it is less than nothing; in `--json` with its figures."""
    many = csv(PART.replace("2.5,20", "2.5,100"))
    told = {line.split()[4]: line.split()[8:] for line in price(many, tmp_path).stdout.splitlines()[1:]}
    assert told["domestic_economy"][-1:] == ["below_cost"]
    assert "below_cost" not in told["standard"]
    [row] = rows(many, tmp_path)[1]
    assert row["warnings"][-1]["code"] == "below_cost"
    assert row["warnings"][-1]["message"].startswith("Domestic economy: the price of EUR ")


def test_each_row_has_the_sides_of_its_shape(tmp_path: Path) -> None:
    """With a column for the shape, the sides of a box need none; each row is held to its own."""
    head = "material,process,shape,length_mm,diameter_mm,thickness_mm,width_mm,geometric_complexity_score,quantity"
    code, found = rows(
        csv(
            "steel,cnc,round,120,30,,,2,5",
            "steel,laser_cutting,sheet,400,,2,250,1.5,10",
            "steel,cnc,round,120,,,30,2,5",
            "steel,cnc,,120,,,30,2,5",
            head=head,
        ),
        tmp_path,
    )
    assert code == 1
    assert [[each["field"] for each in row.get("errors", ())] for row in found] == [
        [],
        [],
        ["width_mm", "diameter_mm"],
        ["height_mm"],
    ]


def test_a_cell_names_several_processes(tmp_path: Path) -> None:
    """One after the other, with a plus between; a row has either these or a single process."""
    head = HEAD.replace("process", "operations,process")
    content = csv(
        "steel,laser_cutting + tube_bending,,100,50,20,2.5,20",
        "aluminum,,cnc,100,50,20,2.5,20",
        "steel,cnc + alchemy,,100,50,20,2.5,20",
        "steel,cnc,cnc,100,50,20,2.5,20",
        head=head,
    )
    code, found = rows(content, tmp_path)
    assert (code, found[0]["process"], found[1]["process"]) == (1, "laser_cutting + tube_bending", "cnc")
    assert found[1]["tiers"]["standard"]["total_price"] == TOTALS["standard"]
    assert [[each["field"] for each in row["errors"]] for row in found[2:]] == [
        ["operations.1.process"],
        ["operations"],
    ]
    assert " laser_cutting + tube_bending " in price(content, tmp_path).stdout


def test_one_tier_can_be_asked_for(tmp_path: Path) -> None:
    """A line for each part then; one that the card has not is told with those that it has."""
    ended = price(csv(PART, PART), tmp_path, "--tier", "economy")
    assert [line.split()[4] for line in ended.stdout.splitlines()[1:]] == ["economy"] * 2
    wrong = price(csv(PART), tmp_path, "--tier", "slow")
    assert wrong.exit_code != 0
    assert "It has expedited, standard, economy, domestic_economy." in wrong.stderr


def test_json_has_each_row_and_the_sum_of_it(tmp_path: Path) -> None:
    """Good and bad ones in order, with their lines; the card that priced them is named."""
    ended = price(csv(PART, "aluminum,cnc,0,50,20,2.5,20", PART), tmp_path, "--json")
    told = json.loads(ended.stdout)
    assert {name: told[name] for name in ("rate_card_id", "rate_card_version", "currency")} == {
        "rate_card_id": DEFAULT_RATE_CARD.id,
        "rate_card_version": DEFAULT_RATE_CARD.version,
        "currency": "EUR",
    }
    assert (told["priced"], told["refused"], ended.exit_code) == (2, 1, 1)
    good, bad, again = told["rows"]
    assert (good["line"], bad["line"], again["line"]) == (2, 3, 4)
    assert {tier: each["total_price"] for tier, each in good["tiers"].items()} == TOTALS
    assert good["tiers"]["standard"] == {
        "total_price": "4261.23",
        "price_per_piece": "213.06",
        "lead_time_days": 10,
    }
    assert (good["material"], good["process"], good["quantity"]) == ("aluminum", "cnc", 20)
    assert [(each["field"], each["code"]) for each in bad["errors"]] == [("length_mm", "out_of_range")]
    assert "line 3: length_mm must be" in ended.stderr


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_forms_in_which_spreadsheets_write(delimiter: str, mark: bytes, end: str, tmp_path: Path) -> None:
    """Comma, semicolon or tab; with and without a byte order mark; any line end, also none at the last."""
    text = end.join((HEAD, PART, "", ",,,,,,", PART)).replace(",", delimiter)
    assert [row["line"] for row in rows(mark + text.encode(), tmp_path)[1]] == [2, 5]


def test_optional_columns_may_be_empty_and_cells_padded(tmp_path: Path) -> None:
    """What is not said has its default; a quoted text may go over lines, and the lines after it count on."""
    head = f"{HEAD}, customer_tier,part_weight_kg,special_requirements"
    content = csv(
        f'{PART},,,"deburr, ""all""\nedges"', f"{PART}, enterprise ,,", f"{PART}, , 12 ,", head=head
    )
    code, found = rows(content, tmp_path)
    plain, enterprise, heavy = (row["tiers"]["standard"]["total_price"] for row in found)
    assert (code, [row["line"] for row in found], plain) == (0, [2, 4, 5], TOTALS["standard"])
    assert float(enterprise) < float(plain) < float(heavy)


def test_ten_thousand_rows(tmp_path: Path) -> None:
    """All of them, each at its line."""
    code, found = rows(csv(*[PART] * 10_000), tmp_path, "--tier", "standard")
    assert (code, len(found), found[-1]["line"]) == (0, 10_000, 10_001)


def test_a_terminal_sees_a_bar_and_a_file_does_not(tmp_path: Path) -> None:
    """Standard error being a terminal, the bar runs there; standard output has the prices alone."""
    parts, card = tmp_path / "parts.csv", tmp_path / "card.json"
    parts.write_bytes(csv(*[PART] * 500))
    card.write_text(json.dumps(rate_card_to_data(DEFAULT_RATE_CARD)))
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cli.main", "price", str(parts), "--card", str(card), "--json"]
    with (tmp_path / "out.json").open("wb") as out:
        running = subprocess.Popen(command, stdout=out, stderr=theirs, env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    seen = _all(ours).decode()
    assert running.wait() == 0
    assert "pricing" in seen
    assert "%" in seen
    assert "500 priced, 0 refused." in seen
    assert len(json.loads((tmp_path / "out.json").read_bytes())["rows"]) == 500


def _all(terminal: int) -> bytes:
    """What was written to a terminal until nobody had it open any more."""
    seen = b""
    with suppress(OSError):
        while part := os.read(terminal, 65_536):
            seen += part
    os.close(terminal)
    return seen
