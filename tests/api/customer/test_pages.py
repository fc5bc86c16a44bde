"""Each page, read: what it says, where it leads, and what it must never hold."""

import re
from dataclasses import fields, replace
from html import unescape
from typing import Any

import pytest
from starlette.requests import Request

from api.customer.forms import Form, read_acceptance, read_rejection
from api.customer.pages import STYLE, STYLE_PATH, page
from api.customer.standing import Page
from api.customer.view import OfferView
from domain.quotes.sheet import OfferSheet, SheetLine, Sum
from tests.api.customer.samples import DEADLINE, DECIDED, NEWER, SHOP, TOKEN, offer
from tests.unit.mail.samples import SHEET

EMPTY = Form(action="")
SAYS = {
    Page.OFFER: ("Quote Q-2026-00012", f"The price holds until {DEADLINE}", "Accept for EUR 4,605.01"),
    Page.ACCEPTED: ("Thank you for your order", f"EUR 4,605.01 was accepted on {DECIDED}"),
    Page.REJECTED: ("This quote was declined", f"declined on {DECIDED}"),
    Page.EXPIRED: ("This quote has expired", f"open until {DEADLINE} and can no longer be accepted"),
    Page.CANCELLED: ("This quote was withdrawn", "can no longer be accepted"),
    Page.SUPERSEDED: ("There is a newer version", "See the newer version"),
    Page.IN_REVISION: ("This quote is being revised", "You will get it by mail"),
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


def html(shown: OfferView, form: Form = EMPTY, late: str | None = None) -> str:
    """The page's source."""
    answer = page(request(), f"{shown.page}.html", offer=shown, form=form, late=late)
    return bytes(answer.body).decode()


def words(source: str) -> str:
    """What a reader has read at the end."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", source)).split())


@pytest.mark.parametrize("which", Page)
def test_every_page_says_what_is_the_matter(which: Page) -> None:
    """Proves heading and message of each page, and that only the offer has forms."""
    source = html(offer(which))
    for saying in SAYS[which]:
        assert saying in words(source)
    assert ("<form" in source) is (which is Page.OFFER)
    assert "angebote@keller-praezision.example" in source


@pytest.mark.parametrize("which", Page)
def test_every_page_works_without_script_and_loads_only_its_own_style(which: Page) -> None:
    """Proves one heading, one main landmark, a language, and no script, inline style or foreign source."""
    source = html(offer(which))
    assert source.count("<h1") == source.count("<main") == 1
    assert '<html lang="en">' in source
    assert re.search(r"<script|\sstyle=|\son[a-z]+=|javascript:", source) is None
    assert set(re.findall(r'(?:src|href)="([^"#]+)"', source)) <= {
        *(STYLE_PATH, NEWER, f"/q/{TOKEN}/pdf", f"mailto:{SHOP.email}"),
    }


def test_the_offer_shows_the_whole_quote() -> None:
    """Proves lines, figures, terms and the hidden version of both forms."""
    source = html(offer())
    for saying in (
        "Keller Präzision GmbH offers you EUR 4,605.01",
        "Harker Hydraulics Ltd",
        "Bearing block, left",
        "4711-A, revision C",
        "Aluminium, CNC machined, finish: anodised natural",
        "213.06",
        "4,261.23",
        "15 working days",
        "Prices per piece are rounded; the totals count.",
        "Net 30 days from delivery.",
        SHOP.consent_text,
    ):
        assert saying in words(source)
    assert source.count('<input type="hidden" name="version" value="2">') == 2
    assert re.findall(r'action="([^"]+)"', source) == [f"/q/{TOKEN}/accept", f"/q/{TOKEN}/reject"]


def test_every_field_has_a_label() -> None:
    """Proves that whoever hears the page knows what to type where."""
    source = html(offer())
    named = re.findall(r'<(?:input|textarea)[^>]*\bid="([^"]+)"', source)
    assert named == ["signer_name", "signer_email", "purchase_order_number", "consent", "reason"]
    assert set(named) <= set(re.findall(r'<label for="([^"]+)"', source))


def test_a_form_with_errors_comes_back_as_it_was_typed() -> None:
    """Proves that each problem is told at the top and at its field, and that what was right is kept."""
    form = read_acceptance(
        {
            "signer_name": "Jonathan Harker",
            "signer_email": "harker",
            "purchase_order_number": "PO-1",
            "version": "2",
        },
        2,
    )
    source = html(offer(), form)
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
    source = html(offer(), read_rejection({"reason": "x" * 2001, "version": "2"}, 2))
    assert "<details open>" in source
    assert "x" * 2001 in source


@pytest.mark.parametrize("which", Page)
@pytest.mark.parametrize(("late", "subject"), [("accept", "Your acceptance"), ("reject", "Your answer")])
def test_what_came_too_late_is_told_above_the_state(which: Page, late: str, subject: str) -> None:
    """Proves that somebody whose form did not count is told so, on every page it can lead to."""
    assert f"{subject} did not take effect:" in words(html(offer(which), late=late))


def test_an_old_version_without_a_newer_link_names_the_mail() -> None:
    """Proves that nobody is led to a link that is not theirs."""
    source = html(offer(Page.SUPERSEDED, newer=None))
    assert "use the link in the latest mail" in words(source)
    assert NEWER not in source


def test_processing_tells_the_time_and_looks_again() -> None:
    """Proves that the page refreshes itself without script, to the same command."""
    answer = page(
        request(), "processing.html", status=202, offer=offer(), received_at="14:03:22 CET", command_id="c-1"
    )
    source = bytes(answer.body).decode()
    assert answer.status_code == 202
    assert "Received at 14:03:22 CET, being processed." in words(source)
    assert f'<meta http-equiv="refresh" content="3; url=/q/{TOKEN}?c=c-1">' in source


def test_texts_of_people_are_never_markup() -> None:
    """Proves that HTML and template code in every text is shown and not run."""
    evil = "<script>alert(1)</script>{{ offer.token }}\"'"
    texts: dict[str, Any] = {field.name: evil for field in fields(SheetLine) if field.type is not bool}
    line = replace(SHEET.lines[0], **texts)
    sheet = replace(SHEET, lines=(line, *SHEET.lines), sums=(Sum(label=evil, amount=evil),))
    shop = replace(SHOP, name=evil, email=evil, phone=evil, address=(evil,), terms=(evil,), consent_text=evil)
    form = Form(
        action="accept", values=dict.fromkeys(("signer_name", "reason"), evil), errors={"signer_name": evil}
    )
    for which in Page:
        shown = offer(which, customer_name=evil, shop=shop, sheet=sheet)
        source = html(shown, form)
        assert "<script" not in source
        assert "{{ offer.token }}" in source


def test_headers_keep_the_page_to_itself() -> None:
    """Proves the headers of a page: no script at all, no framing, no caching, no referrer, no index."""
    headers = page(request(), "offer.html", offer=offer(), form=EMPTY, late=None).headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["strict-transport-security"] == "max-age=31536000"
    plain = page(request("http"), "offer.html", offer=offer(), form=EMPTY, late=None)
    assert "strict-transport-security" not in plain.headers


def test_the_style_loads_nothing_and_is_named_by_its_content() -> None:
    """Proves that the style sheet draws on no other source and has a hashed name."""
    assert b"url(" not in STYLE
    assert b"@import" not in STYLE
    assert re.fullmatch(r"/q/assets/quote\.[0-9a-f]{16}\.css", STYLE_PATH)


def test_a_view_has_no_field_for_internal_figures() -> None:
    """Proves by its very shape that a page cannot show what only the shop may know."""
    names = {field.name for shape in (OfferView, OfferSheet, SheetLine) for field in fields(shape)}
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
    assert "are rounded" not in words(html(offer(sheet=exact)))
