"""What is said of a worker by the file that it writes."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from adapters.settings import Settings
from adapters.worker_health import SETTING, STALE_SECONDS, complaint, note

ROOT = Path(__file__).parents[2]


def test_a_worker_that_says_so_is_well(tmp_path: Path) -> None:
    """For a time: then its word is none, because it hangs or is gone."""
    file = tmp_path / "worker"
    note(file, None)
    now = time.time()
    assert complaint(file, now=now) is None
    assert "hangs" in str(complaint(file, now=now + STALE_SECONDS + 1))


def test_what_a_worker_complains_of_is_told(tmp_path: Path) -> None:
    """In its own words; the last one counts, and no draft is left beside it."""
    file = tmp_path / "worker"
    note(file, None)
    note(file, "it asks for no delivery tasks")
    assert complaint(file, now=time.time()) == "it asks for no delivery tasks"
    assert [each.name for each in tmp_path.iterdir()] == ["worker"]


def test_a_worker_that_has_not_begun_is_not_well(tmp_path: Path) -> None:
    """No file is no health."""
    assert "not written" in str(complaint(tmp_path / "worker", now=time.time()))


@pytest.mark.parametrize(
    ("said", "code", "told"),
    [(None, 0, ""), ("it is ill", 1, "The worker is not healthy: it is ill.\n")],
)
def test_the_check_ends_with_what_it_found(tmp_path: Path, said: str | None, code: int, told: str) -> None:
    """As a container's engine calls it: by the setting of the worker beside it, with nothing but Python."""
    file = tmp_path / "worker"
    note(file, said)
    command = [sys.executable, "-S", "-m", "adapters.worker_health"]
    for env, expected in (
        ({SETTING: str(file)}, (code, told)),
        ({}, (1, f"{SETTING} is not set, so the worker does not report its health\n")),
    ):
        done = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == expected


def test_the_setting_is_the_worker_s() -> None:
    """One name for both sides."""
    assert Settings.model_fields["worker_health_file"].alias == SETTING
