"""Runs checks, each bounded in time, so that a server that hangs becomes a finding and not a wait."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from temporalio.client import Client

from adapters.db.database import Database
from adapters.settings import Settings
from api.dispatch.runs import QuoteRuns
from cli.database import first_line
from cli.doctor.finding import Finding

SECONDS = 5.0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question. It is not asked while one of the checks that it `needs` has findings."""

    name: str
    ask: Callable[[Installation], Awaitable[list[Finding]]]
    needs: tuple[str, ...] = ()
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a check told. `waits_for` names what has to be mended before it can be asked."""

    name: str
    findings: tuple[Finding, ...] = ()
    waits_for: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Asked, and nothing found."""
        return not self.findings and not self.waits_for


async def examine(at: Installation, checks: Sequence[Check]) -> list[Outcome]:
    """The outcome of each check, in their order; those that need no other one's are asked together."""
    known: dict[str, Outcome] = {}
    while len(known) < len(checks):
        ready = [c for c in checks if c.name not in known and all(need in known for need in c.needs)]
        for outcome in await asyncio.gather(*(_asked(at, check, known) for check in ready)):
            known[outcome.name] = outcome
    return [known[check.name] for check in checks]


async def _asked(at: Installation, check: Check, known: dict[str, Outcome]) -> Outcome:
    missing = tuple(need for need in check.needs if not known[need].is_sound)
    if missing:
        return Outcome(name=check.name, waits_for=missing)
    try:
        async with asyncio.timeout(check.seconds):
            found = await check.ask(at)
    except TimeoutError:
        found = [_unanswered(f"no answer within {check.seconds:.0f} seconds")]
    except Exception as error:  # noqa: BLE001 - whatever breaks one check must not hide what the others find
        found = [_unanswered(first_line(error))]
    return Outcome(name=check.name, findings=tuple(found))


def _unanswered(why: str) -> Finding:
    do = "Ask again; if it stays so, look into the server's log."
    return Finding(what=f"this could not be looked at: {why}", do=do)
