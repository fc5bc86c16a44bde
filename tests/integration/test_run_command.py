"""`firm-offer run`: from an empty folder to addresses that answer, to the tour and the first steps taken there, and
back to nothing, twice.
"""

import asyncio
import contextlib
import json
import os
import re
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
import pytest_asyncio

from cli.local import devenv
from cli.local.processes.until import http_ok
from cli.local.seed.demo_data import ESTIMATOR, OWNER, QUOTES
from cli.local.stack import NICENESS
from tests.integration.test_readme import BLOCKS, is_the_whole_story, played, toured
from tests.waiting import eventually

PROJECT = Path(__file__).resolve().parents[2]
Run = asyncio.subprocess.Process
ADDRESSES = {
    "FIRM_OFFER_URL",
    "FIRM_OFFER_API_KEY",
    "TEMPORAL_ADDRESS",
    "TEMPORAL_UI_URL",
    "MAIL_URL",
    "DATABASE_URL",
}


async def start(folder: Path) -> Run:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli.main", "run", "--port", "0", "--data-dir", str(folder)),
        cwd=PROJECT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )


@asynccontextmanager
async def running(folder: Path, *, part: str = "") -> AsyncIterator[tuple[Run, dict[str, str]]]:
    """A run that is ready, with what its address file says; or one that has just begun a part of it."""
    run = await start(folder)

    def ready() -> object:
        return any(part in words for words in left_of(run.pid)) if part else devenv.read(folder)

    try:
        await eventually(lambda: ready() or run.returncode is not None, "a run that is ready", seconds=120)
        assert run.returncode is None, (await run.communicate())[0].decode()
        yield run, devenv.read(folder)
    finally:
        if run.returncode is None:
            run.kill()
            await run.communicate()


def command_line(process: psutil.Process) -> list[str]:
    """Empty for what has ended, also while nobody has collected it."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def left_of(session: int) -> list[list[str]]:
    """The command lines of what still lives in that session."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError):
            if os.getsid(process.pid) == session and (words := command_line(process)):
                found.append(words)
    return found


async def stopped(run: Run, number: signal.Signals) -> str:
    """What it printed, when it and all it started have ended after a signal to its whole group."""
    os.killpg(run.pid, number)
    async with asyncio.timeout(60):
        output, _ = await run.communicate()
    assert run.returncode == 0
    assert left_of(run.pid) == []
    return output.decode()


@pytest_asyncio.fixture(scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Path, Run]]:
    """A folder and the first run on it. All tests leave it running but the last one."""
    folder = tmp_path_factory.mktemp("shared")
    async with running(folder) as (run, _):
        yield folder, run


async def test_every_address_answers(shared: tuple[Path, Run]) -> None:
    """As the address file names them, which nobody else may read."""
    folder, _ = shared
    values = devenv.read(folder)
    assert set(values) >= ADDRESSES
    assert all(values[name] for name in ADDRESSES)
    assert stat.S_IMODE((folder / devenv.NAME).stat().st_mode) == 0o600
    for name, path in {
        "FIRM_OFFER_URL": "/readyz",
        "TEMPORAL_UI_URL": "/",
        "MAIL_URL": "/api/messages",
    }.items():
        assert await http_ok(urlsplit(values[name]).port or 0, path), name


async def test_a_second_run_on_the_same_folder_is_refused_and_does_no_harm(shared: tuple[Path, Run]) -> None:
    folder, _ = shared
    values = devenv.read(folder)
    second = await start(folder)
    output, _ = await second.communicate()
    assert second.returncode == 1
    assert "running on" in output.decode()
    assert devenv.read(folder) == values
    assert await http_ok(urlsplit(values["FIRM_OFFER_URL"]).port or 0, "/readyz")


async def test_the_tour_and_the_first_steps(shared: tuple[Path, Run]) -> None:
    """The tour twice, since nobody takes one only once; then each block of the first steps in its order, in a shell
    of its own that knows the run's addresses and nothing else.
    """
    assert len(BLOCKS) >= 5
    folder, _ = shared
    addresses = devenv.read(folder)
    for _ in range(2):
        code, told = await toured(folder)
        assert code == 0, told
        await is_the_whole_story(told, addresses)
    for block in BLOCKS:
        code, told = await played(block, addresses, "-euo", "pipefail")
        assert code == 0, f"{block}\n{told}"


async def test_its_admin_signs_in_by_a_printed_link(shared: tuple[Path, Run]) -> None:
    """As `firm-offer user sign-in-link` prints one on this stack: a button, then the desk; nobody else's browser gets in by it."""
    folder, _ = shared
    addresses = devenv.read(folder)
    command = f"{sys.executable} -m cli.main user sign-in-link {OWNER.address} 2>/dev/null"
    code, told = await played(command, addresses)
    assert code == 0, told
    link = told.strip()
    assert link.startswith(f"{addresses['FIRM_OFFER_URL']}/desk/sign-in/")
    here: dict[str, Any] = {
        "headers": {"Sec-Fetch-Site": "same-origin"},
        "trust_env": False,
        "follow_redirects": False,
    }
    async with httpx.AsyncClient(**here) as first, httpx.AsyncClient(**here) as second:
        assert OWNER.name in (await first.get(link)).text
        assert (await second.post(link)).status_code == httpx.codes.FORBIDDEN
        assert (await first.post(link)).headers["location"] == "/desk"
        people = await first.get(f"{addresses['FIRM_OFFER_URL']}/desk/settings/users")
        assert OWNER.address in people.text
        assert ESTIMATOR.address in people.text
        today = (await first.get(f"{addresses['FIRM_OFFER_URL']}/desk")).text
    for quote in QUOTES:
        assert escape(quote.asks) in today
    for need in ("asked", "running_out", "unanswered", "unsent"):
        assert f'<h2 id="{need}">' in today, need


async def test_deliveries_give_way_to_decisions(shared: tuple[Path, Run]) -> None:
    """Each a process of its own, the one that delivers at a lower priority, and each says in its log which it is."""
    folder, run = shared
    words = {each.nice(): " ".join(command_line(each)[2:]) for each in psutil.Process(run.pid).children()}
    assert words[os.nice(0) + NICENESS] == "--only deliveries"
    for name, work in (("worker", "decisions"), ("deliveries", "deliveries")):
        log = (folder / "logs" / f"{name}.log").read_text().splitlines()
        assert {json.loads(line)["worker"] for line in log} <= {work}


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Worker", "--only decisions"),
        ("Deliveries", "--only deliveries"),
        ("API", "api.serve"),
        ("PostgreSQL", "postgres"),
    ],
)
async def test_what_dies_is_started_again_and_said(shared: tuple[Path, Run], name: str, word: str) -> None:
    """By a line when it ended and one when all is well again; the API then answers at the same address."""
    folder, run = shared

    def alive() -> set[int]:
        family = psutil.Process(run.pid).children()
        return {child.pid for child in family if word in " ".join(command_line(child)[:4])}

    async def said(text: str) -> None:
        assert run.stdout is not None
        async with asyncio.timeout(60):
            while text not in (line := (await run.stdout.readline()).decode()):
                assert line, f"it ended without saying: {text}"

    (first,) = alive()
    os.kill(first, signal.SIGKILL)
    await said(f"{name} was ended by SIGKILL and is being restarted")
    await said("Everything is running again.")
    assert alive()
    assert alive() != {first}
    assert await http_ok(urlsplit(devenv.read(folder)["FIRM_OFFER_URL"]).port or 0, "/readyz")


async def test_it_dies_stops_and_starts_again_with_everything_it_had(shared: tuple[Path, Run]) -> None:
    """Two more starts on one folder: after a kill, of which no process is left, and after a stop; the last one is
    stopped when its servers are there and its API begins.
    """
    folder, run = shared
    first = devenv.read(folder)
    run.kill()
    await run.communicate()
    await eventually(lambda: not left_of(run.pid), "nothing is left of the run", seconds=30)
    (folder / devenv.NAME).unlink()  # the address file is what `running` waits for

    async with running(folder) as (run, second):
        assert second == first
        output = await stopped(run, signal.SIGTERM)
    assert all(first[name] in output for name in ADDRESSES)
    assert re.search(rf"Desk +{re.escape(first['FIRM_OFFER_URL'])}/desk/sign-in/[\w-]{{43}} ", output)
    assert "Traceback" not in output
    assert not (folder / devenv.NAME).exists()

    async with running(folder, part="api.serve") as (run, _):
        output = await stopped(run, signal.SIGINT)
    assert "Traceback" not in output
    assert "Stopping." in output
