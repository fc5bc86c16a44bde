"""Bodies take what is meant in one way only, and say what is wrong without repeating it."""

import json
from dataclasses import MISSING, fields
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from api.http.json_body import parse
from api.http.problem import FieldError, FieldErrorAnswer
from api.http.validation import field_errors
from api.json_answer import to_json
from api.v1.pricing.specification import EXAMPLE, PartOperationBody, SpecificationBody
from api.v1.quotes.answers import QuoteAnswer, VersionAnswer
from api.v1.quotes.bodies import AcceptBody, CopyBody, ExtendBody, PricingBody, QuoteBody, SendBody
from domain.offer.content import VersionTexts
from domain.pricing.operations import FORMS, KINDS
from domain.pricing.specification import PartSpecification
from domain.quotes.payloads import CreatePayload, RevisePayload

ID = "01890a5d-ac96-774b-bcce-b302099a8057"


def _errors(model: type[BaseModel], data: Any) -> list[FieldError]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(parse(json.dumps(data).encode()))
    found = [{**error, "loc": ("body", *error["loc"])} for error in caught.value.errors()]
    return list(field_errors(found))


def _codes(model: type[BaseModel], data: Any) -> set[tuple[str, str]]:
    return {(error.pointer, error.code) for error in _errors(model, data)}


def test_a_request_takes_every_field_of_a_specification() -> None:
    """Proves that the body has the fields that the domain prices by, in their order, and wants the same ones."""
    declared = [(field.name, field.default is MISSING) for field in fields(PartSpecification)]
    assert declared == [(name, field.is_required()) for name, field in SpecificationBody.model_fields.items()]


@pytest.mark.parametrize(
    "text",
    [
        "1e2",
        "1_000",
        "+1",
        " 1",
        "1 ",
        "\u0663",
        "\uff11",
        "0x1",
        "01",
        ".5",
        "1.",
        "1,5",
        "NaN",
        "",
        "1" * 15,
    ],
)
def test_decimals_are_plain_ascii(text: str) -> None:
    """Pydantic's own decimal takes most of these; ours takes none."""
    assert _codes(SpecificationBody, {**EXAMPLE, "length_mm": text}) == {("/length_mm", "not_a_number")}


@pytest.mark.parametrize("number", ["12.5", "100", '"12.5"', '"100"', "0.000001"])
def test_decimals_come_as_text_or_plain_number(number: str) -> None:
    """Either way the digits are kept as text."""
    raw = json.dumps({**EXAMPLE, "length_mm": "@"}).replace('"@"', number).encode()
    assert SpecificationBody.model_validate(parse(raw)).to_data()["length_mm"] == number.strip('"')


@pytest.mark.parametrize("value", [True, None, [], {}, ["1"]])
def test_a_decimal_is_nothing_else(value: Any) -> None:
    """A boolean is not the number 1."""
    assert _codes(SpecificationBody, {**EXAMPLE, "length_mm": value}) == {("/length_mm", "not_a_number")}


@pytest.mark.parametrize("value", ["20", 20.0, 20.5, True, None])
def test_a_quantity_is_a_whole_json_number(value: Any) -> None:
    """Neither text nor a fraction nor a boolean counts pieces."""
    assert _codes(SpecificationBody, {**EXAMPLE, "quantity": value}) == {("/quantity", "not_an_integer")}


def test_every_wrong_field_is_named_at_once() -> None:
    """Missing and unknown fields, each with its pointer."""
    data = {"material": "steel", "colour/finish": "red"}
    found = _codes(SpecificationBody, data)
    assert ("/colour~1finish", "unknown_field") in found
    assert {(f"/{name}", "required") for name in ("length_mm", "quantity")} <= found


def test_a_request_takes_every_field_of_an_operation() -> None:
    """Proves that the body has the marks and fields of all three kinds, and no other."""
    fields_of_all = {name for form in FORMS.values() for name in form.fields}
    assert set(PartOperationBody.model_fields) == {*KINDS, *fields_of_all}


@pytest.mark.parametrize(
    ("operations", "error"),
    [
        ([], ("/operations", "too_few")),
        ([{"process": "cnc"}] * 21, ("/operations", "too_many")),
        ([{"outside": "Hardening"}], ("/operations/0/outside", "not_a_boolean")),
        ([{"process": "cnc", "hours": 1}], ("/operations/0/hours", "unknown_field")),
        ([{"process": "cnc", "hours_per_piece": "1e1"}], ("/operations/0/hours_per_piece", "not_a_number")),
    ],
)
def test_an_operation_points_at_its_place(operations: Any, error: tuple[str, str]) -> None:
    """Its form is held to as everything else's."""
    assert _codes(SpecificationBody, {**EXAMPLE, "process": None, "operations": operations}) == {error}


@pytest.mark.parametrize("sources", [{}, {"pricing_calculation_id": ID, "specification": EXAMPLE}])
def test_a_quote_has_exactly_one_source_of_its_price(sources: dict[str, Any]) -> None:
    """None and two are refused, with the names that can be chosen from."""
    [error] = _errors(QuoteBody, {"customer_id": ID, **sources})
    assert (error.pointer, error.code) == ("", "one_of")
    assert list(error.allowed) == ["pricing_calculation_id", "specification", "lines"]


def test_the_short_form_is_one_line() -> None:
    """A calculation with a part number becomes a line; its tier is the envelope's default."""
    body = QuoteBody.model_validate({"customer_id": ID, "pricing_calculation_id": ID, "part_number": "P-1"})
    assert body.lines_data() == [{"description": "P-1", "part_number": "P-1", "pricing_calculation_id": ID}]


def test_a_tier_beside_lines_would_be_ignored_and_is_refused() -> None:
    """Nothing that a caller writes is silently without effect."""
    data = {"lines": [{"description": "Bracket", "pricing_calculation_id": ID}], "tier": "economy"}
    assert _codes(PricingBody, data) == {("", "not_with_lines")}


def test_a_line_points_at_its_place() -> None:
    """The pointer counts lines from zero, as JSON pointers do."""
    lines = [
        {"description": "A", "pricing_calculation_id": ID},
        {"description": "B", "specification": EXAMPLE, "tier": "x\ny"},
    ]
    [error] = _errors(PricingBody, {"lines": lines})
    assert (error.pointer, error.code) == ("/lines/1/tier", "control_character")


def test_specifications_are_found_with_their_pointers() -> None:
    """So that a problem of the rate card can point into the body."""
    body = PricingBody.model_validate({"lines": [{"description": "B", "specification": EXAMPLE}]})
    assert body.specifications() == [("/lines/0/specification", EXAMPLE)]


@pytest.mark.parametrize(
    "address",
    [
        *("", "x", "x@", "@example.com", "a b@example.com", "a@example", "a@-x.com", "a@x..com", ".a@x.com"),
        *("a..b@x.com", "a@x.com\n", "a@x.com\r\nBcc: b@x.com", "a@x.com\u2028", "=?utf-8?q?a?=@x.com"),
        *("ä@example.com", "bücher@shop.de", "a,b@x.com", "Max <a@x.com>", "a@x.com, b@x.com", '"a"@x.com'),
        *("a" * 65 + "@x.com", "a@" + "x." * 130 + "com"),
    ],
)
def test_an_address_that_could_reach_a_header_in_another_way_is_refused(address: str) -> None:
    """No line break, encoded word, second address or display name comes through."""
    assert {pointer for pointer, _ in _codes(SendBody, {"recipients": [address]})} == {"/recipients/0"}


@pytest.mark.parametrize(
    "address", ["a@example.com", "maria.huber+quotes@mail.example.co.uk", "o'brien@xn--bcher-kva.de"]
)
def test_usual_addresses_are_taken(address: str) -> None:
    """The rule refuses no address of daily business."""
    assert SendBody.model_validate({"recipients": [address]}).recipients == [address]


def test_at_most_twenty_recipients() -> None:
    """The limit is named."""
    [error] = _errors(SendBody, {"recipients": ["a@example.com"] * 21})
    assert (error.pointer, error.code, list(error.allowed)) == ("/recipients", "too_many", ["at most 20"])


@pytest.mark.parametrize(
    "name", ["A\nB", "A\rB", "A\u2028B", "A\u2029B", "A\x85B", "=?utf-8?q?x?=", "  ", "A\x7f"]
)
def test_a_name_is_one_harmless_line(name: str) -> None:
    """What may reach a mail header carries neither line breaks nor encoded words."""
    data = {"signer_name": name, "signer_email": "a@example.com", "method": "phone"}
    assert {pointer for pointer, _ in _codes(AcceptBody, data)} == {"/signer_name"}


@pytest.mark.parametrize(
    "until",
    [
        *("2026-13-01", "2026-02-30", "tomorrow", "2026-12-24T10:00:00", "20261224", "2026-W01-1", "1e9"),
        *("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "2026-12-24T25:00:00Z", "٢٠٢٦-12-24"),
    ],
)
def test_a_validity_is_a_date_or_an_instant_with_a_zone(until: str) -> None:
    """Also a time that UTC cannot hold is refused here, before a workflow has to read it."""
    assert _codes(ExtendBody, {"valid_until": until}) == {("/valid_until", "not_a_date_or_instant")}


def test_what_is_asked_travels_as_it_is_stored() -> None:
    """Of a body what was said, by the keys of stored commands: they must stay."""
    line = {"description": "P-1", "pricing_calculation_id": ID}
    discount = {"reason": "Repeat order", "rate": "0.05"}
    create = {"customer_id": ID, "lines": [line], "discount": discount, "external_id": "E-1", "valid_days": 9}
    asked = {"lines": [line], "discount": discount, "external_id": "E-1", "valid_days": 9}
    assert QuoteBody.model_validate(create).payload(None).to_data() == asked
    again = PricingBody.model_validate({"reprice": True, "overrides": "keep", "notes": "Later"})
    assert again.payload(None).to_data() == {
        "lines": [],
        "reprice": True,
        "overrides": "keep",
        "notes": "Later",
    }


def test_every_text_of_a_version_is_asked_for_stored_and_answered() -> None:
    """A new quote, a revision and a copy take it, their payloads carry it, and what is answered tells it."""
    texts = {each.name for each in fields(VersionTexts)}
    for body in (QuoteBody, PricingBody, CopyBody, QuoteAnswer, VersionAnswer):
        assert texts <= set(body.model_fields), body.__name__
    for payload in (CreatePayload, RevisePayload):
        assert texts <= {each.name for each in fields(payload)}, payload.__name__


def test_instants_travel_in_utc_and_dates_as_they_are() -> None:
    """A date is resolved by the domain in the seller's zone; an instant means itself."""
    body = ExtendBody.model_validate({"valid_until": "2026-12-24T01:00:00+02:00"})
    assert body.valid_until == "2026-12-23T23:00:00+00:00"
    assert ExtendBody.model_validate({"valid_until": "2026-12-24"}).valid_until == "2026-12-24"


def test_two_validities_or_none_to_extend_by_are_refused() -> None:
    """Days and a date could contradict each other."""
    assert _codes(ExtendBody, {"valid_days": 1, "valid_until": "2026-12-24"}) == {("", "one_of")}
    assert _codes(ExtendBody, {}) == {("", "required")}
    assert _codes(ExtendBody, {"valid_days": -1}) == {("/valid_days", "validity_out_of_range")}


def test_no_error_repeats_what_was_submitted() -> None:
    """A secret typed into the wrong field comes back neither in a message nor in the allowed values."""
    marker = "s3cret-marker"
    data = {
        "customer_id": marker,
        "lines": marker,
        "tier": [marker],
        "notes": {"a": marker},
        "valid_days": marker,
    }
    errors = _errors(QuoteBody, data)
    assert len(errors) >= 5
    assert marker.encode() not in to_json([FieldErrorAnswer.of(error) for error in errors])


@pytest.mark.parametrize("value", [False, "yes", 1])
def test_reprice_is_true_or_left_out(value: Any) -> None:
    """Told in JSON's own word."""
    [error] = _errors(PricingBody, {"reprice": value})
    assert (error.pointer, error.code, error.allowed) == ("/reprice", "not_allowed", ("true",))
