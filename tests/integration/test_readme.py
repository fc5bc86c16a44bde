"""The tour and the first steps by hand, where nothing runs; test_run_command.py plays them to their end."""

import ast
import asyncio
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

PROJECT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


BLOCKS = BLOCK.findall((PROJECT / "docs" / "first-steps.md").read_text())
TOUR = PROJECT / "docs" / "tour.py"


async def played(block: str, env: Mapping[str, str], *options: str) -> tuple[int | None, str]:
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


async def toured(folder: Path) -> tuple[int | None, str]:
    """Exit code and all that the tour printed, with no address in its environment but a proxy that nobody is."""
    tour = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(TOUR), str(folder)),
        cwd=folder.parent,
        env={"PATH": os.environ["PATH"], "http_proxy": "http://127.0.0.1:1", "PYTHONIOENCODING": "utf-8"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(120):
        told, _ = await tour.communicate()
    return tour.returncode, told.decode()


async def is_the_whole_story(told: str, addresses: Mapping[str, str]) -> None:
    """Of the tour, on the run that has these addresses."""
    turns = [
        *(
            "domestic economy",
            "It is a draft",
            "with the PDF attached",
            "GmbH offers you EUR 4\u202f261.23",
            "/q/",
        ),
        *("Ada Berg types her name", "The quote is accepted", "quote.accepted", "it is consistent"),
        *(f"{addresses['TEMPORAL_UI_URL']}/namespaces/", "Reminder, 7 days left", "its status is expired"),
        *("5 emails went to them", "has expired", "409 quote_expired", f"{addresses['FIRM_OFFER_URL']}/docs"),
    ]
    text = re.sub(r"[ \t\r\n]+", " ", told)
    places = [text.find(turn) for turn in turns]
    assert -1 not in places, turns[places.index(-1)]
    assert places == sorted(places)
    assert addresses["FIRM_OFFER_API_KEY"] not in told
    (link,) = re.findall(r"http\S+/q/[\w-]{43}", told)
    async with httpx.AsyncClient(trust_env=False) as browser:
        assert "Thank you for your order" in (await browser.get(link)).text


@pytest.mark.parametrize(
    "left", [None, "FIRM_OFFER_URL=http://127.0.0.1:1\nFIRM_OFFER_API_KEY=x\nMAIL_URL=http://127.0.0.1:1\n"]
)
async def test_the_tour_without_a_stack_says_so_in_a_sentence(tmp_path: Path, left: str | None) -> None:
    """Where none was ever started, and where one was killed and left its addresses behind."""
    folder = tmp_path / "data"
    folder.mkdir()
    if left:
        (folder / "dev.env").write_text(left)
    code, told = await toured(folder)
    assert code == 1
    assert told.endswith(
        "No stack is running: start one with `make run` in another terminal, then try again.\n"
    )
    assert "Traceback" not in told


def test_the_tour_needs_the_standard_library_alone() -> None:
    """So that it runs by any Python of the machine, before anything has been set up."""
    tree = ast.parse(TOUR.read_text())
    names = {each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


@pytest.mark.parametrize("block", BLOCKS, ids=[str(n) for n in range(len(BLOCKS))])
async def test_the_first_steps_of_one_who_has_started_nothing(block: str) -> None:
    """Curl says that nobody listens; nothing is told by a traceback, and no step goes on for ever."""
    nowhere = dict.fromkeys(("FIRM_OFFER_URL", "MAIL_URL"), "http://127.0.0.1:1")
    servers = {"TEMPORAL_ADDRESS": "127.0.0.1:1", "DATABASE_URL": "postgresql://a:b@127.0.0.1:1/c"}
    more = {"FIRM_OFFER_API_KEY": "none", "FIRM_OFFER_SECRET": "x" * 32, "FIRM_OFFER_TIME_MACHINE": "true"}
    _, told = await played(block, nowhere | servers | more)
    assert re.search(r"curl: \(\d+\)", told), told
    assert "Traceback" not in told
