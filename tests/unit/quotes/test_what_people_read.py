"""Every amount that anybody reads is the oracle's to the minor unit: the API's answer, the customer's page before and after a
choice, the mails' text and HTML, the document and the certificate, each made by what makes it in the product.

FIRM_OFFER_ORACLE_QUOTES sets how many random quotes are read (1000 for the long run).
"""

import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from adapters.mail.render import render
from adapters.pdf.quotes import QuotePdf
from adapters.pdf.typesetter import Typesetter
from adapters.settings import Settings
from api.customer.choosing import chosen
from api.customer.forms import Form
from api.json_answer import to_json
from api.v1.quotes.answers import QuoteAnswer
from domain.offer.choice import Pick, chosen_content
from domain.offer.content import VersionContent, quantity_of, quantity_to_data
from domain.presentation.certificate import Certificate
from domain.presentation.sheet import choice_key, offer_sheet
from domain.quotes.quote import AcceptanceRef
from domain.quotes.record import QuoteView
from domain.quotes.status import QuoteStatus
from tests.api.customer.samples import view
from tests.api.customer.test_pages import answered as page_answered
from tests.api.customer.test_pages import words
from tests.unit.api.test_quote_view import QUOTE as RECORDED
from tests.unit.api.test_quote_view import UNTIL
from tests.unit.mail.samples import changed, mail
from tests.unit.pdf.test_quote_pdf import document_of, pages
from tests.unit.quotes.quote_oracle import Choice, Figures, Quote
from tests.unit.quotes.random_quotes import Made, random_choice, random_quote
from tests.unit.quotes.test_certificate import EVIDENCE

QUOTES = int(os.environ.get("FIRM_OFFER_ORACLE_QUOTES", "40"))
NUMBER = re.compile("\N{MINUS SIGN}?\\d[\\d\u202f]*(?:\\.\\d+)?(?![\\w.]*\\d)")
PERCENT = re.compile(r"[\d.]+ %")
SETTINGS = Settings.model_validate(
    {
        "DATABASE_URL": "postgresql://localhost/none",
        "SMTP_URL": "smtp://localhost",
        "FIRM_OFFER_SECRET": "a-secret-of-the-tests-and-of-nothing-else",
        "FIRM_OFFER_ENV": "test",
    }
)


@pytest.fixture(scope="module")
def pdf() -> QuotePdf:
    """One typesetter for all."""
    return QuotePdf(Typesetter())


def quotes(seen: Counter[str]) -> list[tuple[Made, dict[int, Choice]]]:
    """Random quotes, each with something that is chosen of it. What one side refuses the other refuses too."""
    random, found = Random(20261129), list[tuple[Made, dict[int, Choice]]]()
    while len(found) < QUOTES:
        made = random_quote(random)
        comes_to = made.quote.sums(made.quote.default())
        assert (made.content is None) == (comes_to is None), made
        seen["refused"] += comes_to is None
        had = random_choice(random, made.quote)
        if comes_to is not None and made.quote.sums(had) is not None:
            found.append((made, had))
    return found


def picks(had: Mapping[int, Choice]) -> list[Pick]:
    """The choice as the record has it."""
    return [
        Pick(position=at + 1, quantity=_given(quantity), tier=tier) for at, (quantity, tier) in had.items()
    ]


def _given(quantity: Any) -> int | str:
    exact = Decimal(quantity.numerator) / Decimal(quantity.denominator)
    return quantity_to_data(int(exact) if quantity.denominator == 1 else exact)


def compare(what: str, text: str, figures: Figures, *more: Figures) -> None:
    """All that must be in the text is there, as often; and what reads like an amount is one of these."""
    text = PERCENT.sub("", re.sub(r"https?://\S+|[ \t\r\n]+", " ", text))
    found = Counter(NUMBER.findall(text))
    missing = {each: n - found[each] for each, n in figures.needed.items() if found[each] < n}
    assert not missing, (what, missing, text)
    allowed = {*figures.needed, *figures.quantities(), *(each for one in more for each in one.needed)}
    strange = {each for each in found if re.search("[.\u202f]", each)} - allowed
    places = [text[max(0, text.find(each) - 80) : text.find(each) + 30] for each in strange]
    assert not strange, (what, strange, places)


def offered(quote: Quote, *, breaks: bool) -> Figures:
    """What the offer itself says."""
    figures = Figures(quote)
    figures.lines(None, breaks=breaks)
    if quote.is_open():
        figures.conditions()
    else:
        figures.charged(quote.default())
        figures.sums(quote.default())
    return figures


def ordered(quote: Quote, had: Mapping[int, Choice], *, each: bool = True, breaks: bool = False) -> Figures:
    """What a choice says."""
    figures = Figures(quote)
    figures.lines(had, each=each, breaks=breaks)
    figures.charged(had)
    figures.sums(had)
    return figures


def test_mails_pages_and_documents_say_the_oracle_s_figures(pdf: QuotePdf) -> None:
    """Proves it for random quotes in three currencies, that each kind of figure came up, and that a figure that is one minor
    unit off would have been found.
    """
    seen: Counter[str] = Counter()
    for made, had in quotes(seen):
        quote, content = made.quote, made.content
        assert content is not None
        _count(quote, had, seen)
        _api(quote, content, had)
        _mails(quote, content, had)
        _pages(quote, content, had)
        _documents(pdf, quote, content, had)
    kinds = ("open", "optional", "charged", "credit", "operations", "line discount", "discount", "taxed")
    assert all(seen[kind] > QUOTES // 20 for kind in (*kinds, "0 digits", "2 digits", "3 digits")), seen


def _count(quote: Quote, had: Mapping[int, Choice], seen: Counter[str]) -> None:
    lines = quote.lines
    seen.update(
        {
            "open": quote.is_open(),
            "optional": any(line.optional for line in lines),
            "charged": bool(quote.charges(had)),
            "credit": any(line.unit_price is not None and line.unit_price < 0 for line in lines),
            "operations": any(line.part is not None and len(line.part.operations) > 1 for line in lines),
            "line discount": any(line.rate is not None for line in lines),
            "discount": quote.rate is not None or quote.off is not None,
            "taxed": any(line.tax for line in lines),
            f"{quote.shop.digits} digits": 1,
        }
    )


def _api(quote: Quote, content: VersionContent, had: Mapping[int, Choice]) -> None:
    accepted = AcceptanceRef(
        command_id="c",
        version=1,
        signer="s",
        selection=tuple(picks(had)) if content.has_choices else None,
    )
    recorded = QuoteView(
        quote=replace(RECORDED, status=QuoteStatus.ACCEPTED, acceptance=accepted),
        workflow_id="w",
        owner=None,
        external_id=None,
        customer_name="ACME",
        content=content,
        now=UNTIL,
    )
    answer = json.loads(to_json(QuoteAnswer.of(recorded, SETTINGS)))
    lines_answered(quote, answer["lines"], None, quote.default())
    sums_answered(quote, answer, quote.default())
    chosen_had = had if content.has_choices else quote.default()
    lines_answered(quote, answer["accepted_lines"], chosen_had, chosen_had)
    comes_to = quote.sums(chosen_had)
    assert comes_to is not None
    assert _minor(quote, answer["accepted_total"]) == comes_to.total


def _minor(quote: Quote, text: str) -> int:
    """Minor units of an amount, which has exactly the currency's digits."""
    assert len(text.partition(".")[2]) == quote.shop.digits, text
    return int(Decimal(text).scaleb(quote.shop.digits))


def lines_answered(
    quote: Quote,
    answer: list[dict[str, Any]],
    had: Mapping[int, Choice] | None,
    charged: Mapping[int, Choice],
) -> None:
    told = [line for line in answer if line["kind"] != "charge"]
    charges = [_minor(quote, line["total"]) for line in answer if line["kind"] == "charge"]
    assert sorted(charges) == sorted(quote.charges(charged))
    places = range(len(quote.lines)) if had is None else had
    for at, line in zip(places, told, strict=True):
        asked = quote.lines[at]
        assert line["position"] == at + 1
        _priced(quote, asked, line, asked.choices[0] if had is None else had[at])
        if had is None and len(asked.choices) > 1:
            for choice, each in zip(asked.choices, line["alternatives"], strict=True):
                _priced(quote, asked, each, choice)
        breaks = [
            (Fraction(row["unit_price"]), _minor(quote, row["total"])) for row in line["quantity_breaks"]
        ]
        assert breaks == [(each, total) for each, total in quote.breaks(asked)]


def _priced(quote: Quote, line: Any, answer: dict[str, Any], choice: Choice) -> None:
    priced = quote.priced(line, choice)
    assert quantity_of(answer["quantity"]) == choice[0] or answer["quantity"] == float(choice[0])
    assert Decimal(answer["unit_price"]) == priced.each
    assert _minor(quote, answer["subtotal"]) == priced.before
    assert _minor(quote, answer["total"]) == priced.total
    assert (answer["discount"] is None) == (priced.off is None)
    if priced.off is not None:
        assert _minor(quote, answer["discount"]["amount"]) == priced.off


def sums_answered(quote: Quote, answer: dict[str, Any], had: Mapping[int, Choice]) -> None:
    comes_to = quote.sums(had)
    assert comes_to is not None
    assert _minor(quote, answer["subtotal"]) == comes_to.subtotal
    assert _minor(quote, answer["total_price"]) == comes_to.total
    assert _minor(quote, answer["net_total"]) == comes_to.subtotal - comes_to.off
    taxes = [(_minor(quote, tax["base"]), _minor(quote, tax["amount"])) for tax in answer["taxes"]]
    assert sorted(taxes) == sorted(comes_to.taxes.values())
    assert _minor(quote, answer["tax_total"]) == sum(amount for _, amount in taxes)


def _mails(quote: Quote, content: VersionContent, had: Mapping[int, Choice]) -> None:
    sheet = offer_sheet(content)
    chosen_sheet = offer_sheet(chosen_content(content, picks(had)))
    for made, figures in (
        (changed(mail("sent"), sheet=sheet), offered(quote, breaks=False)),
        (changed(mail("accepted"), sheet=sheet, ordered=chosen_sheet), ordered(quote, had)),
    ):
        read = render(made)
        compare("mail, text", read.text, figures)
        compare("mail, HTML", spaced(read.html), figures)


def _pages(quote: Quote, content: VersionContent, had: Mapping[int, Choice]) -> None:
    sheet = offer_sheet(content)
    figures = offered(quote, breaks=True)
    compare("page", spaced(source_of(page_answered(view(sheet=sheet)))), figures)
    if content.has_choices:
        fields = {
            f"line-{at + 1}": choice_key(quantity_of(_given(quantity)), tier)
            if len(quote.lines[at].choices) > 1
            else "yes"
            for at, (quantity, tier) in had.items()
        }
        choice = chosen(content, fields)
        assert choice is not None
        assert choice.sheet is not None, choice
        read = page_answered(view(sheet=sheet), Form(values=fields), choice=choice)
        sum_of_choice = ordered(quote, had, each=False)
        if quote.is_open():
            figures.needed.update(sum_of_choice.needed)
        compare("page with a choice", spaced(source_of(read)), sum_of_choice, figures)


def source_of(answer: Any) -> str:
    """The source of a page that was answered."""
    return bytes(answer.body).decode()


def spaced(source: str) -> str:
    """The words of HTML, without its head and with a space where an element ends."""
    body = source.partition("<body")[2].partition(">")[2]
    return words(re.sub(r"<br>|<span|<div|</(?:td|th|span|p|strong|li)>", " \\g<0>", body))


def _documents(pdf: QuotePdf, quote: Quote, content: VersionContent, had: Mapping[int, Choice]) -> None:
    made = document_of(content)
    sent = pdf.quote(made)
    figures = offered(quote, breaks=True)
    compare("document", " ".join(pages(sent)), figures)
    chosen_sheet = offer_sheet(chosen_content(content, picks(had)))
    comes_to = quote.sums(had)
    assert comes_to is not None
    total = Decimal(comes_to.total).scaleb(-quote.shop.digits)
    currency = content.total.currency
    evidence = replace(EVIDENCE, total=total, currency=currency, ip=None, user_agent=None)
    document = replace(made, offer=replace(made.offer, ordered=chosen_sheet))
    certificate = Certificate(document=document, evidence=evidence, document_sha256="d" * 64)
    told = ordered(quote, had, each=False)
    figures.needed[told.amount(comes_to.total)] += 1
    compare(
        "certificate", " ".join(pages(pdf.acceptance(certificate, sent))), figures, told, ordered(quote, had)
    )
