"""The whole product on one machine, from an empty folder to an address that answers."""

import asyncio
import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from adapters.db.migrate import NotMigratedError, bring_up_to_date
from adapters.settings import Settings
from adapters.temporal.prepare import NAMESPACE
from cli.local import devenv
from cli.local.datadir import DataDir
from cli.local.errors import StackError, mendable
from cli.local.free_ports import LOOPBACK, PortBook, is_free
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres, answers
from cli.local.processes.process import ChildProcess, run_until_stopped, stop_all, supervise
from cli.local.processes.until import http_ok, together, until
from cli.local.seed.demo_data import QUOTES, DemoQuote
from cli.local.seed.seed import desk_link, seed
from cli.local.temporal.server import PORTS, Say, Temporal, make_named_ready, provide
from workflows.contract import WorkKind

PATIENCE = 5.0  # seconds for a server that is not ours, which runs already or does not run


class Servers:
    """PostgreSQL, Temporal with its Web UI, and mail.

    Where `DATABASE_URL` or `TEMPORAL_ADDRESS` is set, that server is used and none is started in its place.
    The start of each is a method, so that whoever needs only one can wait for that one.
    """

    def __init__(self, data: DataDir, ports: PortBook) -> None:
        self.database_url = _named("DATABASE_URL", ports)
        self.temporal_address = _named("TEMPORAL_ADDRESS", ports)
        self.temporal_ui_url = os.environ.get("TEMPORAL_UI_URL", "") if self.temporal_address else ""
        self._data = data
        self._ports = ports
        smtp_port, http_port = ports.take("smtp", "mail")
        self.mail = MailServer(
            data.path / "mail", smtp_port=smtp_port, http_port=http_port, log=data.log("mail")
        )
        self.postgres: Postgres | None = None
        self.temporal: Temporal | None = None

    async def start_postgres(self) -> None:
        if self.database_url:
            await until(lambda: answers(self.database_url), "PostgreSQL (DATABASE_URL)", seconds=PATIENCE)
            return
        folder, log = self._data.path / "postgres", self._data.log("postgres")
        self.postgres = Postgres(folder, port=self._ports.take("postgres")[0], log=log)
        self.database_url = await self.postgres.start()

    async def start_temporal(self) -> None:
        if self.temporal_address:
            await make_named_ready(print)
            return
        program = await provide()
        *ports, ui_port = self._ports.take(*(f"temporal-{n}" for n in range(PORTS)), "temporal-ui")
        folder, log = self._data.path / "temporal", self._data.log("temporal")
        self.temporal = Temporal(folder, ports=ports, ui_port=ui_port, log=log, program=program)
        self.temporal_ui_url = f"http://{LOOPBACK}:{ui_port}"
        await self.temporal.start()
        self.temporal_address = self.temporal.address

    async def start_mail(self) -> None:
        await self.mail.start()

    @property
    def running(self) -> Iterator[ChildProcess]:
        """In the order in which they are to be stopped."""
        servers = (self.temporal, self.mail, self.postgres)
        return (server.process for server in servers if server is not None and server.process is not None)

    async def stop(self) -> None:
        await stop_all(*self.running)


def _named(setting: str, ports: PortBook) -> str:
    """The server that the environment names. An address of our own, left in a shell that read an earlier
    start's `dev.env`, names none.
    """
    address = os.environ.get(setting, "")
    return "" if ports.holds(address) else address


PROJECT = Path(__file__).resolve().parents[2]


NICENESS = 10
"""Of deliveries: where processor time is scarce, a decision gets about nine times as much."""


class Product:
    """API, the worker that decides and the one that delivers, in the order in which they are to be stopped."""

    def __init__(self, data: DataDir, *, port: int, env: Mapping[str, str]) -> None:
        python = sys.executable
        address = ["--host", LOOPBACK, "--port", str(port)]
        worker = [python, str(PROJECT / "worker.py"), "--only"]
        self._port = port
        self.api = ChildProcess("API", [python, "-m", "api.serve", *address], data.log("api"), env, PROJECT)
        self.worker = ChildProcess("Worker", [*worker, WorkKind.DECISIONS], data.log("worker"), env, PROJECT)
        self.deliveries = ChildProcess(
            "Deliveries",
            [*worker, WorkKind.DELIVERIES],
            data.log("deliveries"),
            env,
            PROJECT,
            niceness=NICENESS,
        )
        self.processes = (self.api, self.worker, self.deliveries)

    async def start(self) -> None:
        """Returns when the API says that it and what it depends on are ready. Raises `StackError`."""
        self.worker.start()
        self.api.start()
        self.deliveries.start()
        await until(self._ready, self.api)

    async def is_ready(self) -> bool:
        """Whether all run, and the API finds what it depends on."""
        return all(process.running for process in self.processes) and await http_ok(self._port, "/readyz")

    async def _ready(self) -> bool:
        for worker in (self.worker, self.deliveries):
            if not worker.running:
                raise worker.failure()
        return await self.is_ready()


class LocalStack:
    """One run on one data directory. `port` 0 is a free one."""

    quotes: Sequence[DemoQuote] = QUOTES
    """What a new one begins with."""

    def __init__(self, data: DataDir, *, port: int, say: Say = print) -> None:
        ports = PortBook(data.path / "ports.json")
        self._port = _checked(port) or ports.take("api")[0]
        self._data = data
        self._say = say
        self._servers = Servers(data, ports)
        self._product: Product | None = None
        self.url = f"http://{LOOPBACK}:{self._port}"
        self.api_key: str | None = None
        self.desk_link: str | None = None

    async def run(self) -> None:
        """Starts everything, then keeps it running until it is cancelled. Leaves no process either way."""
        try:
            await self.start()
            await supervise(self._processes(), self._say, self._is_ready)
        finally:
            devenv.remove(self._data.path)
            if any(process.running for process in self._processes()):
                self._say("Stopping.")
            await stop_all(*self._processes())

    async def start(self) -> None:
        """Raises `StackError`."""
        self._say(f"Starting Firm Offer on {self._data.path}.")
        servers = self._servers
        await together(self._database(), servers.start_temporal(), servers.start_mail())
        self._product = Product(self._data, port=self._port, env=self._environment())
        await self._product.start()
        await self._seed()
        devenv.write(self._data.path, self.settings() | {"FIRM_OFFER_API_KEY": self.api_key or ""})
        self._say(self.addresses())

    def settings(self) -> dict[str, str]:
        """The environment of API and worker, and of every command that works on this stack."""
        own_temporal = {"TEMPORAL_NAMESPACE": NAMESPACE}
        return {
            "FIRM_OFFER_URL": self.url,
            "FIRM_OFFER_ENV": "local",
            "FIRM_OFFER_TIME_MACHINE": "true",
            "FIRM_OFFER_SECRET": self._data.secret(),
            "DATABASE_URL": self._servers.database_url,
            "TEMPORAL_ADDRESS": self._servers.temporal_address,
            "TEMPORAL_UI_URL": self._servers.temporal_ui_url,
            "MAIL_URL": self._servers.mail.url,
            "SMTP_URL": self._servers.mail.smtp_url,
            **(own_temporal if self._servers.temporal else {}),
        }

    def addresses(self) -> str:
        file = shlex.quote(str(self._data.path / devenv.NAME))
        rows = {
            "Product": f"{self.url}  (start here, in your browser)",
            "Desk": f"{self.desk_link or f'{self.url}/desk'}  (signs you in, once)",
            "Inbox": f"{self._servers.mail.url}  (every email arrives here)",
            "Temporal Web UI": self._servers.temporal_ui_url or "none",
            "Temporal": self._servers.temporal_address,
            "PostgreSQL": self._servers.database_url,
            "SMTP": self._servers.mail.smtp_url,
            "API key": self.api_key or "none",
            "For shells": f"set -a; . {file}; set +a",
            "Logs": str(self._data.logs),
        }
        block = "\n".join(f"  {name:<16} {value}" for name, value in rows.items())
        return f"\nFirm Offer is ready.\n\n{block}\n\nCtrl-C stops everything; the data stays.\n"

    async def _database(self) -> None:
        await self._servers.start_postgres()
        with mendable(NotMigratedError):
            await asyncio.to_thread(bring_up_to_date, self._servers.database_url)

    async def _seed(self) -> None:
        settings = Settings.model_validate(self.settings())
        self.api_key = await seed(
            base_url=self.url, settings=settings, data_dir=self._data.path, quotes=self.quotes
        )
        self.desk_link = await desk_link(settings)

    def _environment(self) -> dict[str, str]:
        # Keys and certificates for somebody else's server would keep the SDK from talking to ours.
        own = self._servers.temporal is not None
        inherited = {k: v for k, v in os.environ.items() if not (own and k.startswith("TEMPORAL_"))}
        return inherited | self.settings() | {"PYTHONUNBUFFERED": "1"}

    async def _is_ready(self) -> bool:
        return self._product is not None and await self._product.is_ready()

    def _processes(self) -> list[ChildProcess]:
        product = self._product.processes if self._product else ()
        return [*product, *self._servers.running]


def _checked(port: int) -> int:
    if port and not is_free(port):
        raise StackError(
            f"Port {port} is in use. Stop what uses it, or have a free one chosen with --port 0."
        )
    return port


def say(text: str) -> None:
    print(text, flush=True)


def run(
    data_dir: Annotated[Path, typer.Option(help="The folder where everything is kept.")] = Path(".local"),
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The product's port; 0 picks a free one.")
    ] = 8000,
) -> None:
    with DataDir(data_dir) as data:
        stack = LocalStack(data, port=port, say=say)
        run_until_stopped(stack.run())
        say("Stopped.")
