"""A dump of `pg_dump --format custom`, as it can be read before anything is written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from adapters.db.migrations import head, revisions
from adapters.tokens import LinkTokens
from cli.backup.programs import Address, Ended, call, ways_out
from cli.local.errors import StackError
from domain import instants

_MAGIC: Final = b"PGDMP"
_TABLE: Final = re.compile(r"^\d+; \d+ \d+ TABLE \S+ (\w+)", re.MULTILINE)
_CREATED: Final = re.compile(r"^; Archive created at (.+)$", re.MULTILINE)
_OURS: Final = frozenset({"alembic_version", "quotes", "quote_events", "commands"})
_TOO_NEW: Final = "unsupported version"
_NOTHING: Final = "Nothing was written."


@dataclass(frozen=True, slots=True)
class Link:
    """The newest customer's link in a dump: its id, and the stored hash of its token."""

    id: str
    token_hash: str

    def is_made_by(self, secret: str) -> bool:
        """Whether this is the secret that it was made with."""
        tokens = LinkTokens(secret)
        return tokens.hash(tokens.token(self.id)) == self.token_hash


@dataclass(frozen=True, slots=True)
class Dump:
    """A whole dump of a record; `program` is the `pg_restore` that can read it, `created` when it was made."""

    file: Path
    program: Path
    created: str
    revision: str
    tables: frozenset[str]

    def newest_link(self) -> Link | None:
        """Of those in the dump, None where there is none."""
        if "customer_links" not in self.tables:
            return None
        rows = self._rows("customer_links")
        newest = max(rows, key=lambda row: instants.read(row["created_at"]), default=None)
        return Link(newest["id"], newest["token_hash"]) if newest else None

    def load(self, to: Address) -> Ended:
        """Put it into the database: all of it or nothing, whoever owned it before."""
        return call(
            self.program,
            "--no-owner",
            "--no-privileges",
            "--no-publications",
            "--no-subscriptions",
            "--single-transaction",
            "--exit-on-error",
            str(self.file),
            to=to,
        )

    def _rows(self, table: str) -> Iterator[dict[str, str]]:
        return rows(self.program, self.file, table)


def read_dump(file: Path, programs: list[Path], major: int) -> Dump:
    """Read all of it once. Raises `StackError` for what is no dump, none of ours, cut off, or of a newer version."""
    _look(file)
    program = _reader(file, programs, major)
    listed = call(program, "--list", str(file)).output
    tables = frozenset(_TABLE.findall(listed))
    found = [row["version_num"] for row in rows(program, file, "alembic_version")] if tables >= _OURS else []
    if not found:
        raise StackError(f"{file} is a dump of some other database, not a record of Firm Offer. {_NOTHING}")
    if found[0] not in revisions():  # every older one is among them
        raise StackError(
            f"{file} was made by a newer version of Firm Offer: its tables are at revision {found[0]}, "
            f"and this version knows of none after {head()}. {_NOTHING} Restore it with the version that "
            "made it, or with a newer one."
        )
    created = _CREATED.search(listed)
    return Dump(file, program, created[1] if created else "unknown time", found[0], tables)


def rows(program: Path, file: Path, table: str) -> Iterator[dict[str, str]]:
    """A table's rows, in the text form of PostgreSQL's COPY, where a backslash escapes what is not plain."""
    script = call(program, "--data-only", f"--table={table}", "--file=-", str(file)).output
    _, copy, rest = script.partition("\nCOPY ")
    names = [name.strip(' "') for name in rest.partition("(")[2].partition(")")[0].split(",")]
    for line in rest.partition("\n")[2].split("\n") if copy else ():
        if line == r"\.":
            return
        yield dict(zip(names, line.split("\t"), strict=True))


def _look(file: Path) -> None:
    try:
        with file.open("rb") as opened:
            begins = opened.read(len(_MAGIC))
    except OSError as error:
        raise StackError(f"{file} cannot be read: {error.strerror}.") from error
    if begins != _MAGIC:
        raise StackError(
            f"{file} is not a backup: it does not have the format that `firm-offer backup` and `pg_dump "
            f"--format custom` write. {_NOTHING}"
        )


def _reader(file: Path, programs: list[Path], major: int) -> Path:
    """The first program that can read the file from one end to the other, which is tried."""
    problem = ""
    for program in programs:
        problem = call(program, "--file=/dev/null", str(file)).problem
        if not problem:
            return program
        if _TOO_NEW not in problem:
            raise StackError(
                f"{file} is damaged or cut off: {problem}. {_NOTHING} Make another backup, or copy this "
                "one again."
            )
    raise StackError(
        f"{file} was made by a newer pg_dump than the pg_restore here can read: {problem}. {_NOTHING} "
        f"{ways_out('pg_restore', major + 1)}"
    )
