"""A data directory serves one run at a time, keeps its secret, and says clearly why it cannot serve."""

import asyncio
import stat
import sys
from pathlib import Path

import pytest

from cli.local import devenv
from cli.local.datadir import DataDir
from cli.local.errors import StackError
from cli.local.processes.process import ChildProcess
from cli.settings import load_settings


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    with DataDir(tmp_path / "d") as data:
        secret = data.secret()
        assert len(secret) >= 32
        assert mode(data.path / "secret") == 0o600
    with DataDir(tmp_path / "d") as data:
        assert data.secret() == secret


def test_a_second_run_on_the_same_folder_is_refused_and_a_later_one_is_not(tmp_path: Path) -> None:
    with DataDir(tmp_path), pytest.raises(StackError, match=r"already running on .*--data-dir"):
        DataDir(tmp_path)
    DataDir(tmp_path).close()


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_in_the_folders_place_is_named(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StackError, match=r"is a file where a folder is needed.*--data-dir"):
        DataDir(tmp_path / "file" / below)


def test_what_a_killed_run_left_does_not_look_like_a_running_one(tmp_path: Path) -> None:
    devenv.write(tmp_path, {"FIRM_OFFER_URL": "http://127.0.0.1:1"})
    with DataDir(tmp_path):
        assert devenv.read(tmp_path) == {}


def test_the_log_of_the_run_before_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    with DataDir(tmp_path) as data:
        data.log("api").write_text("first")
        assert not data.log("api").exists()
        assert (data.logs / "api.log.1").read_text() == "first"


def test_logs_are_for_their_owner_alone(tmp_path: Path) -> None:
    """Also where the folder is one that everybody may look into, and was there before."""
    (tmp_path / "logs").mkdir(mode=0o755)
    with DataDir(tmp_path) as data:
        child = ChildProcess("Child", [sys.executable, "-c", ""], data.log("child"))
        child.start()
        assert mode(data.logs) == 0o700
        assert mode(child.log) == 0o600
        asyncio.run(child.stop())


def test_the_address_file_is_private_whole_and_read_back(tmp_path: Path) -> None:
    values = {"DATABASE_URL": "postgresql://a:b@127.0.0.1:1/c?x=y", "FIRM_OFFER_API_KEY": ""}
    file = devenv.write(tmp_path, values)
    assert mode(file) == 0o600
    assert devenv.read(tmp_path) == values
    assert [path.name for path in tmp_path.iterdir()] == ["dev.env"]


def test_commands_work_on_the_running_stack_unless_the_environment_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment comes first, unless a data directory is named: then that stack is meant and no other."""
    monkeypatch.chdir(tmp_path)
    local = tmp_path / ".local"
    local.mkdir()
    for name in ("DATABASE_URL", "FIRM_OFFER_SECRET", "TEMPORAL_ADDRESS", "FIRM_OFFER_TIME_MACHINE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(StackError, match=r"DATABASE_URL, FIRM_OFFER_SECRET.*firm-offer run"):
        load_settings()
    with pytest.raises(StackError, match="No stack runs in"):
        load_settings(tmp_path)
    devenv.write(
        local,
        {
            "DATABASE_URL": "postgresql://local",
            "FIRM_OFFER_SECRET": "s" * 64,
            "FIRM_OFFER_TIME_MACHINE": "true",
        },
    )
    monkeypatch.setenv("DATABASE_URL", "postgresql://mine")
    settings = load_settings()
    assert settings.database_url.get_secret_value() == "postgresql://mine"
    assert settings.time_machine
    assert load_settings(local).database_url.get_secret_value() == "postgresql://local"
