"""Every mail, read: what it says, to whom, and what it must never say."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from jinja2 import TemplateNotFound

from adapters.mail.render import Rendered, render
from adapters.mail.view import Mailbox, MailView, Reader
from tests.unit.mail.samples import KINDS, LINK, SHEET, view

DEADLINE = "Thursday, 24 December 2026, 23:59 CET (Europe/Berlin)"
DECIDED = "Thursday, 3 December 2026, 14:03:22 CET (Europe/Berlin)"
SUBJECTS = {
    (Reader.CUSTOMER, "sent"): "Quote Q-2026-00012 (version 2) from Keller Präzision GmbH",
    (Reader.CUSTOMER, "reminder"): "3 days left: quote Q-2026-00012 from Keller Präzision GmbH",
    (Reader.CUSTOMER, "accepted"): "Thank you for your order: quote Q-2026-00012 is accepted",
    (Reader.CUSTOMER, "expired"): "Quote Q-2026-00012 from Keller Präzision GmbH has expired",
    (Reader.CUSTOMER, "extended"): "New date for quote Q-2026-00012: open until 24 December 2026",
    (Reader.CUSTOMER, "cancelled"): "Quote Q-2026-00012 from Keller Präzision GmbH is withdrawn",
    (Reader.CUSTOMER, "superseded"): "Quote Q-2026-00012 from Keller Präzision GmbH has been replaced",
    (Reader.SELLER, "change_requested"): "Change wanted: Q-2026-00012, Harker Hydraulics Ltd, EUR 4,605.01",
    (
        Reader.SELLER,
        "extension_requested",
    ): "More time wanted: Q-2026-00012, Harker Hydraulics Ltd, EUR 4,605.01",
    (Reader.SELLER, "accepted"): "Accepted: Q-2026-00012, Harker Hydraulics Ltd, EUR 4,605.01",
    (Reader.SELLER, "rejected"): "Declined: Q-2026-00012, Harker Hydraulics Ltd, EUR 4,605.01",
    (Reader.SELLER, "expired"): "Expired: Q-2026-00012, Harker Hydraulics Ltd, EUR 4,605.01",
}
SAYS = {
    (Reader.CUSTOMER, "sent"): (
        "Dear Harker Hydraulics Ltd,",
        "It replaces version 1",
        "with the tighter fit on the bore",
        "Bearing block, left",
        "4711-A, revision C",
        "4,261.23",
        "15 working days",
        "Prices per piece are rounded; the totals count.",
        "EUR 4,605.01",
        DEADLINE,
        LINK,
        "Marta Keller",
        "DE 812 345 678",
    ),
    (Reader.CUSTOMER, "reminder"): ("3 more days", "EUR 4,605.01", DEADLINE, LINK),
    (Reader.CUSTOMER, "accepted"): ("Thank you for your order", DECIDED, "Jonathan Harker", "PO-88121", LINK),
    (Reader.CUSTOMER, "expired"): (DEADLINE, "can no longer be accepted", "answer this mail"),
    (Reader.CUSTOMER, "extended"): (f"now holds until {DEADLINE}", "Nothing else in it has changed", LINK),
    (Reader.CUSTOMER, "cancelled"): (
        "withdrawn our quote Q-2026-00012 over EUR 4,605.01",
        "answer this mail",
    ),
    (Reader.SELLER, "accepted"): (
        "Harker Hydraulics Ltd has accepted quote Q-2026-00012, version 2",
        DECIDED,
        "Jonathan Harker, j.harker@harker-hydraulics.example",
        "PO-88121",
    ),
    (Reader.SELLER, "rejected"): (
        "has declined quote Q-2026-00012",
        DECIDED,
        "Too late for us.",
        "in January.",
    ),
    (Reader.CUSTOMER, "superseded"): ("newer version of our quote Q-2026-00012", "can no longer be accepted"),
    (Reader.SELLER, "change_requested"): (
        "Harker Hydraulics Ltd asks for a change of quote Q-2026-00012, version 2",
        "j.harker@harker-hydraulics.example",
        DEADLINE,
        "in January.",
    ),
    (Reader.SELLER, "extension_requested"): (
        "asks for more time with quote Q-2026-00012",
        "Extend the quote",
        DEADLINE,
    ),
    (Reader.SELLER, "expired"): ("expired without an answer", DEADLINE, "The customer has been told"),
}


class _Words(HTMLParser):
    """The text that a reader of the HTML sees, and every address it leads to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.seen.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links.extend(value or "" for name, value in attrs if name in {"href", "src"})


def one_line(text: str) -> str:
    """All of it, with any run of white space as one space."""
    return " ".join(text.split())


def readings(rendered: Rendered) -> tuple[str, str]:
    """What a reader of the plain part, and one of the HTML part, has read at the end."""
    return one_line(rendered.text), one_line(" ".join(_Words(rendered.html).seen)).replace(" ,", ",")


@pytest.mark.parametrize(("reader", "kind"), KINDS)
def test_both_parts_say_what_the_mail_is_for(reader: Reader, kind: str) -> None:
    """Proves subject and content of each mail, in text and HTML alike."""
    rendered = render(view(kind, reader))
    assert rendered.subject == SUBJECTS[reader, kind]
    for reading in readings(rendered):
        for saying in SAYS[reader, kind]:
            assert saying in reading


@pytest.mark.parametrize(("reader", "kind"), KINDS)
def test_no_mail_depends_on_what_a_client_would_load(reader: Reader, kind: str) -> None:
    """Proves that there is no script, no style sheet, no picture, and no other link than the customer's."""
    words = _Words(render(view(kind, reader)).html)
    assert not {"script", "style", "link", "img", "iframe", "form"} & set(words.tags)
    assert set(words.links) <= {LINK}


@pytest.mark.parametrize("kind", ["expired", "cancelled"])
def test_an_offer_that_is_over_has_no_link_to_accept_it(kind: str) -> None:
    """Proves that nobody is led to a form that can only refuse."""
    rendered = render(view(kind))
    assert LINK not in rendered.text + rendered.html


@pytest.mark.parametrize(("reader", "kind"), KINDS)
def test_text_lines_are_short_enough_for_plain_clients(reader: Reader, kind: str) -> None:
    """Proves that only an address may be longer than 72 characters."""
    for line in render(view(kind, reader)).text.splitlines():
        assert len(line) <= 72 or line == LINK


def test_the_first_version_thanks_for_the_enquiry() -> None:
    """Proves that a version is named only where there has been another."""
    first = replace(view(), version=1, replaces=None, message=())
    rendered = render(first)
    assert rendered.subject == "Quote Q-2026-00012 from Keller Präzision GmbH"
    for reading in readings(rendered):
        assert "Thank you for your enquiry. Here is our quote Q-2026-00012." in reading
        assert "version" not in reading


def test_one_day_is_one_day() -> None:
    """Proves the last reminder's grammar."""
    rendered = render(replace(view("reminder"), days_left=1))
    assert rendered.subject == "Last day tomorrow: quote Q-2026-00012 from Keller Präzision GmbH"
    assert "holds for 1 more day, until" in one_line(rendered.text)


def test_a_rejection_without_a_reason_says_so() -> None:
    """Proves that an absent reason leaves no empty heading."""
    for reading in readings(render(replace(view("rejected", Reader.SELLER), reason=()))):
        assert "No reason was given." in reading
        assert "Their reason" not in reading


def test_an_expired_draft_is_not_said_to_have_been_offered() -> None:
    """Proves that the seller hears the truth about a quote that was never sent."""
    for reading in readings(render(replace(view("expired", Reader.SELLER), was_offered=False))):
        assert "never sent, and the customer has not been told" in reading
        assert "without an answer" not in reading


def test_texts_of_people_are_never_markup() -> None:
    """Proves that HTML and template code in every text field is shown and not run."""
    evil = "<script>alert(1)</script>{{ mail.link }}"
    for reader, kind in KINDS:
        rendered = render(_with_texts(view(kind, reader), evil))
        assert "<script" not in rendered.html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ mail.link }}" in rendered.html


def _with_texts(mail: MailView, text: str) -> MailView:
    return replace(
        mail,
        customer_name=text,
        message=(text,),
        reason=(text,),
        signer=text,
        purchase_order_number=text,
        sheet=replace(SHEET, lines=tuple(replace(line, description=text, part=text) for line in SHEET.lines)),
        seller=replace(mail.seller, name=text, address=(text,)),
        reply_to=replace(mail.reply_to, name=text),
    )


def test_a_kind_without_templates_is_an_error() -> None:
    """Proves that a mail nobody wrote cannot go out empty."""
    with pytest.raises(TemplateNotFound):
        render(replace(view(), kind="congratulated"))


def test_a_quote_without_an_owner_is_answered_to_the_shop() -> None:
    """Proves that the shop does not sign twice where no person is named."""
    mail = view()
    for reading in readings(
        render(replace(mail, reply_to=Mailbox(name=mail.seller.name, email=mail.seller.email)))
    ):
        assert "Kind regards Keller Präzision GmbH" in reading
        assert "it reaches angebote@keller-praezision.example." in reading
