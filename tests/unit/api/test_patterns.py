"""What the OpenAPI document says of texts and headers is never narrower than what is taken, and refuses what its readers would
otherwise learn by trying.
"""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from api.app import create_app
from api.http import fields

KINDS: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(getattr(fields, name))
    for name in (
        "Name",
        "OneLine",
        "LineOrNone",
        "Description",
        "Paragraphs",
        "RemarkText",
        "ReasonText",
        "ValidUntil",
        "TimeZone",
        "Language",
    )
}
PATTERNS = {name: str(kind.json_schema()["pattern"]) for name, kind in KINDS.items()}
REFUSED = {
    **dict.fromkeys(("Name", "OneLine", "LineOrNone"), ("a\nb", "a\x00", "a\x85b", "a\u2028b", "\x7f")),
    **dict.fromkeys(("Description", "Paragraphs", "RemarkText", "ReasonText"), ("a\x00", "a\x0bb", "a\x9fb")),
    "ValidUntil": ("", "24.12.2026", "2026-12-24T10:00:00", "tomorrow"),
    "TimeZone": ("", " ", "+01:00", "localtime"),
    "Language": ("", "English", "de_AT"),
}
TAKEN = {
    **dict.fromkeys(("Name", "OneLine", "LineOrNone"), ("Zoë O'Neill", "東京", "a\u00a0b")),
    **dict.fromkeys(("Description", "Paragraphs", "RemarkText", "ReasonText"), ("a\r\nb\tc", "é")),
    "ValidUntil": ("2026-12-24", "2026-12-24T10:00:00Z", "2026-12-24t10:00:00.5+01:00"),
    "TimeZone": sorted(fields._zones()),
    "Language": ("en", "de-AT", "gsw"),
}


def _takes(kind: str, value: str) -> bool:
    try:
        KINDS[kind].validate_python(value)
    except ValidationError:
        return False
    return True


def _fits(kind: str, value: str) -> bool:
    return re.search(PATTERNS[kind], value) is not None


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_pattern_tells_what_is_taken(kind: str) -> None:
    """Both of rule and pattern, by examples."""
    assert {value: (_takes(kind, value), _fits(kind, value)) for value in TAKEN[kind]} == dict.fromkeys(
        TAKEN[kind], (True, True)
    )
    assert {value: (_takes(kind, value), _fits(kind, value)) for value in REFUSED[kind]} == dict.fromkeys(
        REFUSED[kind], (False, False)
    )


@pytest.mark.parametrize(
    "kind", ["Name", "OneLine", "LineOrNone", "Description", "Paragraphs", "RemarkText", "ReasonText"]
)
@given(value=st.text(max_size=40))
def test_whatever_is_taken_fits_the_pattern(kind: str, value: str) -> None:
    """A client that goes by the document is never kept from saying what the API takes."""
    assert _fits(kind, value) or not _takes(kind, value)


def test_headers_are_told_by_their_patterns() -> None:
    """No header is null, and each says its form."""
    document = create_app().openapi()
    told: dict[str, set[str]] = {}
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "header":
                    assert parameter["schema"]["type"] == "string"
                    told.setdefault(parameter["name"], set()).add(parameter["schema"]["pattern"])
    (key,), (tag,) = told.pop("idempotency-key"), told.pop("if-match")
    assert told == {}
    for value, fits in {
        '"3"': True,
        'W/"3"': False,
        "*": True,
        "": False,
        "null": False,
        '"3", "4"': False,
    }.items():
        assert (re.search(tag, value) is not None) == fits, value
    for value, fits in {
        "a" * 255: True,
        "~!": True,
        "": False,
        "a b": False,
        "a" * 256: False,
        "é": False,
    }.items():
        assert (re.search(key, value) is not None) == fits, value


def test_bounds_have_the_names_that_json_schemas_know() -> None:
    """Also where a rule of ours follows the type, as for the number of a version."""
    schemas = create_app().openapi()["components"]["schemas"]
    version = schemas["AcceptBody"]["properties"]["version"]["anyOf"][0]
    assert version == {"type": "integer", "minimum": 1, "maximum": 1_000_000}
    assert not re.search(r'"(ge|le|gt|lt)": [0-9]', json.dumps(schemas))
