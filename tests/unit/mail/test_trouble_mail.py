"""The mails about webhooks that were disabled or gave up an event: what they say, and what they are made of."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

import pytest

from adapters.mail.compose import UnsafeHeaderError, compose_trouble
from adapters.mail.render import TroubleMail
from adapters.mail.sender import TemporaryMailError
from domain.proof.feed_event import WebhookTrouble
from tests.unit.mail.samples import SELLER

PAGE: Final = (
    "https://quotes.keller-praezision.example/desk/settings/webhooks/01890a5d-ac96-774b-bcce-b302099a8057"
)
MAIL: Final = TroubleMail(
    id="01890a5d-ac96-774b-bcce-b302099a8058",
    address="marta@müller.example",
    name="Marta <b>Keller</b>",
    kind=WebhookTrouble.DISABLED,
    host="erp.keller-praezision.example",
    description="The <i>ERP</i> =?",
    reason="the receiver answered 410 (gone)",
    began_at=datetime(2026, 11, 24, 9, 0, 5, tzinfo=UTC),
    desk=PAGE,
    zone="Europe/Berlin",
    created_at=datetime(2026, 11, 24, 9, 0, 5, tzinfo=UTC),
    seller=SELLER,
)


def received(mail: TroubleMail) -> EmailMessage:
    composed = compose_trouble(mail)
    assert composed.source.isascii()
    assert compose_trouble(mail).source == composed.source, "a repeat is the same"
    return message_from_bytes(composed.source, policy=policy.default)


def bodies(mail: EmailMessage) -> list[str]:
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    return [" ".join(body.get_content().split()) for body in (text, html)]


@pytest.mark.parametrize(
    ("kind", "subject", "words"),
    [
        (WebhookTrouble.DISABLED, "The webhook to {} is disabled", "what happens meanwhile waits"),
        (WebhookTrouble.PARKED, "The webhook to {} has given up an event", "it was tried 10 times"),
    ],
)
def test_it_says_what_is_wrong_since_when_and_where_to_go(
    kind: WebhookTrouble, subject: str, words: str
) -> None:
    """In text and HTML alike; from the shop, to the person alone."""
    mail = received(replace(MAIL, kind=kind))
    assert str(mail["From"]) == "Keller Präzision GmbH <angebote@keller-praezision.example>"
    assert str(mail["To"]) == "marta@xn--mller-kva.example"
    assert str(mail["Subject"]) == subject.format(MAIL.host)
    assert str(mail["Message-ID"]) == f"<{MAIL.id}@keller-praezision.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = bodies(mail)
    for body in (text, html):
        assert PAGE in body
        assert "Tuesday, 24 November 2026, 10:00:05 CET (Europe/Berlin)" in body
        assert words in body
        assert MAIL.reason in body
        assert "Werkstraße 12" in body
    assert "Marta &lt;b&gt;Keller" in html
    assert "The &lt;i&gt;ERP&lt;/i&gt; =?" in html
    assert "Hello Marta <b>Keller</b>," in text


def test_to_the_shop_itself_it_greets_nobody() -> None:
    """Where there is no admin; nor does it name what nobody described."""
    for body in bodies(received(replace(MAIL, name=None, description=None))):
        assert "Hello" not in body
        assert "None" not in body


@pytest.mark.parametrize(
    ("mail", "field"),
    [
        (replace(MAIL, address="marta@keller.example\r\nBcc: x@evil.example"), "recipient address"),
        (replace(MAIL, host="erp.example\r\nBcc: x@evil.example"), "subject"),
    ],
)
def test_no_text_reaches_a_header_that_must_not(mail: TroubleMail, field: str) -> None:
    with pytest.raises(UnsafeHeaderError, match=f"^{field}: "):
        compose_trouble(mail)


def test_without_an_address_to_write_from_it_waits() -> None:
    with pytest.raises(TemporaryMailError, match="the seller has no email address yet"):
        compose_trouble(replace(MAIL, seller=replace(SELLER, email=None)))
