"""The text of a file that somebody else's program wrote: UTF-8 or a sentence that says what it is instead."""

import codecs
import sys
import unicodedata
from pathlib import Path
from typing import Final

from cli.local.errors import StackError

LARGEST: Final = 20_000_000
"""Bytes: about 100,000 parts."""
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def read_text(file: Path) -> str:
    """The text in `file` (`-` is standard input) without a byte order mark.

    Raises `StackError`: cannot be read, too large, empty, or in another encoding than UTF-8.
    """
    raw = _bytes(file)
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            raise StackError(f"{file} is in {encoding}. Save it as CSV in UTF-8.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + raw.count(b"\n", 0, error.start)
        raise StackError(
            f"{file} is not in UTF-8: line {line} has bytes of another encoding, such as Latin-1 or "
            "Windows-1252. Save it as CSV in UTF-8."
        ) from None
    if not text.strip():
        raise StackError(f"{file} is empty. Its first line names the columns, each further one is a part.")
    return text


def has_controls(text: str) -> bool:
    """Whether there is anything in it that a terminal might act on, or that cannot be seen."""
    return any(unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} for char in text)


def visible(text: str) -> str:
    """`text` for a terminal: what has no shape of its own is shown as a question mark."""
    return "".join("?" if has_controls(char) else char for char in text) if has_controls(text) else text


def _bytes(file: Path) -> bytes:
    try:
        if str(file) == "-":
            raw = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with file.open("rb") as opened:
                raw = opened.read(LARGEST + 1)
    except OSError as error:
        raise StackError(f"{file} cannot be read: {error.strerror}.") from error
    if len(raw) > LARGEST:
        raise StackError(f"{file} is too large: at most {LARGEST:,} bytes. Price it in pieces.")
    return raw
