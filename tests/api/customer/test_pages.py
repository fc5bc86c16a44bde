"""Each page, read: what it says, where it leads, and what it must never hold."""

import re
from dataclasses import fields, replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from api.customer.forms import Form, FormName, ShownVersion, read_acceptance, read_rejection
from api.customer.page_data import AnnulmentView, ChangesSince, LinkRequest, PageView, Signed
from api.customer.pages import SCRIPT, STYLE, accent_path, accent_style, page
from api.customer.unsent import slip_of
from api.customer.which_page import PageTemplate
from domain.presentation.differences.changes import SheetChanges, sheet_changes
from domain.presentation.letterhead import Letterhead
from domain.presentation.offer import Offer
from domain.presentation.sheet import Break, OfferSheet, PricedChoice, SheetLine, Sum
from tests.api.customer.samples import CONTENT_HASH, DEADLINE, DECIDED, NEWER, SHOP, TOKEN, view
from tests.unit.mail.samples import DECIDED as DECIDED_AT
from tests.unit.mail.samples import LOGO, OFFER, SHEET

EMPTY = Form()
FORM_ID = "f" * 24
SAYS = {
    PageTemplate.OFFER: (
        "Quote Q-2026-00012",
        f"The price holds until {DEADLINE}",
        "Accept for EUR 4\u202f605.01",
    ),
    PageTemplate.ACCEPTED: ("Thank you for your order", f"EUR 4\u202f605.01, was accepted on {DECIDED}"),
    PageTemplate.REJECTED: ("This quote has been declined", f"declined on {DECIDED}"),
    PageTemplate.EXPIRED: ("This quote has expired", f"open until {DEADLINE}. It can no longer be accepted"),
    PageTemplate.CANCELLED: ("This quote has been withdrawn", "can no longer be accepted"),
    PageTemplate.ANNULLED: ("This order has been annulled", "binds neither side any more"),
    PageTemplate.SUPERSEDED: ("There is a newer version", "See the newer version"),
    PageTemplate.IN_REVISION: ("This quote is being revised", "You will get it by email"),
}


def request(scheme: str = "https") -> Request:
    """A request for a page."""
    return Request(
        {
            "type": "http",
            "method": "GET",
            "scheme": scheme,
            "server": ("shop.example", 443),
            "path": "/",
            "query_string": b"",
            "headers": [],
        }
    )


def html(shown: PageView, form: Form = EMPTY, late: str | None = None) -> str:
    """The page's source."""
    return bytes(answered(shown, form, late).body).decode()


def answered(
    shown: PageView, form: Form = EMPTY, late: str | None = None, *, scheme: str = "https", **beside: Any
) -> Response:
    """The page as an answer."""
    kept = {"version": str(shown.offer.version), "content_hash": CONTENT_HASH}
    kept |= {"form_id": FORM_ID, "opened_at": "an instant", "slip": "sealed"}
    more: dict[str, Any] = {"kept": kept, "slip": slip_of(shown), "stale": None, "choice": None, **beside}
    return page(
        request(scheme),
        f"{shown.standing.page}.html",
        offer=shown.offer,
        view=shown,
        form=form,
        late=late,
        **more,
    )


def words(source: str) -> str:
    """What a reader has read at the end."""
    return re.sub(r"[ \t\r\n]+", " ", unescape(re.sub(r"<[^>]+>", "", source))).strip()


@pytest.mark.parametrize("which", PageTemplate)
def test_every_page_says_what_is_the_matter(which: PageTemplate) -> None:
    """Proves heading and message of each page, and that only the offer has forms."""
    source = html(view(which))
    for saying in SAYS[which]:
        assert saying in words(source)
    assert source.count("<form") == {PageTemplate.OFFER: 4}.get(which, 0)
    assert "angebote@keller-praezision.example" in source


@pytest.mark.parametrize("which", PageTemplate)
def test_every_page_loads_only_what_is_its_own(which: PageTemplate) -> None:
    """Proves one heading, one main landmark, a language, and no inline script or style and no foreign source."""
    source = html(view(which))
    assert source.count("<h1") == source.count("<main") == 1
    assert '<html lang="en">' in source
    assert re.findall(r"<script[^>]*>[^<]*</script>", source) == [
        f'<script src="{SCRIPT.path}" defer></script>'
    ]
    assert re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", source) is None
    assert set(re.findall(r'(?:src|href)="([^"#]+)"', source)) <= {
        *(STYLE.path, SCRIPT.path, accent_path(SHOP.accent), f"mailto:{SHOP.email}"),
        *(NEWER, f"/q/{TOKEN}", f"/q/{TOKEN}/pdf", f"/q/{TOKEN}/certificate", f"/q/{TOKEN}/files/{'f' * 64}"),
        *("mailto:marta.keller@keller-praezision.example", "mailto:m.murray@harker-hydraulics.example"),
    }


def test_the_offer_shows_the_whole_quote() -> None:
    """Proves lines, figures, terms and what the forms say of what they were made for."""
    source = html(view())
    for saying in (
        "Keller Präzision GmbH offers you EUR 4\u202f605.01",
        "Harker Hydraulics Ltd",
        "Bearing block, left",
        "4711-A, revision C",
        "Aluminium, CNC machined, finish: anodised natural",
        "213.06",
        "4\u202f261.23",
        "15 working days",
        "Prices per piece are rounded; the totals are what counts.",
        "Net 30 days from delivery.",
        SHOP.consent_text,
    ):
        assert saying in words(source)
    assert source.count('<input type="hidden" name="version" value="2">') == 4
    assert source.count(f'<input type="hidden" name="content_hash" value="{CONTENT_HASH}">') == 1
    assert source.count('<input type="hidden" name="opened_at" value="an instant">') == 1
    assert source.count(f'<input type="hidden" name="form_id" value="{FORM_ID}">') == 4
    assert re.findall(r'action="([^"]+)"', source) == [
        f"/q/{TOKEN}/{form}" for form in ("accept", "change", "reject", "share")
    ]


def test_every_field_has_a_label() -> None:
    """Proves that whoever hears the page knows what to type where."""
    source = html(view())
    named = re.findall(r'<(?:input|textarea)[^>]*\bid="([^"]+)"', source)
    accepts = ["signer_name", "signer_email", "purchase_order_number", "order", "consent"]
    assert named == [*accepts, "wish", "reason", "colleague", "note"]
    assert set(named) <= set(re.findall(r'<label for="([^"]+)"', source))


def test_a_form_with_errors_comes_back_as_it_was_typed() -> None:
    """Proves that each problem is told at the top and at its field, and that what was right is kept."""
    form = read_acceptance(
        {
            "signer_name": "Jonathan Harker",
            "signer_email": "harker",
            "purchase_order_number": "PO-1",
            "version": "2",
            "content_hash": CONTENT_HASH,
        },
        ShownVersion(version=2, content_hash=CONTENT_HASH),
    )
    source = html(view(), form)
    assert 'value="Jonathan Harker"' in source
    assert 'value="harker"' in source
    assert 'value="PO-1"' in source
    assert 'href="#signer_email"' in source
    assert 'aria-invalid="true" aria-describedby="signer_email-error"' in source
    assert words(source).count("It should look like name@example.com.") == 2
    assert words(source).count("Please tick the box to confirm.") == 2
    assert "details open" not in source


def test_a_reason_with_errors_opens_its_own_form() -> None:
    """Proves that the text is not lost behind a closed fold."""
    source = html(
        view(),
        read_rejection(
            {"reason": "x" * 2001, "version": "2"}, ShownVersion(version=2, content_hash=CONTENT_HASH)
        ),
    )
    assert source.count("<details open>") == 1
    assert "x" * 2001 in source


@pytest.mark.parametrize("which", PageTemplate)
@pytest.mark.parametrize(
    ("late", "subject"),
    [("accept", "Your acceptance"), ("reject", "Your answer"), ("request_change", "Your request")],
)
def test_what_came_too_late_is_told_above_the_state(which: PageTemplate, late: str, subject: str) -> None:
    """Proves that somebody whose form did not count is told so, on every page it can lead to."""
    assert f"{subject} did not take effect:" in words(html(view(which), late=late))


def test_an_old_version_without_a_newer_link_says_that_others_got_it() -> None:
    """Proves that nobody is led to a link that is not theirs, or told to look for a mail that they were not sent."""
    source = html(view(PageTemplate.SUPERSEDED, newer=None))
    assert "The newer version was sent to others." in words(source)
    assert NEWER not in source


def test_processing_tells_the_time_and_looks_again() -> None:
    """Proves that the page looks for the same command, by script, and by refreshing itself without."""
    shown = view()
    told: dict[str, Any] = {"received_at": "14:03:22 CET", "command_id": "c-1"}
    answer = page(request(), "processing.html", status=202, offer=shown.offer, view=shown, **told)
    source = bytes(answer.body).decode()
    assert answer.status_code == 202
    assert "Received at 14:03:22 CET, being processed." in words(source)
    assert f'<noscript><meta http-equiv="refresh" content="3; url=/q/{TOKEN}?c=c-1"></noscript>' in source
    assert f'data-awaits="/q/{TOKEN}?c=c-1"' in source


def test_texts_of_people_are_never_markup() -> None:
    """Proves that HTML and template code in every text is shown and not run."""
    evil = "<script>alert(1)</script>{{ view.token }}\"'"
    texts: dict[str, Any] = {field.name: evil for field in fields(SheetLine) if field.type is not bool}
    breaks = (Break(quantity=evil, unit_price=evil, total=evil),) * 2
    texts |= {"more": (evil,), "choices": (), "breaks": breaks}
    choice = PricedChoice(**dict.fromkeys(PricedChoice.__dataclass_fields__, evil))  # type: ignore[arg-type]
    line = replace(SHEET.lines[0], **texts)
    several = replace(line, choices=(choice,))
    sheet = replace(
        SHEET, lines=(line, several, *SHEET.lines), conditions=(evil,), sums=(Sum(label=evil, amount=evil),)
    )
    shop = {
        **dict.fromkeys(("name", "email", "phone", "consent_text"), evil),
        "address": (evil,),
        "terms": (evil,),
    }
    form = Form(
        asks=FormName.ACCEPT,
        values=dict.fromkeys(("signer_name", "reason", "wish", "colleague", "note"), evil),
        errors={"signer_name": evil},
    )
    changes = sheet_changes(SHEET, sheet)
    told = {
        "changes": ChangesSince(version=1, seen=True, of=changes),
        "signed": Signed(at=DECIDED_AT, name=evil, purchase_order_number=evil, how=None),
        "annulled": AnnulmentView(agreed_with=evil, reason=(evil,)),
        "asked": LinkRequest(at=evil, command_id=evil),
    }
    for which in PageTemplate:
        shown = view(which, customer_name=evil, sheet=sheet, **shop, **told)
        source = html(shown, form)
        assert source.count("<script") == 1
        assert "<script>" not in source
        assert "{{ view.token }}" in source


def test_headers_keep_the_page_to_itself() -> None:
    """Proves the headers of a page: only its own script and style, no framing, caching, referrer or index."""
    headers = answered(view()).headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in answered(view(), scheme="http").headers


def test_style_and_script_load_nothing_and_are_named_by_their_content() -> None:
    """Proves that neither draws on another source or runs text as code, and that both have hashed names."""
    assert not re.search(rb"https?:|eval|innerHTML|document\.write|import\b", SCRIPT.content)
    assert re.fullmatch(r"/q/assets/quote\.[0-9a-f]{16}\.js", SCRIPT.path)
    assert b"url(" not in STYLE.content
    assert b"@import" not in STYLE.content
    assert re.fullmatch(r"/q/assets/quote\.[0-9a-f]{16}\.css", STYLE.path)


def test_a_view_has_no_field_for_internal_figures() -> None:
    """Proves by its very shape that a page cannot show what only the shop may know."""
    names = {
        field.name
        for shape in (PageView, Offer, Letterhead, OfferSheet, SheetLine, SheetChanges, Signed)
        for field in fields(shape)
    }
    assert not names & {
        "breakdown",
        "cost",
        "margin",
        "overhead",
        "formula",
        "notes",
        "warnings",
        "tier",
        "rate_card_id",
        "override",
    }


def test_exact_prices_are_not_said_to_be_rounded() -> None:
    """Proves that the note stands only where it is true."""
    exact = replace(SHEET, lines=tuple(replace(line, is_rounded=False) for line in SHEET.lines))
    assert "are rounded" not in words(html(view(sheet=exact)))


def test_service_and_other_quantities_are_shown_as_in_the_document() -> None:
    """Proves that a line tells its service with the lead time, and that one price alone is no choice."""
    rows = tuple(Break(quantity=q, unit_price="9.87", total="987.00") for q in ("50", "100"))
    line = replace(SHEET.lines[0], service="Economy", breaks=rows)
    shown = words(html(view(sheet=replace(SHEET, lines=(line, *SHEET.lines)))))
    assert "Economy service, ready in 15 working days" in shown
    assert "Other quantities" in shown
    assert "509.87987.00 1009.87987.00" in shown
    alone = replace(SHEET, lines=(replace(line, breaks=rows[:1]),))
    assert "Other quantities" not in words(html(view(sheet=alone)))


def test_changes_are_told_old_and_new() -> None:
    """Proves added, removed and reworded lines, and the total; or that nothing differs."""
    dearer = replace(SHEET.lines[0], quantity="30", lead_time=None)
    ring = replace(SHEET.lines[1], description="Ring", specification="Brass")
    changes = sheet_changes(SHEET, replace(SHEET, lines=(dearer, ring), total="EUR 5\u202f000.00"))
    shown = words(html(view(changes=ChangesSince(version=1, seen=True, of=changes))))
    for saying in (
        "New since version 1, which you had before",
        "Added: Ring, 1 piece, EUR 38.50",
        "No longer included: Spacer, 1 piece",
        "Pieces: 30 (was 20)",
        "Lead time: none (was 15 working days)",
        "Total: EUR 5\u202f000.00 (was EUR 4\u202f605.01)",
    ):
        assert saying in shown
    same = ChangesSince(version=1, seen=False, of=sheet_changes(SHEET, SHEET))
    shown = words(html(view(changes=same)))
    assert "New since version 1 Lines, prices and total are the same." in shown
    assert "New since" not in words(html(view()))


def test_more_time_can_be_asked_for_once() -> None:
    """Proves that the form stands on the expired page, and gives way to the word that the shop has been told."""
    source = html(view(PageTemplate.EXPIRED, takes_extension_request=True))
    assert re.findall(r'action="([^"]+)"', source) == [f"/q/{TOKEN}/extension"]
    asked = html(
        view(PageTemplate.EXPIRED, takes_extension_request=True, asked=LinkRequest(at="at 14:03:22 CET"))
    )
    assert "We have told Keller Präzision GmbH; you asked at 14:03:22 CET." in words(asked)
    assert "<form" not in asked


def test_a_request_on_its_way_is_told_beside_the_open_offer() -> None:
    """Proves that the message looks for its outcome, and that the offer can be accepted meanwhile."""
    source = html(view(asked=LinkRequest(at="at 14:03:22 CET", command_id="c-1")))
    assert "Received at 14:03:22 CET, being processed." in words(source)
    assert f'data-awaits="/q/{TOKEN}?c=c-1"' in source
    assert f'action="/q/{TOKEN}/accept"' in source


def test_a_form_of_other_content_is_told_apart() -> None:
    """Proves that the reader learns why the yes did not count, with the offer as it is now."""
    source = bytes(answered(view(), stale="accept").body).decode()
    assert (
        "Your acceptance did not take effect: the page you had open no longer showed what is on offer"
        in words(source)
    )


def test_only_a_link_nobody_has_looked_by_asks_for_a_sign_of_a_person() -> None:
    """Proves that the script is given the address once, and on no page that waits."""
    assert f'<body data-viewed="/q/{TOKEN}/viewed">' in html(view(confirms_view=True))
    assert "<body>" in html(view())


def test_the_accent_is_a_style_sheet_and_always_readable() -> None:
    """Proves that a colour is taken only where text in it can be read on white."""
    sheet = accent_style("1f4f5f")
    assert sheet is not None
    assert bytes(sheet.body) == b":root { --accent: #1f4f5f; }\n"
    for wrong in ("ffffff", "1F4F5F", "1f4f5", "red", "1f4f5f;}", "\u0661f4f5f"):
        assert accent_style(wrong) is None


def test_the_logo_stands_beside_the_name() -> None:
    """Proves that the image comes from this origin and repeats nothing to who hears the page."""
    assert "<img" not in html(view())
    assert f'<img src="/q/{TOKEN}/logo" alt="">' in html(view(logo=LOGO))


def test_a_moved_date_is_told_beside_the_document() -> None:
    """The PDF keeps the date it was sent with: the page says so, and which one counts."""
    said = words(html(view(sent_until=OFFER.valid_until - timedelta(days=7))))
    assert (
        "the PDF still says Thursday, 17 December 2026, 23:59 CET (Europe/Berlin). The date on this page"
        in said
    )
    assert "the PDF still says" not in words(html(view()))


def test_who_accepts_is_told_first_what_is_kept() -> None:
    """What goes into the certificate beyond the typed fields is said where it is given."""
    assert (
        "the network address and browser that you send this from are recorded. They appear in the certificate "
        "that you and Keller Präzision GmbH receive." in words(html(view()))
    )
