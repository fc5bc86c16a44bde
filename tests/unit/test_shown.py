"""Every fact of an offer is shown by each mail, document and page that must show it, and a forgotten one is an error."""

from dataclasses import fields, replace
from datetime import timedelta
from email import message_from_bytes, policy
from functools import cache
from typing import Any

import pytest
from jinja2 import Environment, UndefinedError

from adapters.mail.compose import compose
from adapters.mail.render import TEMPLATES as MAIL_TEMPLATES
from adapters.pdf.quotes import QuotePdf
from adapters.pdf.typesetter import DocumentError, Typesetter
from api.customer.pages import TEMPLATES as PAGE_TEMPLATES
from api.customer.which_page import PageTemplate
from domain.presentation.certificate import Certificate
from domain.presentation.document import QuoteDocument
from domain.presentation.letterhead import Letterhead, Paper
from domain.presentation.message import Told, to_be_told
from domain.presentation.offer import Addressee, Offer, OfferContact
from domain.presentation.sheet import Break, OfferSheet, PricedChoice, SheetFile, SheetLine, Sum
from domain.quotes.decide import decide
from domain.quotes.notices import Audience, MessageKind
from domain.quotes.status import Action
from tests.api.customer.samples import view
from tests.api.customer.test_pages import html
from tests.unit.mail.samples import CREATED, DEADLINE, KINDS, OFFER, TOLD, mail
from tests.unit.pdf.test_quote_pdf import png
from tests.unit.quotes.build import START, after, applied, command
from tests.unit.quotes.test_certificate import EVIDENCE
from tests.unit.test_house import ROOMS, ROOT

BREAK = Break(quantity="50", unit_price="9.87", total="493.50")
LINE = replace(OFFER.sheet.lines[0], service="Economy", breaks=(BREAK, BREAK))
CHOICE = PricedChoice(
    key="50 economy",
    amount="50 pieces",
    service="Economy",
    lead_time="15 working days",
    unit_price="9.87",
    total="493.50",
    discount="EUR 500.00 less 6.50: Repeat order",
    is_rounded=False,
)
CHOSEN_LINE = replace(LINE, choices=(CHOICE, CHOICE), is_rounded=False)
WHOLE = replace(
    OFFER,
    seller=replace(OFFER.seller, logo=None),
    sheet=replace(OFFER.sheet, lines=(LINE,), sums=(Sum(label="Subtotal", amount="1.00"),)),
)
"""An offer with everything it can show."""
ORDERED = replace(WHOLE.sheet, lines=(replace(LINE, quantity="50", total="493.50"),), total="EUR 493.50")

CUSTOMER = frozenset(f"{kind} to customer" for audience, kind in KINDS if audience is Audience.CUSTOMER)
SELLER = frozenset(f"{kind} to seller" for audience, kind in KINDS if audience is Audience.SELLER)
MAILS = CUSTOMER | SELLER
PDFS = frozenset({"quote PDF", "acceptance PDF"})
PAGES = frozenset(f"{page} page" for page in PageTemplate)
EVERYTHING = MAILS | PDFS | PAGES
SHEETS = PAGES - {"cancelled page", "in_revision page"}
"""The pages with lines; the others say only that there is nothing to answer."""

_BRIEF = (
    *("cancelled to customer", "annulled to customer"),
    *("undelivered to seller", "order_failed to seller"),
)
LINES = MAILS - {*_BRIEF, "superseded to customer"} | PDFS | SHEETS
TIMES = EVERYTHING - {
    *("cancelled to customer", "superseded to customer", "order_failed to seller"),
    *("cancelled page", "in_revision page"),
}
DEADLINES = PDFS | {
    *("sent to customer", "reminder to customer", "extended to customer", "expired to customer"),
    *("expired to seller", "change_requested to seller", "extension_requested to seller", "shared to seller"),
    *("undelivered to seller", "offer page", "expired page"),
}
TEXTS = PDFS | SHEETS | {"sent to customer"}
REFERENCES = TEXTS | {
    f"{kind} to customer" for kind in ("reminder", "extended", "expired", "accepted", "annulled")
}
ACCEPTED = frozenset({"accepted to customer", "accepted to seller"})
ANNULLED = frozenset({"annulled to customer", "annulled to seller"})
ASKED = frozenset({"change_requested to seller", "extension_requested to seller"})
SHARED = frozenset({"shared to seller"})
DAY = timedelta(days=1)

SHOWN: dict[type, dict[str, tuple[Any, frozenset[str]]]] = {
    Offer: {
        "number": ("Q-2026-00099", EVERYTHING),
        "version": (7, MAILS | PDFS | SHEETS),
        "customer_name": ("Another", MAILS | PDFS | SHEETS),
        "valid_until": (DEADLINE + DAY, DEADLINES),
        "time_zone": ("Pacific/Pago_Pago", TIMES),
        "reader_zone": ("Asia/Tokyo", frozenset(DEADLINES - PDFS - SELLER)),
        "sent_at": (CREATED + DAY, PDFS | SHEETS),
        "ordered": (ORDERED, (LINES | {*_BRIEF}) - {"quote PDF", "offer page"}),
        "sent_until": (DEADLINE + DAY, frozenset({"sent to customer", "offer page", "acceptance PDF"})),
    },
    Addressee: {
        "address": (("Elsewhere 1",), TEXTS),
        "tax_id": ("GB 1", TEXTS),
    },
    OfferContact: {
        "name": ("Another", TEXTS),
        "email": ("Another", TEXTS - {"sent to customer"}),
        "phone": ("Another", TEXTS | CUSTOMER),
    },
    Letterhead: {
        "name": ("Another", EVERYTHING),
        "address": (("Elsewhere 1",), EVERYTHING),
        "email": ("other@keller-praezision.example", EVERYTHING),
        "phone": ("+49 1", PDFS | PAGES),
        "tax_id": ("DE 1", EVERYTHING),
        "logo": (png(), EVERYTHING),
        "accent": ("#8c1e3c", EVERYTHING),
        "terms": (("Cash.",), PDFS | SHEETS),
        "consent_text": ("I agree.", frozenset({"offer page"})),
        "paper": (Paper.LETTER, PDFS),
    },
    OfferSheet: {
        "currency": ("USD", LINES),
        "total": ("EUR 9.99", LINES | {*_BRIEF}),
        "no_tax": ("Another", LINES),
        "customer_reference": ("Another", REFERENCES),
        **dict.fromkeys(("introduction", "remarks", "terms", "delivery_terms"), (("Another",), TEXTS)),
        "conditions": (("Another",), LINES),
    },
    SheetLine: {
        **dict.fromkeys(
            ("description", "part", "quantity", "unit_price", "total", "lead_time", "discount"),
            ("Another", LINES),
        ),
        **dict.fromkeys(("unit", "customer_part"), ("Another", LINES)),
        "more": (("Another",), LINES),
        "number": (7, PDFS | SHEETS),
        "is_optional": (True, LINES | {"undelivered to seller", "order_failed to seller"}),
        **dict.fromkeys(("specification", "service"), ("Another", PDFS | SHEETS)),
        "is_rounded": (False, LINES),
    },
    Sum: dict.fromkeys(("label", "amount"), ("Another", LINES)),
    SheetFile: {
        **dict.fromkeys(("name", "about"), ("Another", LINES)),
        "line": (2, LINES),
        "sha256": ("a" * 64, PDFS | SHEETS),
    },
    PricedChoice: {
        **dict.fromkeys(
            ("amount", "service", "lead_time", "unit_price", "total", "discount"), ("Another", LINES)
        ),
        "is_rounded": (True, LINES),
        "key": ("Another", frozenset[str]()),
    },
    Break: dict.fromkeys(("quantity", "unit_price", "total"), ("Another", PDFS | SHEETS)),
    Told: {
        "valid_until_before": (DEADLINE + DAY, frozenset({"extended to customer"})),
        "decided_at": (CREATED, ACCEPTED | ANNULLED | {"rejected to seller"}),
        "accepted_at": (CREATED, ANNULLED),
        "agreed_with": ("Another", ANNULLED),
        "was_offered": (False, frozenset({"expired to seller"})),
        "replaces": (5, frozenset({"sent to customer", "superseded to customer"})),
        "days_left": (9, frozenset({"reminder to customer"})),
        "reason": (("Another",), ASKED | ANNULLED | {"rejected to seller", "order_failed to seller"}),
        "asked_by": ("another@example.com", ASKED | SHARED),
        "shown_to": ("another@example.com", SHARED | {"sent to customer"}),
        "reads_only": (True, frozenset(f"{kind} to customer" for kind in ("sent", "reminder", "extended"))),
        "signer_name": ("Another", ACCEPTED),
        "signer_email": ("another@example.com", frozenset({"accepted to seller"})),
        "purchase_order_number": ("Another", ACCEPTED),
        "order_file": ("ab" * 32, frozenset({"accepted to seller"})),
        "taken_too_late": (True, frozenset({"order_failed to seller"})),
        "personal_message": (("Another",), SHARED | {"sent to customer", "accepted to customer"}),
    },
}
"""Each fact with another value, and what must look different then."""

PARTS = {
    "seller",
    "sheet",
    "lines",
    "sums",
    "breaks",
    "files",
    "choices",
    "addressee",
    "contact",
    "in_charge",
}
"""Fields that hold the shapes above."""

PDF = QuotePdf(Typesetter())


HTML_ALONE = {"logo", "accent", "version"}
"""Facts that some mails show in their HTML and not in their plain text."""


@cache
def rendered(offer: Offer, told: Told) -> dict[str, bytes]:
    """Every mail, document and page of that offer."""
    document = QuoteDocument(offer=offer, content_hash="c" * 64)
    certificate = Certificate(document=document, evidence=EVIDENCE, document_sha256="d" * 64)
    made = {"quote PDF": PDF.quote(document), "acceptance PDF": PDF.acceptance(certificate, b"%PDF")}
    for audience, kind in KINDS:
        made[f"{kind} to {audience}"] = mailed(kind, audience, offer, told)
    return made | {f"{page} page": html(replace(view(page), offer=offer)).encode() for page in PageTemplate}


@cache
def mailed(kind: MessageKind, audience: Audience, offer: Offer, told: Told) -> bytes:
    """One mail of that offer."""
    sample = mail(kind, audience)
    return compose(replace(sample, message=replace(sample.message, offer=offer, told=told))).source


def halves(offer: Offer, told: Told, subtype: str) -> dict[str, str]:
    """Of every mail the plain text, or the HTML."""
    found = {}
    for audience, kind in KINDS:
        # Read as of old: the newer policies look through every header again at each question.
        whole = message_from_bytes(mailed(kind, audience, offer, told), policy=policy.compat32)
        (half,) = (part for part in whole.walk() if part.get_content_type() == f"text/{subtype}")
        found[f"{kind} to {audience}"] = str(half.get_payload())
    return found


def other(shape: type, **fact: Any) -> tuple[Offer, Told]:
    """The whole offer, and what is told with it, with one fact changed."""
    if shape is Told:
        return WHOLE, replace(TOLD, **fact)
    return replace(WHOLE, **(fact if shape is Offer else _part(shape, fact))), TOLD


def _part(shape: type, fact: dict[str, Any]) -> dict[str, Any]:
    if shape is Addressee:
        return {"addressee": replace(WHOLE.addressee, **fact)}
    if shape is OfferContact:
        theirs, ours = (replace(each, **fact) for each in (WHOLE.addressee.contact, WHOLE.in_charge) if each)
        return {"addressee": replace(WHOLE.addressee, contact=theirs), "in_charge": ours}
    if shape is Letterhead:
        return {"seller": replace(WHOLE.seller, **fact)}
    return {"sheet": replace(WHOLE.sheet, **(fact if shape is OfferSheet else _row(shape, fact)))}


def _row(shape: type, fact: dict[str, Any]) -> dict[str, Any]:
    if shape in {Sum, SheetFile}:
        of = "sums" if shape is Sum else "files"
        return {of: (replace(getattr(WHOLE.sheet, of)[0], **fact),)}
    if shape is PricedChoice:
        return {"lines": (replace(CHOSEN_LINE, choices=(CHOICE, replace(CHOICE, **fact))),)}
    line = fact if shape is SheetLine else {"breaks": (BREAK, replace(BREAK, **fact))}
    return {"lines": (replace(LINE, **line),)}


@pytest.mark.parametrize("shape", SHOWN, ids=lambda shape: shape.__name__)
def test_every_fact_says_where_it_is_shown(shape: type) -> None:
    """A fact that is declared and not in the table fails here."""
    assert {field.name for field in fields(shape)} - PARTS == set(SHOWN[shape])


each_fact = pytest.mark.parametrize(
    ("shape", "fact"),
    [(shape, fact) for shape, facts in SHOWN.items() for fact in facts],
    ids=lambda value: getattr(value, "__name__", value),
)


@each_fact
def test_a_fact_is_shown_where_it_must_be_and_nowhere_else(shape: type, fact: str) -> None:
    """Of all mails, documents and pages, exactly those change that show it."""
    value, where = SHOWN[shape][fact]
    before, after = rendered(*other(shape)), rendered(*other(shape, **{fact: value}))
    assert before.keys() == EVERYTHING
    assert {name for name, made in after.items() if made != before[name]} == where


@each_fact
def test_both_halves_of_a_mail_show_the_same_facts(shape: type, fact: str) -> None:
    """Who reads the plain text is told no less than who reads the HTML."""
    whole, changed = other(shape), other(shape, **{fact: SHOWN[shape][fact][0]})
    plain, in_html = (
        halves(*changed, each).items() - halves(*whole, each).items() for each in ("plain", "html")
    )
    assert ({name for name, _ in plain} == {name for name, _ in in_html}) is (fact not in HTML_ALONE)


def test_what_a_mail_tells_is_kept_with_its_row() -> None:
    """Each fact of `Told` is written with the row, and the deadline."""
    sent = after(Action.SEND)
    decision = applied(decide(sent, command(Action.ACCEPT, START)))
    kept = to_be_told(decision.events[0], sent, decision.quote, None)
    assert kept.keys() == {"valid_until", *(field.name for field in fields(Told))}


@pytest.mark.parametrize("templates", [MAIL_TEMPLATES, PAGE_TEMPLATES])
def test_a_fact_that_is_not_there_is_an_error(templates: Environment) -> None:
    """A template that asks for a fact nobody declared, or is not given one, fails instead of showing nothing."""
    for asks in (
        "{{ offer.your_reference }}",
        "{% if offer.your_reference %}x{% endif %}",
        "{{ nobody.name }}",
    ):
        with pytest.raises(UndefinedError):
            templates.from_string(asks).render(offer=WHOLE)


def test_every_place_that_opens_templates_opens_them_so() -> None:
    """Jinja shows nothing for what is not there, unless it is told otherwise."""
    sources = [file.read_text() for room in sorted(ROOMS) for file in (ROOT / room).rglob("*.py")]
    opened = [source for source in sources if "Environment(" in source]
    assert len(opened) == sum("undefined=StrictUndefined" in source for source in opened) > 1


def test_a_document_without_a_fact_is_an_error() -> None:
    """Typst takes a missing key for an error as well, at whatever depth."""
    whole = {**QuoteDocument(offer=WHOLE, content_hash="c" * 64).to_data(), "logo": None}
    assert Typesetter().set("quote.typ", whole, dated=CREATED).startswith(b"%PDF")
    poor = {**whole, "seller": {name: told for name, told in whole["seller"].items() if name != "tax_id"}}
    with pytest.raises(DocumentError, match="tax_id"):
        Typesetter().set("quote.typ", poor, dated=CREATED)
