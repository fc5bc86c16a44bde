"""What a command works with: settings, the environment's and behind it those of the local stack; and the database."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from adapters.db.contents import ping
from adapters.db.database import Database, DatabaseUnavailableError, Reading, Writing
from adapters.db.errors import MALFORMED, NO_TABLE, REFUSALS, sqlstate, unusable
from cli.local import devenv
from cli.local.errors import StackError

if TYPE_CHECKING:
    from adapters.settings import Settings

LOCAL = Path(".local")


def load_settings(data_dir: Path | None = None, *, local: bool = True) -> "Settings":
    """Those of the stack that runs in `data_dir`, whatever the environment says. Without one: the environment's,
    and what it does not say is taken from the stack that runs in `.local`, if one does and `local` lets it.

    Raises `StackError` that names the settings which are missing or malformed.
    """
    # Slow to import; many commands need no more than the database's address.
    from pydantic import ValidationError  # noqa: PLC0415

    from adapters.settings import Settings  # noqa: PLC0415

    file = LOCAL / devenv.NAME
    try:
        if data_dir is not None:
            return Settings.model_validate(_of_stack(data_dir))
        return Settings(_env_file=file if local and file.exists() else None)
    except ValidationError as error:
        names = ", ".join(sorted({str(name) for problem in error.errors() for name in problem["loc"][:1]}))
        if told := "; ".join(
            ": ".join(map(str, (*problem["loc"][:1], problem["ctx"]["error"])))
            for problem in error.errors()
            if problem["type"] == "value_error"
        ):
            raise StackError(f"{told}.") from error
        raise StackError(
            f"Missing or malformed: {names}. Set them, or start the local stack with `firm-offer run` first."
        ) from error


def _of_stack(data_dir: Path) -> dict[str, str]:
    """The address file of the stack in `data_dir`; a shell's addresses of another one must not get in between."""
    values = devenv.read(data_dir)
    if not values:
        raise StackError(
            f"No stack runs in {data_dir}. Start it with `firm-offer run --data-dir {data_dir}` first."
        )
    return values


def load_database_url(data_dir: Path | None = None) -> str:
    """`DATABASE_URL` alone, from the same two places: for commands that need no other setting.

    Raises `StackError` when it is not set or no address of a PostgreSQL.
    """
    if data_dir is not None:
        return _of_stack(data_dir)["DATABASE_URL"]
    url = os.environ.get("DATABASE_URL") or devenv.read(LOCAL).get("DATABASE_URL", "")
    if not url.startswith(("postgresql://", "postgres://")):
        raise StackError(
            "Missing or malformed: DATABASE_URL. Set it to postgresql://user:password@host:port/name, "
            "or start the local stack with `firm-offer run` first."
        )
    return url


Result = TypeVar("Result")


def on_record(url: str, work: Callable[[Database], Awaitable[Result]]) -> Result:
    """What `work` gives. Raises `StackError` when the database cannot be used or was never migrated."""
    try:
        return asyncio.run(_worked(url, work))
    except (DatabaseUnavailableError, OSError, *REFUSALS) as error:
        if sqlstate(error) == NO_TABLE:
            raise StackError("The database has no tables yet: run `firm-offer migrate` first.") from error
        if (reason := unusable(error)) is None:
            raise
        raise StackError(reason) from error


def read_record(url: str, ask: Callable[[Reading], Awaitable[Result]]) -> Result:
    """What `ask` gives of one look at the record. Raises as `on_record`."""

    async def work(database: Database) -> Result:
        async with database.read() as r:
            return await ask(r)

    return on_record(url, work)


def write_record(url: str, act: Callable[[Writing], Awaitable[Result]]) -> Result:
    """What `act` gives of one transaction on the record. Raises as `on_record`."""

    async def work(database: Database) -> Result:
        async with database.write() as w:
            return await act(w)

    return on_record(url, work)


async def _worked(url: str, work: Callable[[Database], Awaitable[Result]]) -> Result:
    database = Database.connect(url, pool_size=1)
    try:
        try:
            async with database.read() as r:
                await ping(r)
        except MALFORMED as error:  # not what the work itself may raise
            raise StackError(unusable(error) or "") from error
        return await work(database)
    finally:
        await database.close()
