"""Runs checks, each bounded in time, so that a server that hangs becomes a finding and not a wait."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from temporalio.client import Client

from adapters.db.database import Database
from adapters.db.errors import first_line
from adapters.settings import Settings
from adapters.temporal.client import connect
from api.dispatch.runs import QuoteRuns
from domain import instants
from domain.wording import utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`what` is wrong, `since` when where that is known, what to `do` in one sentence. `quotes` are numbers."""

    what: str
    do: str
    since: datetime | None = None
    quotes: tuple[str, ...] = ()


SECONDS = 5.0
_CLOSING = 2.0


@dataclass(frozen=True, slots=True)
class Installation:
    """What is examined: settings, and clients that connect at their first call."""

    settings: Settings
    database: Database
    client: Client

    @property
    def runs(self) -> QuoteRuns:
        """The quotes' runs."""
        return QuoteRuns(self.client, task_queue=self.settings.task_queue)


@asynccontextmanager
async def opened(settings: Settings, *, connections: int = 2) -> AsyncIterator[Installation]:
    """Connections are made by what needs them; a server that hangs does not hold up the end."""
    database = Database.connect(settings.database_url.get_secret_value(), pool_size=connections)
    try:
        yield Installation(settings, database, await connect(settings))
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING):
                await database.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question. It is not asked while one of the checks that it `needs` has findings."""

    name: str
    ask: Callable[[Installation], Awaitable[list[Finding]]]
    needs: tuple[str, ...] = ()
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What a check told. `waits_for` names what has to be mended before it can be asked."""

    name: str
    findings: tuple[Finding, ...] = ()
    waits_for: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Asked, and nothing found."""
        return not self.findings and not self.waits_for


async def examine(at: Installation, checks: Sequence[Check]) -> list[CheckResult]:
    """The outcome of each check, in their order; those that need no other one's are asked together."""
    known: dict[str, CheckResult] = {}
    while len(known) < len(checks):
        ready = [c for c in checks if c.name not in known and all(need in known for need in c.needs)]
        for outcome in await asyncio.gather(*(_asked(at, check, known) for check in ready)):
            known[outcome.name] = outcome
    return [known[check.name] for check in checks]


async def _asked(at: Installation, check: Check, known: dict[str, CheckResult]) -> CheckResult:
    missing = tuple(need for need in check.needs if not known[need].is_sound)
    if missing:
        return CheckResult(name=check.name, waits_for=missing)
    try:
        async with asyncio.timeout(check.seconds):
            found = await check.ask(at)
    except TimeoutError:
        found = [_unanswered(f"no answer within {check.seconds:.0f} seconds")]
    except Exception as error:  # noqa: BLE001 - whatever breaks one check must not hide what the others find
        found = [_unanswered(first_line(error))]
    return CheckResult(name=check.name, findings=tuple(found))


def _unanswered(why: str) -> Finding:
    do = "Try again; if it persists, look at the server's log."
    return Finding(what=f"this could not be checked: {why}", do=do)


def words(outcomes: Sequence[CheckResult]) -> Iterator[str]:
    """A line for each check, more where something is wrong, and the sum."""
    for outcome in outcomes:
        if outcome.is_sound:
            yield f"ok       {outcome.name}"
        if outcome.waits_for:
            yield f"skipped  {outcome.name}: fix {' and '.join(outcome.waits_for)} first"
        for finding in outcome.findings:
            yield f"PROBLEM  {outcome.name}: {finding.what}"
            if finding.since is not None:
                yield f"         since {utc(finding.since)}"
            yield f"         {finding.do}"
    problems = sum(len(outcome.findings) for outcome in outcomes)
    yield f"{problems} problem(s)." if problems else "Healthy."


def data(outcomes: Sequence[CheckResult]) -> dict[str, Any]:
    """For programs: `state` is `ok`, `problem` or `skipped`."""
    return {
        "healthy": all(outcome.is_sound for outcome in outcomes),
        "checks": [
            {
                "name": outcome.name,
                "state": _state(outcome),
                "waits_for": list(outcome.waits_for),
                "findings": [
                    {**asdict(finding), "since": _instant(finding.since)} for finding in outcome.findings
                ],
            }
            for outcome in outcomes
        ],
    }


def _state(outcome: CheckResult) -> str:
    if outcome.is_sound:
        return "ok"
    return "problem" if outcome.findings else "skipped"


def _instant(at: datetime | None) -> str | None:
    return instants.to_the_second(at) if at else None
