"""`firm-offer worker-versions`: which version of the worker's program Temporal gives tasks to."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from temporalio.client import Client
from temporalio.service import RPCError

from adapters.settings import Settings
from adapters.temporal.client import connect
from adapters.temporal.worker_deployments import (
    VersionNotReadyError,
    WorkerVersion,
    make_current,
    ramp,
    worker_versions,
)
from cli.local.errors import StackError
from cli.settings import load_settings
from domain import instants

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
VersionName = Annotated[
    str, typer.Argument(metavar="VERSION", help="FIRM_OFFER_WORKER_VERSION of its workers.")
]
Result = TypeVar("Result")


@app.command(name="list")
def list_all() -> None:
    """List the versions whose workers Temporal has heard, the newest first."""
    found = _at_temporal(lambda client, settings: worker_versions(client, settings.task_queue))
    if not found:
        typer.echo("No worker has a version: FIRM_OFFER_WORKER_VERSION is not set.", err=True)
    for each in found:
        typer.echo("\t".join(_told(each)))


@app.command()
def current(version: VersionName) -> None:
    """Give every task of every quote to the workers of this version, from now on."""
    _at_temporal(lambda client, settings: make_current(client, settings.task_queue, version), version)
    typer.echo(f"{version} is current. Workers of other versions can be stopped.")


@app.command(name="ramp")
def ramp_up(
    version: VersionName,
    percent: Annotated[int, typer.Argument(min=0, max=100, help="How many quotes in a hundred; 0 ends it.")],
) -> None:
    """Give some quotes to the workers of this version, and the others to those of the current one."""
    _at_temporal(lambda client, settings: ramp(client, settings.task_queue, version, percent), version)
    typer.echo(
        f"{version} gets {percent} % of the quotes. `firm-offer worker-versions current` gives it all."
    )


def _told(version: WorkerVersion) -> list[str]:
    part = f"{version.percent:g} %" if version.percent is not None else ""
    return [version.version, version.status, part, instants.answered(version.since) or ""]


def _at_temporal(ask: Callable[[Client, Settings], Awaitable[Result]], version: str = "") -> Result:
    settings = load_settings()

    async def asked() -> Result:
        return await ask(await connect(settings, lazy=False), settings)

    try:
        return asyncio.run(asked())
    except VersionNotReadyError as error:
        raise StackError(
            f"Temporal has not heard workers of version {version} ask for all their work. Start one that decides and one "
            f"that delivers with FIRM_OFFER_WORKER_VERSION={version}, and try again: firm-offer worker-versions list."
        ) from error
    except (RuntimeError, RPCError) as error:
        raise StackError(f"Temporal at {settings.temporal_address} cannot be asked.") from error
