"""The README's first steps work as they stand there, on a run of its own."""

import asyncio
import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.integration.test_run_command import running

PROJECT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


BLOCKS = BLOCK.findall((PROJECT / "README.md").read_text())


async def _played(block: str, env: Mapping[str, str], *options: str) -> tuple[int | None, str]:
    """Exit code and all that was printed, in a shell of its own."""
    shell = await asyncio.create_subprocess_exec(
        *("bash", *options, "-c", block),
        cwd=PROJECT,
        env=os.environ | env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(120):
        told, _ = await shell.communicate()
    return shell.returncode, told.decode()


async def test_the_first_steps(tmp_path: Path) -> None:
    """Each block in its order, in a shell of its own that knows the run's addresses and nothing else."""
    assert len(BLOCKS) >= 5
    async with running(tmp_path / "data") as (_, addresses):
        for block in BLOCKS:
            code, told = await _played(block, addresses, "-euo", "pipefail")
            assert code == 0, f"{block}\n{told}"


@pytest.mark.parametrize("block", BLOCKS, ids=[str(n) for n in range(len(BLOCKS))])
async def test_the_first_steps_of_one_who_has_started_nothing(block: str) -> None:
    """Curl says that nobody listens; nothing is told by a traceback, and no step goes on for ever."""
    nowhere = dict.fromkeys(("FIRM_OFFER_URL", "MAIL_URL"), "http://127.0.0.1:1")
    servers = {"TEMPORAL_ADDRESS": "127.0.0.1:1", "DATABASE_URL": "postgresql://a:b@127.0.0.1:1/c"}
    more = {"FIRM_OFFER_API_KEY": "none", "FIRM_OFFER_SECRET": "x" * 32, "FIRM_OFFER_TIME_MACHINE": "true"}
    _, told = await _played(block, nowhere | servers | more)
    assert re.search(r"curl: \(\d+\)", told), told
    assert "Traceback" not in told
