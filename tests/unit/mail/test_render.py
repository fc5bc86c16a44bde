"""Every mail, read: what it says, to whom, and what it must never say."""

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from jinja2 import TemplateNotFound

from adapters.mail.render import Mail, Rendered, render
from domain.presentation.branding import ACCENT
from domain.presentation.message import Anchor, Hearing, Mailbox
from domain.quotes.notices import Audience
from tests.unit.mail.samples import (
    COLLEAGUE,
    DESK,
    END,
    FAILURE,
    FAILURES,
    KINDS,
    LINK,
    LONG,
    SELLER,
    SHEET,
    SHOWN,
    WITHOUT_LINES,
    changed,
    mail,
)
from tests.unit.mail.samples import DEADLINE as DEADLINE_AT

DEADLINE = "Thursday, 24 December 2026, 23:59 CET (Europe/Berlin)"
DECIDED = "Thursday, 3 December 2026, 14:03:22 CET (Europe/Berlin)"
SUBJECTS = {
    (Audience.CUSTOMER, "sent"): "Quote Q-2026-00012 · version 2 from Keller Präzision GmbH",
    (Audience.CUSTOMER, "reminder"): "Quote Q-2026-00012 · 3 days left",
    (Audience.CUSTOMER, "accepted"): "Quote Q-2026-00012 · accepted, thank you for your order",
    (Audience.CUSTOMER, "expired"): "Quote Q-2026-00012 · expired",
    (Audience.CUSTOMER, "extended"): "Quote Q-2026-00012 · now open until 24 December 2026",
    (Audience.CUSTOMER, "cancelled"): "Quote Q-2026-00012 · withdrawn",
    (Audience.CUSTOMER, "annulled"): "Quote Q-2026-00012 · order annulled by agreement",
    (Audience.CUSTOMER, "superseded"): "Quote Q-2026-00012 · replaced by a newer version",
    **{
        (Audience.SELLER, kind): f"Quote Q-2026-00012 · {said}, EUR 4\u202f605.01"
        for kind, said in {
            "change_requested": "change requested by Harker Hydraulics Ltd",
            "shared": "Harker Hydraulics Ltd has shown it to a colleague",
            "extension_requested": "more time requested by Harker Hydraulics Ltd",
            "annulled": "order annulled by agreement, Harker Hydraulics Ltd",
            "accepted": "accepted by Harker Hydraulics Ltd",
            "rejected": "declined by Harker Hydraulics Ltd",
        }.items()
    },
    (Audience.SELLER, "expired"): "Quote Q-2026-00012 · expired, Harker Hydraulics Ltd, EUR 4\u202f605.01",
    **FAILURES,
}
SAYS = {
    (Audience.CUSTOMER, "sent"): (
        "Dear Harker Hydraulics Ltd,",
        "It replaces version 1",
        "with the tighter fit on the bore",
        "Bearing block, left",
        "4711-A, revision C",
        "4\u202f261.23",
        "15 working days",
        "Prices per piece are rounded; the totals are what counts.",
        "EUR 4\u202f605.01",
        "The quote is attached as a PDF.",
        DEADLINE,
        LINK,
        "Marta Keller",
        "DE 812 345 678",
    ),
    (Audience.CUSTOMER, "reminder"): ("3 more days", "EUR 4\u202f605.01", DEADLINE, LINK),
    (Audience.CUSTOMER, "accepted"): (
        "Thank you for your order",
        DECIDED,
        "Jonathan Harker",
        "PO-88121",
        LINK,
        "certificate of acceptance is attached",
    ),
    (Audience.CUSTOMER, "expired"): (DEADLINE, "can no longer be accepted", "reply to this email"),
    (Audience.CUSTOMER, "extended"): (
        "is now open until a later date than before",
        "Now valid until",
        DEADLINE,
        "Thursday, 10 December 2026, 23:59 CET (Europe/Berlin)",
        "Nothing else in it has changed",
        LINK,
    ),
    (Audience.CUSTOMER, "cancelled"): (
        "withdrawn our quote Q-2026-00012 for EUR 4\u202f605.01",
        "reply to this email",
    ),
    **END,
    (Audience.SELLER, "accepted"): (
        "Harker Hydraulics Ltd has accepted quote Q-2026-00012, version 2",
        DECIDED,
        "Jonathan Harker, j.harker@harker-hydraulics.example",
        "PO-88121",
        "certificate of acceptance is attached",
    ),
    (Audience.SELLER, "rejected"): (
        "has declined quote Q-2026-00012",
        DECIDED,
        "Too late for us.",
        "in January.",
    ),
    (Audience.SELLER, "shared"): (
        "Harker Hydraulics Ltd has shown a colleague quote Q-2026-00012, version 2",
        "Shown by",
        "j.harker@harker-hydraulics.example",
        "Shown to",
        COLLEAGUE,
        "Samples are ready.",
        f"not meant to be, close that link: {DESK}/links/{SHOWN}/close",
    ),
    (Audience.SELLER, "change_requested"): (
        "Harker Hydraulics Ltd asks for a change to quote Q-2026-00012, version 2",
        "j.harker@harker-hydraulics.example",
        DEADLINE,
        "in January.",
    ),
    (Audience.SELLER, "extension_requested"): (
        "asks for more time on quote Q-2026-00012",
        "Extend the quote",
        DEADLINE,
    ),
    (Audience.SELLER, "expired"): ("expired without an answer", DEADLINE, "The customer has been told"),
    (Audience.SELLER, "undelivered"): (
        "A reminder (Q-2026-00012, version 2, for Harker Hydraulics Ltd) could not be delivered",
        "to j.harkr@harker-hydraulics.example. The mail server refused this address for good.",
        "550 5.1.1 no such user",
        "No other email about this quote goes to this address until somebody sends the quote to it again by name.",
        "close the link of this one",
    ),
}


_WITHIN_A_LINE = {"span", "strong", "b", "a"}


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
        if tag not in _WITHIN_A_LINE:
            self.seen.append(" ")
        if tag == "img":
            self.seen.append(dict(attrs)["alt"] or "")
        self.links.extend(value or "" for name, value in attrs if name in {"href", "src"})


def one_line(text: str) -> str:
    """All of it, with any run of white space as one space."""
    return re.sub(r"[ \t\r\n]+", " ", text).strip()


def readings(rendered: Rendered) -> tuple[str, str]:
    """What a reader of the plain part, and one of the HTML part, has read at the end."""
    return one_line(rendered.text), one_line("".join(_Words(rendered.html).seen))


@pytest.mark.parametrize(("audience", "kind"), KINDS)
def test_both_parts_say_what_the_mail_is_for(audience: Audience, kind: str) -> None:
    """Proves subject and content of each mail, in text and HTML alike."""
    rendered = render(mail(kind, audience))
    assert rendered.subject == SUBJECTS[audience, kind]
    for reading in readings(rendered):
        for saying in SAYS[audience, kind]:
            assert saying in reading


@pytest.mark.parametrize(("audience", "kind"), KINDS)
def test_no_mail_depends_on_what_a_client_would_load(audience: Audience, kind: str) -> None:
    """Proves that there is no script, no style sheet, no picture but the logo that the mail carries itself, and
    no other link than the reader's own: the customer's, or to the shop's desk.
    """
    words = _Words(render(mail(kind, audience)).html)
    assert not {"script", "style", "link", "iframe", "form"} & set(words.tags)
    assert words.tags.count("img") == 1
    logo = mail().logo
    assert logo is not None
    ours = {f"{DESK}/links/{SHOWN}/close", DESK} if audience is Audience.SELLER else {LINK}
    assert set(words.links) <= {*ours, f"cid:{logo.cid}"}
    assert "url(" not in render(mail(kind, audience)).html


@pytest.mark.parametrize("kind", ["expired", "cancelled"])
def test_an_offer_that_is_over_has_no_link_to_accept_it(kind: str) -> None:
    """Proves that nobody is led to a form that can only refuse."""
    rendered = render(mail(kind))
    assert LINK not in rendered.text + rendered.html


def test_a_link_to_an_accepted_quote_says_until_when_it_works() -> None:
    """The day, in both parts, where links end; no day and no "always" where nothing is known."""
    ending = render(replace(mail("accepted"), link_until=DEADLINE_AT))
    for part in (ending.text, ending.html):
        assert "until 24 December 2026" in part
    assert max(map(len, ending.text.replace(LINK, "").splitlines())) <= 72
    lasting = render(mail("accepted"))
    assert "until" not in lasting.text + lasting.html
    assert "always" not in lasting.text + lasting.html


@pytest.mark.parametrize(("audience", "kind"), KINDS)
def test_text_lines_are_short_enough_for_plain_clients(audience: Audience, kind: str) -> None:
    """Proves that only an address may be longer than 72 characters."""
    for line in render(mail(kind, audience)).text.splitlines():
        assert len(line) <= 72 or line in {LINK, DESK} or line.startswith(f"{DESK}/links/")


@pytest.mark.parametrize(("audience", "kind"), KINDS)
def test_long_names_are_broken_into_lines_too(audience: Audience, kind: str) -> None:
    """Proves the same for names, numbers and reasons of any length: only one long word may stick out."""
    for line in render(_with_texts(mail(kind, audience), LONG)).text.splitlines():
        assert len(line) <= 72 or line in {LINK, DESK} or line.startswith(f"{DESK}/links/")


@pytest.mark.parametrize(("audience", "kind"), KINDS)
def test_the_first_twenty_lines_are_shown_and_the_rest_counted(audience: Audience, kind: str) -> None:
    """Of five hundred: no client cuts the mail off, as Gmail does beyond 102 kB of HTML; the total is that of all."""
    lines = tuple(replace(SHEET.lines[i % 2], description=f"Line {i}, {LONG[:60]}") for i in range(500))
    rendered = render(changed(mail(kind, audience), sheet=replace(SHEET, lines=lines)))
    assert len(rendered.html.encode()) < 50_000
    without = WITHOUT_LINES[audience]
    seen = [("Line 19," in said, "And 480 more" in said, "Line 20," in said) for said in readings(rendered)]
    assert seen == [(kind not in without, kind not in without, False)] * 2


@pytest.mark.parametrize(("audience", "kind"), KINDS)
def test_the_sellers_colour_is_the_only_accent(audience: Audience, kind: str) -> None:
    """Proves that every mail is in the seller's colour, and none in that of a seller who has chosen none."""
    html = render(changed(mail(kind, audience), accent="#8c1e3c")).html
    assert "#8c1e3c" in html
    assert ACCENT not in html


def test_without_a_logo_the_name_stands_in_its_place() -> None:
    """Proves that the letterhead shows the picture or the name, and that the picture has the name for its text."""
    shown = render(mail()).html
    assert f'alt="{SELLER.name}"' in shown
    bare = changed(mail(), logo=None)
    assert "<img" not in render(bare).html
    assert readings(render(bare)) == readings(render(mail()))


def test_a_mail_without_its_document_does_not_promise_one() -> None:
    """Proves that what is said to be attached is attached."""
    for audience, kind in KINDS:
        for reading in readings(render(changed(mail(kind, audience), attachments=()))):
            assert "attached" not in reading


def test_a_document_with_an_older_date_is_explained() -> None:
    """An offer that is sent again after its date was moved says which date counts; any other says nothing."""
    sent = mail("sent")
    moved = render(changed(sent, sent_until=DEADLINE_AT - timedelta(days=7)))
    for part in (moved.html, one_line(moved.text)):
        assert "the PDF still says Thursday, 17 December 2026, 23:59 CET (Europe/Berlin)" in part
        assert "The date in this email is the one that counts." in part
    assert "the PDF still says" not in render(sent).html + render(sent).text


def test_more_time_may_be_asked_for_after_the_end() -> None:
    """Proves that a validity which is over is told as such, and a request without words as well."""
    late = changed(
        mail("extension_requested", Audience.SELLER), created_at=DEADLINE_AT + timedelta(days=1), reason=()
    )
    for reading in readings(render(late)):
        assert "Was valid until" in reading
        assert "They left no message." in reading
        assert "In their words" not in reading


def test_the_first_version_thanks_for_the_enquiry() -> None:
    """Proves that a version is named only where there has been another."""
    plain = replace(SHEET, introduction=())
    rendered = render(changed(mail(), version=1, replaces=None, personal_message=(), sheet=plain))
    assert rendered.subject == "Quote Q-2026-00012 · from Keller Präzision GmbH"
    for reading in readings(rendered):
        assert "Thank you for your enquiry. Here is our quote Q-2026-00012." in reading
        assert "version" not in reading


def test_one_day_is_one_day() -> None:
    """Proves the last reminder's grammar."""
    rendered = render(changed(mail("reminder"), days_left=1))
    assert rendered.subject == "Quote Q-2026-00012 · last day tomorrow"
    assert "holds for 1 more day." in one_line(rendered.text)


def test_a_rejection_without_a_reason_says_so() -> None:
    """Proves that an absent reason leaves no empty heading."""
    for reading in readings(render(changed(mail("rejected", Audience.SELLER), reason=()))):
        assert "No reason was given." in reading
        assert "Their reason" not in reading


def test_an_expired_draft_is_not_said_to_have_been_offered() -> None:
    """Proves that the seller hears the truth about a quote that was never sent."""
    for reading in readings(render(changed(mail("expired", Audience.SELLER), was_offered=False))):
        assert "never sent, and the customer has not been told" in reading
        assert "without an answer" not in reading


def test_texts_of_people_are_never_markup() -> None:
    """Proves that HTML and template code in every text field is shown and not run."""
    evil = "<script>alert(1)</script>{{ mail.link }}"
    for audience, kind in KINDS:
        rendered = render(_with_texts(mail(kind, audience), evil))
        assert "<script" not in rendered.html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ mail.link }}" in rendered.html


def _with_texts(mail: Mail, text: str) -> Mail:
    return changed(
        mail,
        customer_name=text,
        personal_message=(text,),
        reason=(text,),
        signer_name=text,
        purchase_order_number=text,
        sheet=replace(SHEET, lines=tuple(replace(line, description=text, part=text) for line in SHEET.lines)),
        name=text,
        address=(text,),
        reply_to=replace(mail.message.reply_to, name=text),
        failure=replace(FAILURE, recipient=text, words=text) if mail.message.failure else None,
        hearing=Hearing(told=(text,), waiting=(text,), failed=(text,)),
    )


@pytest.mark.parametrize("kind", ["sent", "reminder", "extended", "expired"])
def test_a_reader_elsewhere_is_told_the_deadline_by_his_own_clocks_too(kind: str) -> None:
    """In both halves; the shop's own mails have the shop's time alone."""
    for reading in readings(render(changed(mail(kind), reader_zone="America/New_York"))):
        assert f"{DEADLINE}, which is 17:59 EST (America/New_York)" in reading
    shop = render(changed(mail("expired", Audience.SELLER), reader_zone="America/New_York"))
    assert "EST" not in shop.text + shop.html


def test_another_deadline_is_told_as_what_it_is() -> None:
    """Sooner, later, or (of a row from before it was kept) just another one."""
    sooner = changed(mail("extended"), valid_until_before=DEADLINE_AT + timedelta(days=7))
    assert render(sooner).subject == "Quote Q-2026-00012 · now open only until 24 December 2026"
    for reading in readings(render(sooner)):
        assert "is now open until a sooner date than before" in reading
        assert "Thursday, 31 December 2026, 23:59 CET (Europe/Berlin)" in reading
    for reading in readings(render(changed(mail("extended"), valid_until_before=None))):
        assert "has a new expiry date" in reading
        assert "Before" not in reading


def test_a_kind_without_templates_is_an_error() -> None:
    """Proves that a mail nobody wrote cannot go out empty."""
    with pytest.raises(TemplateNotFound):
        render(mail("reminder", Audience.SELLER))


def test_a_quote_without_an_owner_is_answered_to_the_shop() -> None:
    """Proves that the shop does not sign twice where no person is named."""
    shop = Mailbox(name=SELLER.name, email=SELLER.email)
    for reading in readings(render(changed(mail(), reply_to=shop, in_charge=None))):
        assert "Kind regards Keller Präzision GmbH" in reading
        assert "it reaches angebote@keller-praezision.example." in reading


@pytest.mark.parametrize("audience", [Audience.CUSTOMER, Audience.SELLER])
def test_an_acceptance_gives_its_reader_a_hash_to_hold(audience: Audience) -> None:
    """In both halves, whole, as `firm-offer verify --tip` takes it; without a digest of the evidence it has none to tell."""
    made = render(mail("accepted", audience))
    assert all(digest in half for half in (made.text, made.html) for digest in ("e" * 64, "f" * 64))
    anchor = Anchor(event_sequence=7, event_hash="a" * 64, evidence_sha256=None)
    older = render(changed(mail("accepted", audience), anchor=anchor))
    assert all("event 7 of" in " ".join(half.split()) for half in (older.text, older.html))
    assert "evidence" not in older.text
    assert "For your records" not in render(changed(mail("accepted", audience), anchor=None)).html


@pytest.mark.parametrize("kind", ["sent", "reminder", "extended"])
def test_who_may_only_read_is_not_asked_for_an_answer(kind: str) -> None:
    """Proves that no mail promises what its link does not do."""
    for reading in readings(render(changed(mail(kind), reads_only=True))):
        assert not any(word in reading for word in ("accept", "decline", "a short no"))
