"""After a restore: whatever waits in the record gets a run that knows nothing but the record."""

from datetime import timedelta

import typer
from temporalio.service import RPCError

from adapters.db.database import Database
from adapters.db.quotes.waiting import waiting_quotes
from adapters.settings import Settings
from adapters.temporal.client import connect
from adapters.temporal.prepare import NotPreparedError, Preparation
from api.dispatch.runs import RunsUnavailableError
from cli.doctor import temporal
from cli.doctor.examine import Installation
from cli.doctor.runs import give_run, open_runs
from cli.local.errors import StackError

_LIMIT = 3.0
_PATIENCE = 60.0
_LATER = (
    "The record is restored. When that is mended, run `firm-offer doctor --repair`, which starts what waits."
)


async def resume(settings: Settings) -> str:
    """Start the runs; what stood in the way, with the way out, or nothing."""
    database = Database.connect(settings.database_url.get_secret_value(), pool_size=2)
    away = f"Temporal at {settings.temporal_address} (TEMPORAL_ADDRESS) does not answer. {_LATER}"
    try:
        at = Installation(settings, database, await connect(settings))
        if not await at.runs.ping(limit=_LIMIT):
            return away
        await _prepare(at)
        await _give_runs(at)
    except (RunsUnavailableError, RPCError, RuntimeError, TimeoutError, ValueError):
        return away
    except NotPreparedError as refused:
        return f"{refused} {_LATER}"
    finally:
        await database.close()
    return ""


async def refuse_open_runs(settings: Settings) -> None:
    """Raises `StackError` where Temporal has open runs of quotes: of a product at work, perhaps. Away it has none."""
    database = Database.connect(settings.database_url.get_secret_value(), pool_size=1)
    try:
        at = Installation(settings, database, await connect(settings))
        left = await open_runs(at) if await at.runs.ping(limit=_LIMIT) else set[str]()
    except (RPCError, RuntimeError, ValueError):  # no such namespace yet, or nobody there
        return
    finally:
        await database.close()
    if left:
        raise StackError(
            f"Temporal has {len(left)} open run(s) of quotes in {_where(at)}. Nothing was changed. Where a product is at work "
            "there, restore with --record-only, or name another TEMPORAL_NAMESPACE. Where they are of the installation that "
            "this one follows, stop its API and workers, then repeat with --replace-runs."
        )


def _where(at: Installation) -> str:
    return f"the namespace {at.settings.temporal_namespace} at {at.settings.temporal_address}"


async def _prepare(at: Installation) -> None:
    """Namespace and search attributes, where a new Temporal has none."""
    if not await temporal.namespace(at) and not await temporal.search_attributes(at):
        return
    preparation = Preparation(_where(at), lambda: connect(at.settings, lazy=False))
    await preparation.within(_PATIENCE, lambda line: typer.echo(line, err=True))


async def _give_runs(at: Installation) -> None:
    """One for each quote that waits, in the place of one that is left from before and may know of what is lost."""
    left, given = await open_runs(at), set[str]()
    async for quote in waiting_quotes(at.database, older_than=timedelta(0)):
        await give_run(at, quote, afresh=True)
        given.add(quote.workflow_id)
    typer.echo(f"{len(given)} quote(s) got a run in {_where(at)}: time, a mail or a command waits for them.")
    if left:
        typer.echo(
            f"Temporal had {len(left)} open run(s) of quotes from before; {len(left & given)} made way for these.",
            err=True,
        )
    if left - given:
        typer.echo(
            f"The other {len(left - given)} are of quotes that this record does not have, or has as closed. They can "
            "change nothing, and end by themselves when they next have something to do.",
            err=True,
        )
