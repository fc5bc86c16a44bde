"""`firm-offer quotes` over HTTP: what a person does with quotes at a terminal, against the served product."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from typer.testing import Result

from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from cli.quotes import login, shown
from cli.quotes.calling import CallError, Calls, ExitCode
from cli.quotes.login import Login
from cli.quotes.quote_commands import RecordedMethod
from domain.quotes.commands import AcceptanceMethod
from tests.integration.conftest import served_product
from tests.shell import call, firm_offer

LINE = "Bracket, bent; 20; 12.50"
HOSTILE = "\x1b[31mred\u202e"


@pytest_asyncio.fixture(scope="module")
async def url(
    postgres: Postgres, temporal: Temporal, mail_server: MailServer
) -> AsyncIterator[tuple[str, str]]:
    """Where the product is served, and a key of it."""
    async with served_product(postgres, temporal, mail_server, "quotes_command") as address_and_key:
        yield address_and_key


@pytest.fixture
def env(url: tuple[str, str], tmp_path: Path) -> Mapping[str, str]:
    """A shell of a machine that knows where the product is."""
    return {login.URL: url[0], login.KEY: url[1], "XDG_CONFIG_HOME": str(tmp_path)}


@pytest_asyncio.fixture
async def customer(url: tuple[str, str]) -> str:
    """A new one's id."""
    async with httpx.AsyncClient(base_url=url[0], headers={"Authorization": f"Bearer {url[1]}"}) as http:
        made = await http.post(
            "/api/v1/customers",
            json={"name": "Weber GmbH", "email": f"{os.urandom(4).hex()}@weber.example.com"},
        )
        return str(made.json()["id"])


async def done(env: Mapping[str, str], *words: object, stdin: str | None = None) -> Result:
    """A command that succeeds."""
    ended = await firm_offer("quotes", *words, env=env, stdin=stdin)
    assert ended.exit_code == 0, ended.output
    return ended


async def test_a_quote_from_draft_to_yes(env: Mapping[str, str], customer: str) -> None:
    """Each command tells the quote as it stands then; the list finds it, and what watches it ends with it."""
    made = json.loads((await done(env, "create", "--customer", customer, "--line", LINE, "--json")).stdout)
    number = made["number"]
    assert (made["total_price"], made["status"]) == ("250.00", "draft")
    # In a process of its own: two commands in one would write to the same standard output.
    watching = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cli.main",
        "quotes",
        "watch",
        number,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
    )
    sent = await done(env, "send", number, "--to", "maria@weber.example.com", "--days", 10)
    assert f"{number} (version 1) for Weber GmbH" in sent.stdout
    assert "Bracket, bent\t20\t12.50\t250.00" in sent.stdout
    listed = (await done(env, "list", "--customer", customer)).stdout.splitlines()
    assert listed[0].split("\t")[:4] == ["number", "customer", "status", "total"]
    filtered = ("list", "--customer", customer, "--status", "sent", "--status", "draft", "--order-status")
    assert len((await done(env, *filtered, "none", "--order-status", "failed")).stdout.splitlines()) == 2
    assert (await done(env, *filtered, "pending")).stdout == ""
    assert listed[1].split("\t")[:4] == [number, "Weber GmbH", "sent", "EUR 250.00"]
    yes = (
        "accept",
        number,
        "--signer",
        "Maria Weber",
        "--email",
        "maria@weber.example.com",
        "--method",
        "phone",
    )
    accepted = json.loads((await done(env, *yes, "--po", "4711", "--json")).stdout)
    assert accepted["status"] == "accepted"
    async with asyncio.timeout(60):
        told = (await watching.communicate())[0].decode().splitlines()
    assert watching.returncode == 0
    happened = [what for line in told if (what := line.split("\t")[1]) in {"created", "sent", "accepted"}]
    assert happened == ["created", "sent", "accepted"]
    assert all(line.split("\t")[2].startswith(("key:", "system")) for line in told)


async def test_a_list_is_sorted_as_asked(env: Mapping[str, str], customer: str) -> None:
    """Newest first where nothing is asked."""
    lines = (LINE, "Plate; 1; 10", "Shaft; 1; 100")
    numbers = [
        json.loads((await done(env, "create", "--customer", customer, "--line", line, "--json")).stdout)[
            "number"
        ]
        for line in lines
    ]
    first, second, third = numbers
    for asked, expected in {
        (): [third, second, first],
        ("--sort", "created_at-asc"): numbers,
        ("--sort", "total-desc"): [first, third, second],
        ("--sort", "total-asc", "--order-status", "none"): [second, third, first],
    }.items():
        listed = (await done(env, "list", "--customer", customer, *asked)).stdout.splitlines()[1:]
        assert [line.split("\t")[0] for line in listed] == expected


async def test_a_draft_of_a_file_and_what_changed_in_it(
    env: Mapping[str, str], customer: str, url: tuple[str, str], tmp_path: Path
) -> None:
    """The file is the API's own body, and names are shown without what would control a terminal."""
    body = {
        "customer_id": customer,
        "lines": [{"description": f"Plate {HOSTILE}", "quantity": 1, "unit_price": "10"}],
    }
    file = tmp_path / "quote.json"
    body["lines"][0]["description"] = "Plate"  # type: ignore[index]
    file.write_text(json.dumps(body))
    made = json.loads((await done(env, "create", file, "--json")).stdout)
    shown = await firm_offer("quotes", "diff", made["number"], env=env)
    assert "one version only" in shown.stderr
    async with httpx.AsyncClient(base_url=url[0], headers={"Authorization": f"Bearer {url[1]}"}) as http:
        body = {"lines": [{"description": "Plate", "quantity": 1, "unit_price": "11"}]}
        changed = await http.put(f"/api/v1/quotes/{made['id']}/pricing", json=body)
        assert changed.is_success, changed.text
    told = (await done(env, "diff", made["id"])).stdout
    assert "10.00" in told
    assert "11.00" in told


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("show", "Q-2020-00001"), ExitCode.NOT_FOUND, "There is no quote Q-2020-00001."),
        (("show", "00000000-0000-4000-8000-000000000000"), ExitCode.NOT_FOUND, "no quote with this id"),
        (
            ("create", "--customer", "nobody", "--line", LINE),
            ExitCode.NOT_FOUND,
            "There is no customer nobody.",
        ),
        (("create", "--customer", "x", "--line", "Bracket; 20"), ExitCode.REFUSED, "UNIT PRICE"),
        (("create",), ExitCode.REFUSED, "Give either a file, or"),
        (("list", "--status", "lost"), ExitCode.REFUSED, "status"),
        (("list", "--order-status", "failed", "--order-status", "lost"), ExitCode.REFUSED, "/order_status/1"),
        (("list", "--order", "failed"), 2, "No such option: --order"),
        (("list", "--sort", "total"), 2, "'total' is not one of created_at-asc, created_at-desc,"),
    ],
)
async def test_what_cannot_be_done_says_why_and_ends_with_its_code(
    env: Mapping[str, str], words: tuple[str, ...], code: int, told: str
) -> None:
    """In the API's words, where it is the API that refuses."""
    ended = await firm_offer("quotes", *words, env=env)
    assert (ended.exit_code, ended.stdout) == (code, "")
    assert told in ended.stderr


async def test_a_refusal_names_what_can_be_done(env: Mapping[str, str], customer: str) -> None:
    """And every field that is wrong by its place."""
    made = json.loads((await done(env, "create", "--customer", customer, "--line", LINE, "--json")).stdout)
    yes = (
        "accept",
        made["number"],
        "--signer",
        "Maria",
        "--email",
        "m@weber.example.com",
        "--method",
        "phone",
    )
    ended = await firm_offer("quotes", *yes, env=env)
    assert ended.exit_code == ExitCode.REFUSED
    assert "What can be done now:" in ended.stderr
    ended = await firm_offer("quotes", *yes[:-1], "online", env=env)
    assert ended.exit_code == 2
    assert {*RecordedMethod} == {*AcceptanceMethod} - {AcceptanceMethod.ONLINE}
    assert ", ".join(f"'{each}'" for each in RecordedMethod) in ended.stderr
    ended = await firm_offer("quotes", "send", made["number"], "--until", "someday", env=env)
    assert ended.exit_code == ExitCode.REFUSED
    assert "/valid_until: " in ended.stderr


async def test_who_logs_in_is_kept_and_nobody_else_reads_it(
    env: Mapping[str, str], url: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A wrong key is tried first and not kept; logging out leaves nothing."""
    monkeypatch.chdir(tmp_path)
    shell: dict[str, str | None] = {**env, login.URL: None, login.KEY: None}
    ended = await firm_offer("quotes", "list", env=shell)
    assert "Nobody is logged in" in ended.stderr
    assert ended.exit_code == ExitCode.NOT_ALLOWED
    ended = await firm_offer("login", url[0], env=shell, stdin="fo_test_wrong\n")
    assert ended.exit_code == ExitCode.NOT_ALLOWED
    assert "fo_test_wrong" not in ended.output
    assert "Warning" not in ended.output, "a key that is piped in is no password that is typed"
    kept = tmp_path / "firm-offer" / "login.json"
    assert not kept.exists()
    ended = await firm_offer("login", f"{url[0]}/desk", env=shell, stdin=url[1] + "\n")
    assert ended.exit_code == 0, ended.output
    assert url[1] not in ended.output
    assert kept.stat().st_mode & 0o077 == 0
    ended = await firm_offer("quotes", "list", "--limit", 1, env=shell)
    assert ended.exit_code == 0, ended.output
    assert (await firm_offer("logout", env=shell)).exit_code == 0
    assert not kept.exists()


@pytest.mark.parametrize(
    "address", ["quotes.example.com", "ftp://quotes.example.com", "http://quotes.example.com", ""]
)
def test_an_address_by_which_the_key_would_be_read_is_refused(address: str) -> None:
    ended = call("login", address)
    assert ended.exit_code == ExitCode.REFUSED
    assert "https://" in ended.stderr


class Answers:
    """What a server says, one answer after the other; the last one from then on."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def calls(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> Calls:
    monkeypatch.setattr("cli.quotes.calling.time.sleep", lambda _seconds: None)
    return Calls(Login("https://quotes.example.com", "fo_test_key"), transport=httpx.MockTransport(answers))


def test_what_is_away_is_asked_again_as_the_same_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """After as long as the answer says, or soon; a command is decided once, however often it is sent."""
    away = httpx.Response(503, headers={"Retry-After": "1"}, json={"detail": "Later.", "code": "overloaded"})
    server = Answers(away, httpx.ConnectError("refused"), httpx.Response(200, json={"id": "1"}))
    with calls(server, monkeypatch) as ours:
        assert ours.post("/quotes", {}) == {"id": "1"}
    keys = {request.headers["idempotency-key"] for request in server.asked}
    assert (len(server.asked), len(keys)) == (3, 1)


@pytest.mark.parametrize(
    "answer", [httpx.ConnectError("refused"), httpx.Response(502, text="<html>Bad gateway")]
)
def test_what_stays_away_is_told(answer: httpx.Response | Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where something else than the product answers."""
    with calls(Answers(answer), monkeypatch) as ours, pytest.raises(CallError) as failed:
        ours.get("/quotes")
    assert failed.value.exit_code == ExitCode.AWAY


def test_what_is_decided_later_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the address that the answer names; a refusal then is one, and no outcome for long has a code of its own."""
    accepted = httpx.Response(202, headers={"Location": "/api/v1/commands/7"}, json={})
    pending = httpx.Response(200, json={"status": "pending", "received_at": "2026-11-28T10:00:00Z"})
    applied = httpx.Response(200, json={"status": "applied", "quote": {"id": "1"}})
    server = Answers(accepted, pending, applied)
    with calls(server, monkeypatch) as ours:
        assert ours.post("/quotes/1/send", {}) == {"id": "1"}
    assert server.asked[-1].url.path == "/api/v1/commands/7"
    no = httpx.Response(200, json={"status": "refused", "code": "not_open", "detail": "It is not open."})
    with calls(Answers(accepted, no), monkeypatch) as ours, pytest.raises(CallError, match="not open"):
        ours.post("/quotes/1/accept", {})
    monkeypatch.setattr("cli.quotes.calling._DECIDED_SECONDS", 0)
    with calls(Answers(accepted, pending), monkeypatch) as ours, pytest.raises(CallError) as failed:
        ours.post("/quotes/1/accept", {})
    assert failed.value.exit_code == ExitCode.UNDECIDED


def test_a_terminal_is_not_controlled_by_what_a_quote_says(capsys: pytest.CaptureFixture[str]) -> None:
    """What has no shape of its own is shown as a question mark."""
    shown.event({"at": "2026-11-28T10:00:00Z", "type": "quote.sent", "actor": f"key:{HOSTILE}"})
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "\u202e" not in told


@pytest.mark.parametrize(
    ("status", "reference", "error", "line"),
    [
        ("none", None, None, None),
        ("pending", None, None, "order        pending"),
        ("pending", None, "answered 503", "order        pending: answered 503"),
        ("failed", None, "answered 410", "order        failed: answered 410"),
        ("handed_over", "SO-4711", None, "order        SO-4711"),
    ],
)
def test_a_quote_says_how_its_order_fares(
    capsys: pytest.CaptureFixture[str],
    status: str,
    reference: str | None,
    error: str | None,
    line: str | None,
) -> None:
    """Its reference, and as long as there is none what stands in the way."""
    texts = ("number", "customer_name", "status", "total_price", "accepted_total", "currency", "delivery")
    one: dict[str, Any] = {
        **dict.fromkeys(texts, "x"),
        "current_version": 1,
        "valid_until": "2026-11-28T10:00:00Z",
        "delivery_reason": None,
        "order_reference": reference,
        "allowed_actions": [],
        "warnings": [],
        "lines": [],
        "order": {"status": status, "reference": reference, "at": None, "last_error": error},
    }
    shown.quote(one)
    told = [each for each in capsys.readouterr().out.splitlines() if each.startswith("order")]
    assert told == ([line] if line else [])
