"""The OpenAPI document is checked in, and is what the program serves."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.http.problem import PROBLEMS
from domain.proof.feed_event import TEST_EVENT
from domain.quotes.status import QuoteStatus

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
    """Write it anew with `python -m api.openapi > docs/openapi.json` after changing a route."""
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


def test_what_is_wrong_with_a_body_is_answered_where_there_is_one(document: dict[str, Any]) -> None:
    """Of none, nothing is too large or of another type. What each call may meet is told of each."""
    for name, operation in _operations(document):
        has_body = "requestBody" in operation
        assert ({"413", "415"} <= set(operation["responses"])) == has_body, name
        if operation["security"]:
            assert {"401", "403", "500", "503"} <= set(operation["responses"]), name


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """No schema was dropped that something still names."""
    text = json.dumps(document)
    for reference in set(text.split('"$ref": "#/components/schemas/')[1:]):
        assert reference.split('"')[0] in document["components"]["schemas"]


def test_a_key_is_needed_everywhere_but_for_health(document: dict[str, Any]) -> None:
    """An address without a key in the document would be one without a key in the program."""
    assert {n for n, o in _operations(document) if o["security"] == []} == {"get /livez", "get /readyz"}


def test_every_part_of_the_interface_is_described(document: dict[str, Any]) -> None:
    """Who reads the reference from above learns what each part is for; none is described that is not there."""
    told = {tag["name"] for tag in document["tags"] if tag["description"].endswith(".")}
    assert told == {tag for _, operation in _operations(document) for tag in operation["tags"]}


def _answers(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Every field of every form that is answered: form, name, schema without null."""
    return [
        (form, name, next((each for each in field.get("anyOf", ()) if each != {"type": "null"}), field))
        for form, schema in document["components"]["schemas"].items()
        if not form.endswith(("Body", "Patch", "RateCardData", "RateCardProcess"))
        for name, field in schema.get("properties", {}).items()
    ]


def test_ids_times_and_digests_say_what_they_are(document: dict[str, Any]) -> None:
    """A generator makes of them what its language has for them."""
    elsewhere = {"external_id", "message_id", "workflow_id", "content_id", "event_id", "request_id", "tax_id"}
    of_their_own = {
        (form, "id") for form in ("KeyAnswer", "KeyWithSecretAnswer", "FeedEventAnswer", "TestEventAnswer")
    }
    bare = [
        (form, name)
        for form, name, field in _answers(document)
        if (
            re.fullmatch(r"(\w+_)?id", name)
            and name not in elsewhere
            and (form, name) not in of_their_own
            and field.get("format") != "uuid"
        )
        or (re.fullmatch(r"(\w+_)?at|valid_(from|until)|time", name) and field.get("format") != "date-time")
        or (re.fullmatch(r"(\w+_)?(sha256|hash)", name) and "pattern" not in field)
        or (name.endswith("currency") and "pattern" not in field)
    ]
    assert bare == []


def _schemas(part: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object that stands in a part of the document, with where it stands; none of an example."""
    if isinstance(part, dict):
        yield place, part
    for key, each in part.items() if isinstance(part, dict) else enumerate(part):
        if isinstance(each, dict | list) and key not in {"examples", "default"}:
            yield from _schemas(each, f"{place}/{key}")


def test_every_form_has_a_name_that_reads_well(document: dict[str, Any]) -> None:
    """What has fields has a name of its own, in capitals and small letters; generators invent one where there is none."""
    forms = document["components"]["schemas"]
    assert [name for name in forms if not re.fullmatch(r"([A-Z][a-z]*\d*)+", name)] == []
    within = [document["paths"], document["webhooks"], *([form] for form in forms.values())]
    unnamed = [
        place
        for part in within
        for place, schema in _schemas(part)
        if isinstance(schema.get("properties"), dict)
        and "type" in schema
        and not re.fullmatch(r"/\d+", place)
        and not set(schema["properties"]) <= {"1", "2", "3", "4"}
    ]
    assert unnamed == []


def test_titles_repeat_no_names(document: dict[str, Any]) -> None:
    """Generators comment every field by its title."""
    told = [place for place, each in _schemas(document["components"]) if isinstance(each.get("title"), str)]
    assert told == []


def test_what_may_be_left_out_of_an_address_is_no_null(document: dict[str, Any]) -> None:
    """A query has no null: who sends one sends a text."""
    for name, operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            assert {"type": "null"} not in parameter["schema"].get("anyOf", ()), (name, parameter["name"])


def test_what_is_told_to_others_is_described(document: dict[str, Any]) -> None:
    """Events, the test of an endpoint and orders: each a form of its own, known by its type."""
    bodies = {
        name: told["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        for name, told in document["webhooks"].items()
    }
    assert bodies == {"event": "EventPost", "test": "TestPost", "order": "OrderPost"}
    forms = document["components"]["schemas"]
    assert forms["TestPost"]["properties"]["type"]["const"] == TEST_EVENT


def test_closed_lists_are_forms_with_names(document: dict[str, Any]) -> None:
    """Of a list of values without a name each generator makes several types."""
    schemas = document["components"]["schemas"]
    closed = {"status", "kind", "state", "method", "audience", "allowed_actions", "to_confirm", "fate", "in"}
    unnamed = [
        (form, name)
        for form, name, field in _answers(document)
        if name in closed and "$ref" not in json.dumps(field) and "const" not in field
    ]
    assert unnamed == [("ProblemAnswer", "status")], "which is HTTP's"
    named = {name for name, schema in schemas.items() if "enum" in schema}
    assert named >= {"QuoteStatus", "Action", "EventType", "MessageKind", "DeliveryStatus", "ProblemCode"}
    assert schemas["ProblemCode"]["enum"] == list(PROBLEMS)
    assert schemas["QuoteStatus"]["enum"] == list(QuoteStatus)


def test_a_quote_and_a_command_that_waits_are_told_apart(document: dict[str, Any]) -> None:
    """By their status codes, and by `status` in the body: no quote is pending."""
    schemas = document["components"]["schemas"]
    assert schemas["PendingAnswer"]["properties"]["status"]["const"] == "pending"
    assert "pending" not in list(QuoteStatus)
    pending = {
        name: operation["responses"]["202"]["content"]["application/json"]["schema"]["$ref"]
        for name, operation in _operations(document)
        if "202" in operation["responses"] and operation["tags"] != ["webhooks"]
    }
    assert len(pending) >= 11
    assert {each.rsplit("/", 1)[1] for each in pending.values()} == {"PendingAnswer"}


def test_everything_that_is_answered_has_a_form(document: dict[str, Any]) -> None:
    """Of a content without a schema a generator makes nothing, or warns."""
    for name, operation in _operations(document):
        for response in operation["responses"].values():
            assert all(each.get("schema") for each in response.get("content", {}).values()), name


def test_people_read_what_an_operation_does(document: dict[str, Any]) -> None:
    """Not the name of a function: a short sentence of its own."""
    summaries = [operation["summary"] for _, operation in _operations(document)]
    assert len(set(summaries)) == len(summaries)
    assert [each for each in summaries if not 10 < len(each) < 60 or each.istitle()] == []
    assert document["servers"]
    assert document["info"]["license"] == {"name": "MIT", "identifier": "MIT"}
