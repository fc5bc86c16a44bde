"""Only programs that can skip time are taken, and builds are configured to stay on this machine."""

import json
from pathlib import Path

import pytest

from cli.stack import binaries
from cli.stack.gobuild import go_version
from cli.stack.temporal import cli_command
from cli.stack.temporal_config import DYNAMIC, PORTS, write_config


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("temporal version 1.9.0 (Server 1.32.0, UI 2.54.1)", (1, 9)),
        ("temporal version v1.10.2", (1, 10)),
        ("tctl version 1.18", (0, 0)),
        ("", (0, 0)),
    ],
)
def test_version_of_the_command(text: str, version: tuple[int, int]) -> None:
    assert binaries.cli_version(text) == version


@pytest.mark.parametrize(
    ("text", "version"), [("go1.26.8\n", (1, 26, 8)), ("go1.27", (1, 27)), ("devel +abc", ()), ("", ())]
)
def test_version_of_go(text: str, version: tuple[int, ...]) -> None:
    assert go_version(text) == version


@pytest.mark.parametrize(("version", "taken"), [("1.8.9", False), ("1.9.0", True), ("2.0.0", True)])
def test_a_command_on_the_path_is_taken_when_it_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, *, taken: bool
) -> None:
    program = tmp_path / "temporal"
    program.write_text(f"#!/bin/sh\necho temporal version {version}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert binaries.find() == (binaries.CliProgram(program) if taken else None)


def test_built_programs_are_taken_from_the_cache_only_both_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    binaries.cache().mkdir(parents=True)
    binaries.server_path().touch(0o755)
    assert binaries.find() is None
    binaries.ui_path().touch(0o755)
    assert binaries.find() == binaries.ServerPrograms(binaries.server_path(), binaries.ui_path())


def test_the_server_listens_on_loopback_alone_and_each_port_once(tmp_path: Path) -> None:
    ports = list(range(21_000, 21_000 + PORTS))
    config = json.loads(write_config(tmp_path, ports).read_text())
    rpc = [service["rpc"] for service in config["services"].values()]
    assert {service["bindOnIP"] for service in rpc} == {"127.0.0.1"}
    used = [port for service in rpc for name, port in service.items() if name.endswith("Port")]
    assert sorted(used) == ports
    assert config["publicClient"]["hostPort"] == "127.0.0.1:21000"


def test_time_skipping_is_switched_on_for_both_kinds_of_programs(tmp_path: Path) -> None:
    write_config(tmp_path, range(PORTS))
    dynamic = json.loads((tmp_path / "dynamic.yaml").read_text())
    assert dynamic["frontend.WorkflowTimeSkippingEnabled"] == [{"value": True}]
    command = cli_command(binaries.CliProgram(Path("temporal")), tmp_path / "db", range(PORTS), 8233)
    assert "frontend.WorkflowTimeSkippingEnabled=true" in command
    assert all(any(word.startswith(f"{key}=") for word in command) for key in DYNAMIC)
    assert command[command.index("--ui-port") + 1] == "8233"
    assert "QuoteTotal=Double" in command
