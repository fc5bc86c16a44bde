"""The worker's command line, and what a process that decides alone does without."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from worker import arguments
from workflows.contract import WorkKind

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("words", "work"),
    [
        ([], tuple(WorkKind)),
        (["--only", "decisions"], (WorkKind.DECISIONS,)),
        (["--only", "deliveries"], (WorkKind.DELIVERIES,)),
    ],
)
def test_the_work_is_named_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, words: list[str], work: tuple[WorkKind, ...]
) -> None:
    """Without a word it is all of it, in one process."""
    monkeypatch.setattr(sys, "argv", ["worker.py", *words])
    assert arguments() == work


@pytest.mark.parametrize("words", [["--only", "mails"], ["--only"], ["deliveries"]])
def test_other_work_is_refused_with_what_there_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """Before anything is connected to."""
    monkeypatch.setattr(sys, "argv", ["worker.py", *words])
    with pytest.raises(SystemExit) as ended:
        arguments()
    assert ended.value.code == 2
    assert "--only {decisions,deliveries}" in capsys.readouterr().err


def test_what_only_deliveries_need_is_not_loaded_by_what_decides() -> None:
    """Neither typesetter nor templates nor SMTP."""
    code = "import sys, json, worker; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    loaded = set(json.loads(done.stdout))
    assert "workflows.quote" in loaded
    assert not {"typst", "jinja2", "aiosmtplib", "adapters.pdf", "adapters.mail"} & loaded


def test_each_line_of_a_log_tells_which_worker_wrote_it() -> None:
    """Of ours and of libraries alike; without the fields of another process."""
    code = (
        "import logging; from adapters.logs import configure_logging, logger;"
        "configure_logging('INFO', worker='deliveries'); logger('ours').info('one'); logging.info('another')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["event"], line["worker"]) for line in lines] == [
        ("one", "deliveries"),
        ("another", "deliveries"),
    ]
