"""`firm-offer setup`."""

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from cli.local import chromium, postgres_binaries
from cli.local.stopping import run_until_stopped
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
