"""`firm-offer events`: the feed at a terminal and in scripts, against the served product and against one that is away."""

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from cli.local.errors import StackError
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from cli.quotes import event_commands, login
from cli.quotes.calling import Calls, ExitCode
from cli.quotes.event_commands import KeptCursor
from cli.quotes.login import Login
from tests.api.caller import Caller
from tests.integration.conftest import served_product
from tests.shell import call, firm_offer
from tests.waiting import eventually

SECONDS = 60


@pytest_asyncio.fixture(scope="module")
async def url(
    postgres: Postgres, temporal: Temporal, mail_server: MailServer
) -> AsyncIterator[tuple[str, str]]:
    """Where the product is served, and a key of it."""
    async with served_product(postgres, temporal, mail_server, "events_command") as address_and_key:
        yield address_and_key


@pytest.fixture
def env(url: tuple[str, str], tmp_path: Path) -> Mapping[str, str]:
    return {login.URL: url[0], login.KEY: url[1], "XDG_CONFIG_HOME": str(tmp_path)}


async def new_quote(url: tuple[str, str]) -> str:
    """A draft's number."""
    headers = {"Authorization": f"Bearer {url[1]}"}
    async with httpx.AsyncClient(base_url=url[0], headers=headers) as http:
        return str((await Caller(http).draft())["number"])


@contextlib.asynccontextmanager
async def following(env: Mapping[str, str], *words: object, stdout: int = PIPE) -> AsyncIterator[Process]:
    """`events follow` in a process of its own; what still runs at the end is killed."""
    command = [sys.executable, "-m", "cli.main", "events", "follow", *map(str, words)]
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **env}, stdout=stdout, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def next_line(process: Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(SECONDS):
        return (await process.stdout.readline()).decode().rstrip("\n")


async def until_written(file: Path, before: str = "") -> str:
    """What is in it, once that is another text than `before`."""
    await eventually(lambda: file.exists() and file.read_text() != before, f"{file.name} is written")
    return await asyncio.to_thread(file.read_text)


async def test_events_are_told_as_they_happen_and_gone_on_with(
    env: Mapping[str, str], url: tuple[str, str], tmp_path: Path
) -> None:
    """From now on; after a restart from where the file says, and nothing in between is missed or told twice."""
    await new_quote(url)
    place = tmp_path / "place"
    words = ("--from-now", "--type", "created", "--cursor-file", place)
    async with following(env, *words) as process:
        begun = await until_written(place)  # before anything has happened
        first = await new_quote(url)
        instant, number, what, facts = (await next_line(process)).split("\t")
        assert (number, what, instant[:2]) == (first, "created", "20")
        assert re.fullmatch(r"version 1, EUR [0-9.]+, open until 20[0-9: -]+UTC", facts)
        await until_written(place, begun)
        process.send_signal(signal.SIGTERM)
        assert (await process.communicate()) == (b"", b"")
        assert process.returncode == 0
    second = await new_quote(url)
    async with following(env, *words, "--json") as process:
        told = json.loads(await next_line(process))
        assert (told["quote"]["number"], told["type"]) == (second, "quote.created")
        third = await new_quote(url)
        assert json.loads(await next_line(process))["quote"]["number"] == third
        process.send_signal(signal.SIGINT)
        assert (await process.communicate())[0] == b""
        assert process.returncode == 0


async def test_the_list_ends_and_says_where_to_go_on(env: Mapping[str, str], url: tuple[str, str]) -> None:
    """Of the types that were asked for, oldest first; on standard error the cursor that leads on."""
    made = [await new_quote(url) for _ in range(2)]
    listed = await firm_offer("events", "list", "--type", "created", "--json", env=env)
    assert listed.exit_code == 0, listed.output
    events = [json.loads(line) for line in listed.stdout.splitlines()]
    assert {each["type"] for each in events} == {"quote.created"}
    assert [each["quote"]["number"] for each in events][-2:] == made
    cursor = listed.stderr.split()[-1]
    some = await firm_offer(
        "events", "list", "--type", "created", "--limit", 1, "--snapshot", "--json", env=env
    )
    assert [json.loads(line)["snapshot"]["status"] for line in some.stdout.splitlines()] == ["draft"]
    last = await new_quote(url)
    more = await firm_offer("events", "list", "--type", "created", "--after", cursor, env=env)
    assert [line.split("\t")[1] for line in more.stdout.splitlines()] == [last]


async def test_who_reads_no_more_ends_it(
    env: Mapping[str, str], url: tuple[str, str], tmp_path: Path
) -> None:
    """As `… | head -1` does; what was not read through the pipe has not moved the place."""
    number = await new_quote(url)
    place = tmp_path / "place"
    reading, writing = os.pipe()
    async with following(env, "--type", "created", "--cursor-file", place, stdout=writing) as process:
        os.close(writing)
        while number not in (await asyncio.to_thread(os.read, reading, 100_000)).decode():
            pass
        begun = await until_written(place)
        os.close(reading)
        await new_quote(url)
        async with asyncio.timeout(SECONDS):
            told = (await process.communicate())[1]
    assert (process.returncode, told) == (0, b"")
    assert await asyncio.to_thread(place.read_text) == begun


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--type", "lost"), ExitCode.REFUSED, "/type: must be types of events"),
        (("--after", "garbage"), ExitCode.REFUSED, "/after: "),
        (("--after", "x", "--from-now"), ExitCode.REFUSED, "Give either --after or --from-now."),
        (("--cursor-file", "/no/such/folder/place"), ExitCode.REFUSED, "cannot be written"),
        (("--cursor-file", "/"), ExitCode.REFUSED, "cannot be read"),
    ],
)
async def test_what_cannot_be_followed_says_why(
    env: Mapping[str, str], words: tuple[str, ...], code: ExitCode, told: str
) -> None:
    for command in ("follow", "list"):
        ended = await firm_offer("events", command, *words, env=env)
        assert (ended.exit_code, ended.stdout) == (code, ""), ended.output
        assert told in ended.stderr


async def test_a_place_of_another_filter_is_told_by_its_file(
    env: Mapping[str, str], url: tuple[str, str], tmp_path: Path
) -> None:
    """And is left as it is, as is one that is no cursor."""
    await new_quote(url)
    place = tmp_path / "place"
    listed = await firm_offer("events", "list", "--type", "created", "--cursor-file", place, env=env)
    assert (listed.exit_code, listed.stderr) == (0, "")
    kept = place.read_text()
    ended = await firm_offer("events", "list", "--type", "sent", "--cursor-file", place, env=env)
    assert ended.exit_code == ExitCode.REFUSED
    assert f"The cursor is that of {place}" in ended.stderr
    assert place.read_text() == kept
    place.write_text("\n")
    assert "no cursor in it" in (await firm_offer("events", "list", "--cursor-file", place, env=env)).stderr


class Away:
    """A server that fails so many times and then has one page; then whoever follows presses Ctrl-C."""

    def __init__(self, *failures: httpx.Response | Exception, event: Mapping[str, Any]) -> None:
        self.answers: list[httpx.Response | Exception] = [*failures]
        self.answers.append(
            httpx.Response(200, json={"data": [event], "has_more": False, "next_cursor": "c"})
        )

    def __call__(self, _request: httpx.Request) -> httpx.Response:
        if not self.answers:
            raise KeyboardInterrupt
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


EVENT = {
    "type": "quote.order_handed_over",
    "time": "2026-11-28T10:00:00Z",
    "quote": {"number": "Q-2026-00001", "external_id": "X\x1b[31m"},
    "version": None,
    "data": {"reference": "SO-4711"},
}


def test_an_outage_is_waited_for_and_told_of_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Longer and longer, but never sooner than was asked for; also where a proxy answers for the product."""
    busy = httpx.Response(429, headers={"Retry-After": "30"}, json={"detail": "Later.", "code": "busy"})
    proxy = httpx.Response(502, text="<html>Bad gateway")
    server = Away(httpx.ConnectError("refused"), busy, proxy, httpx.ReadTimeout("late"), event=EVENT)
    slept: list[float] = []
    monkeypatch.setattr("cli.quotes.event_commands.time.sleep", slept.append)

    def calls(at: Login, **more: Any) -> Calls:
        return Calls(at, **more, transport=httpx.MockTransport(server))

    monkeypatch.setattr("cli.quotes.calling.Calls", calls, raising=True)
    place = tmp_path / "place"
    env = {login.URL: "https://quotes.example.com", login.KEY: "fo_test_key"}
    ended = call("events", "follow", "--cursor-file", place, env=env)
    assert ended.exit_code == 0, ended.output
    assert slept == [1, 30, 4, 8]
    assert ended.stderr.splitlines() == [
        "firm-offer: https://quotes.example.com cannot be reached. It is asked again until it answers.",
        "firm-offer: It answers again.",
    ]
    assert ended.stdout.split("\t")[1:] == [
        "Q-2026-00001",
        "order handed over",
        "order SO-4711, yours: X?[31m\n",
    ]
    assert place.read_text() == "c\n"


def test_a_place_is_kept_after_the_lines_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is stopped between the two tells them again; a disk that is full leaves the old place."""
    file = tmp_path / "place"
    file.write_text("old\n")
    place = KeptCursor.begun(None, file, from_now=True)
    assert place.cursor == "old"

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StackError, match="No space left"):
            place.move("new")
    assert file.read_text() == "old\n"
    place.move("new")
    assert file.read_text() == "new\n"
    assert [each.name for each in tmp_path.iterdir() if each != file] in ([], [".place.new"])


def test_types_are_completed() -> None:
    """By what they have in them, since all begin with the same word."""
    assert event_commands._types("accep") == ["quote.accepted"]
