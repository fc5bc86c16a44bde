"""The whole product on one machine, from an empty folder to an address that answers."""

import asyncio
import os
import shlex
from collections.abc import Callable

from adapters.settings import Settings
from cli.local import devenv
from cli.local.datadir import DataDir
from cli.local.errors import StackError
from cli.local.ports import LOOPBACK, PortBook, is_free
from cli.local.processes import Process, stop_all
from cli.local.product import Product
from cli.local.seed import seed
from cli.local.servers import Servers
from cli.local.supervise import supervise
from cli.local.waiting import together
from cli.migrate import upgrade
from cli.temporal_prepare import NAMESPACE

Say = Callable[[str], None]


class LocalStack:
    """One run on one data directory. `port` 0 is a free one."""

    def __init__(self, data: DataDir, *, port: int, say: Say = print) -> None:
        ports = PortBook(data.path / "ports.json")
        self._port = _checked(port) or ports.take("api")[0]
        self._data = data
        self._say = say
        self._servers = Servers(data, ports)
        self._product: Product | None = None
        self.url = f"http://{LOOPBACK}:{self._port}"
        self.api_key: str | None = None

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
            "Product": f"{self.url}  (start here, in a browser)",
            "Inbox": f"{self._servers.mail.url}  (every mail arrives here)",
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
        await asyncio.to_thread(upgrade, self._servers.database_url)

    async def _seed(self) -> None:
        settings = Settings.model_validate(self.settings())
        self.api_key = await seed(base_url=self.url, settings=settings, data_dir=self._data.path)

    def _environment(self) -> dict[str, str]:
        # Keys and certificates for somebody else's server would keep the SDK from talking to ours.
        own = self._servers.temporal is not None
        inherited = {k: v for k, v in os.environ.items() if not (own and k.startswith("TEMPORAL_"))}
        return inherited | self.settings() | {"PYTHONUNBUFFERED": "1"}

    async def _is_ready(self) -> bool:
        return self._product is not None and await self._product.is_ready()

    def _processes(self) -> list[Process]:
        product = [self._product.api, self._product.worker] if self._product else []
        return [*product, *self._servers.running]


def _checked(port: int) -> int:
    if port and not is_free(port):
        raise StackError(
            f"Port {port} is in use. Stop what uses it, or let me choose a free one with --port 0."
        )
    return port
