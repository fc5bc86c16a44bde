"""A stack of the story's own: free ports, a folder that goes away with it, no quotes yet."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.settings import Settings
from cli.local.datadir import DataDir
from cli.local.mail import Mail
from cli.local.processes.process import stop_all
from cli.local.seed.seed import seed
from cli.local.stack import LocalStack, Product


class DemoStack(LocalStack):
    """Uses no server that the environment names: the story leaves nothing behind."""

    def __init__(self, data: DataDir) -> None:
        super().__init__(data, port=0, say=_silent)
        self._servers.database_url = ""
        self._servers.temporal_address = self._servers.temporal_ui_url = ""

    @property
    def product(self) -> Product:
        """API and worker, once all is started."""
        if self._product is None:
            raise RuntimeError("the stack is not started")
        return self._product

    @property
    def mail(self) -> Mail:
        """The inbox."""
        return self._servers.mail

    @property
    def temporal_ui_url(self) -> str:
        """The Temporal Web UI."""
        return self._servers.temporal_ui_url

    async def stop(self) -> None:
        """Leaves no process."""
        await stop_all(*self._processes())

    async def _seed(self) -> None:
        settings = Settings.model_validate(self.settings())
        self.api_key = await seed(base_url=self.url, settings=settings, data_dir=self._data.path, quotes=())


@asynccontextmanager
async def demo_stack() -> AsyncIterator[DemoStack]:
    """A running one. Whatever ends the block, processes and data are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="firm-offer-demo-"))
    try:
        with DataDir(folder) as data:
            stack = DemoStack(data)
            try:
                await stack.start()
                yield stack
            finally:
                await stack.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _silent(_text: str) -> None:
    """The story tells itself."""
