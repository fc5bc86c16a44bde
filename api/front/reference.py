"""The OpenAPI document as a page tells it: groups, operations, fields. What the document does not say is not said."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from api.front.shapes import (
    MAY_BE_NULL,
    JsonMapping,
    SchemaField,
    TypeNamePart,
    fields,
    pieces,
    reference_name,
)

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_SUCCESS_BELOW: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationBody:
    """What an operation reads. `example` is JSON, None where the body is a file."""

    media_types: tuple[str, ...]
    shape: tuple[TypeNamePart, ...]
    text: str
    fields: tuple[SchemaField, ...]
    example: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationResponse:
    """A status that an operation answers with, and the form of what comes with it."""

    status: str
    is_success: bool
    text: str
    media_type: str | None
    shape: tuple[TypeNamePart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one address. `curl` is a call of it that can be pasted into a shell."""

    anchor: str
    method: str
    path: str
    title: str
    text: str
    needs_key: bool
    parameters: tuple[SchemaField, ...]
    body: OperationBody | None
    answers: tuple[OperationResponse, ...]
    curl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The operations of one part of the interface."""

    anchor: str
    name: str
    text: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A form that bodies or answers have: fields, or the only values that there are."""

    anchor: str
    name: str
    text: str
    fields: tuple[SchemaField, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The whole page's data."""

    title: str
    text: str
    groups: tuple[Group, ...]
    schemas: tuple[Schema, ...]


def reference(document: JsonMapping) -> Reference:
    """The page of an OpenAPI 3.1 document whose tags are described and whose operations have one tag each."""
    schemas = document["components"]["schemas"]
    operations = list(_operations(document["paths"]))
    return Reference(
        title=document["info"]["title"],
        text=document["info"]["description"],
        groups=tuple(
            Group(
                anchor=f"part-{_slug(tag['name'])}",
                name=_capital(tag["name"]),
                text=tag["description"],
                operations=tuple(
                    _operation(method, path, told, schemas)
                    for method, path, told in operations
                    if tag["name"] in told["tags"]
                ),
            )
            for tag in document["tags"]
        ),
        schemas=tuple(_schema(name, told) for name, told in sorted(schemas.items())),
    )


def _operations(paths: JsonMapping) -> Iterator[tuple[str, str, JsonMapping]]:
    for path, ways in paths.items():
        for method in _METHODS:
            if method in ways:
                yield method, path, ways[method]


def _operation(method: str, path: str, told: JsonMapping, schemas: JsonMapping) -> Operation:
    body = _body(told["requestBody"], schemas) if "requestBody" in told else None
    needs_key = bool(told.get("security"))
    return Operation(
        anchor=told["operationId"],
        method=method.upper(),
        path=path,
        title=told["summary"],
        text=told.get("description", ""),
        needs_key=needs_key,
        parameters=tuple(_parameter(each) for each in told.get("parameters", ())),
        body=body,
        answers=tuple(_answer(status, each) for status, each in sorted(told["responses"].items())),
        curl=_curl(method.upper(), path, body, needs_key=needs_key),
    )


def _parameter(told: JsonMapping) -> SchemaField:
    (field,) = fields({"properties": {told["name"]: told["schema"]}, "required": []})
    # A parameter that is not there is left out; `null` is nothing that one could send.
    kept = (rule for rule in field.rules if rule != MAY_BE_NULL)
    place = {"path": "in the path", "query": "in the query", "header": "header"}[told["in"]]
    return SchemaField(
        name=field.name,
        shape=field.shape,
        is_required=told.get("required", False),
        rules=(place, *kept),
        text=told.get("description", field.text),
    )


def _body(told: JsonMapping, schemas: JsonMapping) -> OperationBody:
    contents = told["content"]
    schema = next(iter(contents.values()))["schema"]
    form = schemas.get(reference_name(schema) or "", schema)
    examples = form.get("examples")
    return OperationBody(
        media_types=tuple(contents),
        shape=pieces(schema),
        text=form.get("description", ""),
        fields=fields(form),
        example=json.dumps(examples[0], indent=2, ensure_ascii=False) if examples else None,
    )


def _answer(status: str, told: JsonMapping) -> OperationResponse:
    contents: dict[str, JsonMapping] = told.get("content", {})
    media_type = next(iter(contents), None)
    schema = contents[media_type].get("schema") if media_type else None
    text = told["description"]
    return OperationResponse(
        status=status,
        is_success=int(status) < _SUCCESS_BELOW,
        text="" if text == "Successful Response" else text,
        media_type=media_type,
        shape=pieces(schema) if schema else (),
    )


def _schema(name: str, told: JsonMapping) -> Schema:
    return Schema(
        anchor=f"form-{name}",
        name=name,
        text=told.get("description", ""),
        fields=fields(told),
        values=tuple(map(str, told.get("enum", ()))),
    )


def _curl(method: str, path: str, body: OperationBody | None, *, needs_key: bool) -> str:
    """Placeholders stand in capitals, as in `QUOTE_ID`."""
    address = path.replace("{", "").replace("}", "")
    for name in _names(path):
        address = address.replace(name, name.upper())
    words = ["curl"]
    if method != "GET" and not (method == "POST" and body):
        words.append(f"-X {method}")
    if needs_key:
        words.append('--oauth2-bearer "$FIRM_OFFER_API_KEY"')
    lines = [" ".join([*words, f'"$FIRM_OFFER_URL{address}"'])]
    if body and body.example:
        lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(body.example)}"]
    elif body:
        lines += [f"-H 'Content-Type: {body.media_types[0]}'", "--data-binary @FILE"]
    return " \\\n  ".join(lines)


def _names(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:]]


def _slug(name: str) -> str:
    return name.replace(" ", "-")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
