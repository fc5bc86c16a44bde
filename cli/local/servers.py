"""All servers of one data directory, started side by side."""

import os
from collections.abc import Iterator

from cli.local.datadir import DataDir
from cli.local.mail import Mail
from cli.local.ports import LOOPBACK, PortBook
from cli.local.postgres import Postgres, answers
from cli.local.processes import Process, stop_all
from cli.local.temporal.provide import provide
from cli.local.temporal.ready import make_named_ready
from cli.local.temporal.server import PORTS, Temporal
from cli.local.waiting import until

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
        self.mail = Mail(data.path / "mail", smtp_port=smtp_port, http_port=http_port, log=data.log("mail"))
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
    def running(self) -> Iterator[Process]:
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
