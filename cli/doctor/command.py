"""`firm-offer doctor`."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from adapters.settings import Settings
from cli.doctor import installation, quotes, servers
from cli.doctor.examine import Check, CheckResult, Installation, data, examine, opened, words
from cli.settings import load_settings

_RECORD, _RUNS = ("PostgreSQL", "tables"), ("Temporal", "namespace")
CHECKS = (
    Check(name="PostgreSQL", ask=servers.postgres),
    Check(name="Temporal", ask=servers.temporal),
    Check(name="mail server", ask=servers.mail, seconds=8),
    Check(name="API", ask=servers.api),
    Check(name="tables", ask=installation.tables, needs=("PostgreSQL",)),
    Check(name="role", ask=installation.role, needs=_RECORD),
    Check(name="writes", ask=installation.writes, needs=_RECORD),
    Check(name="clocks", ask=installation.clocks, needs=("PostgreSQL",)),
    Check(name="rate card", ask=installation.rate_card, needs=_RECORD),
    Check(name="seller", ask=installation.seller, needs=_RECORD),
    Check(name="feed", ask=installation.feed, needs=_RECORD),
    Check(name="webhooks", ask=installation.webhooks, needs=_RECORD),
    Check(name="namespace", ask=servers.namespace, needs=("Temporal",)),
    Check(name="search attributes", ask=servers.search_attributes, needs=_RUNS),
    Check(name="payload keys", ask=servers.payload_keys, needs=_RUNS),
    Check(name="workers", ask=servers.workers, needs=_RUNS),
    Check(name="deliveries", ask=servers.deliveries, needs=_RUNS),
    Check(name="Temporal's clock", ask=installation.temporal_clock, needs=("PostgreSQL", *_RUNS), seconds=15),
    Check(name="commands", ask=quotes.commands, needs=_RECORD, seconds=15),
    Check(name="deadlines", ask=quotes.deadlines, needs=_RECORD, seconds=15),
    Check(name="mails", ask=quotes.mails, needs=_RECORD, seconds=15),
    Check(name="documents", ask=quotes.documents, needs=_RECORD),
    Check(name="orders", ask=quotes.orders, needs=_RECORD, seconds=15),
    Check(name="runs", ask=quotes.runs, needs=(*_RECORD, *_RUNS), seconds=60),
)


def doctor(
    *,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="Start a run for each quote that needs one and has none, and make missing documents.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="The local stack's data directory.")] = None,
) -> None:
    outcomes = asyncio.run(_examined(load_settings(data_dir), repair=repair, quiet=as_json))
    if as_json:
        typer.echo(json.dumps(data(outcomes), indent=2))
    else:
        for line in words(outcomes):
            typer.echo(line)
    if not all(outcome.is_sound for outcome in outcomes):
        raise typer.Exit(1)


async def _examined(settings: Settings, *, repair: bool, quiet: bool) -> list[CheckResult]:
    async with opened(settings, connections=len(CHECKS)) as at:
        outcomes = await examine(at, CHECKS)
        found = {outcome.name for outcome in outcomes if outcome.findings}
        if repair and found & {"documents", "runs"}:
            await _repair(at, found, quiet=quiet)
            outcomes = await examine(at, CHECKS)
        return outcomes


async def _repair(at: Installation, found: set[str], *, quiet: bool) -> None:
    def say(what: str) -> None:
        if not quiet:
            typer.echo(what)

    if "runs" in found:
        async for lacking in quotes.lacking_runs(at):
            await quotes.give_run(at, lacking.quote, afresh=lacking.why is quotes.Lack.MAILS_UNKNOWN)
            say(f"repaired {lacking.quote.number}: a run has been started from its record")
    if "documents" in found:
        async for number, what in quotes.make_documents(at):
            say(f"{number}: {what}")
