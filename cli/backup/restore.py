"""`firm-offer restore`: the record comes back, then whatever waits in it gets a run that knows nothing else."""

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from temporalio.service import RPCError

from adapters.db.contents import Contents, contents, move_numbers, other_sessions, remove_all, server_major
from adapters.db.database import Reading
from adapters.db.quotes.waiting import waiting_quotes
from adapters.settings import Settings
from adapters.temporal.client import connect
from adapters.temporal.prepare import NotPreparedError, Preparation
from api.dispatch.runs import RunsUnavailableError
from cli.backup.dump import Dump, read_dump
from cli.backup.programs import address, programs
from cli.doctor.examine import Installation, opened
from cli.doctor.quotes import give_run, open_runs
from cli.doctor.servers import namespace, search_attributes
from cli.local.errors import StackError
from cli.migrate import GrantTo, upgrade
from cli.proof.verify import Report, prove
from cli.settings import load_database_url, load_settings, on_record, read_record, write_record

NUMBERS_AHEAD = 1000
_MOST_AHEAD = 1_000_000_000
_SHOWN = 3


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `firm-offer backup` wrote.", show_default=False)],
    *,
    numbers_ahead: Annotated[
        int,
        typer.Option(
            min=0,
            max=_MOST_AHEAD,
            help="How many quote numbers to skip: those of quotes created after the backup.",
        ),
    ] = NUMBERS_AHEAD,
    record_only: Annotated[
        bool, typer.Option("--record-only", help="Start no runs: a rehearsal, alongside a running product.")
    ] = False,
    new_secret: Annotated[
        bool,
        typer.Option(
            "--new-secret", help="Continue even though FIRM_OFFER_SECRET is not the one of the backup."
        ),
    ] = False,
    replace_runs: Annotated[
        bool,
        typer.Option(
            "--replace-runs",
            help="Terminate the runs of quotes that Temporal has open, and start them afresh.",
        ),
    ] = False,
    grant_to: GrantTo = None,
) -> None:
    # Of the environment alone: runs are replaced there, and a local stack's Temporal is not meant by its absence.
    settings = None if record_only else load_settings(local=False)
    url = settings.database_url.get_secret_value() if settings else load_database_url()
    major = read_record(url, _empty_server)
    dump = read_dump(file, programs("pg_restore", major), major)
    if settings and not new_secret:
        _check_secret(dump, settings.secret.get_secret_value())
    if settings and not replace_runs:
        asyncio.run(refuse_open_runs(settings))
    number = _fill(dump, url, numbers_ahead, grant_to or None)
    _tell(dump, read_record(url, contents), number, numbers_ahead)
    problem = asyncio.run(resume(settings)) if settings else ""
    report = Report()
    on_record(url, partial(prove, report, None, tell=True))
    typer.echo(report.summary())
    if problem:
        typer.echo(f"firm-offer: {problem}", err=True)
    if problem or report.broken:
        raise typer.Exit(1)


async def _empty_server(r: Reading) -> int:
    """The server's major version. Raises `StackError` unless the database is empty and nobody else works with it."""
    found, others, major = await contents(r), await other_sessions(r), await server_major(r)
    if found.objects:
        raise StackError(
            f"The database at DATABASE_URL is not empty: it holds {_what(found)}. Nothing was changed. Make an empty one "
            "(createdb) and name it in DATABASE_URL."
        )
    if others:
        raise StackError(
            f"API or workers are connected to the database at DATABASE_URL ({others} session(s)). Nothing "
            "was changed. Stop them first, and start them again when the restore is done."
        )
    return major


def _what(found: Contents) -> str:
    if found.quotes is not None:
        return (
            f"a record with {found.quotes} quote(s) and {found.customers} customer(s), "
            f"its tables at revision {found.revision}"
        )
    names = ", ".join(found.objects[:_SHOWN]) + (" and others" if len(found.objects) > _SHOWN else "")
    return f"something else ({names})"


def _check_secret(dump: Dump, secret: str) -> None:
    link = dump.newest_link()
    if link is not None and not link.is_made_by(secret):
        raise StackError(
            "FIRM_OFFER_SECRET is not the one with which the links in this backup were made: API keys "
            "would not work, and links in emails still to be sent would lead nowhere. Nothing was "
            "changed. Set the secret of that installation. If it is lost, repeat with --new-secret, then "
            "create new keys and send open offers again."
        )


def _fill(dump: Dump, url: str, numbers_ahead: int, role: str | None) -> int:
    """Load, migrate, move the numbers; the count that the next quote gets. What fails leaves the database empty.

    Only what we have loaded ourselves is ever removed: reading a large dump takes time, in which somebody else may
    begin to use the database, and loading is one transaction that leaves nothing when it fails.
    """
    read_record(url, _empty_server)
    _load(dump, url)
    try:
        upgrade(url, role=role)
        return write_record(url, lambda w: move_numbers(w, numbers_ahead))
    except BaseException as failed:
        _empty_again(url, failed)
        if isinstance(failed, StackError):
            raise StackError(f"{failed} The database is empty again.") from failed
        raise


def _load(dump: Dump, url: str) -> None:
    problem = dump.load(address(url)).problem
    if problem:
        raise StackError(f"The backup cannot be loaded: pg_restore says “{problem}”. Nothing was changed.")


def _empty_again(url: str, failed: BaseException) -> None:
    try:
        write_record(url, remove_all)
    except Exception as error:
        why = str(failed).rstrip(".") or type(failed).__name__
        raise StackError(
            f"The restore broke off ({why}), and what it had begun cannot be undone now. Drop the "
            "database, recreate it (dropdb, createdb), and try again."
        ) from error


def _tell(dump: Dump, held: Contents, number: int, ahead: int) -> None:
    to = f"; its tables were brought from revision {dump.revision} to {held.revision}"
    typer.echo(
        f"Restored {dump.file}, made {dump.created}: {held.quotes} quote(s)"
        f"{to if dump.revision != held.revision else f', tables at revision {held.revision}'}."
    )
    typer.echo(
        f"The next quote gets the number {number:05}: {ahead} were skipped for quotes created after the "
        "backup."
    )
    if held.moved_clocks:
        typer.echo(
            f"{held.moved_clocks} quote(s) keep a clock that `firm-offer fast-forward` had moved ahead."
        )


_LIMIT = 3.0
_PATIENCE = 60.0
_LATER = (
    "The record is restored. Once that is fixed, run `firm-offer doctor --repair`, which starts the runs "
    "that are needed."
)


async def resume(settings: Settings) -> str:
    """Start the runs; what stood in the way, with the way out, or nothing."""
    away = f"Temporal at {settings.temporal_address} (TEMPORAL_ADDRESS) is not responding. {_LATER}"
    try:
        async with opened(settings) as at:
            if not await at.runs.ping(limit=_LIMIT):
                return away
            await _prepare(at)
            await _give_runs(at)
    except (RunsUnavailableError, RPCError, RuntimeError, TimeoutError, ValueError):
        return away
    except NotPreparedError as refused:
        return f"{refused} {_LATER}"
    return ""


async def refuse_open_runs(settings: Settings) -> None:
    """Raises `StackError` where Temporal has open runs of quotes: of a product at work, perhaps. Away it has none."""
    try:
        async with opened(settings) as at:
            left = await open_runs(at) if await at.runs.ping(limit=_LIMIT) else set[str]()
    except (RPCError, RuntimeError, ValueError):  # no such namespace yet, or nobody there
        return
    if left:
        raise StackError(
            f"Temporal has {len(left)} open run(s) of quotes in {_where(at)}. Nothing was changed. If "
            "another product is running there, restore with --record-only, or set another "
            "TEMPORAL_NAMESPACE. If they belong to the installation that this one replaces, stop its API "
            "and workers, then repeat with --replace-runs."
        )


def _where(at: Installation) -> str:
    return f"the namespace {at.settings.temporal_namespace} at {at.settings.temporal_address}"


async def _prepare(at: Installation) -> None:
    """Namespace and search attributes, where a new Temporal has none."""
    if not await namespace(at) and not await search_attributes(at):
        return
    preparation = Preparation(_where(at), lambda: connect(at.settings, lazy=False))
    await preparation.within(_PATIENCE, lambda line: typer.echo(line, err=True))


async def _give_runs(at: Installation) -> None:
    """One for each quote that waits, in the place of one that is left from before and may know of what is lost."""
    left, given = await open_runs(at), set[str]()
    async for quote in waiting_quotes(at.database, older_than=timedelta(0)):
        await give_run(at, quote, afresh=True)
        given.add(quote.workflow_id)
    typer.echo(
        f"{len(given)} quote(s) got a run in {_where(at)}: a deadline, an email or a command is waiting "
        "for them."
    )
    if left:
        typer.echo(
            f"Temporal had {len(left)} open run(s) of quotes from before; {len(left & given)} were "
            "replaced by these.",
            err=True,
        )
    if left - given:
        typer.echo(
            f"The other {len(left - given)} belong to quotes that are not in this record, or are closed "
            "in it. They cannot change anything, and end by themselves when they next have something to do.",
            err=True,
        )
