"""The command line says what is wrong in a sentence, and every command it lists can be called."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli.local.free_ports import bound, free_ports
from cli.main import COMMANDS
from tests.shell import call


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_explains_itself(command: str) -> None:
    result = call(command, "--help")
    assert result.exit_code == 0
    assert command in result.output


def test_the_bare_command_lists_the_others() -> None:
    output = call("--help").output
    assert all(command in output for command in COMMANDS)


def test_what_a_person_can_mend_is_a_sentence_and_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = call("run", "--data-dir", str(tmp_path / "file"))
    assert result.exit_code == 1
    assert result.stderr.startswith("firm-offer: ")
    assert "--data-dir" in result.stderr
    assert "Traceback" not in result.output


def test_a_port_in_use_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    held = bound(port)
    assert held is not None
    with held:
        held.listen()
        result = call("run", "--data-dir", str(tmp_path), "--port", str(port))
    assert result.exit_code == 1
    assert f"Port {port} is in use" in result.stderr
    assert "--port 0" in result.stderr
    assert not (tmp_path / "postgres").exists()


def ended(program: str) -> subprocess.CompletedProcess[str]:
    """What Python code did in a process of its own, beside a database that is not there."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        env={"PATH": "/usr/bin:/bin", "DATABASE_URL": "postgresql://a:b@127.0.0.1:1/c"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--help"], 0, "temporal-setup"),
        (["seller", "set", "/no/such/file"], 1, "firm-offer: "),
        (["no-such"], 2, "no-such"),
    ],
)
def test_the_program_ends_at_once_with_its_exit_code(words: list[str], code: int, told: str) -> None:
    """The interpreter is not taken apart while threads of the Temporal SDK may still run: that aborts. All that
    was printed has come through.
    """
    program = f"import atexit, os; atexit.register(os.abort); from cli.main import app; app({words!r})"
    done = ended(program)
    assert done.returncode == code
    assert told in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "unneeded"),
    [
        (["--help"], {"sqlalchemy", "temporalio", "pydantic", "rich", "asyncio"}),
        (["keys", "list"], {"alembic", "temporalio", "pydantic_settings", "rich", "httpx"}),
    ],
    ids=["the list of commands", "keys list"],
)
def test_what_is_quick_loads_nothing_that_it_does_not_need(words: list[str], unneeded: set[str]) -> None:
    """Who types a command waits for its libraries first."""
    program = f"""
import os, sys
os._exit = lambda code: None
from cli.main import app
app({words!r})
print("loaded", *sys.modules)
"""
    done = ended(program)
    loaded = done.stdout.splitlines()[-1].split()
    assert loaded[0] == "loaded"
    assert not unneeded & set(loaded)
