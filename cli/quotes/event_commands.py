"""`firm-offer events`: the feed of all quotes' events at a terminal and in scripts."""

import json
import os
import select
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli.input.files import read_bytes
from cli.local.errors import StackError

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

WAIT_SECONDS: Final = 20
LONGEST_PAUSE: Final = 60.0
_PAGE: Final = 100
_LONGEST_CURSOR: Final = 1_000


def _types(begun: str) -> list[str]:
    """For the shell's completion."""
    from domain.quotes.events import EventType  # noqa: PLC0415 - nothing else needs it

    return [each for each in map(str, EventType) if begun in each]


StartAfter = Annotated[
    str | None,
    typer.Option(metavar="CURSOR", help="Go on from there; without it, begin with the oldest event."),
]
FromNow = Annotated[bool, typer.Option("--from-now", help="Pass over what has happened until now.")]
OfTypes = Annotated[
    list[str] | None,
    typer.Option("--type", help="Such as accepted or quote.accepted. Again for more.", autocompletion=_types),
]
WithSnapshot = Annotated[
    bool, typer.Option("--snapshot", help="With --json: with each event the quote as it was then.")
]
CursorFile = Annotated[
    Path | None,
    typer.Option(
        "--cursor-file",
        metavar="FILE",
        help="Keeps the place: written after the lines are, and gone on from where it is there.",
    ),
]
AsJsonLines = Annotated[bool, typer.Option("--json", help="One JSON object on each line, for programs.")]


@app.command(name="list")
def list_events(
    *,
    after: StartAfter = None,
    from_now: FromNow = False,
    types: OfTypes = None,
    limit: Annotated[int | None, typer.Option(min=1, help="How many at most; without it, all.")] = None,
    snapshot: WithSnapshot = False,
    cursor_file: CursorFile = None,
    as_json: AsJsonLines = False,
) -> None:
    """List the events that there are, oldest first, and end."""
    from cli.quotes.calling import Calls  # noqa: PLC0415 - `--help` needs none of it
    from cli.quotes.login import current  # noqa: PLC0415 - as above

    place = KeptCursor.begun(after, cursor_file, from_now=from_now)
    asked = {"type": _joined(types), "snapshot": snapshot or None}
    left = limit
    with suppress(BrokenPipeError), Calls(current()) as calls:  # who reads no more has what they wanted
        while left is None or left > 0:
            page = _page(calls, place, **asked, limit=min(left or _PAGE, _PAGE))
            _told(page["data"], as_json=as_json)
            place.move(page["next_cursor"])
            left = left and left - len(page["data"])
            if not page["has_more"]:
                break
    place.tell()


@app.command()
def follow(
    *,
    after: StartAfter = None,
    from_now: FromNow = False,
    types: OfTypes = None,
    snapshot: WithSnapshot = False,
    cursor_file: CursorFile = None,
    as_json: AsJsonLines = False,
) -> None:
    """Tell events as they happen, until Ctrl-C. What is away is asked again for as long as it takes."""
    from cli.quotes.calling import Calls  # noqa: PLC0415 - `--help` needs none of it
    from cli.quotes.login import current  # noqa: PLC0415 - as above

    place = KeptCursor.begun(after, cursor_file, from_now=from_now)
    asked = {"type": _joined(types), "snapshot": snapshot or None}
    try:
        with suppress(BrokenPipeError), Calls(current(), tries=1) as calls:  # as in `list`
            for page in _pages(calls, place, asked):
                _told(page["data"], as_json=as_json)
                place.move(page["next_cursor"])
                if not page["data"] and not _is_read():
                    return
    except KeyboardInterrupt:  # how it is meant to end
        place.tell()


@dataclass(slots=True)
class KeptCursor:
    """How far events have been told. `file` keeps it for the next time."""

    cursor: str | None
    file: Path | None = None
    kept: bool = False
    """Whether `cursor` was read from `file`."""

    @classmethod
    def begun(cls, after: str | None, file: Path | None, *, from_now: bool) -> "KeptCursor":
        """Where to begin: in a `file` that is there, and else as told. Raises StackError for a file that cannot serve."""
        if after and from_now:
            raise StackError("Give either --after or --from-now.")
        begin = "latest" if from_now else after
        if file is None:
            return cls(begin)
        if file.exists():
            text = read_bytes(file, str(file), _LONGEST_CURSOR, _WAY_OUT).decode("ascii", "replace").strip()
            if not text.isprintable() or not text:
                raise StackError(f"{file} has no cursor in it.{_WAY_OUT}")
            return cls(text, file, kept=True)
        try:
            _draft(file).touch()  # not only after the first events
            _draft(file).unlink()
        except OSError as error:
            raise _unwritable(file, error) from error
        return cls(begin, file)

    def move(self, cursor: str) -> None:
        """What came before `cursor` has been told. Raises StackError where that cannot be kept."""
        if cursor != self.cursor:
            sys.stdout.flush()  # what is not written yet is not told
            if self.file is not None:
                self._write(self.file, cursor)
            self.cursor = cursor

    @staticmethod
    def _write(file: Path, cursor: str) -> None:
        """Whole or not at all, also after a power cut."""
        draft = _draft(file)
        try:
            with draft.open("w") as opened:
                opened.write(f"{cursor}\n")
                opened.flush()
                os.fsync(opened.fileno())
            draft.replace(file)
        except OSError as error:
            raise _unwritable(file, error) from error

    def tell(self) -> None:
        """Where to go on, to a person whose place is kept nowhere."""
        if self.file is None and self.cursor not in {None, "latest"}:
            typer.echo(f"Go on from here by --after {self.cursor}", err=True)


def _draft(file: Path) -> Path:
    return file.with_name(f".{file.name}.new")


def _unwritable(file: Path, error: OSError) -> StackError:
    return StackError(
        f"{file} cannot be written: {error.strerror}. Make sure that its folder exists and has space."
    )


_WAY_OUT: Final = " Name another file, or remove it to begin anew."


def _pages(calls: Any, place: KeptCursor, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One after the other; an outage is told of once, and waited for."""
    from cli.quotes.calling import CallError, ExitCode  # noqa: PLC0415 - as in the commands

    failures = 0
    while True:
        # The first answer comes at once: only then is it known, and kept, where "now" was.
        wait = 0 if place.cursor == "latest" else WAIT_SECONDS
        try:
            page = _page(calls, place, **asked, limit=_PAGE, wait=wait)
        except CallError as error:
            if error.exit_code is not ExitCode.AWAY:
                raise
            if not failures:
                typer.echo(f"firm-offer: {error} It is asked again until it answers.", err=True)
            failures += 1
            time.sleep(max(error.wait or 0.0, min(2.0 ** (failures - 1), LONGEST_PAUSE)))
            continue
        if failures:
            typer.echo("firm-offer: It answers again.", err=True)
            failures = 0
        yield page


def _page(calls: Any, place: KeptCursor, **asked: Any) -> dict[str, Any]:
    from cli.quotes.calling import CallError, ExitCode  # noqa: PLC0415 - as in the commands

    try:
        page: dict[str, Any] = calls.get("/events", after=place.cursor, **asked)
    except CallError as error:
        if error.exit_code is ExitCode.REFUSED and place.kept and "/after" in str(error):
            why = f"The cursor is that of {place.file}, and belongs to the --type that it was made with."
            raise CallError(f"{error}\n  {why}{_WAY_OUT}", ExitCode.REFUSED) from error
        raise
    return page


def _joined(types: list[str] | None) -> str | None:
    named = [each.strip() for given in types or () for each in given.split(",")]
    return ",".join(each if "." in each else f"quote.{each}" for each in named) or None


def _told(events: list[dict[str, Any]], *, as_json: bool) -> None:
    from cli.quotes import shown  # noqa: PLC0415 - as in the commands

    for each in events:
        if as_json:
            sys.stdout.write(json.dumps(each, ensure_ascii=False) + "\n")
        else:
            shown.feed_event(each)


def _is_read() -> bool:
    """Whether anybody still reads what is written; asked while there is nothing to write, which would tell."""
    try:
        looked = select.poll()
        looked.register(sys.stdout.fileno(), 0)
        return not any(happened & select.POLLERR for _, happened in looked.poll(0))
    except (OSError, ValueError, AttributeError):  # no file, or a machine that cannot tell
        return True
