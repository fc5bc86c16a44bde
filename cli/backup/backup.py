"""`firm-offer backup`."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from adapters.db.contents import Contents, contents, hold_snapshot, server_major
from adapters.db.database import Database
from cli.backup.programs import address, called, programs
from cli.backup.target import check_free, drafted, unwritable
from cli.local.errors import StackError
from cli.on_record import on_record
from cli.settings import load_database_url

_FULL = "No space left on device"
_UNITS = ("bytes", "kB", "MB", "GB")
_THOUSAND = 1000


def backup(
    file: Annotated[Path, typer.Argument(help="Where to: a file that is not there yet.", show_default=False)],
    *,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="The local stack's data directory.")] = None,
) -> None:
    url = load_database_url(data_dir)
    check_free(file, overwrite=overwrite)
    held = on_record(url, partial(_dumped, file, overwrite))
    typer.echo(
        f"Wrote {file}: {size(file.stat().st_size)}, {held.quotes} quote(s), tables at revision {held.revision}. "
        "Keep FIRM_OFFER_SECRET too, in another place."
    )


def size(count: int) -> str:
    """A number of bytes as people read it: "1.2 MB"."""
    number, unit = float(count), 0
    while number >= _THOUSAND and unit < len(_UNITS) - 1:
        number, unit = number / _THOUSAND, unit + 1
    return f"{number:.1f} {_UNITS[unit]}" if unit else f"{count} {_UNITS[0]}"


async def _dumped(file: Path, overwrite: bool, database: Database) -> Contents:
    async with database.read() as r:
        program = programs("pg_dump", await server_major(r))[0]
    with drafted(file, overwrite=overwrite) as draft:
        async with database.write() as w:
            snapshot = await hold_snapshot(w)
            held = await contents(w)
            if held.revision is None:
                raise StackError("There is no record in the database at DATABASE_URL: nothing to back up.")
            # Not by its output: a file that `pg_dump` opens itself has the places of its parts at its head.
            words = ("--format=custom", "--no-privileges", f"--snapshot={snapshot}", f"--file={draft}")
            ended = await called(program, *words, to=address(database.url))
        if _FULL in ended.problem:
            raise unwritable(file, _FULL)
        if ended.problem:
            raise StackError(
                f"{file} was not written: pg_dump says “{ended.problem}”. Mend that, then do it again."
            )
    return held
