"""What a form of the desk posts: fields, each with all its values, and files."""

from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

MOST_BYTES: Final = 24 * 1024 * 1024
"""Of a whole form with its files: a drawing has 20 MiB at most."""
_MOST_FIELDS: Final = 20_000
_MOST_FILES: Final = 20
_LONGEST_FIELD: Final = 256 * 1024
_MOST_DIGITS: Final = 9


class FormUnreadableError(Exception):
    """What was posted is no form of the desk: its words say what to do. `status` is 400, 411, 413."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskFile:
    """A file that came along: its name as the browser told it, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskForm:
    """Fields by their names, as they were typed."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, list[DeskFile]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The last value of that name without white space around it; empty where there is none."""
        return (self.fields.get(name) or [""])[-1].strip()

    def number(self, name: str) -> int | None:
        """The whole number of a hidden field; None for anything else."""
        return whole(self.text(name))

    def texts(self, name: str) -> list[str]:
        """All values of that name, in the form's order."""
        return [value.strip() for value in self.fields.get(name, [])]

    def file(self, name: str) -> DeskFile | None:
        """The file of that name; None where none was chosen."""
        return next(reversed(self.files.get(name, [])), None)


def whole(text: str) -> int | None:
    """A whole number that a column of the record can hold; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None


async def read_desk_form(request: Request, *, most_bytes: int = MOST_BYTES) -> DeskForm:
    """The form of a request, urlencoded or in parts; read once, however often it is asked for.

    Raises FormUnreadableError.
    """
    if not hasattr(request.state, "desk_form"):
        request.state.desk_form = await _read(request, most_bytes)
    form: DeskForm = request.state.desk_form
    return form


def _kept(text: str) -> str:
    """As the record can keep it, and as browsers read it from a page (HTML Living Standard, 13.2.5): no NUL is in it."""
    return text.replace("\0", "\ufffd")


async def _read(request: Request, most_bytes: int) -> DeskForm:
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise FormUnreadableError(411, "Please use the form on this page.")
    if int(length) > most_bytes:
        limit = f"{most_bytes // 1024**2} MB" if most_bytes >= 1024**2 else f"{most_bytes // 1024} kB"
        raise FormUnreadableError(413, f"That is more than {limit}. Please send less at once.")
    try:
        posted = await request.form(
            max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_FIELD
        )
    except (HTTPException, ValueError):
        raise FormUnreadableError(400, "What your browser sent could not be read.") from None
    fields: dict[str, list[str]] = {}
    files: dict[str, list[DeskFile]] = {}
    try:
        for name, value in posted.multi_items():
            if isinstance(value, UploadFile):
                content = await value.read()
                if value.filename or content:
                    files.setdefault(name, []).append(DeskFile(name=value.filename or "", content=content))
            else:
                fields.setdefault(_kept(name), []).append(_kept(value))
    finally:
        await posted.close()
    return DeskForm(fields=fields, files=files)
