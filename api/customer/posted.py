"""A form as a browser posts it, with the file that may come along: a stream of parts, of which never more is kept than counts."""

import asyncio
import hashlib
import unicodedata
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from api.customer.forms import MAX_BYTES, MAX_FIELDS, Form, UnreadableFormError, read_form
from api.http.file_body import MAX_FILE_BYTES, scan_type

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

ORDER: Final = "order"
"""The field of the purchase order's file; its value in a form's fields is what is known of the file, never its name."""
_MOST_READ: Final = 32 * 1024 * 1024
"""Of a body. What a file has above its own limit is read and dropped, so that the page can come back with what was typed."""
_MOST_HEADERS: Final = 8 * 1024
"""Of all bytes of one part's headers."""
_UNREADABLE: Final = "What your browser sent could not be read."
_TOO_LARGE: Final = "That is more than this form can take. Please attach a smaller file."
_REFUSED: Final = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFile:
    """A purchase order's file, of a type that its bytes tell."""

    content: bytes
    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedForm:
    """The fields of a form, its file, and what is wrong with that. `fields[ORDER]` is there where a file came along."""

    fields: dict[str, str]
    file: OrderFile | None = None
    problem: str | None = None

    def marked(self, form: Form) -> Form:
        """The form with what is to be said of the file, which no browser keeps when a page comes back."""
        given = self.fields.get(ORDER)
        if given is None:
            return form
        errors = {**form.errors, **({ORDER: self.problem} if self.problem else {})}
        return replace(form, values={**form.values, ORDER: given}, errors=errors)


async def read_posted(request: Request) -> PostedForm:
    """A posted form, urlencoded or in parts. Raises UnreadableFormError."""
    media_type, options = parse_options_header(request.headers.get("content-type"))
    if media_type.lower() != b"multipart/form-data":
        fields = await read_form(request)
        fields.pop(ORDER, None)
        return PostedForm(fields=fields)
    reader, size = _FormReader(), 0
    try:
        parser = MultipartParser(options.get(b"boundary", b""), reader.callbacks())
        async for chunk in request.stream():
            size += len(chunk)
            if size > _MOST_READ:
                raise UnreadableFormError(413, _TOO_LARGE)
            parser.write(chunk)
        parser.finalize()
    except (FormParserError, ValueError):
        raise UnreadableFormError(400, _UNREADABLE) from None
    if not reader.is_whole:
        raise UnreadableFormError(400, _UNREADABLE)
    try:
        return await asyncio.to_thread(reader.posted)  # 5 MiB take some ten milliseconds to hash
    except UnicodeDecodeError:
        raise UnreadableFormError(400, _UNREADABLE) from None


@dataclass(slots=True)
class _FormPart:
    is_file: bool = False
    name: str = ""
    file_name: str = ""
    size: int = 0
    data: bytearray = field(default_factory=bytearray)


class _FormReader:
    """What the parser found. Its callbacks raise ValueError for what is no form."""

    def __init__(self) -> None:
        self.is_whole = False
        self._parts: list[_FormPart] = []
        self._header, self._value, self._disposition = bytearray(), bytearray(), b""
        self._header_bytes = self._text_bytes = 0

    def callbacks(self) -> "MultipartCallbacks":
        """What the parser calls."""
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_end": self._end,
        }

    def _part_begin(self) -> None:
        if len(self._parts) > MAX_FIELDS:
            raise ValueError("too many parts")
        self._parts.append(_FormPart())
        self._disposition, self._header_bytes = b"", 0

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += self._counted(data, start, end)

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += self._counted(data, start, end)

    def _counted(self, data: bytes, start: int, end: int) -> bytes:
        self._header_bytes += end - start
        if self._header_bytes > _MOST_HEADERS:
            raise ValueError("long headers")
        return data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        part = self._parts[-1]
        part.name = options.get(b"name", b"").decode()
        part.is_file = b"filename" in options
        part.file_name = options.get(b"filename", b"").decode("utf-8", "replace")
        if part.is_file and part.name != ORDER:
            raise ValueError("a file in another field")

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._parts[-1]
        part.size += end - start
        if not part.is_file:
            self._text_bytes += end - start
            if self._text_bytes > MAX_BYTES:
                raise UnreadableFormError(
                    413, "That is more text than this form can take. Please shorten it."
                )
        elif part.size > MAX_FILE_BYTES:
            part.data.clear()
            return
        part.data += data[start:end]

    def _end(self) -> None:
        self.is_whole = True

    def posted(self) -> PostedForm:
        """Raises UnicodeDecodeError."""
        fields = {
            part.name: part.data.decode() for part in self._parts if not part.is_file and part.name != ORDER
        }
        files = [part for part in self._parts if part.is_file and (part.file_name or part.size)]
        if not files:
            return PostedForm(fields=fields)
        kind = scan_type(files[0].data)
        if problem := _problem(files, kind):
            return PostedForm(fields={**fields, ORDER: _REFUSED}, problem=problem)
        content = bytes(files[0].data)
        sha256 = hashlib.sha256(content).hexdigest()
        return PostedForm(
            fields={**fields, ORDER: sha256},
            file=OrderFile(content=content, media_type=kind or "", sha256=sha256),
        )


def _problem(files: list[_FormPart], kind: str | None) -> str | None:
    [first, *others] = files
    if others:
        return "Please attach one file only."
    if any(
        character in "/\\" or unicodedata.category(character).startswith("C") for character in first.file_name
    ):
        return "Please rename the file: its name has slashes or hidden characters."
    if first.size > MAX_FILE_BYTES:
        return f"Please attach a file of at most {MAX_FILE_BYTES // 1024**2} MB."
    if not first.size:
        return "The file is empty. Please attach another one."
    return None if kind else "Please attach a PDF, PNG or JPEG file: this is none by its content."
