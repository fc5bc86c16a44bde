"""An offer as its customer sees it."""

from dataclasses import replace
from typing import Any

from api.customer.page_data import OfferView, Shop
from api.customer.which_page import Page
from tests.unit.mail.samples import SHEET

DEADLINE = "Thursday, 24 December 2026, 23:59 CET (Europe/Berlin)"
DECIDED = "Thursday, 3 December 2026, 14:03:22 CET (Europe/Berlin)"
TOKEN = "t" * 43
NEWER = "/q/" + "n" * 43
CONTENT_HASH = "c" * 64

SHOP = Shop(
    name="Keller Präzision GmbH",
    email="angebote@keller-praezision.example",
    phone="+49 7152 5550",
    address=("Werkstraße 12", "71229 Leonberg"),
    tax_id="DE 812 345 678",
    terms=("Net 30 days from delivery.",),
    consent_text="I accept this quote on behalf of my company and order the parts it lists.",
)


def offer(page: Page = Page.OFFER, **changed: Any) -> OfferView:
    """The page's data with everything it can show."""
    whole = OfferView(
        page=page,
        number="Q-2026-00012",
        version=2,
        content_hash=CONTENT_HASH,
        customer_name="Harker Hydraulics Ltd",
        shop=SHOP,
        sheet=SHEET,
        sent_on="24 November 2026",
        valid_until=DEADLINE,
        valid_until_iso="2026-12-24T22:59:59+00:00",
        now_iso="2026-12-03T13:03:22.000+00:00",
        decided_at=DECIDED,
        token=TOKEN,
        newer=NEWER,
    )
    return replace(whole, **changed)
