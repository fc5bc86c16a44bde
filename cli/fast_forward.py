"""`firm-offer fast-forward`."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from temporalio.service import RPCError

from adapters.db.database import Database, DatabaseUnavailableError
from adapters.db.errors import unusable
from adapters.db.quotes.repository import PgQuotes
from adapters.settings import Settings
from adapters.temporal.client import connect
from adapters.temporal.clock import StandsStillError
from api.desk.time_machine.journey import Stop, TimeMachine
from api.dispatch.runs import QuoteRuns, RunsUnavailableError
from cli.input.arguments import is_id, no_such_quote, read_duration
from cli.local.errors import StackError
from cli.settings import load_settings
from domain.wording import local

_LIMIT = 3.0  # seconds for Temporal's first answer


def fast_forward(
    quote: Annotated[str, typer.Argument(help="The quote's number (Q-2026-00012) or id.")],
    duration: Annotated[str, typer.Argument(help="How far: 30d, 12h, 1d12h.")],
    data_dir: Annotated[Path | None, typer.Option(help="The local stack's data directory.")] = None,
) -> None:
    settings = load_settings(data_dir)
    if not settings.time_machine:
        raise StackError("Time can be moved only in the local run. Start it with `firm-offer run`.")
    try:
        by = read_duration(duration)
    except ValueError as error:
        raise StackError(f"{error}.") from error
    try:
        asyncio.run(_forward(settings, quote, by))
    except (RunsUnavailableError, RPCError) as error:
        raise StackError(
            f"Temporal at {settings.temporal_address} (TEMPORAL_ADDRESS) is not responding. Time was not "
            "moved, or not all the way: `firm-offer doctor` says what is wrong; then try again."
        ) from error
    except DatabaseUnavailableError as error:
        raise StackError(unusable(error) or f"{error}.") from error
    except StandsStillError as error:
        raise StackError(f"{error}.") from error


async def _forward(settings: Settings, quote: str, by: timedelta) -> None:
    database = Database.connect(settings.database_url.get_secret_value(), pool_size=2)
    try:
        client = await connect(settings)
        runs = QuoteRuns(client, task_queue=settings.task_queue)
        if not await runs.ping(limit=_LIMIT):
            raise RunsUnavailableError("Temporal did not answer in time")
        quote_id, zone = await _find(database, quote)
        machine = await TimeMachine.of(quote_id, database, client, settings.task_queue)
        now = await machine.forward(by, lambda stop: _tell(stop, zone))
        status = await _status(database, quote_id)
        typer.echo(f"For this quote it is now {local(now, zone)}; its status is {status}.")
    finally:
        await database.close()


async def _find(database: Database, quote: str) -> tuple[str, str]:
    async with database.read() as r:
        found = await (PgQuotes(r).find(quote) if is_id(quote) else PgQuotes(r).find_by_number(quote.upper()))
    if found is None:
        raise StackError(no_such_quote(quote))
    return found.quote.id, found.quote.time_zone


async def _status(database: Database, quote_id: str) -> str:
    async with database.read() as r:
        found = await PgQuotes(r).find(quote_id)
    return str(found.quote.status) if found else "gone"


def _tell(stop: Stop, zone: str) -> None:
    typer.echo(f"{local(stop.at, zone)}: {stop.what}")
