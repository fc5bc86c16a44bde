"""`firm-offer backup`: into a file that is whole or not there at all, and its owner's alone."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from adapters.db.contents import Contents, contents, hold_snapshot, server_major
from adapters.db.database import Database
from cli.backup.programs import address, called, programs
from cli.local.errors import StackError
from cli.settings import load_database_url, on_record

_FULL = "No space left on device"
_UNITS = ("bytes", "kB", "MB", "GB")
_THOUSAND = 1000


def backup(
    file: Annotated[
        Path, typer.Argument(help="The file to write; it must not exist yet.", show_default=False)
    ],
    *,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="The local stack's data directory.")] = None,
) -> None:
    url = load_database_url(data_dir)
    check_free(file, overwrite=overwrite)
    held = on_record(url, partial(_dumped, file, overwrite))
    typer.echo(
        f"Wrote {file}: {size(file.stat().st_size)}, {held.quotes} quote(s), tables at revision "
        f"{held.revision}. Keep FIRM_OFFER_SECRET as well, in another place."
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
                raise StackError(
                    "There is no record in the database at DATABASE_URL, so there is nothing to back up."
                )
            # Not by its output: a file that `pg_dump` opens itself has the places of its parts at its head.
            words = ("--format=custom", "--no-privileges", f"--snapshot={snapshot}", f"--file={draft}")
            ended = await called(program, *words, to=address(database.url))
        if _FULL in ended.problem:
            raise unwritable(file, _FULL)
        if ended.problem:
            raise StackError(
                f"{file} was not written: pg_dump says “{ended.problem}”. Fix that, then try again."
            )
    return held


def check_free(file: Path, *, overwrite: bool) -> None:
    """Raises `StackError` when something is there that must not be replaced."""
    if file.is_dir():
        raise StackError(f"{file} is a folder: name a file in it.")
    if not overwrite and os.path.lexists(file):
        raise StackError(f"{file} already exists: name another file, or replace it with --overwrite.")


@contextmanager
def drafted(file: Path, *, overwrite: bool) -> Iterator[Path]:
    """A file to write to that becomes `file` when the block ends well, and else is removed. Raises `StackError`."""
    draft = file.with_name(f".firm-offer-{secrets.token_hex(8)}.part")
    try:
        _make(draft, file)
        yield draft
        _keep(draft, file, overwrite=overwrite)
    finally:
        with contextlib.suppress(OSError):  # its folder may be gone, or was never there
            draft.unlink(missing_ok=True)


def unwritable(file: Path, why: str | None) -> StackError:
    """What a person is told whose backup cannot be written there."""
    return StackError(
        f"{file} cannot be written: {why}. Make sure that the folder exists and has space, or name "
        "another file."
    )


def _make(draft: Path, file: Path) -> None:
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise unwritable(file, error.strerror) from error


def _keep(draft: Path, file: Path, *, overwrite: bool) -> None:
    """Give it its name once it is on the disk; a power cut leaves all of it or nothing."""
    try:
        _onto_disk(draft)
        if overwrite:
            draft.replace(file)
        else:
            _link(draft, file)
        _onto_disk(file.parent)
    except FileExistsError:
        check_free(file, overwrite=False)
        raise
    except OSError as error:
        raise unwritable(file, error.strerror) from error


def _onto_disk(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _link(draft: Path, file: Path) -> None:
    """A second name, which unlike renaming never takes the place of a file that has come meanwhile."""
    try:
        os.link(draft, file)
    except FileExistsError:
        raise
    except OSError:  # a file system without second names
        check_free(file, overwrite=False)
        draft.rename(file)
