"""A form's bytes: the right type, few fields, never more than a form can need in memory."""

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

MAX_BYTES: Final = 64 * 1024
_MAX_FIELDS: Final = 20
_MEDIA_TYPE: Final = "application/x-www-form-urlencoded"


class UnreadableFormError(Exception):
    """What was posted is not a form that this page sends; `status` is 400, 413 or 415."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form, the last one of each name. Raises UnreadableFormError."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _MEDIA_TYPE:
        raise UnreadableFormError(415, "Please use the form on this page.")
    raw = await _body(request)
    try:
        fields = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS
        )
    except ValueError:
        raise UnreadableFormError(400, "What your browser sent could not be read.") from None
    return dict(fields)


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BYTES:
            raise UnreadableFormError(413, "That is more text than this form can take. Please shorten it.")
        parts.append(chunk)
    return b"".join(parts)
