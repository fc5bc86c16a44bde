"""Records a history of each shape anew: `python -m tests.workflow.record_histories [name …]`.

For shapes that no release has: what customers' quotes were begun with must stay as it was recorded.
"""

import asyncio
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from temporalio.client import Client

from adapters.temporal.client import firm_offer_plugin
from cli.local.errors import StackError
from tests.faults.narrow import SUGGEST, narrow_temporal
from tests.workflow import histories
from tests.workflow.lives import FEW_EVENTS, LIVES, LONG_LIVES, Life
from tests.workflow.shop import Shop


async def record(lives: Sequence[Life], limits: Mapping[str, int], names: Sequence[str]) -> None:
    """Play these lives, each in a shop of its own, on a server with these limits."""
    wanted = [life for life in lives if not names or life.__name__ in names]
    if not wanted:
        return
    with tempfile.TemporaryDirectory() as folder:
        async with narrow_temporal(Path(folder), limits) as server:
            client = await Client.connect(server.address, plugins=[firm_offer_plugin()])
            for life in wanted:
                file = histories.write(life.__name__, await life(Shop(client)))
                print(f"{file.name}: {file.stat().st_size} bytes")  # noqa: T201 - a command line prints


async def main(names: Sequence[str]) -> None:
    """All of them, or those that are named."""
    histories.FOLDER.mkdir(exist_ok=True)
    await record(LIVES, {}, names)
    await record(LONG_LIVES, {SUGGEST: FEW_EVENTS}, names)


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1:]))
    except StackError as error:
        sys.exit(str(error))
