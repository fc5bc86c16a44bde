"""The mail with a sign-in link: what it says, and what it is made of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

import pytest

from adapters.mail.compose import UnsafeHeaderError, compose_sign_in
from adapters.mail.render import SignInMail
from adapters.mail.sender import TemporaryMailError
from tests.unit.mail.samples import SELLER

AT: Final = datetime(2026, 11, 24, 9, 0, 5, tzinfo=UTC)
LINK: Final = (
    "https://quotes.keller-praezision.example/desk/sign-in/0f6c1b2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0"
)
MAIL: Final = SignInMail(
    id="01890a5d-ac96-774b-bcce-b302099a8057",
    address="marta@müller.example",
    name="Marta <b>Keller</b>",
    link=LINK,
    works_until=AT + timedelta(minutes=10),
    zone="Europe/Berlin",
    created_at=AT,
    seller=SELLER,
)


def received(mail: SignInMail) -> EmailMessage:
    composed = compose_sign_in(mail)
    assert composed.source.isascii()
    assert compose_sign_in(mail).source == composed.source
    return message_from_bytes(composed.source, policy=policy.default)


def test_it_says_how_long_and_where_the_link_works() -> None:
    """In text and HTML alike; from the shop, to the person alone, with the logo in it and nothing to load."""
    mail = received(MAIL)
    assert str(mail["From"]) == "Keller Präzision GmbH <angebote@keller-praezision.example>"
    assert str(mail["To"]) == "marta@xn--mller-kva.example"
    assert str(mail["Subject"]) == "Your link to sign in"
    assert str(mail["Message-ID"]) == "<01890a5d-ac96-774b-bcce-b302099a8057@keller-praezision.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    for body in (text.get_content(), html.get_content()):
        assert LINK in body
        assert "Tuesday, 24 November 2026, 10:10:05 CET (Europe/Berlin)" in " ".join(body.split())
        assert "only in the browser that you asked from" in " ".join(body.split())
        assert "Werkstraße 12" in body
        assert "Quote" not in body
    assert "Marta &lt;b&gt;Keller" in html.get_content()
    assert 'src="cid:' in html.get_content()
    assert LINK in text.get_content().splitlines()


@pytest.mark.parametrize(
    ("mail", "field"),
    [
        (replace(MAIL, address="marta@keller.example\r\nBcc: x@evil.example"), "recipient address"),
        (replace(MAIL, address="nobody"), "recipient address"),
        (replace(MAIL, seller=replace(SELLER, name="Keller =?utf-8?q?=0d=0aBcc?=")), "seller name"),
    ],
)
def test_no_text_reaches_a_header_that_must_not(mail: SignInMail, field: str) -> None:
    with pytest.raises(UnsafeHeaderError, match=f"^{field}: "):
        compose_sign_in(mail)


def test_without_an_address_to_write_from_it_waits() -> None:
    with pytest.raises(TemporaryMailError, match="the seller has no email address yet"):
        compose_sign_in(replace(MAIL, seller=replace(SELLER, email=None)))
