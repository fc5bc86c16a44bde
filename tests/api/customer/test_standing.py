"""Which page a link shows: for every status, version and moment."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from adapters.db.views import LinkView, QuoteView
from api.customer.standing import Page, Standing, newer_link, standing
from domain.quotes import commands as c
from domain.quotes.decide import decide
from domain.quotes.quote import Quote
from domain.quotes.status import Action, QuoteStatus
from domain.quotes.validity import Validity
from tests.unit.quotes.build import LINES, START, after, applied, command, content, expired, head


def link(version: int = 1, *, number: int = 1, recipient: str = "buyer@example.com") -> LinkView:
    """A link to that version."""
    return LinkView(
        id=f"link-{number}",
        quote_id="q",
        version=version,
        recipient=recipient,
        created_at=START + timedelta(hours=number),
        viewed_at=None,
        revoked_at=None,
    )


def view(quote: Quote, now: datetime = START + timedelta(days=1)) -> QuoteView:
    """The quote as recorded."""
    return QuoteView(
        quote=quote, owner=None, external_id=None, customer_name="ACME", content=content(), now=now
    )


def revised_after(*actions: Action) -> Quote:
    """The quote after these actions and a revision, which reopens it where it was closed."""
    at = START + timedelta(hours=10)
    revise = c.Revise(
        **head(10, at),  # type: ignore[arg-type]  # the fields are known
        lines=LINES,
        priced=content("120.00"),
        validity=Validity(days=30),
    )
    return applied(decide(after(*actions), revise)).quote


def test_an_offer_is_open_to_its_last_second_and_not_longer() -> None:
    """Proves that the page closes when the quote does, before the expiry is recorded."""
    quote = after(Action.SEND)
    last = quote.valid_until + timedelta(microseconds=999_999)
    assert standing(link(), view(quote, last)).page is Page.OFFER
    assert standing(link(), view(quote, quote.valid_until + timedelta(seconds=1))).page is Page.EXPIRED


@pytest.mark.parametrize(
    ("quote", "page"),
    [
        (after(Action.SEND, Action.ACCEPT), Page.ACCEPTED),
        (after(Action.SEND, Action.REJECT), Page.REJECTED),
        (after(Action.SEND, Action.CANCEL), Page.CANCELLED),
        (expired(after(Action.SEND)), Page.EXPIRED),
        (revised_after(Action.SEND, Action.REJECT), Page.IN_REVISION),
        (revised_after(Action.SEND), Page.OFFER),
    ],
)
def test_every_status_has_its_page(quote: Quote, page: Page) -> None:
    """Proves that a version being worked on leaves the sent one on offer, and a reopened quote has none."""
    assert standing(link(), view(quote)) == Standing(page=page, version=1)


def test_no_status_is_forgotten() -> None:
    """Proves that a page follows from each status that there is."""
    for status in QuoteStatus:
        assert standing(link(), view(replace(after(Action.SEND), status=status))).page in Page


def sent_twice() -> Quote:
    """Version 1 was sent, then version 2."""
    quote = revised_after(Action.SEND)
    return applied(decide(quote, command(Action.SEND, START + timedelta(hours=11), number=11))).quote


def test_an_old_link_says_that_there_is_a_newer_version() -> None:
    """Proves that the old version cannot be accepted by its link, while the new one can."""
    assert standing(link(1), view(sent_twice())) == Standing(page=Page.SUPERSEDED, version=1)
    assert standing(link(2, number=2), view(sent_twice())) == Standing(page=Page.OFFER, version=2)


def test_an_old_link_shows_the_version_that_was_accepted() -> None:
    """Proves that a page never thanks for a version that nobody ordered."""
    accept = command(Action.ACCEPT, START + timedelta(hours=12), number=12, version=2)
    accepted = applied(decide(sent_twice(), accept)).quote
    assert standing(link(1), view(accepted)) == Standing(page=Page.ACCEPTED, version=2)


def test_an_old_link_leads_only_to_its_own_recipients_newest_link() -> None:
    """Proves that nobody is given another person's link, a revoked one or an outdated one."""
    old, quote = link(1), sent_twice()
    first, resent = link(2, number=2), link(2, number=3)
    revoked = replace(link(2, number=9), revoked_at=START)
    stranger = link(2, number=8, recipient="other@example.com")
    assert newer_link(old, quote, [old, first, resent, revoked, stranger]) == resent
    assert newer_link(old, quote, [old, stranger, revoked]) is None
