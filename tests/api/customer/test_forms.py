"""What customers type: taken as it is when it is right, named field by field when it is not."""

from urllib.parse import urlencode

import pytest
from starlette.requests import Request
from starlette.types import Message

from api.customer.forms import (
    MAX_BYTES,
    Form,
    FormName,
    ShownVersion,
    UnreadableFormError,
    read_acceptance,
    read_form,
    read_rejection,
    read_request,
)

GOOD = {
    "signer_name": "Jonathan Harker",
    "signer_email": "j.harker@harker-hydraulics.example",
    "purchase_order_number": "PO-88121",
    "consent": "yes",
    "version": "2",
    "content_hash": "c" * 64,
}
SHOWN = ShownVersion(version=2, content_hash="c" * 64)


def errors(**changed: str) -> set[str]:
    """The fields that are wrong in an otherwise good form."""
    return set(read_acceptance(GOOD | changed, SHOWN).errors)


def test_a_good_form_has_no_errors_and_keeps_its_values() -> None:
    """Proves that spaces around a value are left out and nothing else is changed."""
    form = read_acceptance(GOOD | {"signer_name": "  Jonathan Harker "}, SHOWN)
    assert form.errors == {}
    assert form.value("signer_name") == "Jonathan Harker"
    assert form.value("purchase_order_number") == "PO-88121"


def test_every_missing_field_is_named_at_once() -> None:
    """Proves that nobody has to find the problems one after another, and that the PO number is optional."""
    assert set(read_acceptance({}, SHOWN).errors) == {"signer_name", "signer_email", "consent", "form"}


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
        "Jon\x00athan",
        "Jon\x1bathan",
        "Jon\r\nBcc: x@y.example",
        "Jon\u2028athan",
        "=?utf-8?q?Jon?=",
        "\u200b",
        "\u3164\u115f",
        "\U000e0041\U000e007f",
        "\u200e\u2060\ufeff",
    ],
    ids=ascii,
)
def test_names_with_control_characters_or_nothing_to_see_are_refused(name: str) -> None:
    """Proves that control characters cannot reach the evidence or a header, and that a name can be read."""
    assert errors(signer_name=name) == {"signer_name"}


@pytest.mark.parametrize("hidden", ["\u200e", "\u202e", "\u2066", "\u200b", "\ufeff", "\U000e0041", "\u3164"])
def test_what_is_invisible_in_a_name_is_taken_out(hidden: str) -> None:
    """Proves that a mark from a keyboard or from copying is no reason to ask again, and is not kept."""
    form = read_acceptance(
        GOOD | {"signer_name": f"{hidden}Jon{hidden}athan", "purchase_order_number": f"PO-1{hidden}"}, SHOWN
    )
    assert form.errors == {}
    assert (form.value("signer_name"), form.value("purchase_order_number")) == ("Jonathan", "PO-1")


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


@pytest.mark.parametrize(
    "hidden",
    [
        *({"version": version} for version in ("", "0", "02", "two", "2 ", "\u0662")),
        *({"content_hash": digest} for digest in ("", "c" * 63, "C" * 64, "c" * 65)),
    ],
    ids=str,
)
def test_a_form_without_its_hidden_fields_is_incomplete(hidden: dict[str, str]) -> None:
    """Proves that a form must say what it was made for, in the page's own writing."""
    form = read_acceptance(GOOD | hidden, SHOWN)
    assert (set(form.errors), form.is_stale) == ({"form"}, False)


@pytest.mark.parametrize("hidden", [{"version": "1"}, {"version": "3"}, {"content_hash": "d" * 64}], ids=str)
def test_a_form_made_for_other_content_is_stale(hidden: dict[str, str]) -> None:
    """Proves that form and link must speak of the same version and of the same content, whatever was typed."""
    assert read_acceptance(GOOD | hidden, SHOWN).is_stale
    assert read_acceptance(GOOD | hidden | {"signer_name": ""}, SHOWN).is_stale
    assert not read_acceptance(GOOD, SHOWN).is_stale


@pytest.mark.parametrize("asks", [FormName.CHANGE, FormName.EXTENSION])
def test_a_request_has_words_a_version_and_an_id(asks: FormName) -> None:
    """Proves that only a wish for more time may be without words, and that none is without its hidden fields."""
    good = {"wish": " Blue, please.\r\nAll of them. ", "version": "2", "form_id": "f" * 24}
    form = read_request(good, SHOWN, asks)
    assert (form.errors, form.is_stale, form.value("wish")) == ({}, False, "Blue, please.\nAll of them.")
    assert read_request(good | {"version": "1"}, SHOWN, asks).is_stale
    for wrong, named in (
        ({"wish": "a" * 2001}, {"wish"}),
        ({"wish": "a\u202eb"}, {"wish"}),
        ({"wish": " \n "}, {"wish"} if asks is FormName.CHANGE else set()),
        ({"form_id": ""}, {"form"}),
        ({"form_id": "f" * 65}, {"form"}),
        ({"form_id": "f" * 20 + "\u0661"}, {"form"}),
        ({"version": ""}, {"form"}),
    ):
        assert set(read_request(good | wrong, SHOWN, asks).errors) == named
    assert read_request(good | {"wish": "a" * 2000}, SHOWN, asks).errors == {}


def test_a_reason_may_have_lines_and_may_be_absent() -> None:
    """Proves what a rejection takes."""
    form = read_rejection({"reason": "Too late.\r\n\tJanuary!", "version": "2"}, SHOWN)
    assert (form.errors, form.value("reason")) == ({}, "Too late.\n\tJanuary!")
    assert read_rejection({"version": "2"}, SHOWN).errors == {}
    assert set(read_rejection({"reason": "a" * 2001, "version": "2"}, SHOWN).errors) == {"reason"}
    assert set(read_rejection({"reason": "a\u202eb", "version": "2"}, SHOWN).errors) == {"reason"}


def test_what_was_typed_is_kept_when_something_is_wrong() -> None:
    """Proves that nobody types twice."""
    form = read_acceptance(GOOD | {"signer_email": "harker", "opened_at": "now"}, SHOWN)
    assert isinstance(form, Form)
    assert form.values == {
        "signer_name": "Jonathan Harker",
        "signer_email": "harker",
        "purchase_order_number": "PO-88121",
        "consent": "yes",
        "opened_at": "now",
        "form_id": "",
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
        (b"&".join(b"a%d=1" % n for n in range(1_100)), "application/x-www-form-urlencoded", 400),
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
