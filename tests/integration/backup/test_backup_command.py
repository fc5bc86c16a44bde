"""`firm-offer backup`: the record in one file, whole and private, or a sentence and no file."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from adapters.db.database import Database
from adapters.db.migrations import head
from cli.backup import programs
from cli.local.postgres.programs import PROGRAMS, wheel
from tests.integration.backup.shell import Life
from tests.integration.test_run_command import PROJECT
from tests.roles import as_product
from tests.shell import firm_offer, refused
from tests.waiting import eventually


def names(folder: Path) -> list[str]:
    """Of what is in it, also what is hidden."""
    return sorted(each.name for each in folder.iterdir())


async def test_the_role_of_api_and_worker_can_back_up(source: Database, life: Life, tmp_path: Path) -> None:
    """Nobody needs the owner's password every night."""
    file = tmp_path / "night.dump"
    ended = await firm_offer("backup", file, env={"DATABASE_URL": as_product(source.url)})
    assert ended.exit_code == 0, ended.output
    assert file.stat().st_size > 0


@pytest.mark.parametrize("shell", ["", "trap '' INT; "], ids=["in front", "in the background"])
async def test_a_backup_that_is_told_to_stop_leaves_nothing(
    source: Database, tmp_path: Path, shell: str
) -> None:
    """As by a supervisor: neither half a file with customers' data, nor a `pg_dump` that goes on. What a shell runs in
    the background starts with Ctrl-C ignored.
    """
    programs, target = tmp_path / "bin", tmp_path / "backups"
    programs.mkdir()
    target.mkdir()
    slow = programs / "pg_dump"
    slow.write_text(
        f"#!/bin/sh\n[ $1 = --version ] && echo 'pg_dump (PostgreSQL) 99.0' && exit\n"
        f"echo $$ > {tmp_path}/pid\nkill -TERM $PPID\nexec sleep 300\n"
    )
    slow.chmod(0o755)
    env = os.environ | {"DATABASE_URL": source.url, "PATH": f"{programs}:{os.environ['PATH']}"}
    words = [sys.executable, "-m", "cli.main", "backup", str(target / "night.dump")]
    command = ["sh", "-c", f'{shell}exec "$@"', "sh", *words]
    backup = await asyncio.create_subprocess_exec(
        *command, cwd=PROJECT, env=env, stderr=asyncio.subprocess.DEVNULL
    )
    async with asyncio.timeout(30):
        assert await backup.wait() != 0
    assert names(target) == []
    pid = int((tmp_path / "pid").read_text())
    await eventually(lambda: not psutil.pid_exists(pid), "its process is gone", seconds=30)


async def test_a_backup_is_whole_private_and_told(source: Database, life: Life, tmp_path: Path) -> None:
    """Size, revision, number of quotes; the file is its owner's, and nothing else is left in the folder."""
    folder = tmp_path / "backups"
    folder.mkdir()
    ended = await firm_offer("backup", folder / "a.dump", env={"DATABASE_URL": source.url})
    assert f"4 quote(s), tables at revision {head()}" in ended.stdout
    (name,) = names(folder)
    file = folder / name
    assert file.stat().st_mode & 0o777 == 0o600
    assert f"{file.stat().st_size / 1000:.1f} kB" in ended.stdout


async def test_a_file_that_is_there_stays(source: Database, tmp_path: Path) -> None:
    """Unless one says so; a folder and a missing one are told apart."""
    env, file = {"DATABASE_URL": source.url}, tmp_path / "kept.dump"
    file.write_text("mine")
    assert "--overwrite" in refused(await firm_offer("backup", file, env=env))
    assert "is a folder" in refused(await firm_offer("backup", tmp_path, env=env))
    assert "No such file" in refused(await firm_offer("backup", tmp_path / "no" / "a.dump", env=env))
    assert file.read_text() == "mine"
    assert (await firm_offer("backup", file, "--overwrite", env=env)).exit_code == 0
    assert file.read_bytes().startswith(b"PGDMP")
    assert names(tmp_path) == ["kept.dump"]


def done(*command: str) -> bool:
    """Whether the system does that for us."""
    return not subprocess.run(command, capture_output=True, check=False).returncode


async def test_no_room_on_the_disk(source: Database, life: Life, tmp_path: Path) -> None:
    """A full disk is named, and what was begun is gone."""
    small = tmp_path / "small"
    small.mkdir()
    if not done("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(small)):
        pytest.skip("a small disk can be made by root alone")
    try:
        told = refused(await firm_offer("backup", small / "a.dump", env={"DATABASE_URL": source.url}))
        assert "a.dump cannot be written: No space left on device" in told
        assert names(small) == []
    finally:
        assert done("umount", str(small))


def pretended(folder: Path, name: str, script: str) -> str:
    """A PATH on which that program comes first."""
    folder.mkdir()
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


async def test_a_password_is_on_no_command_line(source: Database, life: Life, tmp_path: Path) -> None:
    """What the program is told is written down by one that stands before it, which does the work then."""
    carried = wheel()
    assert carried is not None
    real, words = carried / PROGRAMS / "bin" / "pg_dump", tmp_path / "words"
    script = f'[ "$1" = --version ] || printf "%s\\n" "$0" "$@" > {words}\nexec {real} "$@"'
    env = {"DATABASE_URL": source.url, "PATH": pretended(tmp_path / "bin", "pg_dump", script)}
    assert (await firm_offer("backup", tmp_path / "a.dump", env=env)).exit_code == 0
    password = source.url.partition("firm_offer:")[2].partition("@")[0]
    assert str(tmp_path / "bin") in words.read_text()
    assert password not in words.read_text()
    wrong = source.url.replace(password, "s3cret")
    told = refused(await firm_offer("backup", tmp_path / "b.dump", env={"DATABASE_URL": wrong}))
    assert "password authentication failed" in told
    assert "s3cret" not in told


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'pg_dump (PostgreSQL) 15.18'", "and no pg_dump on this machine is that new"),
        ("exit 127", "pg_dump of PostgreSQL is not on this machine"),
        (None, "pg_dump of PostgreSQL is not on this machine"),
    ],
)
async def test_without_a_program_that_can_the_ways_out_are_told(
    source: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, words: str
) -> None:
    """An older one, one that does not run, none at all: what to install, and the line for docker compose."""
    monkeypatch.setattr(programs, "wheel", lambda: None)
    path = pretended(tmp_path / "bin", "pg_dump", script) if script else str(tmp_path)
    told = refused(
        await firm_offer("backup", tmp_path / "a.dump", env={"DATABASE_URL": source.url, "PATH": path})
    )
    assert words in told
    assert "docker compose exec -T postgres pg_dump" in told
    assert not (tmp_path / "a.dump").exists()


async def test_a_dump_that_breaks_off_leaves_no_file(source: Database, life: Life, tmp_path: Path) -> None:
    """PostgreSQL's own words, one sentence, and the folder as before."""
    script = "[ $1 = --version ] && echo '(PostgreSQL) 18.1' && exit\necho 'pg_dump: error: the line is cut' >&2\nexit 1"
    env = {"DATABASE_URL": source.url, "PATH": pretended(tmp_path / "bin", "pg_dump", script)}
    assert "“the line is cut”" in refused(await firm_offer("backup", tmp_path / "a.dump", env=env))
    assert names(tmp_path) == ["bin"]
