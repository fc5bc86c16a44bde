"""Files as bodies: a few types, known by their bytes, and never more than five mebibytes."""

from email import message_from_bytes, policy
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
    if not _is_of(media_type, content):
        raise ProblemError("file_not_of_its_type", f"The content of the file is not {media_type}.")
    return content, media_type


def _is_of(media_type: str, content: bytes) -> bool:
    if media_type in _SIGNATURES:
        return content.startswith(_SIGNATURES[media_type])
    if b"\0" in content:
        return False
    if media_type == "message/rfc822":
        mail = message_from_bytes(content, policy=policy.compat32)
        return bool(mail.get("From") and mail.get("Date"))
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
