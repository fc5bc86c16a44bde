"""The OpenAPI document is checked in, and is what the program serves."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app

DOCUMENT = Path(__file__).parents[3] / "docs" / "openapi.json"
METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app().openapi()


def _operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
    ]


def test_the_document_checked_in_is_the_program_s(document: dict[str, Any]) -> None:
    """Write it anew with `python -m api.print_openapi > docs/openapi.json` after changing a route."""
    assert json.loads(DOCUMENT.read_text()) == document


def test_it_is_openapi_3_1_with_unique_operation_ids(document: dict[str, Any]) -> None:
    """Generated clients name their functions by them."""
    ids = [operation["operationId"] for _, operation in _operations(document)]
    assert document["openapi"].startswith("3.1.")
    assert len(ids) == len(set(ids)) >= 23


def test_every_body_has_an_example(document: dict[str, Any]) -> None:
    """A reader sees at once what to send."""
    for name, operation in _operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            if content["schema"].get("format") == "binary":
                continue  # a file is no text to be shown
            reference = json.dumps(content["schema"])
            model = reference.split("#/components/schemas/")[1].split('"')[0]
            assert document["components"]["schemas"][model]["examples"], name


def test_every_error_is_a_problem(document: dict[str, Any]) -> None:
    """Also the 422 that the framework would have documented in its own way."""
    for name, operation in _operations(document):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], (name, status)


def test_a_header_that_cannot_be_read_is_told_of(document: dict[str, Any]) -> None:
    """Where one is taken, 400 is among the answers."""
    for name, operation in _operations(document):
        if any(parameter["in"] == "header" for parameter in operation.get("parameters", ())):
            assert "400" in operation["responses"], name


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """No schema was dropped that something still names."""
    text = json.dumps(document)
    for reference in set(text.split('"$ref": "#/components/schemas/')[1:]):
        assert reference.split('"')[0] in document["components"]["schemas"]


def test_a_key_is_needed_everywhere_but_for_health(document: dict[str, Any]) -> None:
    """An address without a key in the document would be one without a key in the program."""
    assert {n for n, o in _operations(document) if "security" not in o} == {"get /livez", "get /readyz"}


def test_every_part_of_the_interface_is_described(document: dict[str, Any]) -> None:
    """Who reads the reference from above learns what each part is for; none is described that is not there."""
    told = {tag["name"] for tag in document["tags"] if tag["description"].endswith(".")}
    assert told == {tag for _, operation in _operations(document) for tag in operation["tags"]}
