"""What customers type: taken as it is when it is right, named field by field when it is not."""

from urllib.parse import urlencode

import pytest
from starlette.requests import Request
from starlette.types import Message

from api.customer.forms import Form, read_acceptance, read_rejection
from api.customer.reading import MAX_BYTES, UnreadableFormError, read_form

GOOD = {
    "signer_name": "Jonathan Harker",
    "signer_email": "j.harker@harker-hydraulics.example",
    "purchase_order_number": "PO-88121",
    "consent": "yes",
    "version": "2",
}


def errors(**changed: str) -> set[str]:
    """The fields that are wrong in an otherwise good form."""
    return set(read_acceptance(GOOD | changed, 2).errors)


def test_a_good_form_has_no_errors_and_keeps_its_values() -> None:
    """Proves that spaces around a value are left out and nothing else is changed."""
    form = read_acceptance(GOOD | {"signer_name": "  Jonathan Harker "}, 2)
    assert form.errors == {}
    assert form.value("signer_name") == "Jonathan Harker"
    assert form.value("purchase_order_number") == "PO-88121"


def test_every_missing_field_is_named_at_once() -> None:
    """Proves that nobody has to find the problems one after another, and that the PO number is optional."""
    assert set(read_acceptance({}, 2).errors) == {"signer_name", "signer_email", "consent", "version"}


@pytest.mark.parametrize(
    "name",
    [
        "José Ñandú",
        "株式会社 田中",
        "O'Brien",
        "\u0645\u06cc\u200c\u062e\u0648\u0631\u0645",
        "Anna-Lena v. d. Berg",
    ],
)
def test_names_of_any_script_are_taken(name: str) -> None:
    """Proves that hidden joiners which a script needs are not mistaken for tricks."""
    assert errors(signer_name=name) == set()


@pytest.mark.parametrize(
    "name",
    [
        "   ",
        "...",
        "12345",
        "a" * 201,
        "Jon\u202eathan",
        "Jon\u2066athan",
        "Jon\x00athan",
        "Jon\x1bathan",
        "Jon\r\nBcc: x@y.example",
        "Jon\u2028athan",
        "Jon\u200bathan",
        "\ufeffJonathan",
        "=?utf-8?q?Jon?=",
        "Jon\U000e0041athan",
    ],
    ids=ascii,
)
def test_names_with_something_hidden_are_refused(name: str) -> None:
    """Proves that control, reordering and invisible characters cannot reach the evidence or a header."""
    assert errors(signer_name=name) == {"signer_name"}


@pytest.mark.parametrize(
    "email",
    ["", "harker", "a@b", "a b@c.example", "a@b.example, c@d.example", "a@b.example\nBcc: x", "ü@b.example"],
)
def test_addresses_that_cannot_be_mailed_to_are_refused(email: str) -> None:
    """Proves that the page asks for the same kind of address as the API."""
    assert errors(signer_email=email) == {"signer_email"}


@pytest.mark.parametrize("consent", ["", "no", "on", "YES"])
def test_nothing_but_the_ticked_box_consents(consent: str) -> None:
    """Proves that consent is never guessed."""
    assert errors(consent=consent) == {"consent"}


@pytest.mark.parametrize("version", ["", "1", "3", "02", "two", "2 "])
def test_a_form_of_another_version_is_refused(version: str) -> None:
    """Proves that form and link must speak of the same version."""
    assert errors(version=version) == {"version"}


def test_a_reason_may_have_lines_and_may_be_absent() -> None:
    """Proves what a rejection takes."""
    form = read_rejection({"reason": "Too late.\r\n\tJanuary!", "version": "1"}, 1)
    assert (form.errors, form.value("reason")) == ({}, "Too late.\n\tJanuary!")
    assert read_rejection({"version": "1"}, 1).errors == {}
    assert set(read_rejection({"reason": "a" * 2001, "version": "1"}, 1).errors) == {"reason"}
    assert set(read_rejection({"reason": "a\u202eb", "version": "1"}, 1).errors) == {"reason"}


def test_what_was_typed_is_kept_when_something_is_wrong() -> None:
    """Proves that nobody types twice."""
    form = read_acceptance(GOOD | {"signer_email": "harker"}, 2)
    assert isinstance(form, Form)
    assert form.values == {
        "signer_name": "Jonathan Harker",
        "signer_email": "harker",
        "purchase_order_number": "PO-88121",
        "consent": "yes",
    }


def posted(body: bytes, content_type: str = "application/x-www-form-urlencoded") -> Request:
    """A request with that body, in pieces."""
    pieces = [body[at : at + 10_000] for at in range(0, len(body), 10_000)] or [b""]
    messages: list[Message] = [{"type": "http.request", "body": p, "more_body": True} for p in pieces]
    messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Message:
        return messages.pop(0)

    headers = [(b"content-type", content_type.encode())]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


async def test_a_form_is_read_as_the_browser_sends_it() -> None:
    """Proves that letters outside ASCII, plus signs and empty fields arrive."""
    fields = {"signer_name": "Zoë + Söhne", "reason": "", "version": "2"}
    assert await read_form(posted(urlencode(fields).encode())) == fields
    with_charset = "application/x-www-form-urlencoded; charset=UTF-8"
    assert await read_form(posted(urlencode(fields).encode(), with_charset)) == fields


async def test_a_name_of_ten_megabytes_is_refused_while_it_is_read() -> None:
    """Proves that no more than a form's worth is ever held."""
    request = posted(b"signer_name=" + b"a" * 10_000_000)
    with pytest.raises(UnreadableFormError) as refusal:
        await read_form(request)
    assert refusal.value.status == 413
    left = 0
    async for chunk in request.stream():
        left += len(chunk)
    assert left > 10_000_000 - 2 * MAX_BYTES


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"a=%ff%fe", "application/x-www-form-urlencoded", 400),
        (b"a=\xff", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a%d=1" % n for n in range(100)), "application/x-www-form-urlencoded", 400),
        (b"{}", "application/json", 415),
        (b"a=1", "multipart/form-data; boundary=x", 415),
        (b"a=1", "", 415),
    ],
)
async def test_what_no_form_of_ours_sends_is_refused(body: bytes, content_type: str, status: int) -> None:
    """Proves that broken text, too many fields and other types of body end in a clear status."""
    with pytest.raises(UnreadableFormError) as refusal:
        await read_form(posted(body, content_type))
    assert refusal.value.status == status
