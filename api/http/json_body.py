"""JSON read strictly: what one program writes and another may read differently is refused, not guessed."""

import json
import re
from decimal import Decimal
from typing import Any, Final, Never

from starlette.requests import Request

from api.http.problem import FieldError, ProblemError, invalid
from api.http.validation import pointer

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
        "body_too_large", f"The body must be at most {most} bytes.", headers={"Connection": "close"}
    )


def _is_json(content_type: str) -> bool:
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charset = [part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset=")]
    return media_type == "application/json" and all(name in {"utf-8", "utf8"} for name in charset)


def as_decimals(value: Any) -> Any:
    """The value with each fraction, which the strict parser keeps as written, as an exact decimal."""
    if isinstance(value, NumberText):
        return Decimal(value)
    if isinstance(value, dict):
        return {key: as_decimals(each) for key, each in value.items()}
    return [as_decimals(each) for each in value] if isinstance(value, list) else value


MAX_DEPTH: Final = 12
MAX_INTEGER_DIGITS: Final = 18
MAX_VALUES: Final = 20_000
"""A mebibyte holds half a million, whose reading would keep everybody waiting for a third of a second."""
_BAD: Final = re.compile("[\x00\ud800-\udfff]")
_UNREADABLE: Final = "The body is not valid JSON; nothing was changed."


class NumberText(str):
    """A JSON number with a fraction, exactly as it was written; never turned into a float."""

    __slots__ = ()


class _RefusedNumber(str):
    """A number that JSON readers disagree about: an exponent, NaN, infinity, or too many digits."""

    __slots__ = ()


class _DuplicateKeyError(ValueError):
    pass


def parse(raw: bytes) -> Any:
    """The value in `raw` (UTF-8), with fractions as `NumberText` and whole numbers as int.

    Raises ProblemError: `body_not_json` (400) for what is no JSON, has a key twice or is nested deeper than
    `MAX_DEPTH`; `too_many_values` (413); `validation_failed` (422), with a pointer, for NaN, infinities,
    exponents and integers of more than `MAX_INTEGER_DIGITS` digits.
    """
    if _has_too_many_values(raw):
        raise ProblemError("too_many_values", f"A body may have at most {MAX_VALUES} values.")
    try:
        value = json.loads(
            raw.decode("utf-8"),
            parse_float=_fraction,
            parse_int=_whole,
            parse_constant=_RefusedNumber,
            object_pairs_hook=_object,
        )
    except _DuplicateKeyError:
        raise _unreadable("An object in the body has the same key twice; nothing was changed.") from None
    except RecursionError:
        raise _unreadable(f"The body is nested deeper than {MAX_DEPTH} levels.") from None
    except ValueError:
        raise _unreadable(_UNREADABLE) from None
    refused: list[FieldError] = []
    _inspect(value, (), refused)
    if refused:
        raise invalid(*refused[:20])
    return value


def _has_too_many_values(raw: bytes) -> bool:
    """Each value but the first of all stands behind a comma or an opening bracket; what stands in texts is left out."""
    if _separators(raw) < MAX_VALUES:
        return False
    unescaped = raw.replace(rb"\\", b"").replace(rb"\"", b"")
    if unescaped.count(b'"') > len('"":""') * MAX_VALUES:
        return True
    return _separators(b"".join(unescaped.split(b'"')[::2])) >= MAX_VALUES


def _separators(raw: bytes) -> int:
    return sum(map(raw.count, (b",", b"[", b"{")))


def _unreadable(detail: str) -> ProblemError:
    return ProblemError("body_not_json", detail)


def _fraction(text: str) -> str:
    return _RefusedNumber(text) if "e" in text or "E" in text else NumberText(text)


def _whole(text: str) -> int | str:
    return int(text) if len(text.lstrip("-")) <= MAX_INTEGER_DIGITS else _RefusedNumber(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _DuplicateKeyError
    return found


def _inspect(value: Any, at: tuple[str | int, ...], refused: list[FieldError]) -> None:
    """Find refused numbers and text that no database or mail can hold, and bound the depth."""
    if len(at) > MAX_DEPTH:
        _too_deep()
    if isinstance(value, dict):
        for key, each in value.items():
            _inspect_text(key, at, refused)
            _inspect(each, (*at, key), refused)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _inspect(each, (*at, index), refused)
    elif isinstance(value, _RefusedNumber):
        message = "must be a finite number without exponent and with at most 18 digits before the point"
        refused.append(FieldError(pointer=pointer(at), code="not_a_plain_number", message=message))
    elif isinstance(value, str):
        _inspect_text(value, at, refused)


def _inspect_text(text: str, at: tuple[str | int, ...], refused: list[FieldError]) -> None:
    if _BAD.search(text):
        message = "must not contain NUL or an unpaired surrogate"
        refused.append(FieldError(pointer=pointer(at), code="bad_character", message=message))


def _too_deep() -> Never:
    raise _unreadable(f"The body is nested deeper than {MAX_DEPTH} levels.")
