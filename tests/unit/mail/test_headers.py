"""Nothing that could end a header's line, or be decoded into such a thing, reaches a header."""

import pytest

from adapters.mail.compose import UnsafeHeaderError, header_text

HOSTILE = (
    "ACME\r\nBcc: all@example.com",
    "ACME\nBcc: all@example.com",
    "ACME\r",
    "ACME\x00",
    "ACME\u2028Bcc: all@example.com",
    "ACME\u2029",
    "ACME\x85Bcc: x",
    "ACME\x0bBcc: x",
    "ACME\x1c",
    "ACME\ttab",
    "ACME\ud800",
    "=?utf-8?q?ACME=0ABcc:_all=40example.com?=",
    "ACME =?utf-8?b?CkJjYzo=?=",
)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_text_that_could_add_a_header_is_refused(text: str) -> None:
    """Proves that the refusal names the field and never repeats the text."""
    with pytest.raises(UnsafeHeaderError) as refusal:
        header_text(text, field="customer_name")
    assert refusal.value.field == "customer_name"
    assert refusal.value.code == "unsafe_header"
    assert str(refusal.value).startswith("customer_name: ")
    assert "ACME" not in str(refusal.value)


@pytest.mark.parametrize(
    "text", ["", "Müller & Söhne", "株式会社", 'O\'Brien, "Bob" <x>', "what? = no", "👩🏽\u200d🔧"]
)
def test_other_text_passes_unchanged(text: str) -> None:
    """Proves that letters of any script, quotes and commas are not taken for an attack."""
    assert header_text(text, field="customer_name") == text
