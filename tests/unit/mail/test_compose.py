"""The mail as it goes over the wire: headers, parts, and the same bytes for the same view."""

from dataclasses import fields, replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from adapters.mail.compose import UnsafeHeaderError, compose
from adapters.mail.render import Mail, render
from domain.presentation.images import image_bytes
from domain.presentation.message import Mailbox, Told
from domain.presentation.offer import Offer
from domain.presentation.sheet import MOST_CHOICES_IN_MAILS, PricedChoice
from domain.quotes.notices import Audience, MessageKind
from tests.unit.mail.samples import COLLEAGUE, DESK, KINDS, LINK, LOGO, OWNER, SELLER, THREAD, changed, mail
from tests.unit.mail.test_headers import HOSTILE
from tests.unit.mail.test_render import readings


def over_the_wire(mail: Mail) -> EmailMessage:
    """What the other side reads."""
    received = message_from_bytes(compose(mail).source, policy=policy.default)
    assert isinstance(received, EmailMessage)
    return received


def test_headers_say_who_writes_and_who_is_answered() -> None:
    """Proves From, To, Reply-To, Message-ID, Date and the mark of an automatic mail."""
    received = over_the_wire(mail())
    assert received["From"] == "Keller Präzision GmbH <angebote@keller-praezision.example>"
    assert received["To"] == "j.harker@harker-hydraulics.example"
    assert received["Reply-To"] == "Marta Keller <marta.keller@keller-praezision.example>"
    assert received["Message-ID"] == mail().message.message_id
    assert received["Date"] == "Tue, 24 Nov 2026 09:00:05 +0000"
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Subject"] == "Quote Q-2026-00012 · version 2 from Keller Präzision GmbH"


def test_a_mail_hangs_below_its_quote_s_root() -> None:
    """By both headers that mail programs look at; the root is no Message-ID of any mail."""
    received = over_the_wire(mail())
    assert received["References"] == received["In-Reply-To"] == THREAD != received["Message-ID"]


@pytest.mark.parametrize(
    "email", ["nobody", "a@b.example, c@d.example", "x =?utf-8?q?=0ABcc:_x?=@y.example", ""]
)
def test_the_shop_is_told_also_where_nobody_can_be_answered(email: str) -> None:
    """A customer's address, as it was typed, that no header takes holds up no news: answers come to the shop then. To a
    customer no mail goes out that he could not answer.
    """
    typed = Mailbox(name="Harker", email=email)
    received = over_the_wire(changed(mail("accepted", Audience.SELLER), reply_to=typed))
    assert received["Reply-To"] == received["From"]
    with pytest.raises(UnsafeHeaderError):
        compose(changed(mail(), reply_to=typed))


def test_text_comes_before_html_and_both_survive() -> None:
    """Proves that clients which show only text, and those which show HTML, get the whole mail."""
    received = over_the_wire(mail("reminder"))
    assert received.get_content_type() == "multipart/alternative"
    text, rich = received.iter_parts()
    html, _ = rich.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert LINK in text.get_content()
    assert f'href="{LINK}"' in html.get_content()
    assert "Keller Präzision GmbH" in text.get_content()


def test_the_logo_is_part_of_the_html_and_the_pdf_is_an_attachment() -> None:
    """Proves that clients show the one in its place, by its Content-ID, and list the other alone."""
    received = over_the_wire(mail())
    assert received.get_content_type() == "multipart/mixed"
    (pdf,) = received.iter_attachments()
    assert (pdf.get_filename(), pdf.get_content()) == ("Q-2026-00012.pdf", b"%PDF")
    rich = next(part for part in received.walk() if part.get_content_type() == "multipart/related")
    html, logo = rich.iter_parts()
    assert (logo.get_content_type(), logo.get_content_disposition()) == ("image/png", "inline")
    assert logo.get_content() == image_bytes(LOGO)
    assert f'src="cid:{logo["Content-ID"].strip("<>")}"' in html.get_content()
    assert 'width="210" height="56"' in html.get_content()


def test_without_a_logo_there_is_no_picture() -> None:
    """Proves that the mail of a seller without one is text and HTML."""
    received = over_the_wire(changed(mail("reminder"), logo=None))
    assert [part.get_content_type() for part in received.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("logo", [LOGO, None], ids=["logo", "no logo"])
@pytest.mark.parametrize(("audience", "kind"), KINDS)
def test_the_library_reads_every_mail_and_would_write_it_so(
    audience: Audience, kind: MessageKind, logo: str | None
) -> None:
    """Proves that the frame around the parts is well formed: below the headers, no byte is another."""
    made = changed(mail(kind, audience), logo=logo)
    received = over_the_wire(made)
    assert [part.defects for part in received.walk() if part.defects] == []
    written = received.as_bytes(policy=policy.SMTP)
    assert written.partition(b"\r\n\r\n")[2] == compose(made).source.partition(b"\r\n\r\n")[2] != b""


def test_the_same_view_is_the_same_mail() -> None:
    """Proves that a repeat after a crash is the same mail, byte for byte."""
    assert compose(mail()) == compose(mail())


def test_lines_fit_every_server() -> None:
    """Proves that no line is longer than a server must take, and that all bytes are ASCII."""
    wide = changed(mail(), personal_message=("ä" * 5_000,))
    data = compose(wide).source
    assert data.isascii()
    assert max(map(len, data.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    "name", ['Müller, "Söhne" & Co. <x@y>', "株式会社ケラー精密", "A" * 300, "(comment) name"]
)
def test_any_name_arrives_as_it_is(name: str) -> None:
    """Proves that a name with specials neither becomes an address nor is lost."""
    received = over_the_wire(changed(mail(), name=name))
    (sender,) = received["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, SELLER.email)


def _places(text: str) -> dict[str, Mail]:
    """Views with `text` in each field that reaches a header."""
    return {
        "seller name": changed(mail(), name=text),
        "seller address": changed(mail(), email=f"{text}@example.com"),
        "recipient address": changed(mail(), recipient=f"{text}@example.com"),
        "reply_to name": changed(mail(), reply_to=Mailbox(name=text, email=OWNER.email)),
        "reply_to address": changed(mail(), reply_to=Mailbox(name="x", email=f"x@{text}")),
        "customer_name": changed(mail("accepted"), customer_name=text),
        "number": changed(mail(), number=text),
        "message_id": changed(mail(), message_id=f"<{text}@example.com>"),
    }


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_no_field_can_add_a_header(text: str) -> None:
    """Proves that every way into a header is guarded, and that the refusal names the field."""
    for field, hostile in _places(text).items():
        with pytest.raises(UnsafeHeaderError) as refusal:
            compose(hostile)
        assert refusal.value.field == field


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\ud800" not in text], ids=ascii)
def test_text_fields_of_the_body_add_no_header_either(text: str) -> None:
    """Proves that the header names stay the same whatever the body says. (A lone surrogate cannot be stored.)"""
    expected = over_the_wire(mail()).keys()
    assert over_the_wire(changed(mail(), personal_message=(text,), signer_name=text)).keys() == expected


def test_a_domain_in_other_letters_goes_out_in_ascii() -> None:
    """By IDNA 2008, which knows the ß, in every header and so in what the server is told."""
    made = changed(mail(), recipient="k@straße.example", email="shop@müller.example")
    made = changed(made, reply_to=Mailbox(name="Ute", email="ute@müller.example"))
    received = over_the_wire(made)
    assert [str(received[name]) for name in ("To", "Reply-To")] == [
        "k@xn--strae-oqa.example",
        "Ute <ute@xn--mller-kva.example>",
    ]
    assert "<shop@xn--mller-kva.example>" in str(received["From"])


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "@",
        "a@",
        "@b.example",
        "a b@c.example",
        "a@b.example, c@d.example",
        "x" * 65 + "@y.example",
    ],
)
def test_what_is_no_single_address_is_refused(address: str) -> None:
    """Proves that a list, a blank or half an address cannot be mailed to."""
    with pytest.raises(UnsafeHeaderError) as refusal:
        compose(changed(mail(), recipient=address))
    assert refusal.value.field == "recipient address"


def test_a_view_has_no_field_for_internal_figures() -> None:
    """Proves by its very shape that a mail cannot show what only the shop may know."""
    names = {field.name for shape in (Offer, Told) for field in fields(shape)}
    assert not names & {"breakdown", "cost", "margin", "overhead", "formula", "notes", "warnings", "tier"}


@pytest.mark.parametrize("kind", ["sent", "accepted", "annulled"])
def test_a_mail_promises_of_a_page_only_what_it_does(kind: str) -> None:
    """An open offer alone can be shown to a colleague, and without a link there is no page to download from."""
    for part in over_the_wire(mail(kind)).walk():
        if part.get_content_maintype() == "text":
            assert ("Its page sends a colleague another" in part.get_content()) == (kind == "sent")
    for part in over_the_wire(replace(mail(kind), link=None)).walk():
        if part.get_content_maintype() == "text":
            assert "for you alone" not in part.get_content()
            assert "can still be downloaded" not in part.get_content()


def test_a_mail_lists_prices_as_long_as_it_has_room() -> None:
    """Proves that of many prices to choose from their number is told, and that neither is cut off by a client."""
    choice = PricedChoice(
        key="1000 expedited",
        amount="1\u202f000 pieces",
        service="Expedited",
        lead_time="10 working days",
        unit_price="1\u202f234.56",
        total="1\u202f234\u202f560.00",
        discount="EUR 1\u202f300\u202f000.00 less 65\u202f440.00: 5 %, Repeat order",
        is_rounded=True,
    )
    for lines, listed in ((MOST_CHOICES_IN_MAILS // 24, True), (30, False)):
        line = replace(mail().message.offer.sheet.lines[0], choices=(choice,) * 24)
        sheet = replace(mail().message.offer.sheet, lines=(line,) * lines, total=None)
        shown = mail()
        received = over_the_wire(
            replace(shown, message=replace(shown.message, offer=replace(shown.message.offer, sheet=sheet)))
        )
        for kind in ("plain", "html"):
            body = received.get_body((kind,))
            assert body is not None
            told = body.get_content()
            assert ("Expedited service" in told, "24 prices to choose from" in told) == (listed, not listed)
            assert len(told.encode()) < 100_000


def test_the_shop_is_told_of_a_purchase_order_that_came_as_a_file() -> None:
    """Proves that both parts say where it is, and say nothing where none came."""
    accepted = mail("accepted", Audience.SELLER)
    for reading in readings(render(changed(accepted, order_file="ab" * 32))):
        assert f"{DESK}/proof" in reading
    assert "Purchase order file" not in render(accepted).text


@pytest.mark.parametrize(("audience", "kind"), KINDS)
def test_the_shop_is_led_to_the_quote_on_its_desk(audience: Audience, kind: str) -> None:
    """Proves that every mail to the shop names the page in both parts, and none to a customer does."""
    for part in (render(mail(kind, audience)).text, render(mail(kind, audience)).html):
        assert (DESK in part) is (audience is Audience.SELLER)
        assert audience is not Audience.SELLER or "on your desk" in part


def test_a_colleague_learns_who_shows_the_offer_and_why() -> None:
    """Proves the note and its writer's address, that the subject is the offer's own, and that without a note none is
    announced.
    """
    shown = changed(mail(), shown_to=COLLEAGUE)
    assert render(shown).subject == render(mail()).subject
    for reading in readings(render(shown)):
        start = "j.harker@harker-hydraulics.example would like you to see our quote Q-2026-00012, version 2, and wrote"
        assert f"{start} to you: as discussed on the phone" in reading
        assert "It replaces version" not in reading
    for reading in readings(render(changed(shown, personal_message=()))):
        assert "would like you to see our quote Q-2026-00012, version 2. " in reading
