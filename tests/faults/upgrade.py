"""A worker of an earlier commit beside this one, over open quotes: as while workers are replaced one after the other."""

import asyncio
import io
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from adapters.db.database import Database
from cli.local.processes.process import ChildProcess
from cli.local.stack import PROJECT
from tests.api.caller import SIGNER, Caller, run_of
from tests.faults.mails import compared
from tests.faults.record import complaints
from tests.faults.stack import FaultStack
from tests.waiting import eventually

BEFORE: Final = "HEAD~1"
_AT_ONCE: Final = 12
_SECONDS: Final = 240.0
_UNSENT: Final = sa.text(
    "SELECT count(*) FROM messages WHERE quote_id = ANY(CAST(:ids AS uuid[])) AND status <> 'sent'"
)
_TWICE: Final = sa.text("""
SELECT kind, recipient FROM messages WHERE quote_id = ANY(CAST(:ids AS uuid[]))
GROUP BY quote_id, cause, kind, recipient HAVING count(*) > 1
""")


class NoEarlierCommitError(Exception):
    """Why there is no program of an earlier commit here."""


@dataclass(frozen=True, kw_only=True)
class Upgrade:
    """How it went: `tasks` are the workflow tasks by who took them, the worker `before` or `this` one."""

    seconds: float
    tasks: Counter[str]
    wrong: list[str]


def program_of(commit: str, folder: Path) -> Path:
    """The files of that commit, in a folder below this one. Raises NoEarlierCommitError."""
    git = shutil.which("git")
    if git is None or not (PROJECT / ".git").exists():
        raise NoEarlierCommitError("this is no git checkout")
    command = [git, "-C", str(PROJECT), "-c", f"safe.directory={PROJECT}", "archive", "--format=tar", commit]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise NoEarlierCommitError(f"git has no {commit} here, as in a shallow clone")
    source = folder / "before"
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(source, filter="data")
    return source


async def upgraded(stack: FaultStack, folder: Path, *, quotes: int, commit: str = BEFORE) -> Upgrade:
    """Quotes that are begun and changed by a worker of that commit alone, by it and this one, and by this one alone; each is
    accepted. Raises NoEarlierCommitError.
    """
    source, began = program_of(commit, folder), time.monotonic()
    env = os.environ | stack.environment()
    command = [sys.executable, str(source / "worker.py")]
    before = ChildProcess("Worker before", command, folder / "before.log", env, source)
    stack.kill("worker")
    stack.kill("deliveries")
    try:
        before.start()
        async with stack.caller(patience=60) as caller, stack.database() as database:
            made = await _lives(stack, caller, before, quotes)
            ids = [quote["id"] for quote in made]
            await eventually(lambda: _all_sent(database, ids), "every email is out", seconds=_SECONDS)
            client = await stack.client()
            tasks, stuck = await _tasks(client, made, before.pid)
            wrong = [*stuck, *await complaints(database, ids), *await _doubled(stack, database, ids)]
    except TimeoutError:
        _require_running(before)
        waited = "a command has no outcome after a minute: a run is stuck, or the worker before does not work"
        tail = before.last_lines(2)
        return Upgrade(seconds=time.monotonic() - began, tasks=Counter(), wrong=[waited, *tail])
    finally:
        before.kill()
    wrong += [f"{who} took no task" for who in ("before", "this") if not tasks[who]]
    wrong += [f"{quote['number']} is {quote['status']}" for quote in made if quote["status"] != "accepted"]
    return Upgrade(seconds=time.monotonic() - began, tasks=tasks, wrong=wrong)


async def _lives(
    stack: FaultStack, caller: Caller, before: ChildProcess, count: int
) -> Sequence[dict[str, Any]]:
    customer = (await caller.customer())["id"]

    async def begun(share: int) -> list[dict[str, Any]]:
        return await _each(range(share), lambda _: caller.sent(customer_id=customer))

    quotes = await begun(count // 3)
    _require_running(before)
    await stack.whole()
    quotes += await begun(count // 3)
    quotes = await _each(quotes, lambda quote: caller.done(quote, "extend", {"valid_days": 60}))
    ended = await _each(quotes[::2], lambda quote: caller.done(quote, "accept", SIGNER))
    await before.stop()
    rest = quotes[1::2] + await begun(count - len(quotes))
    return ended + await _each(rest, lambda quote: caller.done(quote, "accept", SIGNER))


def _require_running(before: ChildProcess) -> None:
    """Raises StackError, and NoEarlierCommitError where it asks for packages that this commit does without."""
    if before.running:
        return
    [said] = before.last_lines(1) or [""]
    if said.startswith(("ModuleNotFoundError", "ImportError")):
        raise NoEarlierCommitError(f"its worker needs other packages: {said}")
    raise before.failure()


async def _each(given: Iterable[Any], do: Callable[[Any], Awaitable[dict[str, Any]]]) -> list[dict[str, Any]]:
    """A few at once, in their order."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(each: Any) -> dict[str, Any]:
        async with slots:
            return await do(each)

    return [*await asyncio.gather(*map(one, given))]


async def _tasks(
    client: Client, quotes: Sequence[dict[str, Any]], pid: int
) -> tuple[Counter[str], list[str]]:
    """Who took them, and what is stuck: a run that does not end, or a task that failed, as one does that cannot be replayed."""
    tasks: Counter[str] = Counter()
    stuck: list[str] = []
    for quote in quotes:
        handle = client.get_workflow_handle(run_of(quote))
        try:
            async with asyncio.timeout(_SECONDS):
                await handle.result()
        except TimeoutError:
            stuck.append(f"the run of {quote['number']} does not end")
        async for event in handle.fetch_history_events():
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
                failed = event.workflow_task_failed_event_attributes.failure.message
                stuck.append(f"a task of {quote['number']} failed: {failed[:300]}")
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
                taken_by = event.workflow_task_completed_event_attributes.identity
                tasks["before" if taken_by.partition("@")[0] == str(pid) else "this"] += 1
    return tasks, stuck


async def _all_sent(database: Database, ids: Sequence[str]) -> bool:
    async with database.read() as r:
        return not await r.value(_UNSENT, {"ids": ids})


async def _doubled(stack: FaultStack, database: Database, ids: Sequence[str]) -> list[str]:
    async with database.read() as r:
        twice = [f"{row['kind']} to {row['recipient']} twice" for row in await r.rows(_TWICE, {"ids": ids})]
    lost = (await compared(database, stack.caught)).lost
    return [*twice, *(f"mail {each} was never caught" for each in sorted(lost))]
