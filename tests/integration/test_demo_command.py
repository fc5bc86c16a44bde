"""`firm-offer demo`: the story to its end, and broken off; either way nothing stays behind."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.local.demo.customer import CaughtMail, Customer, link_in
from cli.local.demo.telling import StoryError, Teller, check
from tests.integration.test_run_command import PROJECT, Run, left_of
from tests.waiting import eventually

TOKEN = "a" * 43


@asynccontextmanager
async def playing(folder: Path) -> AsyncIterator[Run]:
    """The command in a session and a temporary folder of its own, with servers named that must not be used."""
    named = {"DATABASE_URL": "postgresql://a:b@127.0.0.1:9/live", "TEMPORAL_ADDRESS": "127.0.0.1:9"}
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli.main", "demo"),
        cwd=PROJECT,
        env=os.environ | named | {"TMPDIR": str(folder)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield run
    finally:
        if run.returncode is None:
            run.kill()
            await run.communicate()
        await eventually(lambda: not left_of(run.pid), "nothing is left of the run", seconds=30)


def files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_the_story_is_told_to_its_end(tmp_path: Path) -> None:
    """Every turn of the two lives is told, with links and mails; then no process and no file is left."""
    async with playing(tmp_path) as run:
        async with asyncio.timeout(240):
            output = (await run.communicate())[0].decode()
        assert run.returncode == 0, output
        assert left_of(run.pid) == []
    assert files_in(tmp_path) == []
    turns = [
        "is created as a draft, version 1",
        "version 2",
        "✉ Quote Q-",
        "/q/",
        "· 7 days left",
        "· 3 days left",
        "· last day tomorrow",
        "Anna Berg accepts",
        "· accepted, thank you for your order",
        "Dana Whitfield still sees version 1",
        "The old link explains this",
        "· expired",
        "comes too late",
        "reopens it",
        "· now open until",
        "The worker is stopped",
        "being processed",
        "The last second of the offer passes",
        "The worker is back",
        "every hash, version, state and signature verified",
        "19 emails, each sent once",
    ]
    at = -1
    for turn in turns:
        at = output.find(turn, at + 1)
        assert at >= 0, turn
    assert "Traceback" not in output


@pytest.mark.parametrize("after", ["Starting PostgreSQL", "1. A yes on the last evening"])
async def test_it_can_be_broken_off(tmp_path: Path, after: str) -> None:
    """Ctrl-C while servers start, and in the middle of the story: exit code 130, nothing left."""
    async with playing(tmp_path) as run:
        assert run.stdout is not None
        told = ""
        async with asyncio.timeout(120):
            while after not in told:
                line = (await run.stdout.readline()).decode()
                assert line, f"it ended by itself: {told}"
                told += line
        if after.startswith("Starting"):
            await eventually(lambda: any(tmp_path.rglob("postgres/data*")), "PostgreSQL's data", seconds=30)
        began = time.monotonic()
        os.killpg(run.pid, signal.SIGINT)
        output = (await run.communicate())[0].decode()
        assert time.monotonic() - began < 60
        assert run.returncode == 130, output
        assert "Stopped; nothing is left behind." in output
        assert "Traceback" not in output
        assert left_of(run.pid) == []
    assert files_in(tmp_path) == []


class FakeInbox:
    """Mails as the catching server tells of them."""

    def __init__(self, *subjects: str) -> None:
        self.caught = [
            {"id": str(n), "subject": s, "to": "a@b.example", "message_id": s, "text": ""}
            for n, s in enumerate(subjects)
        ]

    async def messages(self) -> list[dict[str, Any]]:
        return self.caught


def mails(*subjects: str) -> tuple[CaughtMail, list[str]]:
    told: list[str] = []
    return CaughtMail(FakeInbox(*subjects), Teller(told.append)), told  # type: ignore[arg-type]  # a fake server


def test_what_is_not_as_told_is_said() -> None:
    """A check that fails ends the story with a sentence that names it."""
    check(True, "the truth")
    with pytest.raises(StoryError, match=r"demo failed: a draft was expected\. `firm-offer run`"):
        check(False, "a draft")
    with pytest.raises(StoryError, match="a link in the email"):
        link_in({"subject": "Hello", "text": "No link here"})


async def test_mails_are_told_once_and_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each mail of the story is waited for; one that never comes, or that nobody expects, ends it."""
    monkeypatch.setattr("cli.local.demo.customer._PATIENCE", 0.3)
    inbox, told = mails("First", "Second")
    await inbox.arrives("First", "a@b")
    assert "First" in told[0]
    with pytest.raises(StoryError, match="no email “First…” reached"):
        await inbox.arrives("First", "a@b")
    with pytest.raises(StoryError, match="there is “Second”"):
        await inbox.are_all_told()
    await inbox.arrives("Second", "a@b")
    assert await inbox.are_all_told() == 2
    twice, _ = mails("Same", "Same")
    await twice.arrives("Same", "a@b")
    await twice.arrives("Same", "a@b")
    with pytest.raises(StoryError, match="each email once"):
        await twice.are_all_told()


async def test_the_customer_reads_a_page_as_a_person_does() -> None:
    """Status, heading, sentence, button and the version that the form names."""
    html = (
        '<h1>Quote &amp; more</h1><p class="lead good" role="status">Until <time>noon</time>.</p>'
        f'<a class="button" href="/q/{TOKEN}?c=1&amp;d=2">See</a><input name="version" value="3">'
    )
    answer = httpx.MockTransport(lambda _: httpx.Response(202, html=html))
    async with httpx.AsyncClient(transport=answer, base_url="http://shop.test") as http:
        page = await Customer(http, name="Ada", email="ada@b.example").open(f"/q/{TOKEN}")
    assert (page.status, page.heading, page.lead) == (202, "Quote & more", "Until noon.")
    assert (page.button, page.version) == (f"/q/{TOKEN}?c=1&d=2", "3")
