"""The data directory of one local stack: everything it keeps, and the lock that says it is in use."""

import fcntl
import os
import secrets
from pathlib import Path
from typing import Self

from cli.local import devenv
from cli.local.errors import StackError


class FileLock:
    """Not re-entrant. The file stays: removing it would let two processes hold two locks of one name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> bool:
        """Whether we have it now; does not wait. Raises `OSError` when the file cannot be made."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def leave(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()


WAY_OUT = "Choose another folder with --data-dir."


def private_folder(folder: Path) -> None:
    """Makes it, and lets nobody else in, also where it was made before."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)


def private(path: str, flags: int) -> int:
    """For `open(…, opener=private)`: what is made is for its owner's eyes."""
    return os.open(path, flags, 0o600)


class DataDir:
    """Opened by one process at a time. Raises `StackError` when the folder cannot serve."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            private_folder(self.logs)
            self._lock = FileLock(self.path / "lock")
            mine = self._lock.take()
        except (FileExistsError, NotADirectoryError) as error:
            raise StackError(f"{error.filename} is a file where a folder is needed. {WAY_OUT}") from error
        except OSError as error:
            raise StackError(f"{error.filename} cannot be used: {error.strerror}. {WAY_OUT}") from error
        if not mine:
            raise StackError(
                f"Firm Offer is already running on {self.path}. Stop it there, or "
                f"{WAY_OUT[0].lower()}{WAY_OUT[1:]}"
            )
        devenv.remove(self.path)  # left by a run that was killed

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    def log(self, name: str) -> Path:
        """A new log for this run; the one of the run before stays beside it as `.1`."""
        log = self.logs / f"{name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        return log

    def secret(self) -> str:
        """The key of customer links and API keys, made at the first start and the same ever after."""
        file = self.path / "secret"
        if not file.exists():
            draft = self.path / "secret.new"
            draft.unlink(missing_ok=True)
            with open(draft, "x", opener=private) as opened:
                opened.write(secrets.token_hex(32) + "\n")
            draft.rename(file)
        return file.read_text().strip()

    def close(self) -> None:
        devenv.remove(self.path)
        self._lock.leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
