"""No child outlives its starter, however either of them ends, and a failure says what the child said."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from functools import partial
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from cli.local.errors import StackError
from cli.local.processes import process
from cli.local.processes.process import ChildProcess, run_until_stopped, stop_all, supervise
from cli.local.processes.until import together, until


def python(tmp_path: Path, code: str, **options: float) -> ChildProcess:
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return ChildProcess("Child", command, tmp_path / "child.log", grace=options.get("grace", 10.0))


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def said(process: ChildProcess, word: str) -> bool:
    return any(word in line for line in process.last_lines(1))


DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(99)"


async def test_what_does_not_listen_is_ended_after_its_grace(tmp_path: Path) -> None:
    child = python(tmp_path, DEAF, grace=0.2)
    child.start()
    await until(lambda: said(child, "up"), child)
    await child.stop()
    assert child.exit_code == -signal.SIGKILL


async def test_a_frozen_child_is_stopped_too(tmp_path: Path) -> None:
    child = python(tmp_path, "print('up', flush=True); import time; time.sleep(99)")
    child.start()
    await until(lambda: said(child, "up"), child)
    child.freeze()
    await child.stop()
    assert child.exit_code == -signal.SIGTERM


async def test_kill_takes_grandchildren_along(tmp_path: Path) -> None:
    code = "import subprocess, time; print(subprocess.Popen(['sleep', '99']).pid, flush=True); time.sleep(99)"
    child = python(tmp_path, code)
    child.start()
    await until(lambda: said(child, ""), child)
    child.kill()
    assert gone(int(child.last_lines(1)[0]))
    assert not child.running


@pytest.mark.skipif(sys.platform != "linux", reason="the leash is the Linux kernel's")
def test_a_child_dies_with_a_starter_that_is_killed(tmp_path: Path) -> None:
    code = f"""
    from pathlib import Path
    import time
    from cli.local.processes.process import ChildProcess
    child = ChildProcess("Child", ["/bin/sleep", "99"], Path({str(tmp_path)!r}) / "log")
    child.start()
    time.sleep(0.5)
    print(child.pid, flush=True)
    time.sleep(99)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        child = int(starter.stdout.readline())
        assert not gone(child)
        starter.kill()
    deadline = time.monotonic() + 10
    while not gone(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert gone(child)


async def test_waiting_for_a_child_that_fails_tells_what_it_said(tmp_path: Path) -> None:
    child = python(tmp_path, "raise SystemExit('no such table')")
    child.way_out = "Try another."
    child.start()
    with pytest.raises(
        StackError, match=r"Child ended with code 1\. Try another\. Its log (?s:.*)no such table"
    ):
        await until(lambda: asyncio.sleep(0, result=False), child)


async def test_a_child_gives_way_as_much_as_it_is_told(tmp_path: Path) -> None:
    """From its first moment, and on the leash all the same; others do not."""
    for niceness in (0, 7):
        child = python(tmp_path, "import os; print(os.nice(0), flush=True); import time; time.sleep(99)")
        child.niceness = niceness
        child.start()
        await until(partial(said, child, str(os.nice(0) + niceness)), child)
        await child.stop()


async def test_a_program_that_is_missing_is_named(tmp_path: Path) -> None:
    child = ChildProcess("Child", ["/no/such/program"], tmp_path / "log")
    child.start()
    assert await child.wait() == 1
    assert child.last_lines(1) == ["/no/such/program cannot be started: No such file or directory."]


async def test_all_are_stopped_although_the_first_is_deaf(tmp_path: Path) -> None:
    deaf, other = python(tmp_path, DEAF), ChildProcess("Sleep", ["/bin/sleep", "99"], tmp_path / "log")
    deaf.start()
    other.start()
    await until(lambda: said(deaf, "up"), deaf)
    await stop_all(deaf, other, seconds=0.3)
    assert not deaf.running
    assert not other.running


async def test_the_first_failure_ends_the_other_starts_and_is_raised_as_itself() -> None:
    ended = asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.sleep(99)
        finally:
            ended.set()

    async def failing() -> None:
        raise StackError("no")

    with pytest.raises(StackError, match="no"):
        await together(endless(), failing())
    assert ended.is_set()


async def _ready() -> bool:
    return True


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> float:
    """A supervisor that looks ten times as often; after how many seconds each."""
    look = process.LOOK / 10
    monkeypatch.setattr(process, "LOOK", look)
    return look


async def test_what_ends_is_started_again_until_that_does_not_help(tmp_path: Path, quick: float) -> None:
    """With pauses that grow, so that what a killed server leaves behind has gone; then its end is the run's."""
    child = python(tmp_path, "raise SystemExit(3)")
    notes: list[tuple[float, str]] = []
    child.start()
    with pytest.raises(StackError, match="code 3"):
        await supervise([child], lambda note: notes.append((time.monotonic(), note)), _ready)
    assert len(notes) == 5
    assert notes[0][1] == f"Child ended with code 3 and is being restarted; its log: {child.log}"
    pauses = [after - before for (before, _), (after, _) in pairwise(notes)]
    assert all(pause >= quick * 2**n for n, pause in enumerate(pauses))


@pytest.mark.usefixtures("quick")
async def test_it_is_said_when_all_is_well_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a new start, not before the product is ready, and once."""
    monkeypatch.setattr(process, "STEADY", 0.2)
    child = ChildProcess("Sleep", ["/bin/sleep", "99"], tmp_path / "log")
    notes: list[str] = []
    answers = iter([False, True])

    async def is_ready() -> bool:
        return next(answers)

    child.start()
    watching = asyncio.create_task(supervise([child], notes.append, is_ready))
    child.kill()
    async with asyncio.timeout(20):
        while len(notes) < 2:  # noqa: ASYNC110 - told by a function
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.2)  # long enough to be said once more, if it were
    watching.cancel()
    assert child.running
    await child.stop()
    assert notes == [
        f"Sleep was ended by SIGKILL and is being restarted; its log: {child.log}",
        "Everything is running again.",
    ]
    assert list(answers) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_the_clearing_up_finish_even_when_it_comes_twice(number: signal.Signals) -> None:
    cleared = False

    async def main() -> None:
        nonlocal cleared
        try:
            os.kill(os.getpid(), number)
            await asyncio.sleep(99)
        finally:
            os.kill(os.getpid(), number)
            await asyncio.sleep(0.05)
            cleared = True

    assert run_until_stopped(main()) is False
    assert cleared


def test_a_child_that_the_signal_ended_first_is_no_failure() -> None:
    """Ctrl-C reaches all of a terminal's processes: what fails because of it has been stopped."""

    async def main() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        raise StackError("a server was ended by SIGINT")

    assert run_until_stopped(main()) is False


def test_what_fails_by_itself_was_not_stopped() -> None:
    async def main() -> None:
        raise StackError("a server ended")

    with pytest.raises(StackError, match="a server ended"):
        run_until_stopped(main())


def test_what_ends_by_itself_was_not_stopped() -> None:
    assert run_until_stopped(asyncio.sleep(0)) is True
