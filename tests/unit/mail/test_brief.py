"""No mail is longer than mail programs show, whatever was written in it; and no figure is lost by that."""

from dataclasses import replace
from decimal import Decimal

import pytest

from adapters.mail.render import MOST_HTML_BYTES, Mail, render
from domain.offer.content import Unit, VersionContent
from domain.offer.enclosures import MAX_ENCLOSURES, Enclosure, FileAudience
from domain.offer.line_request import DiscountRequest, LineRequest
from domain.offer.version import Terms, version_content
from domain.presentation.brief import SHORTENED
from domain.presentation.offer import Addressee, OfferContact
from domain.presentation.sheet import LINES_OF_A_MAIL, offer_sheet
from domain.quotes.notices import Audience
from domain.wording import number, paragraphs
from tests.unit.mail.samples import KINDS, changed, mail
from tests.unit.quotes.test_choice import TIERS, calculation

FILLINGS = ("&", '"', "한", "<b>", "x\n", "\U0001f600 ")
"""What grows most when it is written as HTML, or has most paragraphs."""
LINES = 25


def filled(filling: str, longest: int, *, lines: bool = True) -> str:
    """The filling, as often as it is taken; for a text of one line without its line breaks."""
    text = (filling * longest)[:longest]
    return text if lines else text.replace("\n", "x")


def content(filling: str, *, choices: bool) -> VersionContent:
    """A version in which every text is as long as it may be, with a tax rate of its own for each line."""
    short, word = filled(filling, 200, lines=False), filled(filling, 2_000)
    asked = [
        LineRequest(
            position=at,
            description=word,
            part_number=short,
            part_revision=short,
            customer_part_number=short,
            quantity=Decimal("1234.567"),
            unit=Unit.KILOGRAM,
            unit_price=f"{at}1234567.89",
            tax_rate=str(Decimal(at).scaleb(-3)),
            discount=DiscountRequest(reason=short, rate="0.05"),
        )
        for at in range(1, LINES + 1)
    ]
    priced = [(line, None) for line in asked]
    if choices:
        quantities = (10, 20, 30, 40, 50, 60)
        prices = {(each, tier): 1_234_500 + each for each in quantities for tier in TIERS}
        chosen = [
            replace(line, quantity=None, unit=None, unit_price=None, quantities=quantities, tiers=TIERS[:2])
            for line in asked[:8]
        ]
        return version_content(
            [*((line, calculation(prices, quantities)) for line in chosen), *priced[8:]], _terms(filling)
        )
    return version_content(priced, _terms(filling))


def _terms(filling: str) -> Terms:
    long = filled(filling, 5_000)
    return Terms(
        customer_tier="standard",
        currency="EUR",
        notes=long,
        customer_reference=filled(filling, 200, lines=False),
        introduction=long,
        remarks=long,
        terms=long,
        delivery_terms=long,
        no_tax_reason=filled(filling, 200, lines=False),
        discount=DiscountRequest(reason=filled(filling, 200, lines=False), rate="0.05"),
        files=tuple(
            Enclosure(
                sha256=f"{at:064}",
                name=f"{filled(filling, 190, lines=False)}{at}.pdf",
                media_type="application/pdf",
                size=20_000_000,
                audience=FileAudience.CUSTOMER,
                line=at % LINES + 1,
            )
            for at in range(MAX_ENCLOSURES)
        ),
    )


def longest(filling: str, made: Mail, sent: VersionContent) -> Mail:
    """The mail with this version, and everything beside it as long as it may be."""
    short, long = filled(filling, 200, lines=False), paragraphs(filled(filling, 5_000))
    return changed(
        made,
        sheet=offer_sheet(sent),
        customer_name=short,
        name=short,
        address=(short,) * 10,
        addressee=Addressee(
            address=(short,) * 10,
            tax_id=short,
            contact=OfferContact(name=short, phone=short, email=short),
        ),
        reason=long,
        personal_message=long,
        signer_name=short,
        purchase_order_number=short,
        agreed_with=short,
    )


@pytest.mark.parametrize("choices", [False, True], ids=["plain", "choices"])
@pytest.mark.parametrize("filling", FILLINGS, ids=ascii)
def test_the_longest_texts_make_a_mail_that_is_shown_whole(filling: str, choices: bool) -> None:
    """Where there are lines, the first twenty have their totals, and the total is there. Every kind of mail with the first
    filling; with the others the one that has most texts.
    """
    sent = content(filling, choices=choices)
    sheet = offer_sheet(sent)
    for audience, kind in KINDS if filling == FILLINGS[0] else KINDS[:1]:
        words = render(longest(filling, mail(kind, audience), sent))
        assert len(words.html.encode()) <= MOST_HTML_BYTES, (kind, audience)
        if (audience, kind) == (Audience.CUSTOMER, "sent"):
            for half in (words.html, words.text):
                assert (sheet.total or "to be chosen") in half
                for line in sheet.lines[:LINES_OF_A_MAIL]:
                    assert line.choices or line.total in half
                assert f"And {number(LINES - LINES_OF_A_MAIL)} more lines" in " ".join(half.split())
                assert SHORTENED.partition(";")[0] in " ".join(half.split())


def test_a_usual_mail_is_not_shortened() -> None:
    """Proves that the words of an ordinary offer are all there."""
    for audience, kind in KINDS:
        words = render(mail(kind, audience))
        assert SHORTENED.partition(";")[0] not in words.html
        assert "…" not in words.html


def test_no_more_is_shortened_than_has_to_be() -> None:
    """Proves the step between: 20 lines of 2,000 characters are cut to 400 each, not to 80."""
    line = LineRequest(position=1, description="ä" * 2_000, quantity=1, unit_price="1")
    lines = [(replace(line, position=at), None) for at in range(1, 40)]
    text = "ö" * 5_000
    terms = Terms(customer_tier="standard", currency="EUR", introduction=text, remarks=text, terms=text)
    words = render(changed(mail(), sheet=offer_sheet(version_content(lines, terms))))
    assert words.html.count("ä" * 400 + "…") == LINES_OF_A_MAIL
    assert words.html.count("ö" * 400 + "…") == 3
