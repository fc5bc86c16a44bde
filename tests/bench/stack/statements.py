"""What PostgreSQL is asked, as it writes it into its own log: every statement, whoever sends it, with its parameters."""

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import asyncpg
import psutil

from tests.bench.stack.stack import Bench

_PREFIX: Final = "overheard"
_ENTRY: Final = re.compile(rf"^{_PREFIX} (\d+) (\w+):  (.*)", re.DOTALL)
_ASKED: Final = re.compile(r"(?:statement|execute [^:]+): (.*)", re.DOTALL)
_PARAMETERS: Final = re.compile(r"\$\d+ = (?:(NULL)|'((?:[^']|'')*)')")
_CONTROL: Final = re.compile(r"(BEGIN|START TRANSACTION|COMMIT|ROLLBACK)\b", re.IGNORECASE)
_LOGGED: Final = {"log_statement": "all", "log_line_prefix": f"{_PREFIX} %p "}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One that ran, by the server's process `session`; parameters in PostgreSQL's text form."""

    session: int
    sql: str
    parameters: tuple[str | None, ...] = ()

    @property
    def control(self) -> str:
        """BEGIN, COMMIT or ROLLBACK; empty for every other statement."""
        found = _CONTROL.match(self.sql)
        return found[1].upper() if found else ""


PROCESSES = ("api", "worker", "deliveries")


@dataclass(slots=True, kw_only=True)
class Overheard:
    """What was said while it was listened to, and whose sessions they were, by PROCESSES."""

    said: list[Statement] = field(default_factory=list)
    whose: dict[int, str] = field(default_factory=dict)

    def by(self, *processes: str) -> list[Statement]:
        """What these processes said."""
        return [statement for statement in self.said if self.whose.get(statement.session) in processes]


@asynccontextmanager
async def overheard(bench: Bench) -> AsyncIterator[Overheard]:
    """Hears what these processes ask while the context is open; filled when it is closed."""
    heard = Overheard()
    connection = await asyncpg.connect(bench.database_url)
    try:
        begin = bench.postgres_log.stat().st_size
        for name, value in _LOGGED.items():
            await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        await _reload(connection, "all")
        yield heard
        for name in _LOGGED:
            await connection.execute(f"ALTER SYSTEM RESET {name}")
        await _reload(connection, "none")
        ports = await connection.fetch(
            "SELECT pid, client_port FROM pg_stat_activity WHERE client_port IS NOT NULL"
        )
    finally:
        await connection.close()
    owners = _owners({name: bench.pids[name] for name in PROCESSES})
    heard.whose |= {row["pid"]: owners.get(row["client_port"], "another") for row in ports}
    with bench.postgres_log.open(errors="replace") as log:
        log.seek(begin)
        heard.said += [s for s in parsed(log.read()) if heard.whose.get(s.session, "another") != "another"]


def parsed(log: str) -> Iterator[Statement]:
    """The statements in a log that was written with our prefix. The server writes an entry and its details at once, so that
    none of another session stands between them.
    """
    asked: Statement | None = None
    for entry in _entries(log.splitlines()):
        found = _ENTRY.match(entry)
        if found is None:
            continue
        session, level, text = int(found[1]), found[2], found[3]
        if level == "DETAIL" and asked is not None and asked.session == session:
            given = [None if null else value.replace("''", "'") for null, value in _PARAMETERS.findall(text)]
            asked = Statement(session=session, sql=asked.sql, parameters=tuple(given))
            continue
        if asked is not None:
            yield asked
        said = _ASKED.match(text) if level == "LOG" else None
        asked = Statement(session=session, sql=said[1]) if said else None
    if asked is not None:
        yield asked


def _entries(lines: Iterable[str]) -> Iterator[str]:
    """Whole entries: a line that begins with a tab goes on with the one before."""
    entry: list[str] = []
    for line in lines:
        if line.startswith("\t"):
            entry.append(line[1:])
        else:
            yield "\n".join(entry)
            entry = [line]
    yield "\n".join(entry)


def _owners(pids: Mapping[str, int]) -> dict[int, str]:
    """Which process a local port belongs to."""
    return {
        connection.laddr.port: name
        for name, pid in pids.items()
        for connection in psutil.Process(pid).net_connections("tcp")
    }


async def _reload(connection: "asyncpg.Connection[asyncpg.Record]", expected: str) -> None:
    """Settings are read again; returns when this session, which is told as the others are, knows them."""
    await connection.execute("SELECT pg_reload_conf()")
    while await connection.fetchval("SHOW log_statement") != expected:
        pass
