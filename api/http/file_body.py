"""Files as bodies: a few types, known by their bytes, and never more than so many of them."""

import asyncio
import re
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from api.http.json_body import read_bytes
from api.http.problem import ProblemError
from domain.presentation.images import SIGNATURES

MAX_FILE_BYTES: Final = 5 * 1024 * 1024
_SIGNATURES: Final = {
    "application/pdf": b"%PDF-",
    **SIGNATURES,
}
_TEXTS: Final = ("message/rfc822", "text/plain")
MEDIA_TYPES: Final = (*_SIGNATURES, *_TEXTS)
MAX_MAIL_HEAD_BYTES: Final = 64 * 1024
"""Of a mail's own header; Exchange refuses more too. What follows it, however it is nested, nobody here parses."""
_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")
_FIELD: Final = re.compile(rb"^(from|date)[ \t]*:[ \t]*(?:\r?\n[ \t]+)?\S", re.IGNORECASE | re.MULTILINE)
"""Each in time that grows with the head's length alone; the standard library's parsers take its square."""
_NOT_OF_ITS_TYPE: Final = {
    "message/rfc822": f"An email begins with its header, of at most {MAX_MAIL_HEAD_BYTES} bytes, in which From and "
    "Date stand."
}


DRAWING_TYPES: Final = {
    **_SIGNATURES,
    "image/vnd.dxf": b"AutoCAD Binary DXF\r\n\x1a\0",
    "model/step": b"ISO-10303-21;",
}
"""Of drawings and models, with how each begins; a DXF that is text begins as `_DXF` says."""
MAX_DRAWING_BYTES: Final = 20 * 1024 * 1024
NO_DRAWING: Final = "The file is no PDF, PNG, JPEG, DXF or STEP file."
_DXF: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s*999[ \t]*\r?\n[^\n]*\n)*\s*0[ \t]*\r?\n[ \t]*SECTION[ \t]*\r?\n"
)
"""Comments (group code 999), then its first section."""
_DXF_HEAD: Final = 16 * 1024
_ANY_TYPE: Final = "application/octet-stream"


async def read_drawing(request: Request) -> tuple[bytes, str]:
    """The body's bytes and their media type, which the bytes tell.

    Raises ProblemError: 413 `body_too_large`, 415 `unsupported_media_type`, 422 `file_empty` and
    `file_not_of_its_type`: where they are of none of DRAWING_TYPES, or of another than the header says.
    """
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower() or _ANY_TYPE
    if said not in {*DRAWING_TYPES, _ANY_TYPE}:
        allowed = ", ".join((*DRAWING_TYPES, _ANY_TYPE))
        raise ProblemError("unsupported_media_type", f"Send a file as one of {allowed}.")
    content = await read_bytes(request, MAX_DRAWING_BYTES)
    if not content:
        raise ProblemError("file_empty", "The file is empty.")
    found = drawing_type(content)
    if found is None:
        raise ProblemError("file_not_of_its_type", NO_DRAWING)
    if said not in {found, _ANY_TYPE}:
        raise ProblemError("file_not_of_its_type", f"The content of the file is {found}, not {said}.")
    return content, found


def drawing_type(content: bytes) -> str | None:
    """The media type of a drawing or model, by its bytes; None for anything else."""
    found = _type_of(content, DRAWING_TYPES)
    return "image/vnd.dxf" if found is None and _DXF.match(content, 0, _DXF_HEAD) else found


def scan_type(content: bytes | bytearray) -> str | None:
    """The media type of a PDF, PNG or JPEG, by its bytes; None for anything else."""
    return _type_of(content, _SIGNATURES)


def proof_type(content: bytes, name: str) -> str | None:
    """Of a file that came with a form: the media type of one that may be kept as proof, by its bytes, and where they are
    text by its `name`, which ends with .eml for an email. None for anything else.
    """
    if found := scan_type(content):
        return found
    text = "message/rfc822" if name.lower().endswith(".eml") else "text/plain"
    return text if content and _is_of(text, content) else None


def _type_of(content: bytes | bytearray, signatures: Mapping[str, bytes]) -> str | None:
    return next((kind for kind, begins in signatures.items() if content.startswith(begins)), None)


async def read_file(request: Request) -> tuple[bytes, str]:
    """The body's bytes and their media type, which the bytes bear out.

    Raises ProblemError: 413 `body_too_large`, 415 `unsupported_media_type`, 422 `file_empty` and
    `file_not_of_its_type`.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        raise ProblemError("unsupported_media_type", f"Send a file as one of {', '.join(MEDIA_TYPES)}.")
    content = await read_bytes(request, MAX_FILE_BYTES)
    if not content:
        raise ProblemError("file_empty", "The file is empty.")
    if not await asyncio.to_thread(_is_of, media_type, content):
        why = _NOT_OF_ITS_TYPE.get(media_type, "")
        raise ProblemError(
            "file_not_of_its_type", f"The content of the file is not {media_type}. {why}".rstrip()
        )
    return content, media_type


def _is_of(media_type: str, content: bytes) -> bool:
    if media_type in _SIGNATURES:
        return content.startswith(_SIGNATURES[media_type])
    if b"\0" in content:
        return False
    if media_type == "message/rfc822":
        return _is_mail(content)
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_mail(content: bytes) -> bool:
    end = _BLANK_LINE.search(content, 0, MAX_MAIL_HEAD_BYTES)
    if end is None and len(content) > MAX_MAIL_HEAD_BYTES:
        return False
    head = content[: end.start()] if end else content
    return {name.lower() for name in _FIELD.findall(head)} == {b"from", b"date"}
