"""The file a backup is written to: whole or not at all, and its owner's alone."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.local.errors import StackError


def check_free(file: Path, *, overwrite: bool) -> None:
    """Raises `StackError` when something is there that must not be replaced."""
    if file.is_dir():
        raise StackError(f"{file} is a folder: name a file in it.")
    if not overwrite and os.path.lexists(file):
        raise StackError(f"{file} is there already: name another file, or replace it with --overwrite.")


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
    return StackError(f"{file} cannot be written: {why}. Make room and a way there, or name another file.")


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
