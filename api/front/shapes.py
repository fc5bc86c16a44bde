"""JSON schemas in words: what a value is, which rules it keeps, and which other form it refers to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain import wording

MAY_BE_NULL: Final = "may be null"
JsonMapping = Mapping[str, Any]
_REFERENCE: Final = "#/components/schemas/"
_FORMATS: Final = {"uuid": "UUID", "idn-email": "email address", "binary": "bytes of a file"}
_TYPES: Final = {"boolean": "true or false", "integer": "whole number", "object": "object", "null": "null"}
_NULL: Final = {"type": "null"}
_MOST_VALUES: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeNamePart:
    """A part of a type's name; `form` is the schema that it refers to."""

    text: str
    form: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaField:
    """A field of a form, or a parameter: its type, the rules in short, and what it means where that is told."""

    name: str
    shape: tuple[TypeNamePart, ...]
    is_required: bool
    rules: tuple[str, ...]
    text: str = ""


def reference_name(schema: JsonMapping) -> str | None:
    """The name of the schema that this one is a reference to."""
    target = schema.get("$ref")
    return str(target).removeprefix(_REFERENCE) if target else None


def fields(schema: JsonMapping) -> tuple[SchemaField, ...]:
    """The fields of an object, those that are required first, otherwise in the document's order."""
    required = set(schema.get("required", ()))
    told = [
        SchemaField(
            name=name,
            shape=pieces(each),
            is_required=name in required,
            rules=tuple(rules(each)),
            text=each.get("description", ""),
        )
        for name, each in schema.get("properties", {}).items()
    ]
    return tuple(sorted(told, key=lambda field: not field.is_required))


def pieces(schema: JsonMapping) -> tuple[TypeNamePart, ...]:
    """The type in words: `list of `, `LineBody`."""
    return tuple(_pieces(schema))


def rules(schema: JsonMapping) -> Iterator[str]:
    """What a value must keep to beyond its type, each rule in a few words."""
    choices = [each for each in schema.get("anyOf", ()) if each != _NULL]
    for choice in [schema, *choices]:
        yield from _own_rules(choice)
    if _NULL in schema.get("anyOf", ()):
        yield MAY_BE_NULL
    if "default" in schema and schema["default"] is not None:
        yield f"{_word(schema['default'])} if not given"
    examples = schema.get("examples") or [example for each in choices for example in each.get("examples", ())]
    if examples:
        yield f"such as {_word(examples[0])}"


def _pieces(schema: JsonMapping) -> Iterator[TypeNamePart]:
    if name := reference_name(schema):
        yield TypeNamePart(text=name, form=name)
    elif "anyOf" in schema:
        choices = [each for each in schema["anyOf"] if each != _NULL]
        for at, choice in enumerate(choices):
            if at:
                yield TypeNamePart(text=" or ")
            yield from _pieces(choice)
    elif schema.get("type") == "array":
        yield TypeNamePart(text="list of ")
        yield from _pieces(schema.get("items", {}))
    elif isinstance(schema.get("additionalProperties"), Mapping) and schema["additionalProperties"]:
        yield TypeNamePart(text="object with a value for each name: ")
        yield from _pieces(schema["additionalProperties"])
    else:
        yield TypeNamePart(text=_plain(schema))


def _plain(schema: JsonMapping) -> str:
    if "format" in schema:
        return _FORMATS.get(schema["format"], str(schema["format"]))
    if schema.get("type") == "string" and _is_decimal(schema.get("pattern")):
        return "decimal string"
    kind = str(schema.get("type", "any value"))
    return _TYPES.get(kind, kind)


def _own_rules(schema: JsonMapping) -> Iterator[str]:
    if values := schema.get("enum"):
        yield f"one of {', '.join(map(_word, values[:_MOST_VALUES]))}"
    if length := _range(schema.get("minLength"), schema.get("maxLength")):
        yield f"{length} characters"
    if count := _range(schema.get("minItems"), schema.get("maxItems")):
        yield f"{count} entries"
    if between := _range(schema.get("minimum"), schema.get("maximum")):
        yield between
    if pattern := schema.get("pattern"):
        yield from _in_words(pattern)


def _range(least: float | None, most: float | None) -> str:
    if least is None and most is None:
        return ""
    if most is None:
        return f"at least {wording.number(str(least))}"
    return (
        f"{wording.number(str(least))} to {wording.number(str(most))}"
        if least is not None
        else f"at most {wording.number(str(most))}"
    )


def _in_words(pattern: str) -> Iterator[str]:
    """What a pattern says, for a reader: in words where it has them, told by what it lets through."""
    if re.search(pattern, "x y") and not re.search(pattern, "\0"):
        yield from () if re.search(pattern, "x\ny") else ("one line",)
    elif re.search(pattern, "2026-12-24") and not re.search(pattern, "x"):
        yield "a date, or a time with a zone"
    elif not _is_decimal(pattern):
        yield f"matches {pattern}"


def _is_decimal(pattern: str | None) -> bool:
    """A pattern that lets decimal numbers through and words not: told by name, since it says little to a reader."""
    return bool(pattern and re.search(pattern, "12.5") and not re.search(pattern, "x"))


def _word(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
