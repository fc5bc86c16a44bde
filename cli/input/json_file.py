"""Reads the JSON files that operators hand in as strictly as the API reads bodies."""

import sys
from pathlib import Path
from typing import Any

from api.http.json_body import parse
from api.http.problem import ProblemError
from cli.local.errors import StackError

LARGEST = 1_000_000


def read_json(file: Path) -> Any:
    """The value in `file`; `-` is standard input. Raises `StackError` that says what is wrong with it."""
    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise StackError(f"{file} cannot be read: {error.strerror}.") from error
    if len(raw) > LARGEST:
        raise StackError(f"{file} is too large: at most {LARGEST:,} bytes.")
    try:
        return parse(raw)
    except ProblemError as problem:
        places = "; ".join(f"{each.pointer.lstrip('/')}: {each.message}" for each in problem.errors)
        raise StackError(
            f"{file} cannot be used: {places or 'it is not JSON, or has a key twice'}."
        ) from problem
