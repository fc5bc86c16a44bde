"""`firm-offer quote`: a parts list told, priced beside its own rows, and made into a draft on real servers."""

import csv
import io
import json
from pathlib import Path

import pytest

from adapters.db.database import Database
from adapters.db.parties.customers import NewCustomer, create_customer
from adapters.db.quotes.repository import PgQuotes
from cli.local import devenv
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from tests.api.conftest import prepared, settings_for, worker_client
from tests.shell import firm_offer, refused
from tests.unit.parts_lists.collection import LISTS
from worker import running_worker

DEFAULTS = ("--default", "process=laser_cutting", "--default", "geometric_complexity_score=1.5")
HOSTILE = (
    "Teil;Werkstoff;Länge (mm);Breite (mm);Höhe (mm);Menge;Notiz\n"
    "=cmd|' /C calc'!A0;S235JR;300;200;3;10;\"@SUM(1)\"\n"
    "A\u202eB\x1b[31m;S235JR;300;200;3;10;+1+1\n"
)


async def test_a_list_is_told_and_priced_without_storing(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DATABASE_URL alone is needed. The customer's own rows come back with prices beside them, and nothing in them runs."""
    monkeypatch.chdir(tmp_path)
    url = await postgres.create_database("told_lists")
    await prepared(url)
    env: dict[str, str | None] = {"DATABASE_URL": url}
    file = LISTS / "erp-german.csv"
    ended = await firm_offer("quote", file, "--dry-run", env=env)
    assert ended.exit_code == 1
    assert "Read as CSV, Windows-1252, separated by semicolons (assumed)." in ended.stdout
    assert "4 rows: 3 with something open, 1 total" in ended.stdout
    assert "To answer by --default FIELD=VALUE" in ended.stdout
    out = tmp_path / "priced.csv"
    ended = await firm_offer("quote", file, "--dry-run", *DEFAULTS, "--csv", out, env=env)
    assert ended.exit_code == 0, ended.output
    rows = [*csv.reader(io.StringIO(out.read_text("utf-8-sig")), delimiter=";")]
    head = next(row for row in rows if row[0] == "Pos.")
    first = next(row for row in rows if row[0] == "10")
    assert head[-5:] == ["unit price", "total", "currency", "lead time (working days)", "remark"]
    assert first[:8] == ["10", "100234", "Grundplatte", "2", "ST", "S235JR", "400 x 300 x 6 mm", "5,652"]
    assert (first[-3], first[-2], first[-1]) == ("EUR", "10", "")


async def test_a_slip_is_told_and_not_to_the_customer(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would have to be confirmed, by row, in words and as JSON; the customer's own rows say nothing of it."""
    monkeypatch.chdir(tmp_path)
    url = await postgres.create_database("slips_of_lists")
    await prepared(url)
    env: dict[str, str | None] = {"DATABASE_URL": url}
    file, out = tmp_path / "list.csv", tmp_path / "priced.csv"
    file.write_text(
        "Pos;Description;Material;Length (mm);Width (mm);Height (mm);Qty\n1;Block;aluminum;100;50;20;100\n"
    )
    said = ("process=cnc", "geometric_complexity_score=2.5", "tier=domestic_economy")
    words = ("quote", file, "--dry-run", *(word for each in said for word in ("--default", each)))
    ended = await firm_offer(*words, "--csv", out, env=env)
    assert ended.exit_code == 0, ended.output
    assert "To confirm before it is sent: row 2: the price of EUR " in ended.stdout
    assert "(below_cost)" in ended.stdout
    assert "below" not in out.read_text("utf-8-sig")
    [row] = json.loads((await firm_offer(*words, "--json", env=env)).stdout)["rows"]
    assert [each["code"] for each in row["to_confirm"]] == ["below_cost"]


async def test_what_is_written_runs_nowhere(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cells that a spreadsheet would calculate have an apostrophe before them."""
    monkeypatch.chdir(tmp_path)
    url = await postgres.create_database("run_nowhere")
    await prepared(url)
    out = tmp_path / "priced.csv"
    ended = await firm_offer(
        "quote", "-", "--dry-run", *DEFAULTS, "--csv", out, env={"DATABASE_URL": url}, stdin=HOSTILE
    )
    assert ended.exit_code == 0, ended.output
    assert not {"\u202e", "\x1b"} & {*ended.stdout, *out.read_text("utf-8-sig").replace("\u202e", "")}
    rows = [*csv.reader(io.StringIO(out.read_text("utf-8-sig")), delimiter=";")]
    assert rows[1][0] == "'=cmd|' /C calc'!A0"
    assert (rows[1][6], rows[2][6]) == ("'@SUM(1)", "'+1+1")


async def test_a_draft_is_made(
    postgres: Postgres, temporal: Temporal, mail_server: MailServer, tmp_path: Path
) -> None:
    """By the same way as over HTTP: the draft is in the record, and its figures stand in the file."""
    url = await postgres.create_database("drafted_lists")
    await prepared(url)
    settings = settings_for(url, temporal.address, mail_server.smtp_url, queue="quote-command")
    database = Database.connect(url)
    try:
        async with database.write() as w:
            customer = await create_customer(w, NewCustomer(name="Müller KG", email="m@mueller.example.com"))
        devenv.write(
            tmp_path,
            {
                "DATABASE_URL": settings.database_url.get_secret_value(),
                "TEMPORAL_ADDRESS": settings.temporal_address,
                "SMTP_URL": mail_server.smtp_url,
                "FIRM_OFFER_SECRET": settings.secret.get_secret_value(),
                "FIRM_OFFER_TASK_QUEUE": settings.task_queue,
            },
        )
        words = ("quote", LISTS / "excel-french.csv", "--data-dir", tmp_path, "--customer")
        assert "no customer" in refused(await firm_offer(*words, "nobody@example.com"))
        out = tmp_path / "priced.csv"
        async with running_worker(await worker_client(settings), settings, database):
            ended = await firm_offer(*words, "M@mueller.example.com", *DEFAULTS, "--keep", "--csv", out)
        assert ended.exit_code == 0, ended.output
        assert "for Müller KG" in ended.stdout
        async with database.read() as r:
            [view] = await PgQuotes(r).by_customer(customer.id, limit=2)
            assert view.number in ended.stdout
        assert [line.quantity for line in view.content.lines] == [4, 12, 2]
        rows = [*csv.reader(io.StringIO(out.read_text("utf-8-sig")), delimiter=";")]
        assert [row[-4] for row in rows[2:]] == [line.total for line in view.content.lines]
        again = await firm_offer(*words, "m@mueller.example.com", "--dry-run")
        assert again.exit_code == 0, again.output  # what was kept answers
    finally:
        await database.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("x.csv",), "--customer"),
        (("x.csv", "--dry-run", "--map", "Teil"), "NAME=VALUE"),
        (("x.csv", "--dry-run", "--map", "A=item", "--map", "A=name"), "twice"),
        (("x.csv", "--dry-run", "--quantities", "some"), "per_assembly"),
        (("none.csv", "--dry-run"), "cannot be read"),
        (("x.csv", "--dry-run"), "This is a PDF"),
    ],
)
async def test_what_cannot_be_done_is_said(
    words: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence, and the way out."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_bytes(b"%PDF-1.7")
    assert said in refused(await firm_offer("quote", *words))
