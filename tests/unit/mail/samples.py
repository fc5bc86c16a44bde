"""Every mail, as the shop would send it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.mail.render import Attachment, Mail
from domain.presentation.letterhead import Letterhead, letterhead
from domain.presentation.message import Anchor, Failure, Hearing, Mailbox, Message, Told
from domain.presentation.offer import Addressee, Offer, OfferContact
from domain.presentation.sheet import OfferSheet, SheetFile, SheetLine, Sum
from domain.quotes.notices import Audience, MessageKind, Refusal

CREATED = datetime(2026, 11, 24, 9, 0, 5, tzinfo=UTC)
DEADLINE = datetime(2026, 12, 24, 22, 59, 59, tzinfo=UTC)
BEFORE = datetime(2026, 12, 10, 22, 59, 59, tzinfo=UTC)
DECIDED = datetime(2026, 12, 3, 13, 3, 22, tzinfo=UTC)
LINK = "https://quotes.keller-praezision.example/q/0f6c1b2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b"
DESK = "https://quotes.keller-praezision.example/desk/quotes/0190c7a8-3333-7abc-8def-0123456789ab"
"""The quote's page for the shop."""

SHOWN = "0190c7a8-2222-7abc-8def-0123456789ab"
"""The link of the colleague to whom somebody has it shown."""

LOGO = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAANIAAAA4"
"""The head of a PNG, 210 by 56."""
LONG = "Vereinigte Sächsische Präzisionsmaschinen und Hydraulikkomponentenwerke Harker & Söhne Kommanditgesellschaft"
SELLER: Letterhead = letterhead(
    {
        "name": "Keller Präzision GmbH",
        "email": "angebote@keller-praezision.example",
        "phone": "+49 7152 5550",
        "address": ["Werkstraße 12", "71229 Leonberg", "Germany"],
        "tax_id": "DE 812 345 678",
        "logo": LOGO,
        "terms": "Net 30 days from delivery.",
        "consent_text": "I accept this quote on behalf of my company and order the parts it lists.",
    }
)
OWNER = Mailbox(name="Marta Keller", email="marta.keller@keller-praezision.example")
SHEET = OfferSheet(
    currency="EUR",
    lines=(
        SheetLine(
            description="Bearing block, left",
            part="4711-A, revision C",
            specification="Aluminium, CNC machined, finish: anodised natural",
            quantity="20",
            unit_price="213.06",
            total="4\u202f261.23",
            lead_time="15 working days",
            discount=None,
            is_rounded=True,
        ),
        SheetLine(
            description="Spacer",
            part=None,
            specification="Steel, laser cut",
            quantity="1",
            unit="piece",
            unit_price="40.00",
            total="38.50",
            lead_time="1 working day",
            discount="EUR 40.00 less 1.50: Repeat order",
            is_rounded=False,
        ),
    ),
    sums=(
        Sum(label="Subtotal", amount="4\u202f299.73"),
        Sum(label="Discount: 10 %, Framework contract", amount="\N{MINUS SIGN}429.97"),
        Sum(label="Net", amount="3\u202f869.76"),
        Sum(label="Tax 19 % on 3\u202f869.76", amount="735.25"),
    ),
    total="EUR 4\u202f605.01",
    files=(SheetFile(name="block-rev-c.step", about="STEP model, 1.2 MB", sha256="f" * 64, line=1),),
    no_tax="No tax on line 2: Export",
    customer_reference="ANF-26/0815",
    introduction=("Thank you for your drawings of Monday.", "We are glad to offer the parts as follows."),
    remarks=("The bore is measured at 20 °C.",),
    terms=(),
    delivery_terms=("DAP Exeter (Incoterms 2020)",),
)
OFFER = Offer(
    number="Q-2026-00012",
    version=2,
    customer_name="Harker Hydraulics Ltd",
    addressee=Addressee(
        address=("4 Cathedral Close", "Exeter EX1 1HS"),
        tax_id="GB 123 4567 89",
        contact=OfferContact(
            name="Mina Murray", phone="+44 1392 555 010", email="m.murray@harker-hydraulics.example"
        ),
    ),
    seller=SELLER,
    in_charge=OfferContact(
        name="Marta Keller", phone="+49 7152 555 12", email="marta.keller@keller-praezision.example"
    ),
    sheet=SHEET,
    ordered=None,
    valid_until=DEADLINE,
    time_zone="Europe/Berlin",
    reader_zone="Europe/Berlin",
    sent_at=CREATED,
    sent_until=DEADLINE,
)
TOLD = Told(
    valid_until_before=BEFORE,
    decided_at=DECIDED,
    accepted_at=DECIDED - timedelta(days=1),
    agreed_with="Abraham Holmwood",
    was_offered=True,
    replaces=1,
    days_left=3,
    reason=("Too late for us.", "We need the parts in January."),
    asked_by="j.harker@harker-hydraulics.example",
    shown_to=None,
    reads_only=False,
    signer_name="Jonathan Harker",
    signer_email="j.harker@harker-hydraulics.example",
    purchase_order_number="PO-88121",
    order_file=None,
    taken_too_late=False,
    personal_message=("as discussed on the phone, with the tighter fit on the bore.", "Samples are ready."),
)
COLLEAGUE = "m.murray@harker-hydraulics.example"
THREAD = "<6f1d3c52-3d0c-5c0e-9d55-6b0f3f1f7a10@thread.firm-offer.invalid>"
FAILURE = Failure(
    about="A reminder",
    recipient="j.harkr@harker-hydraulics.example",
    is_shops=False,
    has_link=True,
    refused=Refusal.ADDRESS,
    words="550 5.1.1 no such user",
)
KINDS = (
    *(
        (Audience.CUSTOMER, MessageKind(kind))
        for kind in (
            "sent",
            "reminder",
            "accepted",
            "expired",
            "extended",
            "cancelled",
            "annulled",
            "superseded",
        )
    ),
    *(
        (Audience.SELLER, MessageKind(kind))
        for kind in (
            *("accepted", "annulled", "rejected", "expired", "change_requested", "extension_requested"),
            *("shared", "undelivered", "order_failed"),
        )
    ),
)
WITH_PDF = {"sent", "accepted"}


def mail(kind: str = "sent", audience: Audience = Audience.CUSTOMER) -> Mail:
    """The mail of that kind to that reader, with everything it can show."""
    to_customer = audience is not Audience.SELLER
    message = Message(
        id="0190c7a8-1111-7abc-8def-0123456789ab",
        key="quote:q:v2",
        kind=MessageKind(kind),
        audience=audience,
        recipient="j.harker@harker-hydraulics.example" if to_customer else str(OWNER.email),
        message_id="<0190c7a8-1111-7abc-8def-0123456789ab@keller-praezision.example>",
        thread_id=THREAD,
        quote_id="q",
        link_id="l" if to_customer else None,
        created_at=CREATED,
        now=CREATED,
        reply_to=OWNER,
        offer=OFFER,
        told=replace(TOLD, shown_to=COLLEAGUE) if kind == "shared" else TOLD,
        anchor=Anchor(event_sequence=5, event_hash="e" * 64, evidence_sha256="f" * 64)
        if kind == "accepted"
        else None,
        hearing=Hearing(told=("j.harker@harker-hydraulics.example",)),
        failure=FAILURE if kind == "undelivered" else None,
        is_skipped=False,
        shown_link_id=SHOWN if kind == "shared" else None,
    )
    pdf = Attachment(filename="Q-2026-00012.pdf", content=b"%PDF")
    return Mail(
        message=message,
        link=LINK if to_customer else None,
        attachments=(pdf,) if kind in WITH_PDF else (),
        desk=None if to_customer else DESK,
    )


def changed(mail: Mail, **facts: Any) -> Mail:
    """The mail with other facts, each by its name in mail, message, offer, letterhead or what is told."""
    message, offer = mail.message, mail.message.offer

    def of(shape: Any) -> dict[str, Any]:
        return {name: facts.pop(name) for name in [*facts] if name in shape.__dataclass_fields__}

    outer, written = of(Mail), of(Message)
    offer = replace(offer, **of(Offer))
    offer = replace(offer, seller=replace(offer.seller, **of(Letterhead)))
    message = replace(message, offer=offer, told=replace(message.told, **of(Told)))
    assert not facts, f"no such fact: {facts}"
    return replace(mail, message=replace(message, **written), **outer)


END = {
    (Audience.CUSTOMER, "annulled"): (
        "quote Q-2026-00012, version 2, for EUR 4\u202f605.01 has been annulled by agreement",
        "Wednesday, 2 December 2026, 14:03:22 CET (Europe/Berlin)",
        "Thursday, 3 December 2026, 14:03:22 CET (Europe/Berlin)",
        "Abraham Holmwood",
        "in January.",
        "its certificate can still be downloaded",
        LINK,
        "If you did not agree to this, please reply to this email at once.",
    ),
    (Audience.SELLER, "annulled"): (
        "quote Q-2026-00012, version 2, by Harker Hydraulics Ltd has been annulled by agreement",
        "Thursday, 3 December 2026, 14:03:22 CET (Europe/Berlin)",
        "Abraham Holmwood",
        "in January.",
        "certificate stay on record",
    ),
    (Audience.CUSTOMER, "superseded"): (
        "newer version of our quote Q-2026-00012: version 2 replaces version 1.",
        "can no longer be accepted",
    ),
    (Audience.SELLER, "order_failed"): (
        "Harker Hydraulics Ltd has accepted quote Q-2026-00012, version 2, and the order could not be handed over",
        "Too late for us.",
        "have it tried again",
    ),
}
"""What the mails about the end of an order say."""
FAILURES = {
    (Audience.SELLER, "undelivered"): "Quote Q-2026-00012 · an email was not delivered",
    (Audience.SELLER, "order_failed"): "Quote Q-2026-00012 · the order could not be handed over",
}
"""Subjects of the mails about what did not get out."""
WITHOUT_LINES = {
    Audience.CUSTOMER: {"cancelled", "superseded", "annulled"},
    Audience.SELLER: {"undelivered", "order_failed"},
}
"""Mails that do not show the offer's lines."""
