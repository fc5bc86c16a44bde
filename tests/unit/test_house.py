"""The house stays in order: small files, known rooms, no registry's name, and one composition root."""

import ast
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import APART, SHARING, WAITING

ROOT = Path(__file__).parents[2]
MOST_LINES = 400
MOST_ENTRIES = 15
SMALL = 60
GROWING = {"adapters/db/migrations/versions"}
"""A file a migration, for ever."""

REPEATED = {
    "answers": "the answers of a subject's routes",
    "backup": "the commands, and what writes the file",
    "checkpoint": "what it is, and the command that makes one",
    "checkpoints": "key and file, and how one is made",
    "command": "the command itself, beside what it does",
    "comparison": "of two versions, and as it is answered",
    "customers": "the rows, and the routes",
    "customer": "the customer's pages, and who opens them in the demonstration",
    "documents": "made by an activity, fetched by a route",
    "errors": "what a room raises",
    "feed": "the rows, and the routes",
    "inbox": "the table, and the list of a run",
    "keys": "the rows, and the command",
    "links": "rows and routes of one subject",
    "mail": "as it is sent, and as the local run catches it",
    "metrics": "what a process counts, and the route that tells it",
    "migrate": "the migrations, and the command that runs them",
    "offer": "what a version offers, and how its customer reads it",
    "pages": "the frame of pages, for customers and at the desk",
    "parts_lists": "the reader, the rows, the routes",
    "parties": "the tables, and the queries of them",
    "posted": "what a form posts, to customers' pages and at the desk",
    "pricing": "the rules, the activity, the rows, the routes",
    "programs": "where a server's programs are on this machine",
    "proof": "the rules, and the commands",
    "proofs": "rows and routes of one subject",
    "quote": "what decides and what waits",
    "quotes": "the life, the rows, the PDF, the routes, the findings",
    "rate_cards": "the price list: its rules, its routes, its command",
    "record": "what a decision writes, and its face in the domain",
    "routes": "the routes of a subject",
    "seed": "the demo data, and what writes it",
    "seller": "the row, and the command",
    "server": "a local server as a process",
    "settings": "of every process, and as the command line reads them",
    "specification": "of a part: as the domain knows it, as a request writes it, as a customer reads it",
    "store": "puts what arrives where it is kept",
    "submit": "hands a command on",
    "telling": "what a command prints",
    "temporal": "the server, as it is talked to and as it is started here",
    "users": "the rows, and the pages",
    "verification": "rows and answer of one subject",
    "verify": "the comparison, and the command that runs it",
    "webhook_trouble": "the rows, and what tells admins of them",
    "webhooks": "tables, rows, what waits, what acts, the request, the routes",
}
"""Names of files and folders that stand more than once, and what each means everywhere."""

ALIKE = {
    (
        "workflows/deliveries.py Deliveries",
        "workflows/ports.py Delivery",
    ): "a run's batches, and the port they go out by",
    (
        "cli/local/processes/process.py Server",
        "cli/local/stack.py Servers",
    ): "a local server, and all of them",
}
"""Classes of two files that are named alike, and how they belong together."""

ALONE = {
    "cli/completion.py": "hides how the library makes a shell complete commands",
    "workflows/ending.py": "as above",
    "workflows/web_ui.py": "as above",
}
"""Small files with one user beside them, and why they are apart."""

TELLING_TIME = {
    "domain/instants.py": "for programs",
    "domain/wording.py": "for people",
    "cli/quotes/shown.py": "in the zone of the machine at which one sits, which the domain does not know",
    "domain/proof/mismatch.py": "names a damaged instant as it was found, in the zone that it claims",
}
"""Where an instant is written or read as text, and why there."""

TOUCHING = {"cli/local/postgres/server.py": "starts a server, before there is a database of ours"}
SUFFIXES = {".py", ".html", ".css", ".js", ".sh", ".md", ".mako"}
NAMES = {"Makefile", "Dockerfile"}
ROOMS = {"activities", "adapters", "api", "cli", "domain", "workflows"}
TOP_LEVEL = {
    *ROOMS,
    *("docs", "deploy", "tests", ".ci"),
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


def test_no_folder_of_the_product_has_more_than_15_entries() -> None:
    """What is more than one look can take in hides a room that has no name yet."""
    entries: dict[Path, set[str]] = defaultdict(set)
    for file in tracked():
        if file.parts[0] in ROOMS:
            for depth in range(1, len(file.parts)):
                entries[Path(*file.parts[:depth])].add(file.parts[depth])
    assert {str(folder) for folder in entries} >= ROOMS
    crowded = {str(folder): len(found) for folder, found in entries.items() if len(found) > MOST_ENTRIES}
    assert {folder: n for folder, n in crowded.items() if folder not in GROWING} == {}


def test_the_name_of_a_file_or_folder_means_one_thing() -> None:
    """Who looks for a word finds one place, or the same subject in each layer."""
    files: dict[str, set[str]] = defaultdict(set)
    for file in tracked():
        if file.parts[0] in ROOMS and file.suffix == ".py":
            for folder in file.parents[:-2]:
                files[folder.name].add(str(folder))
            if not file.stem.startswith("__"):
                files[file.stem].add(str(file))
    repeated = {name: found for name, found in files.items() if len(found) > 1}
    assert {name: found for name, found in repeated.items() if name not in REPEATED} == {}
    assert set(REPEATED) - set(repeated) == set(), "no longer repeated"


def test_the_name_of_a_class_means_one_thing() -> None:
    """Nor do two differ in nothing but a plural or an underscore, unless one file shows both: a base and its union."""
    found: dict[str, list[tuple[Path, str]]] = defaultdict(list)
    for file in tracked():
        if (file.parts[0] in ROOMS or file.name == "worker.py") and file.suffix == ".py":
            for name in classes(ast.parse((ROOT / file).read_bytes())):
                found[singular(name.lstrip("_"))].append((file, name))
    repeated = {
        tuple(sorted(f"{file} {name}" for file, name in places))
        for places in found.values()
        if len({file for file, _ in places}) > 1
    }
    assert repeated == set(ALIKE)


def classes(tree: ast.Module) -> Iterator[str]:
    """The classes and aliases of types that a module declares. A type variable is a place for a type, and none itself."""
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name):
                yield name
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ):
                is_variable = isinstance(value, ast.Call) and ast.unparse(value.func) == "TypeVar"
                if re.fullmatch("_?[A-Z]+[a-z][A-Za-z0-9]*", name) and not is_variable:
                    yield name


def singular(name: str) -> str:
    """As far as a plural is made by an s."""
    if name.endswith("ies"):
        return f"{name.removesuffix('ies')}y"
    return name if name.endswith("ss") else name.removesuffix("s")


def test_a_small_file_has_more_than_one_user_or_a_reason() -> None:
    """What one neighbour alone imports belongs into it."""
    importers: dict[str, set[Path]] = defaultdict(set)
    product = [file for file in tracked() if file.parts[0] in ROOMS and file.suffix == ".py"]
    for file in product:
        for module in modules(ROOT / file):
            importers[module].add(file)
    lonely = {
        str(file)
        for file in product
        if lines(file) < SMALL
        and "migrations" not in file.parts
        and len(users := importers[".".join(file.with_suffix("").parts)] - {file}) == 1
        and next(iter(users)).parent == file.parent
    }
    assert lonely == set(ALONE)


@pytest.mark.parametrize(
    ("library", "room"),
    [
        (("sqlalchemy", "asyncpg"), "adapters/db"),
        (("temporalio.api",), "adapters/temporal"),
        (("opentelemetry",), "adapters/telemetry"),
    ],
)
def test_a_library_is_touched_in_one_room(library: tuple[str, ...], room: str) -> None:
    """SQL stands in one room, the Temporal server's raw API in another, OpenTelemetry in a third."""
    found = [
        str(file)
        for file in tracked()
        if file.parts[0] in ROOMS
        and file.suffix == ".py"
        and not file.is_relative_to(room)
        and any(
            module == name or module.startswith(f"{name}.")
            for module in modules(ROOT / file)
            for name in library
        )
    ]
    assert [file for file in found if file not in TOUCHING] == []


def test_an_instant_is_told_in_one_place() -> None:
    """Each form of it has one name, so that two that look alike are the same to the letter. Days are no instants."""
    found = {
        str(file)
        for file in tracked()
        if file.parts[0] in ROOMS
        and file.suffix == ".py"
        and tells_time(ast.parse((ROOT / file).read_bytes()))
    }
    assert found == set(TELLING_TIME)


def tells_time(tree: ast.AST) -> bool:
    """Whether an instant becomes text, or text an instant, by hand."""
    return any(map(_tells_time, ast.walk(tree)))


def _tells_time(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="date"), attr="fromisoformat"):
            return False
        case ast.Attribute(attr="isoformat" | "fromisoformat" | "strftime" | "strptime"):
            return True
        case ast.FormattedValue(format_spec=ast.JoinedStr() as form):
            return re.search("%[A-Za-z]", ast.unparse(form)) is not None
    return False


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


def modules(file: Path) -> set[str]:
    """The modules that a file imports; of a package, whatever is taken from it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


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


def test_the_suite_is_divided_by_names_that_are_there() -> None:
    """A file of another name would join its room's, and start nothing less."""
    files = [file for file in tracked() if file.parts[0] == "tests"]
    assert {*SHARING, *WAITING} <= {file.parts[1] for file in files if len(file.parts) > 2}
    assert set(APART) <= {file.name for file in files if len(file.parts) > 2 and file.parts[1] in SHARING}
