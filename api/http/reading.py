"""Bodies as bytes: the right type, and never more than one mebibyte in memory."""

from typing import Final

from starlette.requests import Request

from api.http.problem import ProblemError

MAX_BYTES: Final = 1024 * 1024


async def read_json_bytes(request: Request) -> bytes:
    """The body, counted while it is read: a Content-Length may be absent or wrong.

    Raises ProblemError: 413 `body_too_large`, 415 `unsupported_media_type` (an empty body needs no type).
    """
    raw = await read_bytes(request, MAX_BYTES)
    if raw and not _is_json(request.headers.get("content-type", "")):
        raise ProblemError(
            "unsupported_media_type",
            "Send the body as application/json in UTF-8.",
            headers={"Accept": "application/json"},
        )
    return raw


async def read_bytes(request: Request, most: int) -> bytes:
    """The body, of at most `most` bytes. Raises ProblemError 413 `body_too_large`."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and len(declared) < len("1" * 19) and int(declared) > most:
        raise _too_large(most)
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise _too_large(most)
        parts.append(chunk)
    return b"".join(parts)


def _too_large(most: int) -> ProblemError:
    return ProblemError(
        "body_too_large", f"A body may have at most {most} bytes.", headers={"Connection": "close"}
    )


def _is_json(content_type: str) -> bool:
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charset = [part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset=")]
    return media_type == "application/json" and all(name in {"utf-8", "utf8"} for name in charset)
