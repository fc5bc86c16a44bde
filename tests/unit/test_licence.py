"""The licence is said once and the same everywhere: in its file, to packaging tools, to readers."""

import re
import tomllib
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """The table `[project]`."""
    told: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return told


def test_file_and_project_name_the_same_licence_and_holders(project: dict[str, Any]) -> None:
    """The SPDX name is the file's title, and who holds the copyright are the authors."""
    (name,) = project["license-files"]
    title, _, notice = (ROOT / name).read_text().splitlines()[:3]
    assert title == f"{project['license']} License"
    (author,) = project["authors"]
    assert re.fullmatch(rf"Copyright \(c\) 20\d\d {author['name']}", notice)


def test_what_is_installed_says_it_too(project: dict[str, Any]) -> None:
    """Tools that list licences read the installed package, not our files."""
    installed = metadata(project["name"])
    assert installed["License-Expression"] == project["license"]
    assert installed.get_all("License-File") == project["license-files"]


def test_no_address_is_told_that_nobody_answers(project: dict[str, Any]) -> None:
    """There is no public address of this project; an invented one would send reports to strangers."""
    assert "urls" not in project
    assert all(set(author) == {"name"} for author in project["authors"])
    for page in ("SECURITY.md", "CONTRIBUTING.md"):
        assert not re.search(r"https?://|[\w.+-]+@[\w-]+\.\w+", (ROOT / page).read_text())


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_readers_are_told(page: str) -> None:
    """Whoever reads how to use or change it finds the licence by a link."""
    assert "](LICENSE)" in (ROOT / page).read_text()
