"""A PostgreSQL of one's own, on a loopback port."""

import os
import pwd
import secrets
import shutil
import signal
import sys
from pathlib import Path

import asyncpg
import psutil

from cli.local.errors import StackError
from cli.local.free_ports import free_ports
from cli.local.postgres.programs import programs
from cli.local.processes.process import BROKEN_DATA, ChildProcess, Server, User
from cli.local.processes.until import until

MAJOR = "18"
ROLE = "firm_offer"
DATABASE = "firm_offer"

THROWN_AWAY = (
    "fsync=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=64MB",
    "scram_iterations=1",
)
"""What a server spares itself, whose data need not outlive the machine, nor its passwords a thief."""

# Through its own working directory a process reaches a folder without passing those above it. So `nobody`
# can work in a data directory below /root or another closed home, and no permission there is touched.
HERE = "/proc/self/cwd"


class Postgres(Server):
    """`await start()` gives the URL of the database `firm_offer`.

    `durable=False` is for tests: it survives the death of the process, not of the machine.
    """

    def __init__(
        self, folder: Path, *, port: int | None = None, log: Path | None = None, durable: bool = True
    ) -> None:
        self.port = port or free_ports(1)[0]
        self._folder = folder
        self._data = folder / "data"
        self._password_file = folder / "password"
        self._log = log or folder / "postgres.log"
        self._durable = durable

    async def start(self) -> str:
        bin_folder = programs()
        self._folder.mkdir(parents=True, exist_ok=True)
        if not self._data.exists():
            await self._create(bin_folder)
        self._check_version()
        self._forget_a_dead_server()
        user = _user_of(self._data)
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "timezone=UTC"]
        options += self._spared()
        self.process = self._process(
            "PostgreSQL",
            [
                str(bin_folder / "postgres"),
                "-D",
                _seen_from(self._data, user),
                "-p",
                str(self.port),
                *options,
            ],
            self._data,
            user,
        )
        self.process.start()
        await until(self._answers, self.process)
        return await self.create_database(DATABASE)

    def url(self, database: str = DATABASE) -> str:
        password = self._password_file.read_text().strip()
        return f"postgresql://{ROLE}:{password}@127.0.0.1:{self.port}/{database}"

    async def create_database(self, name: str, *, template: str = "template1") -> str:
        """Makes the database unless it is there; its URL. A template nobody is connected to makes it full."""
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                strategy = "wal_log" if self._durable else "file_copy"
                await connection.execute(
                    f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY {strategy}'
                )
        finally:
            await connection.close()
        return self.url(name)

    async def _create(self, bin_folder: Path) -> None:
        """Makes the data directory: whole, or not at all."""
        draft = self._folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        user = _user_of(draft)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_hex(16) + "\n")
        if user is not None:
            os.chown(draft, user.uid, user.gid)
            os.chown(self._password_file, user.uid, user.gid)
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        access = ["--auth=scram-sha-256", f"--username={ROLE}", "--pwfile=/dev/stdin"]
        initdb = self._process(
            "initdb",
            [str(bin_folder / "initdb"), "-D", _seen_from(draft, user), *locale, *access, *self._spared()],
            draft,
            user,
            stdin=self._password_file,
        )
        initdb.way_out = "Choose another folder with --data-dir, or set DATABASE_URL to a server of your own."
        initdb.start()
        try:
            if await initdb.wait() != 0:
                raise initdb.failure()
        finally:
            initdb.kill()
            if user is not None:
                os.chown(self._password_file, os.geteuid(), os.getegid())
        draft.rename(self._data)

    def _process(
        self, name: str, command: list[str], cwd: Path, user: User | None, stdin: Path | None = None
    ) -> ChildProcess:
        env = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {
            "LC_ALL": "C"
        }
        return ChildProcess(
            name,
            command,
            self._log,
            env=env,
            cwd=cwd,
            user=user,
            stdin=stdin,
            stop_signal=signal.SIGINT,  # fast shutdown; TERM would wait for clients to leave
            orphan_signal=signal.SIGINT,
            way_out=BROKEN_DATA.format(folder=self._folder),
        )

    def _spared(self) -> list[str]:
        return [] if self._durable else [word for option in THROWN_AWAY for word in ("-c", option)]

    def _check_version(self) -> None:
        try:
            major = (self._data / "PG_VERSION").read_text().strip()
        except OSError as error:
            raise StackError(
                f"{self._data} is not a PostgreSQL data directory ({error.strerror}): move it away, or "
                "choose another folder with --data-dir."
            ) from error
        if major != MAJOR:
            raise StackError(
                f"{self._data} was written by PostgreSQL {major}, but this is PostgreSQL {MAJOR}: move it "
                "away, or choose another folder with --data-dir."
            )

    def _forget_a_dead_server(self) -> None:
        # PostgreSQL believes a stale pid file when another program of the same user now has that number.
        # The lock on the data directory already says that nobody else uses these files.
        pid_file = self._data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        if not _is_postgres(pid):
            pid_file.unlink(missing_ok=True)

    async def _answers(self) -> bool:
        return await answers(self.url("postgres"))


async def answers(url: str) -> bool:
    """Whether a PostgreSQL at `url` lets us in."""
    try:
        connection = await asyncpg.connect(url, timeout=5)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    await connection.close()
    return True


def _user_of(data: Path) -> User | None:
    """Who PostgreSQL runs as: whoever we are; for root the owner of the data, or `nobody` if that is root."""
    if os.geteuid() != 0:
        return None
    if data.exists() and (found := data.stat()).st_uid != 0:
        return User(found.st_uid, found.st_gid)
    nobody = pwd.getpwnam("nobody")
    return User(nobody.pw_uid, nobody.pw_gid)


def _seen_from(data: Path, user: User | None) -> str:
    """How the server names its data directory: by its working directory where another user runs it."""
    return HERE if user is not None and sys.platform == "linux" else str(data.resolve())


def _is_postgres(pid: int) -> bool:
    try:
        return "postgres" in psutil.Process(pid).name()
    except psutil.NoSuchProcess:
        return False
