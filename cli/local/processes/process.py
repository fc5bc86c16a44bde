"""Child processes of which none outlives its starter: started, supervised, ended by Ctrl-C."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil

from cli.local.datadir import private
from cli.local.errors import StackError

BROKEN_DATA = "If its data is broken, move {folder} away or choose another folder with --data-dir."
LAUNCHER = Path(__file__).with_name("launch.py")
GRACE = 10.0  # seconds a process has to end by itself
POLL = 0.02
TAIL, WIDTH = 6, 240  # lines of a log, and characters of a line, that a person is shown


@dataclass(frozen=True)
class User:
    """Who a process runs as, when that is not the one who starts it."""

    uid: int
    gid: int


@dataclass
class ChildProcess:
    """One child in a process group of its own, so that a Ctrl-C meant for us does not reach it first.

    Start it from the main thread: the kernel ties a child's leash to the thread that made it.
    """

    name: str
    command: list[str]
    log: Path
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    user: User | None = None
    stdin: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    grace: float = GRACE
    niceness: int = 0
    way_out: str = ""
    _popen: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Raises `RuntimeError` while an earlier start still runs."""
        if self.running:
            raise RuntimeError(f"{self.name} is running already")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        leash = [str(os.getpid()), str(int(self.orphan_signal))]
        who = [str(self.user.uid), str(self.user.gid)] if self.user else ["-1", "-1"]
        with (
            open(self.log, "ab", opener=private) as log,
            (self.stdin or Path(os.devnull)).open("rb") as stdin,
        ):
            self._popen = subprocess.Popen(
                [sys.executable, "-I", "-S", str(LAUNCHER), *leash, *who, str(self.niceness), *self.command],
                stdin=stdin,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.env,
                cwd=self.cwd,
                process_group=0,
            )

    @property
    def pid(self) -> int:
        if self._popen is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._popen.pid

    @property
    def running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs or before it was started; negative: the signal that ended it."""
        return None if self._popen is None else self._popen.poll()

    @property
    def ending(self) -> str:
        """How it ended, after its name: "ended with code 3", "was ended by SIGKILL"."""
        code = self.exit_code
        if code is None:
            return "is running" if self.running else "was never started"
        return f"ended with code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"

    async def wait(self) -> int:
        """The exit code, when it has ended."""
        while (code := self.exit_code) is None:  # noqa: ASYNC110 - the event is the kernel's
            await asyncio.sleep(POLL)
        return code

    async def stop(self, grace: float | None = None) -> None:
        """Asks it to end, and ends it when it has not after `grace` seconds. Also when it is frozen."""
        if not self.running:
            return
        os.kill(self.pid, self.stop_signal)
        self.thaw()
        try:
            async with asyncio.timeout(self.grace if grace is None else grace):
                await self.wait()
        except TimeoutError:
            self.kill()

    def kill(self) -> None:
        """Ends it and its children at once, as a power cut would, and returns when they are gone."""
        if not self.running:
            return
        family = _family(self.pid)
        for member in family:
            _send(member, signal.SIGKILL)
        if self._popen is not None:
            self._popen.wait()
        deadline = time.monotonic() + GRACE
        while any(_alive(member) for member in family[1:]) and time.monotonic() < deadline:
            time.sleep(POLL)

    def freeze(self) -> None:
        """Stops its clock: connections stay open and nobody answers. Returns when its last thread stands."""
        os.kill(self.pid, signal.SIGSTOP)
        deadline = time.monotonic() + GRACE
        while self.running and time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WUNTRACED | os.WNOHANG)
            if pid and self._popen is not None and not os.WIFSTOPPED(status):
                self._popen.returncode = os.waitstatus_to_exitcode(
                    status
                )  # it has ended, and we have heard it
            if pid:
                return
            time.sleep(POLL)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def failure(self) -> StackError:
        """What to tell a person when it has ended, or is not responding, although it should."""
        what = "is not responding" if self.running else self.ending
        tail = "".join(f"\n    {_clipped(line)}" for line in self.last_lines(TAIL))
        says = f"Its log {self.log} ends with:{tail}" if tail else f"Its log {self.log} is empty."
        return StackError(" ".join(part for part in (f"{self.name} {what}.", self.way_out, says) if part))

    def last_lines(self, count: int) -> list[str]:
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            return []
        return text.splitlines()[-count:]


class Server(ABC):
    """A local server as a child process. `start`, `stop` and `kill` may follow each other in any order; its ports and
    its data stay.
    """

    process: ChildProcess | None = None

    @abstractmethod
    async def start(self) -> str:
        """Returns its address when it answers. Raises `StackError`."""

    async def stop(self) -> None:
        if self.process is not None:
            await self.process.stop()

    def kill(self) -> None:
        """As a power cut of the server."""
        if self.process is not None:
            self.process.kill()

    def freeze(self) -> None:
        """The port stays open and nobody answers: how a server hangs."""
        if self.process is not None:
            self.process.freeze()

    def thaw(self) -> None:
        if self.process is not None:
            self.process.thaw()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


async def stop_all(*processes: ChildProcess, seconds: float = 30.0) -> None:
    """Stops them one after the other, in the order given, and never leaves one behind. After `seconds` in
    all, those that are left get half a second each.
    """
    deadline = time.monotonic() + seconds
    try:
        for process in processes:
            await process.stop(min(process.grace, max(0.5, deadline - time.monotonic())))
    finally:
        for process in processes:
            process.kill()


def _clipped(line: str) -> str:
    # Programs say the cause last.
    line = line.strip()
    return line if len(line) <= WIDTH else "…" + line[-WIDTH:]


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _alive(process: psutil.Process) -> bool:
    # A grandchild that has ended stays a zombie until the machine's first process collects it.
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


LOOK = 0.25  # seconds
LIMIT, WINDOW = 5, 60.0  # as many new starts in so many seconds are taken for a fault that repeats
STEADY = 2.0  # seconds without an end, until what was started again counts as running


async def supervise(
    processes: Sequence[ChildProcess], say: Callable[[str], None], is_ready: Callable[[], Awaitable[bool]]
) -> None:
    """Starts again what ends by itself, and says so; says also when `is_ready` is true again.

    Returns never; raises `StackError` when starting again does not help.
    """
    starts: deque[float] = deque(maxlen=LIMIT)
    calm = True
    while True:
        for process in processes:
            if process.running or time.monotonic() < _next_start(starts):
                continue
            if len(starts) == LIMIT and time.monotonic() - starts[0] < WINDOW:
                raise process.failure()
            say(f"{process.name} {process.ending} and is being restarted; its log: {process.log}")
            starts.append(time.monotonic())
            process.start()
            calm = False
        steady = not calm and time.monotonic() > starts[-1] + STEADY and all(p.running for p in processes)
        if steady and await is_ready():
            calm = True
            say("Everything is running again.")
        await asyncio.sleep(LOOK)


def _next_start(starts: Sequence[float]) -> float:
    """At once; while it repeats after pauses that double, because what a killed server leaves needs a moment."""
    recent = [at for at in starts if at > starts[-1] - WINDOW]
    return recent[-1] + LOOK * 2 ** (len(recent) - 1) if recent else 0.0


_HEARING = 0.05  # seconds


def run_until_stopped(main: Coroutine[None, None, None]) -> bool:
    """Runs `main`. The first Ctrl-C or TERM cancels it; those that follow do not disturb the clearing up,
    which has its own time limits. False when it was stopped.
    """
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        task = loop.create_task(main)
        stopped = False

        def stop() -> None:
            nonlocal stopped
            if not stopped:
                stopped = True
                task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            if not stopped:
                raise
        except Exception:
            # A signal to all of a terminal's processes may end a child, and so fail us, before we hear of it.
            loop.run_until_complete(asyncio.sleep(_HEARING))
            if not stopped:
                raise
    return not stopped
