"""The documents say what the program does: whatever they name exists, and whatever matters they name."""

import json
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from adapters.db.tables import metadata
from adapters.settings import Settings
from api.customer.routes import router as customer_pages
from api.http.problem import PROBLEMS
from api.openapi.error_catalogue import WHAT_TO_DO, catalogue
from cli.main import COMMANDS
from domain.errors import RefusalCode
from domain.money import Money
from domain.offer.content import Unit
from domain.presentation.images import SIGNATURES
from domain.pricing.advice.limits import PriceLimit
from domain.quotes.commands import AcceptanceMethod
from domain.quotes.events import Event, EventType
from domain.quotes.notices import Audience, DeliveryState, DeliveryStatus, MessageKind
from domain.quotes.status import Action, CommandStatus, QuoteStatus

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
DECISIONS = DOCS / "decisions"
RECORDS = sorted(DECISIONS.glob("[0-9]*.md"))
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
ROOMS = {"activities", "adapters", "api", "cli", "docs", "domain", "tests", "workflows", ".ci"}
SUFFIXES = {".py", ".md", ".toml", ".txt", ".html", ".json"}
ONE_SCREEN = 50
MOST_PICTURE_BYTES = 150_000
VALUES: dict[str, type[StrEnum]] = {
    kind.__name__: kind
    for kind in (
        *(QuoteStatus, Action, RefusalCode, PriceLimit, AcceptanceMethod, EventType, Unit),
        *(MessageKind, Audience, DeliveryStatus, DeliveryState, CommandStatus),
    )
}

FENCE = re.compile(r"^(`{3,})(\w*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
PICTURE = re.compile(r"!\[([^\]]+)\]\(([^)\s]+)\)")
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
NUMBER = re.compile(r"\b[0-9]{4}\b")
NUMBERED = re.compile(r"\[([^\]]+)\]\((?:[^)\s]*/)?([0-9]{4}-[^)\s]+\.md)(?:#[^)\s]*)?\)")
ADDRESS = re.compile(r"(GET|HEAD|POST|PUT|PATCH|DELETE) (/\S+)")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
each_record = pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return FENCE.sub("", page.read_text())


def spans(page: Path) -> list[str]:
    """What stands in code type within a line."""
    return SPAN.findall(prose(page))


def code(page: Path) -> str:
    """Everything in code type, a piece a line: spans and fenced blocks."""
    blocks = [match[3] for match in FENCE.finditer(page.read_text())]
    return "\n".join([*spans(page), *blocks])


def section(page: Path, heading: str) -> str:
    """What stands under a heading, up to the next one of the same level or above."""
    level = heading.split(" ", 1)[0]
    after = page.read_text().split(f"\n{heading}\n", 1)[1]
    return re.split(rf"^#{{1,{len(level)}}} ", after, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of a page's tables, without heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    heads = {at - 1 for at, line in enumerate(lines) if set(line) <= set("|- ")}
    return [
        [cell.strip() for cell in line.strip("|").split(" |")]
        for at, line in enumerate(lines)
        if at not in heads and not set(line) <= set("|- ")
    ]


def slug(heading: str) -> str:
    """A heading's address within its page."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_setting_is_documented_and_nothing_else() -> None:
    """Names, defaults and which are secret: the table of settings is the program's own."""
    told = {
        row[0].strip("`"): (row[2], row[3]) for row in rows(section(DOCS / "configuration.md", "## Settings"))
    }
    assert told == {str(field.alias): _as_told(field) for field in Settings.model_fields.values()}


def _as_told(field: Any) -> tuple[str, str]:
    secret = "yes" if SecretStr in {field.annotation, *get_args(field.annotation)} else "no"
    default = field.default
    if default is PydanticUndefined:
        return "required", secret
    if default is None:
        return "none", secret
    plain = default.get_secret_value() if isinstance(default, SecretStr) else default
    return f"`{str(plain).lower() if isinstance(plain, bool) else plain}`", secret


def test_the_glossary_lists_each_enum_and_no_other() -> None:
    """Nothing claims to be a list of the program's that is none."""
    headings = re.findall(r"^### `(\w+)`$", section(DOCS / "glossary.md", "## Values"), re.MULTILINE)
    assert sorted(headings) == sorted(VALUES)


@pytest.mark.parametrize("name", list(VALUES))
def test_the_glossary_has_every_value_and_no_other(name: str) -> None:
    """Each value has a meaning, once, in the order of the code; a value that is gone is gone here too."""
    found = rows(section(DOCS / "glossary.md", f"### `{name}`"))
    assert [row[0] for row in found] == [f"`{value}`" for value in VALUES[name]]
    assert all(row[1] for row in found)


def test_what_each_event_tells_is_documented() -> None:
    """Every field by type, those apart that are not always there; an amount has its currency beside it."""
    told = {row[0]: row[1:] for row in rows(section(DOCS / "connecting.md", "### What `data` has"))}
    assert [*told] == [f"`{type_}`" for type_ in EventType]
    for type_ in EventType:
        kept: list[list[str]] = [[], []]
        for each in fields(Event(type=type_, at=None, actor="").kind):
            is_money = Money in (get_args(each.type) or (each.type,))
            kept[each.default is not MISSING] += [each.name.rstrip("_"), *(["currency"] if is_money else [])]
        assert [SPAN.findall(cell) for cell in told[f"`{type_}`"]] == kept, type_


def test_every_word_of_the_glossary_stands_once_in_order() -> None:
    """Who looks a word up finds it where the alphabet says."""
    words = [row[0] for row in rows(section(DOCS / "glossary.md", "## Words"))]
    assert words == sorted(set(words))


def test_the_catalogue_of_errors_is_the_program_s() -> None:
    """Clients build on codes and statuses: the page has all of them, and what to do. `python -m api.openapi errors` prints it."""
    assert (DOCS / "errors.md").read_text() == catalogue()
    assert set(WHAT_TO_DO) == set(PROBLEMS), "said of each code, and of no other"


def test_the_feature_names_every_status_and_every_refusal_of_a_command() -> None:
    """A reader learns there how each command can be refused. Two codes are of no command that exists."""
    named = set(spans(DOCS / "features" / "quote-management.md"))
    unknown_to_commands = {RefusalCode.NOT_FOUND, RefusalCode.ALREADY_EXISTS, RefusalCode.MALFORMED}
    assert {*map(str, QuoteStatus), *map(str, set(RefusalCode) - unknown_to_commands)} <= named


@each_page
def test_every_file_that_is_named_exists(page: Path) -> None:
    """A path that was renamed is renamed in the documents too."""
    gone = [name for name in spans(page) if _is_path(name) and not _exists(name)]
    assert gone == []


def _is_path(name: str) -> bool:
    if not re.fullmatch(r"[\w.\-/]+", name):
        return False
    first, slash, _ = name.partition("/")
    return first in ROOMS if slash else Path(name).suffix in SUFFIXES


def _exists(name: str) -> bool:
    if "/" in name:
        path = ROOT / name
        return path.is_dir() if name.endswith("/") else path.is_file()
    return (ROOT / name).is_file() or any(_named(name))


def _named(name: str) -> Iterator[Path]:
    for room in sorted(ROOMS):
        yield from (ROOT / room).rglob(name)


@each_page
def test_every_command_that_is_named_exists(page: Path) -> None:
    """`make` has each target, `firm-offer` each command that the documents call."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = code(page)
    assert set(re.findall(r"(?:^|[\s/])make ([a-z][a-z-]*)", text)) <= targets
    assert set(re.findall(r"(?:^|[\s/])firm-offer ([a-z][a-z-]*)", text)) <= set(COMMANDS)


@each_page
def test_every_address_that_is_named_exists(page: Path) -> None:
    """Method and path of the API or of the customer's page, whatever a parameter is called."""
    named = {(m[1], _nameless(m[2])) for span in spans(page) if (m := ADDRESS.fullmatch(span))}
    assert named - _addresses() == set()


def _nameless(path: str) -> str:
    return re.sub(r"\{\w+(?::\w+)?\}", "{}", path).removeprefix("/api/v1")


def _addresses() -> set[tuple[str, str]]:
    document = json.loads((DOCS / "openapi.json").read_text())
    of_api = {
        (method.upper(), _nameless(path)) for path, ways in document["paths"].items() for method in ways
    }
    of_pages: list[Any] = [*customer_pages.routes]
    return of_api | {(method, _nameless(route.path)) for route in of_pages for method in route.methods}


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    """Files that links name exist, and so do the headings within them."""
    for target in LINK.findall(prose(page)):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.is_file(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", there.read_text(), re.MULTILINE)
            assert anchor in map(slug, headings), target


@each_page
def test_fenced_blocks_say_what_they_are(page: Path) -> None:
    """What a test runs as it stands may be on its own page alone: `bash` against the local stack, proxies' files."""
    kinds = {match[2] for match in FENCE.finditer(page.read_text())}
    run = {
        "first-steps.md": {"bash"},
        "estimating.md": {"json"},
        "proxy.md": {"nginx", "caddyfile"},
        "connecting.md": {"python"},
        "clients.md": {"python", "typescript", "yaml"},
    }
    assert kinds <= {"sh", "text", "mermaid"} | run.get(page.name, set())


def pictures(page: Path) -> dict[str, Path]:
    """The pictures that a page shows, by their words."""
    return {words: (page.parent / path).resolve() for words, path in PICTURE.findall(prose(page))}


@each_page
def test_every_picture_that_is_shown_is_there_and_small(page: Path) -> None:
    """With words for who does not see it, which no other picture of the page has."""
    assert len(pictures(page)) == len(PICTURE.findall(prose(page)))
    for words, path in pictures(page).items():
        picture = path.read_bytes()
        assert path.parent == DOCS / "pictures"
        assert picture.startswith(SIGNATURES["image/png"])
        assert 5_000 < len(picture) <= MOST_PICTURE_BYTES, path
        assert len(words) > 30


def test_every_picture_is_shown_and_made_by_the_program() -> None:
    """None lies about that no page shows, and none that `make pictures` does not make anew."""
    shown = {path for page in PAGES for path in pictures(page).values()}
    assert shown == set((DOCS / "pictures").iterdir())
    made = (ROOT / "tests/pictures.py").read_text()
    assert [path.stem for path in sorted(shown) if f'"{path.stem}"' not in made] == []


def test_the_readme_shows_page_document_desk_and_workflow() -> None:
    """What the product is, at a glance."""
    assert len(pictures(ROOT / "README.md")) == 4


def test_decisions_are_numbered_without_gaps() -> None:
    """A number is never used twice and none is missing."""
    assert [record.name[:4] for record in RECORDS] == [f"{n:04}" for n in range(1, len(RECORDS) + 1)]


@each_record
def test_a_decision_has_number_title_status_and_what_was_rejected(record: Path) -> None:
    """One screen that can be quoted, and that says why the other ways were not taken."""
    lines = record.read_text().splitlines()
    assert re.fullmatch(rf"# {record.name[:4]}\. \S.*\S", lines[0])
    assert re.fullmatch(r"Status: (accepted|superseded by [0-9]{4})", lines[2])
    assert {"## Decision", "## Rejected"} <= set(lines)
    assert len(lines) <= ONE_SCREEN


@each_page
def test_a_decision_is_named_by_its_own_number(page: Path) -> None:
    """Where the words of a link have a number, it is the one of the record that the link leads to."""
    named = [(NUMBER.findall(words), Path(path).name[:4]) for words, path in NUMBERED.findall(prose(page))]
    assert [(numbers, number) for numbers, number in named if numbers not in ([], [number])] == []


def test_the_list_of_decisions_is_complete() -> None:
    """Number, title, file and status as the records themselves have them."""
    listed = [tuple(row) for row in rows((DECISIONS / "README.md").read_text())]
    assert listed == [_listing(record) for record in RECORDS]


def _listing(record: Path) -> tuple[str, str, str]:
    lines = record.read_text().splitlines()
    number, title = lines[0].removeprefix("# ").split(". ", 1)
    return number, f"[{title}]({record.name})", lines[2].removeprefix("Status: ")


def test_of_every_table_it_is_said_what_it_holds_of_people() -> None:
    """What is kept, how long, and what ends it; those that hold nobody are named here, with a new one to be thought about."""
    told = section(DOCS / "privacy.md", "## What is kept, and where")
    nobody = {"rate_cards", "clock_offsets", "feed_epochs"}
    assert {table for table in metadata.tables if f"`{table}`" not in told} == nobody


def test_every_event_of_the_logs_is_explained() -> None:
    """Who finds a line in the log finds it in the table, and the table tells of no line that there is not."""
    logged = re.compile(r"_log\.(?:info|warning|error)\(\s*\"([a-z_]+)\"")
    rooms = [path for room in ("api", "activities") for path in (ROOT / room).rglob("*.py")]
    events = {name for path in rooms for name in logged.findall(path.read_text())}
    table = (ROOT / "docs/logs.md").read_text().partition("| event | level |")[2].partition("## ")[0]
    told = {
        name
        for row in table.splitlines()
        for name in re.findall(r"`([a-z_]+)`", row.split("|")[1] if "|" in row else "")
    }
    assert len(events) > 10
    assert events - told == set()
    assert told - events - {"request", "request_failed"} == set()
