"""`firm-offer db-revision`."""

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from adapters.db.migrate import revision, upgrade
from cli.local.errors import StackError
from cli.local.postgres import Postgres


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
