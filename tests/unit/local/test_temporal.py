"""Only a `temporal` that can skip time is taken, from the right place, and its server stays on this machine."""

from itertools import pairwise
from pathlib import Path

import pytest

from cli.local.errors import StackError
from cli.local.temporal import server
from cli.local.temporal.server import DYNAMIC, PORTS, Temporal, start_command


def program(place: Path, says: str) -> Path:
    """A `temporal` in that folder which says its version so."""
    place.mkdir(parents=True, exist_ok=True)
    made = place / "temporal"
    made.write_text(f"#!/bin/sh\necho '{says}'\n")
    made.chmod(0o755)
    return made


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of which only the folders `path`, `venv/bin` and `cache` are looked at, all without a `temporal`."""
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("sys.executable", str(tmp_path / "venv" / "bin" / "python"))
    return tmp_path


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("temporal version 1.9.0 (Server 1.32.0, UI 2.54.1)", (1, 9)),
        ("temporal version v1.10.2", (1, 10)),
        ("tctl version 1.18", (0, 0)),
        ("", (0, 0)),
    ],
)
def test_version_of_the_command(tmp_path: Path, text: str, version: tuple[int, int]) -> None:
    assert server.version(program(tmp_path, text)) == version


@pytest.mark.parametrize(("version", "taken"), [("1.8.9", False), ("1.9.0", True), ("2.0.0", True)])
def test_a_command_on_the_path_is_taken_when_it_is_new_enough(
    machine: Path, version: str, *, taken: bool
) -> None:
    mine = program(machine / "path", f"temporal version {version}")
    assert server.find() == (mine if taken else None)


def test_the_path_comes_first_then_the_wheel_then_what_was_downloaded(machine: Path) -> None:
    downloaded = program(server.cache(), "temporal version 1.9.0")
    assert server.find() == downloaded
    wheel = program(machine / "venv" / "bin", "temporal version 1.9.1")
    assert server.find() == wheel
    mine = program(machine / "path", "temporal version 1.9.0")
    assert server.find() == mine


def test_an_old_command_on_the_path_does_not_stand_before_the_wheel(machine: Path) -> None:
    program(machine / "path", "temporal version 1.1.0")
    wheel = program(machine / "venv" / "bin", "temporal version 1.9.1")
    assert server.find() == wheel


async def test_without_any_and_without_a_download_a_person_is_told_the_ways_out(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(**_: object) -> None:
        raise RuntimeError("no such host")

    monkeypatch.setattr("temporalio.testing.WorkflowEnvironment.start_local", refused)
    old = program(machine / "path", "temporal version 1.1.0")
    said: list[str] = []
    with pytest.raises(
        StackError, match=r"extra `local`.* version 1\.9 or newer on the PATH.* TEMPORAL_ADDRESS"
    ):
        await server.provide(said.append)
    assert said[0] == f"{old} is not a `temporal` of version 1.9 or newer, so it is ignored."
    assert not list(server.cache().glob("download.*"))


def test_the_server_stays_on_loopback_and_can_skip_time(tmp_path: Path) -> None:
    command = start_command(Path("temporal"), tmp_path / "db", range(7000, 7000 + PORTS), 8233)
    told = dict(pairwise(command))
    assert told["--ip"] == "127.0.0.1"
    assert [told[name] for name in ("--port", "--http-port", "--metrics-port")] == ["7000", "7001", "7002"]
    assert told["--ui-port"] == "8233"
    assert "frontend.WorkflowTimeSkippingEnabled=true" in command
    assert all(any(word.startswith(f"{key}=") for word in command) for key in DYNAMIC)
    assert "QuoteTotal=Double" in command


async def test_a_database_whose_first_start_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "temporal"
    ends = program(tmp_path / "bin", "no server")
    server = Temporal(folder, program=ends)
    with pytest.raises(StackError, match="Temporal ended with code 0"):
        await server.start()
    (folder / "temporal-cli.db").write_bytes(b"half a table")
    with pytest.raises(StackError):
        await server.start()
    assert not (folder / "temporal-cli.db").exists()


async def test_a_database_that_was_ready_once_is_never_taken_away(tmp_path: Path) -> None:
    folder = tmp_path / "temporal"
    folder.mkdir()
    (folder / "temporal-cli.db").write_bytes(b"quotes")
    with pytest.raises(StackError):
        await Temporal(folder, program=program(tmp_path / "bin", "no server")).start()
    assert (folder / "temporal-cli.db").read_bytes() == b"quotes"
