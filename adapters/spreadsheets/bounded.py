"""A file of rows and columns, read by a process of its own, which may take so much memory and time and no more.

A workbook is a ZIP archive: a few kilobytes may unpack to gigabytes, and one cell in a far corner makes a sheet of a million
rows. Called as a program, this file is that process: file by standard input, rows by standard output as JSON, or a code and a
sentence.
"""

import asyncio
import json
import sys
from contextlib import suppress
from typing import Any, Final

from domain.offer.parts_lists.grid import Grid, ListFileError

_PROCESSOR_SECONDS: Final = 15
_CLOCK_SECONDS: Final = 40
_MEMORY: Final = 1024 * 1024 * 1024
_WORKBOOK: Final = b"PK\x03\x04"
OTHER_KINDS: Final = {
    b"\xd0\xcf\x11\xe0": "a workbook of Excel 97 to 2003, or another old Office file",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"PK\x05\x06": "an empty archive",
    b"Rar!": "an archive",
    b"7z\xbc\xaf": "an archive",
    b"\x1f\x8b": "a compressed file",
    b"{\\rtf": "a text document",
    b"ISO-10303-21": "a STEP model",
    b"<?xml": "an XML file",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
    b"{": "JSON",
}
"""What else people send, by how it begins."""
TAKEN: Final = "Send CSV, TSV, XLSX or ODS."


async def read_spreadsheet(raw: bytes, sheet: str | None = None) -> Grid:
    """The rows in a file: of a workbook's sheet that is named, else of the one that has most of a list. Its kind is told by
    its content. Raises ListFileError.
    """
    if (
        kind := next((told for begin, told in OTHER_KINDS.items() if raw.startswith(begin)), None)
    ) is not None:
        raise ListFileError("not_a_list", f"This is {kind}, and no list. {TAKEN}")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "adapters.spreadsheets.bounded", *([] if sheet is None else [sheet])),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    told = b""
    try:
        with suppress(TimeoutError):
            told, _ = await asyncio.wait_for(process.communicate(raw), _CLOCK_SECONDS)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return _grid_in(told)


def _grid_in(told: bytes) -> Grid:
    """What the process told; it tells nothing when it has met its bounds."""
    try:
        answer: dict[str, Any] = json.loads(told)
    except ValueError:
        raise ListFileError(
            "file_too_complex",
            "The file takes more memory or time to read than a parts list may. Copy the list alone into a new one, or "
            "save it as CSV.",
        ) from None
    if "code" in answer:
        raise ListFileError(answer["code"], answer["message"])
    return Grid.from_data(answer)


def _main() -> None:
    _bounded()
    # Imported behind its bounds, and by this process alone.
    from adapters.spreadsheets.delimited import read_delimited  # noqa: PLC0415
    from adapters.spreadsheets.workbook import read_workbook  # noqa: PLC0415

    raw = sys.stdin.buffer.read()
    try:
        grid = (
            read_workbook(raw, sys.argv[1] if len(sys.argv) > 1 else None)
            if raw.startswith(_WORKBOOK)
            else read_delimited(raw)
        )
    except ListFileError as error:
        told: dict[str, Any] = {"code": error.code, "message": str(error)}
    else:
        told = grid.to_data()
    sys.stdout.write(json.dumps(told))


def _bounded() -> None:
    """Before anything of the file is looked at."""
    import resource  # noqa: PLC0415 - not on every system that has Python

    bounds = (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _PROCESSOR_SECONDS),
        (resource.RLIMIT_CORE, 0),
    )
    for which, most in bounds:
        with suppress(ValueError, OSError):
            resource.setrlimit(which, (most, most))


if __name__ == "__main__":
    _main()
