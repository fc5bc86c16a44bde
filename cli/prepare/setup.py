"""`firm-offer setup`."""

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from adapters.db.migrate import revision, upgrade
from cli.local import chromium
from cli.local.errors import StackError
from cli.local.postgres import programs as postgres_binaries
from cli.local.postgres.server import Postgres
from cli.local.processes.stopping import run_until_stopped
from cli.local.temporal.provide import provide


def setup(
    *,
    browser: Annotated[bool, typer.Option("--browser", help="Also Chromium, for the browser tests.")] = False,
) -> None:
    if not run_until_stopped(_setup(browser=browser)):
        typer.echo("Stopped; nothing half done stays behind.", err=True)
        raise typer.Exit(130)


async def _setup(*, browser: bool) -> None:
    if not os.environ.get("DATABASE_URL"):
        postgres_binaries.programs()
    if not os.environ.get("TEMPORAL_ADDRESS"):
        await provide()
    if browser:
        with tempfile.TemporaryDirectory() as logs:
            await chromium.provide(Path(logs), print)


def db_revision(
    message: Annotated[str, typer.Argument(help="Why the tables change; the migration's first line.")],
) -> None:
    if not message.strip():
        raise StackError("Say why the tables change: the message is the migration's first line.")
    asyncio.run(_write(message.strip()))


async def _write(message: str) -> None:
    # A database of its own: the difference must not depend on what a developer's has been through.
    with tempfile.TemporaryDirectory() as folder:
        async with Postgres(Path(folder) / "postgres", durable=False) as server:
            await asyncio.to_thread(upgrade, server.url())
            await asyncio.to_thread(revision, server.url(), message)
