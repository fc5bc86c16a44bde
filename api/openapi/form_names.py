"""How the forms of the OpenAPI document are called: each that a client has a type for has a name that reads well there."""

from collections.abc import Iterator
from typing import Any, Final

_REFERENCE: Final = "#/components/schemas/"


def name_forms(made: dict[str, Any]) -> None:
    """Put the names of all schemas right, and leave out titles: they repeat names, and generators comment each field by them."""
    schemas = made["components"]["schemas"]
    for name in [name for name, schema in schemas.items() if "[" in schema.get("title", "") or "_" in name]:
        _rename(made, name, schemas[name]["title"])
    for name in [*schemas]:
        for lifted, schema in _lifted(schemas[name]):
            if schemas.setdefault(lifted, schema) != schema:
                raise ValueError(f"two forms are called {lifted}")
    for part in (made["paths"], schemas):
        _drop_titles(part)


def _rename(made: dict[str, Any], old: str, new: str) -> None:
    """A generic form goes by its title; the framework's name for it is full of underscores."""
    schemas = made["components"]["schemas"]
    if new in schemas:
        raise ValueError(f"two forms are called {new}")
    ordered = {new if name == old else name: schema for name, schema in schemas.items()}
    schemas.clear()
    schemas.update(sorted(ordered.items()))
    for each in _objects(made):
        if each.get("$ref") == _REFERENCE + old:
            each["$ref"] = _REFERENCE + new


def _lifted(part: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects with a title within a schema, each replaced by a reference, those inside first."""
    for key, each in part.items() if isinstance(part, dict) else enumerate(part):
        if not isinstance(each, dict | list):
            continue
        yield from _lifted(each)
        if isinstance(each, dict) and "properties" in each and isinstance(each.get("title"), str):
            yield each["title"], each
            part[key] = {"$ref": _REFERENCE + each["title"]}


def _drop_titles(part: Any) -> None:
    for each in _objects(part):
        if isinstance(each.get("title"), str):
            del each["title"]


def _objects(part: Any) -> Iterator[dict[str, Any]]:
    """Every object of the document, but for what stands in examples."""
    if isinstance(part, dict):
        yield part
        for key, each in part.items():
            if key not in {"examples", "example", "default"}:
                yield from _objects(each)
    elif isinstance(part, list):
        for each in part:
            yield from _objects(each)
