"""A view of every mail, as the shop would send it."""

from datetime import UTC, datetime

from adapters.mail.logo import Logo
from adapters.mail.view import Attachment, Letterhead, Mailbox, MailView, Reader
from domain.presentation.sheet import OfferSheet, SheetLine, Sum

CREATED = datetime(2026, 11, 24, 9, 0, 5, tzinfo=UTC)
DEADLINE = datetime(2026, 12, 24, 22, 59, 59, tzinfo=UTC)
DECIDED = datetime(2026, 12, 3, 13, 3, 22, tzinfo=UTC)
LINK = "https://quotes.keller-praezision.example/q/0f6c1b2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b"

LOGO = Logo(content=b"\x89PNG\r\n\x1a\n", subtype="png", width=210, height=56)
LONG = "Vereinigte Sächsische Präzisionsmaschinen und Hydraulikkomponentenwerke Harker & Söhne Kommanditgesellschaft"
SELLER = Letterhead(
    name="Keller Präzision GmbH",
    email="angebote@keller-praezision.example",
    address=("Werkstraße 12", "71229 Leonberg", "Germany"),
    tax_id="DE 812 345 678",
    logo=LOGO,
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
            total="4,261.23",
            lead_time="15 working days",
            discount=None,
            is_rounded=True,
        ),
        SheetLine(
            description="Spacer",
            part=None,
            specification="Steel, laser cut",
            quantity="1",
            unit_price="40.00",
            total="38.50",
            lead_time="1 working day",
            discount="EUR 40.00 less 1.50: Repeat order",
            is_rounded=False,
        ),
    ),
    sums=(
        Sum(label="Subtotal", amount="4,299.73"),
        Sum(label="Discount: 10 %, Framework contract", amount="\N{MINUS SIGN}429.97"),
        Sum(label="Net", amount="3,869.76"),
        Sum(label="Tax 19 % on 3,869.76", amount="735.25"),
    ),
    total="EUR 4,605.01",
)
KINDS = (
    *(
        (Reader.CUSTOMER, kind)
        for kind in ("sent", "reminder", "accepted", "expired", "extended", "cancelled", "superseded")
    ),
    *(
        (Reader.SELLER, kind)
        for kind in ("accepted", "rejected", "expired", "change_requested", "extension_requested")
    ),
)
WITH_PDF = {"sent", "accepted"}


def view(kind: str = "sent", reader: Reader = Reader.CUSTOMER) -> MailView:
    """The mail of that kind to that reader, with everything it can show."""
    to_customer = reader is Reader.CUSTOMER
    return MailView(
        kind=kind,
        reader=reader,
        message_id="<0190c7a8-1111-7abc-8def-0123456789ab@keller-praezision.example>",
        created_at=CREATED,
        recipient="j.harker@harker-hydraulics.example" if to_customer else OWNER.email,
        seller=SELLER,
        reply_to=OWNER,
        customer_name="Harker Hydraulics Ltd",
        number="Q-2026-00012",
        version=2,
        sheet=SHEET,
        valid_until=DEADLINE,
        time_zone="Europe/Berlin",
        link=LINK if to_customer else None,
        message=("as discussed on the phone, with the tighter fit on the bore.", "Samples are ready."),
        replaces=1,
        days_left=3,
        decided_at=DECIDED,
        signer="Jonathan Harker",
        signer_email="j.harker@harker-hydraulics.example",
        purchase_order_number="PO-88121",
        asked_by="j.harker@harker-hydraulics.example",
        attachments=(Attachment(filename="Q-2026-00012.pdf", content=b"%PDF"),) if kind in WITH_PDF else (),
        reason=("Too late for us.", "We need the parts in January."),
    )
