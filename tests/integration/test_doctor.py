"""`firm-offer doctor` between real servers: healthy when all is well, and each thing that fails is named in time."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
import sqlalchemy as sa
from typer.testing import Result

from adapters.db.database import Database
from adapters.settings import Settings
from adapters.temporal.client import connect
from api.dispatch.runs import QuoteRuns
from cli.doctor.installation import compared
from cli.local import devenv
from cli.local.free_ports import free_ports
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from domain.quotes.status import QuoteStatus
from tests.api.conftest import SECRET, prepared_database, served
from tests.integration.db.desk import Desk
from tests.shell import firm_offer
from worker import running_worker

Env = dict[str, str]


@pytest_asyncio.fixture(scope="module")
async def template(postgres: Postgres) -> str:
    """A migrated database with card and seller, to which nobody is connected."""
    await prepared_database(postgres, "template_doctor")
    return "template_doctor"


@pytest.fixture
def port() -> Iterator[socket.socket]:
    """The API's: taken, and closed to callers until somebody listens."""
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        yield port


@pytest.fixture
def env(database: Database, temporal: Temporal, mail_server: MailServer, port: socket.socket) -> Env:
    """What a shell says in which the command is called."""
    return {
        "DATABASE_URL": database.url,
        "TEMPORAL_ADDRESS": temporal.address,
        "TEMPORAL_NAMESPACE": "default",
        "SMTP_URL": mail_server.smtp_url,
        "FIRM_OFFER_URL": f"http://127.0.0.1:{port.getsockname()[1]}",
        "FIRM_OFFER_SECRET": SECRET,
        "FIRM_OFFER_ENV": "test",
        "FIRM_OFFER_TASK_QUEUE": f"doctor-{uuid4().hex}",
    }


@pytest_asyncio.fixture
async def product(env: Env, database: Database, port: socket.socket) -> AsyncIterator[None]:
    """API and worker."""
    settings = Settings.model_validate(env)
    async with (
        running_worker(await connect(settings, lazy=False), settings, database),
        served(settings, port),
    ):
        yield


async def run(env: Env, tmp_path: Path, *arguments: str) -> Result:
    """The command as a person calls it."""
    devenv.write(tmp_path, dict(env))
    words = ["doctor", "--data-dir", str(tmp_path), *arguments]
    return await firm_offer(*words, env=env)


async def states(env: Env, tmp_path: Path) -> dict[str, dict[str, Any]]:
    """Each check by its name, as `--json` tells it."""
    told = json.loads((await run(env, tmp_path, "--json")).stdout)
    return {check["name"]: check for check in told["checks"]}


async def change(database: Database, statement: str, **values: Any) -> None:
    async with database.write() as w:
        assert await w.run(sa.text(statement), values) > 0


@pytest.mark.usefixtures("product")
async def test_a_healthy_installation(env: Env, tmp_path: Path) -> None:
    """Every check is asked and none has anything to say: exit code 0."""
    result = await run(env, tmp_path)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[-1] == "Healthy."
    assert all(line.startswith("ok ") for line in lines[:-1])
    told = json.loads((await run(env, tmp_path, "--json")).stdout)
    assert told["healthy"] is True
    assert {check["state"] for check in told["checks"]} == {"ok"}
    assert len(told["checks"]) == len(lines) - 1


OF_RECORD = {
    *("role", "writes", "rate card", "seller", "feed", "webhooks"),
    *("commands", "deadlines", "mails", "documents", "orders", "runs"),
}


@pytest.mark.usefixtures("product")
@pytest.mark.parametrize(
    ("statement", "check", "words", "skipped"),
    [
        ("UPDATE seller SET email = NULL", "seller", "no email address", set()),
        ("DELETE FROM seller", "seller", "there is none", set()),
        ("DELETE FROM rate_cards", "rate card", "nothing can be priced", set()),
        (
            (
                "INSERT INTO customers (id, name, email, customer_tier, contacts, rate_card) "
                "VALUES (gen_random_uuid(), 'B', 'b@b.example', 'standard', '[]', 'USA')"
            ),
            "rate card",
            "no rate card named USA is in force",
            set(),
        ),
        (
            "UPDATE alembic_version SET version_num = '0001'",
            "tables",
            "at revision 0001, this program needs",
            OF_RECORD,
        ),
        (
            "UPDATE alembic_version SET version_num = '9999'",
            "tables",
            "at revision 9999",
            OF_RECORD,
        ),
    ],
)
async def test_what_the_record_lacks(
    env: Env, database: Database, tmp_path: Path, statement: str, check: str, words: str, skipped: set[str]
) -> None:
    """Tables of another version, no card, nobody to answer to; what cannot be asked then is skipped."""
    await change(database, statement)
    told = await states(env, tmp_path)
    assert words in told[check]["findings"][0]["what"]
    assert "firm-offer" in told[check]["findings"][0]["do"]
    assert {name for name, each in told.items() if each["state"] == "skipped"} == skipped


async def test_a_database_without_tables(env: Env, postgres: Postgres, tmp_path: Path) -> None:
    """The first call of a newcomer who forgot to migrate."""
    empty = await postgres.create_database(f"empty_{uuid4().hex}")
    told = await states(env | {"DATABASE_URL": empty}, tmp_path)
    assert "revision none" in told["tables"]["findings"][0]["what"]


async def test_a_stuck_command(env: Env, desk: Desk, database: Database, tmp_path: Path) -> None:
    """After a minute without outcome; whether it has been signalled says whom to look for."""
    stored = await desk.store_create()
    assert (await states(env, tmp_path))["commands"]["state"] == "ok"
    await change(database, "UPDATE commands SET stored_at = stored_at - interval '2 minutes'")
    (finding,) = (await states(env, tmp_path))["commands"]["findings"]
    assert finding["quotes"] == [stored.number]
    assert finding["what"].startswith("1 command without an outcome")
    assert datetime.now(UTC) - datetime.fromisoformat(finding["since"]) > timedelta(minutes=2)
    assert "(API): nothing is responding at" in finding["do"]
    await change(database, "UPDATE commands SET attempts = 3")
    assert "(workers): no worker is polling" in (await states(env, tmp_path))["commands"]["findings"][0]["do"]
    await desk.save(await desk.request(stored.quote_id, stored.envelope))
    assert (await states(env, tmp_path))["commands"]["state"] == "ok"


async def test_an_overdue_quote(env: Env, desk: Desk, database: Database, tmp_path: Path) -> None:
    """By the quote's own clock: grace and five minutes are granted, then it should be expired."""
    quote_id = await desk.sent()
    quote = await desk.found(quote_id)
    await desk.fast_forward(quote_id, 30)
    assert (await states(env, tmp_path))["deadlines"]["state"] == "ok"
    await desk.fast_forward(quote_id, 2)
    (finding,) = (await states(env, tmp_path))["deadlines"]["findings"]
    assert finding["quotes"] == [quote.number]
    assert datetime.fromisoformat(finding["since"]) == quote.valid_until
    await desk.save(await desk.expire(quote_id))
    assert (await states(env, tmp_path))["deadlines"]["state"] == "ok"


async def test_late_and_lost_mails(env: Env, desk: Desk, database: Database, tmp_path: Path) -> None:
    """Waiting for more than ten minutes, or given up; one that was sent afterwards settles it."""
    quote_id = await desk.sent()
    number = (await desk.found(quote_id)).number
    assert (await states(env, tmp_path))["mails"]["state"] == "ok"
    error = {"error": "550 <ada@acme.example>: no such box"}
    shown = "550 <…@…>: no such box"
    await change(
        database,
        "UPDATE messages SET created_at = created_at - interval '11 minutes', last_error = :error",
        **error,
    )
    (late,) = (await states(env, tmp_path))["mails"]["findings"]
    assert late["what"] == f"1 email not sent after ten minutes ({shown}): {number}"
    await change(database, "UPDATE messages SET status = 'failed'")
    (lost,) = (await states(env, tmp_path))["mails"]["findings"]
    assert lost["what"] == f"1 email given up ({shown}): {number}"
    assert "resend" in lost["do"]
    await desk.do(quote_id, "resend", {"recipients": ["buyer@acme.example"]})
    sent = "UPDATE messages SET status = 'sent', sent_at = clock_timestamp() WHERE status = 'pending'"
    await change(database, sent)
    assert (await states(env, tmp_path))["mails"]["state"] == "ok"


async def test_a_record_that_takes_no_changes_is_named_and_nobody_else(
    env: Env, desk: Desk, database: Database, tmp_path: Path
) -> None:
    """What waits is not blamed on a worker or a mail server that does not run either: neither would help."""
    await desk.store_create()
    await desk.sent()
    await change(database, "UPDATE commands SET stored_at = stored_at - interval '2 minutes'")
    await change(database, "UPDATE messages SET created_at = created_at - interval '11 minutes'")
    name = database.url.rpartition("/")[2]
    async with database.write() as w:
        await w.run(sa.text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    told = await states(env, tmp_path)
    (writes,) = told["writes"]["findings"]
    assert writes["what"] == "nothing can be stored: the database is read-only and takes no changes"
    assert "default_transaction_read_only" in writes["do"]
    for check in ("commands", "mails"):
        (finding,) = told[check]["findings"]
        assert finding["do"] == f"Because of this (writes): {writes['what']}. {writes['do']}"


@pytest.mark.usefixtures("product")
async def test_late_mails_are_told_apart_by_what_came_of_them(
    env: Env, desk: Desk, database: Database, tmp_path: Path
) -> None:
    """With everything at work: each says what its last attempt came to, with a remedy of its own."""
    await desk.sent("a@acme.example", "b@acme.example")
    late = "UPDATE messages SET created_at = created_at - interval '11 minutes', last_error = :error WHERE recipient = :to"
    await change(database, late, error="the document cannot be made", to="a@acme.example")
    await change(database, late, error=None, to="b@acme.example")
    first, second = (await states(env, tmp_path))["mails"]["findings"]
    assert "(the document cannot be made)" in first["what"] + second["what"]
    remedies = first["do"] + second["do"]
    assert "document_not_made" in remedies
    assert "No attempt is on record" in remedies
    assert "mail server" not in remedies


@pytest.mark.usefixtures("product")
async def test_a_missing_run_is_named_and_given_back(
    env: Env, desk: Desk, database: Database, tmp_path: Path
) -> None:
    """A quote that Temporal does not know: `--repair` starts a run that takes it up from the record."""
    quote_id = await desk.sent()
    workflow_id = await desk.workflow_id(quote_id)
    await change(database, "UPDATE messages SET status = 'sent', sent_at = clock_timestamp()")
    number = (await desk.found(quote_id)).number
    (finding,) = (await states(env, tmp_path))["runs"]["findings"]
    assert (
        finding["what"]
        == f"1 open quote without a run, so that no reminder is sent and the offer does not expire: {number}"
    )
    assert "--repair" in finding["do"]
    repaired = await run(env, tmp_path, "--repair")
    assert repaired.exit_code == 0, repaired.output
    assert f"repaired {number}" in repaired.stdout
    settings = Settings.model_validate(env)
    runs = QuoteRuns(await connect(settings), task_queue=settings.task_queue)
    live = await runs.snapshot(workflow_id, limit=20)
    assert live is not None
    assert live.quote is not None
    assert live.quote.status is QuoteStatus.SENT
    assert live.next_due is not None
    again = await run(env, tmp_path, "--repair")
    assert (again.exit_code, "repaired" in again.stdout) == (0, False)


@pytest.mark.usefixtures("product")
async def test_a_run_that_was_terminated_is_missing(env: Env, desk: Desk, tmp_path: Path) -> None:
    """It ended, and the quote is still open."""
    quote_id = await desk.draft()
    await run(env, tmp_path, "--repair")
    assert (await states(env, tmp_path))["runs"]["state"] == "ok"
    client = await connect(Settings.model_validate(env))
    await client.get_workflow_handle(await desk.workflow_id(quote_id)).terminate("by a test")
    async with asyncio.timeout(30):
        while (await states(env, tmp_path))["runs"]["state"] == "ok":  # noqa: ASYNC110 - the server's list is behind
            await asyncio.sleep(0.2)


@pytest.mark.usefixtures("product")
async def test_a_repaired_quote_whose_deadline_is_past_expires(
    env: Env, desk: Desk, database: Database, tmp_path: Path
) -> None:
    """What nobody was there to end is ended by the run that comes back."""
    quote_id = await desk.draft()
    await change(database, "UPDATE quotes SET valid_until = clock_timestamp() - interval '1 hour'")
    told = await states(env, tmp_path)
    assert {name for name, each in told.items() if each["state"] == "problem"} == {"deadlines", "runs"}
    await run(env, tmp_path, "--repair")
    async with asyncio.timeout(30):
        while (await desk.found(quote_id)).status is not QuoteStatus.EXPIRED:  # noqa: ASYNC110 - the worker's doing
            await asyncio.sleep(0.1)
    told = await states(env, tmp_path)
    assert (told["deadlines"]["state"], told["runs"]["state"]) == ("ok", "ok")


async def test_nobody_is_home(env: Env, tmp_path: Path) -> None:
    """No API answers and no worker polls: three problems, and everything else is looked at."""
    nowhere = f"http://127.0.0.1:{free_ports(1)[0]}"
    told = await states(env | {"FIRM_OFFER_URL": nowhere}, tmp_path)
    problems = {name for name, each in told.items() if each["state"] != "ok"}
    assert problems == {"API", "workers", "deliveries"}
    findings = told["workers"]["findings"] + told["deliveries"]["findings"]
    for each in ("workflow, activity", "delivery", "webhook workflow, webhook"):
        assert f"for {each} tasks" in findings.pop(0)["what"]


async def test_a_database_that_lets_nobody_in(env: Env, postgres: Postgres, tmp_path: Path) -> None:
    """A wrong password, said as the server says it; an address that is none is not quoted."""
    wrong = f"postgresql://nobody:wrong@127.0.0.1:{postgres.port}/x"
    for url, words in (
        (wrong, "password authentication failed"),
        ("no address", "DATABASE_URL is malformed"),
    ):
        told = await states(env | {"DATABASE_URL": url}, tmp_path)
        assert words in told["PostgreSQL"]["findings"][0]["what"]


async def test_an_api_that_is_not_ready(
    env: Env, postgres: Postgres, port: socket.socket, tmp_path: Path
) -> None:
    """It answers, and says itself what it lacks."""
    empty = await postgres.create_database(f"empty_{uuid4().hex}")
    async with served(Settings.model_validate(env | {"DATABASE_URL": empty}), port):
        told = await states(env, tmp_path)
    assert told["API"]["findings"][0]["what"].endswith("is not ready: migrations failed, writes failed")


@pytest.mark.parametrize(
    ("setting", "value", "check"),
    [
        ("DATABASE_URL", "postgresql://a:b@127.0.0.1:{port}/c", "PostgreSQL"),
        ("TEMPORAL_ADDRESS", "127.0.0.1:{port}", "Temporal"),
        ("SMTP_URL", "smtp://127.0.0.1:{port}", "mail server"),
        ("SMTP_URL", "mail.example", "mail server"),
        ("TEMPORAL_NAMESPACE", "nowhere", "namespace"),
    ],
)
async def test_a_server_that_is_not_there(
    env: Env, tmp_path: Path, setting: str, value: str, check: str
) -> None:
    """Named with the setting that leads to it; what depends on it is skipped and not counted twice."""
    told = await states(env | {setting: value.format(port=free_ports(1)[0])}, tmp_path)
    assert told[check]["state"] == "problem"
    assert setting in json.dumps(told[check]["findings"])
    problems = {name for name, each in told.items() if each["state"] == "problem"}
    assert {check, "API"} <= problems <= {check, "API", "workers", "deliveries"}  # which the env has not


async def test_servers_that_hang_are_findings_and_no_wait(
    env: Env,
    postgres: Postgres,
    temporal: Temporal,
    mail_server: MailServer,
    port: socket.socket,
    tmp_path: Path,
) -> None:
    """All of them frozen, and a port behind which nobody takes the call: answers within seconds."""
    port.listen()
    with ExitStack() as thawing:
        for process in (postgres.process, temporal.process, mail_server.process):
            assert process is not None
            process.freeze()
            thawing.callback(process.thaw)
        began = time.monotonic()
        told = await states(env, tmp_path)
        took = time.monotonic() - began
    problems = {name for name, each in told.items() if each["state"] == "problem"}
    assert problems == {"PostgreSQL", "Temporal", "mail server", "API"}
    assert took < 30  # four limits of three seconds side by side, on a machine that may be busy


def test_clocks_are_compared_with_what_is_unsure() -> None:
    """Two seconds apart are let pass, and as much as the question itself took."""
    now = datetime(2026, 8, 1, 12, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert compared(now, now + 2 * second, now) == []
    assert compared(now, now + 5 * second, now + 4 * second) == []
    (ahead,) = compared(now, now + 12 * second, now + 2 * second)
    assert ahead.what == "PostgreSQL's clock is 11.0 s ahead of this machine's"
    (behind,) = compared(now, now - 3 * second, now)
    assert behind.what == "PostgreSQL's clock is 3.0 s behind this machine's"
