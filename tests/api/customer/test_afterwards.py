"""The customer's page of a quote that was accepted, and of an order that was annulled by agreement."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from api.customer.page_data import AnnulmentView, Signed
from api.customer.which_page import PageTemplate
from tests.api.customer.samples import DECIDED, TOKEN, view
from tests.api.customer.test_pages import html, words

ACCEPTED_AT = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)


def test_an_annulled_order_says_so_and_keeps_its_certificate() -> None:
    """Proves when it was accepted and annulled, with whom and why; its documents for own links alone."""
    told: dict[str, Any] = {
        "signed": Signed(at=ACCEPTED_AT, name="Jonathan Harker", purchase_order_number=None, how=None),
        "annulled": AnnulmentView(
            agreed_with="Abraham Holmwood", reason=("The press is not built.", "Both agree.")
        ),
    }
    source = html(view(PageTemplate.ANNULLED, **told))
    shown = words(source)
    for saying in (
        "This order has been annulled",
        "was accepted on Tuesday, 1 December 2026, 12:00 CET (Europe/Berlin) and was annulled by agreement on "
        + DECIDED,
        "Accepted byJonathan Harker",
        "Annulment agreed withAbraham Holmwood",
        "The press is not built.",
        "The acceptance stays on record as it was given, with its certificate.",
    ):
        assert saying in shown
    assert f'href="/q/{TOKEN}/certificate"' in source
    assert f"/q/{TOKEN}/" not in html(view(PageTemplate.ANNULLED, is_own=False, **told))
    forgotten = words(html(view(PageTemplate.ANNULLED)))
    assert "was annulled by agreement on" in forgotten
    assert "agreed with" not in forgotten


def test_who_accepted_is_told_as_far_as_it_is_kept() -> None:
    """Proves name, way and purchase order; nothing of somebody who was forgotten; documents for own links alone."""
    signed = Signed(at=ACCEPTED_AT, name="Jonathan Harker", purchase_order_number="PO-88121", how="by phone")
    source = html(view(PageTemplate.ACCEPTED, signed=signed))
    assert "Accepted byJonathan Harker, by phone Your purchase orderPO-88121" in words(source)
    assert f'href="/q/{TOKEN}/certificate"' in source
    nobody = replace(signed, name=None, purchase_order_number=None, how=None)
    forgotten = html(view(PageTemplate.ACCEPTED, signed=nobody))
    assert "Accepted by" not in words(forgotten)
    other = html(view(PageTemplate.ACCEPTED, signed=signed, is_own=False))
    assert f"/q/{TOKEN}/" not in other
    assert "can be opened with the link in the email it came in" in words(other)
