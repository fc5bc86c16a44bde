"""Every no has one form, a stable code and a status that the table names."""

import json
from http import HTTPStatus

import pytest

from api.http.problem import PROBLEMS, FieldError, ProblemError, code_of, invalid, status_of, unavailable
from api.json_answer import to_json
from domain.errors import RefusalCode


@pytest.mark.parametrize("code", list(RefusalCode))
def test_every_refusal_of_the_domain_has_its_status(code: RefusalCode) -> None:
    """A new refusal code without an HTTP status would be answered by a guess."""
    assert code in PROBLEMS


def test_state_conflicts_are_409_and_stale_reads_412() -> None:
    """The request may succeed later: it is not malformed."""
    assert {
        status_of(code) for code in RefusalCode if code.startswith("quote_not_") and code != "quote_not_found"
    } == {409}
    assert [
        status_of(c) for c in ("quote_expired", "already_decided", "version_superseded", "not_priced")
    ] == [409] * 4
    assert status_of("stale_state") == HTTPStatus.PRECONDITION_FAILED


def test_a_problem_has_every_member() -> None:
    """RFC 9457's members, our code, the request's id, and the fields."""
    problem = ProblemError(
        "quote_expired",
        "Too late.",
        errors=[FieldError(pointer="/a", code="b", message="c")],
        extra={"current_status": "expired"},
    )
    assert json.loads(to_json(problem.answer(instance="/api/v1/x", request_id="r-1"))) == {
        "type": "urn:firm-offer:problem:quote_expired",
        "title": "The offer is no longer open",
        "status": 409,
        "detail": "Too late.",
        "instance": "/api/v1/x",
        "code": "quote_expired",
        "request_id": "r-1",
        "errors": [{"pointer": "/a", "code": "b", "message": "c", "in": "body"}],
        "current_status": "expired",
    }


def test_extra_members_never_replace_ours() -> None:
    """A stored refusal cannot change the status that is sent."""
    problem = ProblemError("quote_expired", "x", extra={"status": 200})
    assert problem.answer(instance="", request_id="").status == HTTPStatus.CONFLICT


def test_the_instance_is_a_uri_reference() -> None:
    """Whatever was typed into the address bar."""
    response = ProblemError("not_found", "x").response(path='/a b"<é', request_id="r")
    assert b'"instance":"/a%20b%22%3C%C3%A9"' in response.body
    assert response.media_type == "application/problem+json"


def test_a_code_that_all_fields_share_is_the_problem_s_own() -> None:
    """Clients look at one place for `validity_out_of_range`."""
    error = FieldError(pointer="/valid_days", code="validity_out_of_range", message="m")
    assert invalid(error).code == "validity_out_of_range"
    assert invalid(error, FieldError(pointer="/x", code="required", message="m")).code == "validation_failed"


def test_unavailable_says_when_to_come_back() -> None:
    """503 always carries Retry-After."""
    problem = unavailable("database_unavailable", "x")
    assert (problem.status, problem.headers) == (503, {"Retry-After": "2"})


def test_errors_of_the_framework_have_codes_too() -> None:
    """Also those we did not foresee."""
    assert [code_of(404), code_of(405), code_of(418)] == ["not_found", "method_not_allowed", "http_418"]
