"""The README's first steps work as they stand there, on a run of its own."""

import asyncio
import os
import re
from pathlib import Path

from tests.integration.test_run_command import running

PROJECT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


async def test_the_first_steps(tmp_path: Path) -> None:
    """Each block in its order, in a shell of its own that knows the run's addresses and nothing else."""
    blocks = BLOCK.findall((PROJECT / "README.md").read_text())
    assert len(blocks) >= 5
    async with running(tmp_path / "data") as (_, addresses):
        for block in blocks:
            shell = await asyncio.create_subprocess_exec(
                *("bash", "-euo", "pipefail", "-c", block),
                cwd=PROJECT,
                env=os.environ | addresses,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            async with asyncio.timeout(120):
                told, _ = await shell.communicate()
            assert shell.returncode == 0, f"{block}\n{told.decode()}"
