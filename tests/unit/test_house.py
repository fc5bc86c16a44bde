"""The house stays in order: small files, known rooms, no registry's name, and one composition root."""

import ast
import shutil
import statistics
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_LINES = 400
USUAL_LINES = 100
SUFFIXES = {".py", ".html", ".css", ".js", ".sh", ".md", ".mako"}
NAMES = {"Makefile", "Dockerfile"}
ROOMS = {"activities", "adapters", "api", "cli", "domain", "workflows"}
TOP_LEVEL = {
    *ROOMS,
    *("docs", "tests", ".ci"),
    *(
        "worker.py",
        "pyproject.toml",
        "requirements.txt",
        "requirements-dev.txt",
        "requirements-uv.txt",
        "Makefile",
    ),
    *("README.md", "CHANGELOG.md", ".gitignore", "Dockerfile", ".dockerignore", "docker-compose.yml"),
    *("LICENSE", "CONTRIBUTING.md", "SECURITY.md"),
}
# Put together here, so that this file does not hold what it looks for.
HOSTS = [
    *("pypi" + ".org", "python" + "hosted", "pypi.python" + ".org"),
    *(
        "proxy" + ".golang",
        "sum" + ".golang",
        "registry" + ".npmjs",
        "registry" + ".yarnpkg",
        "crates" + ".io",
    ),
]


@cache
def tracked() -> tuple[Path, ...]:
    """The files of the repository that are there, relative to its root."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: which files belong to the project is not known")
    command = [git, "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file())


def lines(file: Path) -> int:
    return len((ROOT / file).read_text().splitlines())


def test_no_file_is_longer_than_400_lines() -> None:
    """A file that wants to be longer hides a concept that has no name yet."""
    written = [file for file in tracked() if file.suffix in SUFFIXES or file.name in NAMES]
    assert len(written) > len(ROOMS)
    assert {str(file): n for file in written if (n := lines(file)) > MOST_LINES} == {}


def test_half_of_all_python_files_are_shorter_than_100_lines() -> None:
    """The limit above is for the exception; this is the habit."""
    assert statistics.median(lines(file) for file in tracked() if file.suffix == ".py") < USUAL_LINES


def test_only_known_names_stand_at_the_top() -> None:
    """A new room is a decision, not an accident; what holds everything would attract everything."""
    assert {file.parts[0] for file in tracked()} - TOP_LEVEL == set()


@pytest.mark.parametrize("host", HOSTS)
def test_no_file_names_a_registry_s_host(host: str) -> None:
    """Where packages come from is the machine's own business: a mirror serves as well."""
    found = [str(file) for file in tracked() if host.encode() in (ROOT / file).read_bytes()]
    assert found == []


def test_no_room_but_the_command_line_imports_the_worker() -> None:
    """The composition root depends on the rooms, never the other way round."""
    below = [file for file in tracked() if file.suffix == ".py" and file.parts[0] in ROOMS - {"cli"}]
    assert below
    assert [str(file) for file in below if "worker" in imports(ROOT / file)] == []


def imports(file: Path) -> set[str]:
    """The top-level names that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
    return found


def test_the_inner_rooms_import_what_they_may_and_nothing_else() -> None:
    """The domain needs the standard library alone; workflows need that, the domain and Temporal's SDK."""
    standard = set(sys.stdlib_module_names)
    for room, more in {"domain": {"domain"}, "workflows": {"domain", "workflows", "temporalio"}}.items():
        files = [file for file in tracked() if file.parts[0] == room and file.suffix == ".py"]
        assert files
        strangers = {str(file): imports(ROOT / file) - standard - more for file in files}
        assert {file: names for file, names in strangers.items() if names} == {}
