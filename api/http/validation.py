"""What Pydantic found wrong, in our words: stable codes, allowed values, never the submitted value."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from api.http.problem import FieldError

# Pydantic's error types by our stable code and the sentence for people; `{}` takes the error's own context.
_RULES: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("required", "is required"),
    "extra_forbidden": ("unknown_field", "is not a known field of this request"),
    "string_type": ("not_text", "must be text"),
    "string_too_short": ("too_short", "must have {min_length} or more characters"),
    "string_too_long": ("too_long", "must have at most {max_length} characters"),
    "string_pattern_mismatch": ("bad_format", "does not have the right format"),
    "int_type": ("not_an_integer", "must be a whole number"),
    "int_parsing": ("not_an_integer", "must be a whole number"),
    "int_from_float": ("not_an_integer", "must be a whole number"),
    "bool_type": ("not_a_boolean", "must be true or false"),
    "bool_parsing": ("not_a_boolean", "must be true or false"),
    "greater_than_equal": ("out_of_range", "must be at least {ge}"),
    "less_than_equal": ("out_of_range", "must be at most {le}"),
    "too_short": ("too_few", "must have {min_length} or more entries"),
    "too_long": ("too_many", "must have at most {max_length} entries"),
    "list_type": ("not_a_list", "must be a list"),
    "dict_type": ("not_an_object", "must be an object"),
    "model_type": ("not_an_object", "must be an object"),
    "model_attributes_type": ("not_an_object", "must be an object"),
    "enum": ("not_allowed", "must be {expected}"),
    "literal_error": ("not_allowed", "must be {expected}"),
    "datetime_from_date_parsing": ("not_an_instant", "must be an RFC 3339 time with a zone"),
    "datetime_parsing": ("not_an_instant", "must be an RFC 3339 time with a zone"),
    "datetime_type": ("not_an_instant", "must be an RFC 3339 time with a zone"),
    "timezone_aware": ("not_an_instant", "must be an RFC 3339 time with a zone"),
}
_LIMITS: Final = {
    "ge": "at least {}",
    "le": "at most {}",
    "max_length": "at most {}",
    "min_length": "at least {}",
}


def field_errors(errors: Iterable[Mapping[str, Any]]) -> tuple[FieldError, ...]:
    """Our errors for Pydantic's, whose `loc` begins with the part of the request."""
    return tuple(_field_error(error) for error in errors)


def errors_of(wrong: ValidationError, *place: str | int) -> tuple[FieldError, ...]:
    """Our errors for what Pydantic found wrong with a body, or with the part of one at that place."""
    found = wrong.errors(include_url=False, include_input=False)
    return field_errors({**each, "loc": ("body", *place, *each["loc"])} for each in found)


def pointer(parts: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901); overlong names are cut, since a caller may have invented them."""
    return "".join("/" + str(part)[:100].replace("~", "~0").replace("/", "~1") for part in parts)


def _field_error(error: Mapping[str, Any]) -> FieldError:
    place, *parts = error["loc"]
    context: Mapping[str, Any] = error.get("ctx") or {}
    own = (error["type"], error["msg"]) if context.get("own") else None
    code, sentence = own or _RULES.get(error["type"], ("invalid", "is not valid"))
    return FieldError(
        pointer=pointer(parts),
        code=code,
        message=sentence.format_map(_Context(context)),
        place=str(place),
        allowed=_allowed(context),
    )


class _Context(dict[str, Any]):
    """Leaves a name that the error does not know as it is, instead of failing inside an error's answer."""

    def __missing__(self, key: str) -> str:
        return key


def _allowed(context: Mapping[str, Any]) -> tuple[str, ...]:
    if "allowed" in context:
        return tuple(context["allowed"])
    if "expected" in context:
        return tuple(part.strip("'") for part in str(context["expected"]).replace(" or ", ", ").split(", "))
    return tuple(text.format(context[key]) for key, text in _LIMITS.items() if key in context)
