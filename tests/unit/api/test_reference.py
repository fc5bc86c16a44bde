"""The API reference tells all that the OpenAPI document says, in words, and nothing in it becomes code of a page."""

import re
import shlex
from html import unescape
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.front.reference import Reference, reference
from api.front.routes import prose
from api.front.shapes import SchemaField, fields, pieces

HOSTILE = "<script>alert(1)</script> & `<b>`"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app().openapi()


@pytest.fixture(scope="module")
def told(document: dict[str, Any]) -> Reference:
    return reference(document)


@pytest.fixture(scope="module")
async def page() -> str:
    """As a browser gets it, without a database or Temporal."""
    transport = httpx.ASGITransport(app=create_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        answer = await client.get("/docs")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert (await client.get("/docs")).text == answer.text
        assert (await client.head("/docs")).status_code == 200
    return answer.text


async def test_every_operation_form_and_field_is_on_the_page(page: str, document: dict[str, Any]) -> None:
    """Who looks for something finds it by the browser's search, and by an address of its own."""
    anchors = re.findall(r' id="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    operations = [each for ways in document["paths"].values() for each in ways.values()]
    assert {each["operationId"] for each in operations} <= set(anchors)
    assert {f"form-{name}" for name in document["components"]["schemas"]} <= set(anchors)
    names = set(re.findall(r"<dt><code>([^<]+)</code>", page))
    for form in document["components"]["schemas"].values():
        assert set(form.get("properties", {})) <= names
    shown = unescape(page).replace("\u200b", "")
    assert all(f"<code>{path}</code>" in shown for path in document["paths"])


async def test_every_link_of_the_page_leads_somewhere(page: str) -> None:
    """Within the page, or to one of ours."""
    anchors = set(re.findall(r' id="([^"]+)"', page))
    targets = set(re.findall(r' href="([^"]+)"', page))
    assert {target for target in targets if target.startswith("#")} <= {f"#{name}" for name in anchors}
    others = {target for target in targets if not target.startswith("#")}
    assert others <= {"/", "/docs", "/api/v1/openapi.json"} | {
        path for path in others if re.fullmatch(r"(?:/q)?/assets/\w+\.[0-9a-f]{16}\.(?:css|svg)", path)
    }


async def test_the_page_needs_no_script_and_no_style_of_its_own(page: str) -> None:
    """Its policy would let neither run."""
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|https?://(?!127|erp\.example\.com/)", page)


def test_what_is_required_stands_first_and_rules_are_words(told: Reference) -> None:
    """A reader sees what must be sent, and what a value must keep to, without knowing JSON schemas."""
    (create,) = [o for group in told.groups for o in group.operations if o.anchor == "create_quote"]
    assert create.body is not None
    first, *_ = create.body.fields
    assert (first.name, first.is_required) == ("customer_id", True)
    by_name = {field.name: field for field in create.body.fields}
    assert _words(by_name["lines"]) == ("list of LineBody", ("1 to 500 entries", "may be null"))
    assert _words(by_name["owner"]) == ("email address", ("at most 254 characters", "may be null"))
    (key,) = create.parameters
    assert (key.name, key.is_required) == ("idempotency-key", False)
    assert key.rules == ("header", "matches ^[\\x21-\\x7e]{1,255}$")
    assert _words(by_name["valid_until"])[1][:2] == ("at most 40 characters", "a date, or a time with a zone")
    assert _words(by_name["external_id"])[1][:2] == ("1 to 200 characters", "one line")
    assert _words(by_name["notes"])[1] == ("at most 5\u202f000 characters", "may be null")
    assert [answer.status for answer in create.answers if answer.is_success] == ["201", "202"]


def test_the_call_that_is_shown_is_the_operation(told: Reference, document: dict[str, Any]) -> None:
    """Method, address, key and body as curl takes them: it can be pasted once its capitals are filled in."""
    for group in told.groups:
        for operation in group.operations:
            words = shlex.split(operation.curl)
            method = words[words.index("-X") + 1] if "-X" in words else "POST" if "-d" in words else None
            assert operation.method == (method or ("POST" if "--data-binary" in words else "GET"))
            is_open = operation.path in {"/livez", "/readyz"}
            assert ("--oauth2-bearer" in words) != is_open
            (address,) = [word for word in words if word.startswith("$FIRM_OFFER_URL")]
            expected = re.sub(r"\{(\w+)\}", lambda name: name[1].upper(), operation.path)
            assert address == f"$FIRM_OFFER_URL{expected}"
            if operation.body and operation.body.example:
                assert words[words.index("-d") + 1] == operation.body.example


@pytest.mark.parametrize(
    ("schema", "shape", "rules"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 1000}, "whole number", ("1 to 1\u202f000",)),
        ({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}, "whole number", ("at least 1", "may be null")),
        ({"type": "boolean", "default": False}, "true or false", ("false if not given",)),
        ({"enum": ["a", "b"], "type": "string"}, "string", ("one of a, b",)),
        ({"type": "string", "pattern": "^(0|[1-9][0-9]*)(\\.[0-9]+)?$"}, "decimal string", ()),
        ({"type": "string", "pattern": "^[0-9a-f]{64}$"}, "string", ("matches ^[0-9a-f]{64}$",)),
        ({"type": "string", "format": "date"}, "date", ()),
        ({"type": "object", "additionalProperties": {"$ref": "#/components/schemas/X"}}, "object with a value for each name: X", ()),
        ({"type": "array", "items": {"type": "string"}, "examples": ["x"]}, "list of string", ("such as x",)),
        ({"anyOf": [{"type": "string"}, {"type": "number"}]}, "string or number", ()),
        ({}, "any value", ()),
    ],
)  # fmt: skip
def test_a_schema_in_words(schema: dict[str, Any], shape: str, rules: tuple[str, ...]) -> None:
    """Each kind of schema that our document has."""
    (field,) = fields({"properties": {"x": schema}})
    assert _words(field) == (shape, rules)


def test_a_reference_is_a_link_and_the_words_around_it_are_not() -> None:
    """`list of` is text, the name of the form leads to it."""
    told = pieces({"type": "array", "items": {"$ref": "#/components/schemas/LineBody"}})
    assert [(piece.text, piece.form) for piece in told] == [("list of ", None), ("LineBody", "LineBody")]


def test_a_description_stays_text() -> None:
    """Nothing that stands in it becomes an element, within code or without; paragraphs and code do."""
    told = str(prose(f"{HOSTILE}\n\nSecond."))
    assert "<script" not in told
    assert "<b>" not in told
    assert told.count("<p>") == 2
    assert "<code>&lt;b&gt;</code>" in told


async def test_tools_find_the_document_where_they_look(document: dict[str, Any]) -> None:
    """At `/openapi.json` stands what stands below `/api/v1`."""
    transport = httpx.ASGITransport(app=create_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        for path in ("/openapi.json", "/api/v1/openapi.json"):
            assert (await client.get(path)).json() == document


def _words(field: SchemaField) -> tuple[str, tuple[str, ...]]:
    return "".join(piece.text for piece in field.shape), field.rules
