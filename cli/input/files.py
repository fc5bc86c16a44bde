"""Files that operators hand in. JSON is read as strictly as the API reads bodies."""

import sys
from pathlib import Path
from typing import Any

from api.http.json_body import parse
from api.http.problem import ProblemError
from api.v1.rate_cards.card_file import CardFile, CardUnreadableError, read_card_text
from cli.local.errors import StackError
from domain import wording

LARGEST = 1_000_000


def read_bytes(file: Path, name: str, largest: int = LARGEST, way_out: str = "") -> bytes:
    """What is in `file`; `-` is standard input. Raises `StackError` where it cannot be read or has more bytes than
    `largest`, with what to do about it then.
    """
    try:
        if str(file) == "-":
            raw = sys.stdin.buffer.read(largest + 1)
        else:
            with file.open("rb") as opened:
                raw = opened.read(largest + 1)
    except OSError as error:
        raise StackError(f"{name} cannot be read: {error.strerror}.") from error
    if len(raw) > largest:
        raise StackError(f"{name} is too large: at most {wording.number(largest)} bytes.{way_out}")
    return raw


def read_json(file: Path) -> Any:
    """The value in `file`; `-` is standard input. Raises `StackError` that says what is wrong with it."""
    raw = read_bytes(file, str(file))
    try:
        return parse(raw)
    except ProblemError as problem:
        places = "; ".join(f"{each.pointer.lstrip('/')}: {each.message}" for each in problem.errors)
        raise StackError(
            f"{file} cannot be used: {places or 'it is not JSON, or has a key twice'}."
        ) from problem


def read_card_file(file: Path) -> CardFile:
    """The file's content, by its extension or else by how it begins; `-` is standard input.

    Raises `StackError` with the line of what is neither YAML nor JSON.
    """
    name = "standard input" if str(file) == "-" else str(file)
    raw = read_bytes(file, name)
    try:
        return read_card_text(name, raw)
    except CardUnreadableError as error:
        raise StackError(str(error)) from error
