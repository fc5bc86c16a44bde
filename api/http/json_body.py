"""JSON read strictly: what one program writes and another may read differently is refused, not guessed."""

import json
from typing import Any, Final, Never

from api.http.problem import FieldError, ProblemError, invalid
from api.http.validation import pointer

MAX_DEPTH: Final = 12
MAX_INTEGER_DIGITS: Final = 18
_UNREADABLE: Final = "The body is not JSON that can be read; nothing was changed."


class NumberText(str):
    """A JSON number with a fraction, exactly as it was written; never turned into a float."""

    __slots__ = ()


class _Refused(str):
    """A number that JSON readers disagree about: an exponent, NaN, infinity, or too many digits."""

    __slots__ = ()


class _DuplicateKeyError(ValueError):
    pass


def parse(raw: bytes) -> Any:
    """The value in `raw` (UTF-8), with fractions as `NumberText` and whole numbers as int.

    Raises ProblemError: `body_not_json` (400) for what is no JSON, has a key twice or is nested deeper than
    `MAX_DEPTH`; `validation_failed` (422), with a pointer, for NaN, infinities, exponents and integers of
    more than `MAX_INTEGER_DIGITS` digits.
    """
    try:
        value = json.loads(
            raw.decode("utf-8"),
            parse_float=_fraction,
            parse_int=_whole,
            parse_constant=_Refused,
            object_pairs_hook=_object,
        )
    except _DuplicateKeyError:
        raise _unreadable("An object has the same key twice; nothing was changed.") from None
    except RecursionError:
        raise _unreadable(f"The body is nested deeper than {MAX_DEPTH} levels.") from None
    except ValueError:
        raise _unreadable(_UNREADABLE) from None
    refused: list[FieldError] = []
    _inspect(value, (), refused)
    if refused:
        raise invalid(*refused[:20])
    return value


def _unreadable(detail: str) -> ProblemError:
    return ProblemError("body_not_json", detail)


def _fraction(text: str) -> str:
    return _Refused(text) if "e" in text or "E" in text else NumberText(text)


def _whole(text: str) -> int | str:
    return int(text) if len(text.lstrip("-")) <= MAX_INTEGER_DIGITS else _Refused(text)


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
    elif isinstance(value, _Refused):
        message = "must be a finite number without exponent and with at most 18 digits before the point"
        refused.append(FieldError(pointer=pointer(at), code="not_a_plain_number", message=message))
    elif isinstance(value, str):
        _inspect_text(value, at, refused)


def _inspect_text(text: str, at: tuple[str | int, ...], refused: list[FieldError]) -> None:
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        message = "must not contain NUL or half a surrogate pair"
        refused.append(FieldError(pointer=pointer(at), code="bad_character", message=message))


def _too_deep() -> Never:
    raise _unreadable(f"The body is nested deeper than {MAX_DEPTH} levels.")
