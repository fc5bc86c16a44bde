"""Which page a link shows: for every status, version and moment."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from adapters.db.record.views import LinkView
from api.customer.which_page import PageTemplate, newer_link, sent_before, standing
from domain.quotes import commands as c
from domain.quotes.decide import decide
from domain.quotes.quote import Quote
from domain.quotes.record import QuoteView
from domain.quotes.status import Action, QuoteStatus
from domain.quotes.validity import Validity
from tests.unit.quotes.build import START, after, applied, command, content, expired, head


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
        quote=quote,
        workflow_id="Q-2026-00001-9a8057",
        owner=None,
        external_id=None,
        customer_name="ACME",
        content=content(),
        now=now,
    )


def revised_after(*actions: Action) -> Quote:
    """The quote after these actions and a revision, which reopens it where it was closed."""
    at = START + timedelta(hours=10)
    revise = c.Revise(
        **head(10, at),  # type: ignore[arg-type]  # the fields are known
        lines=1,
        priced=content("120.00"),
        validity=Validity(days=30),
    )
    return applied(decide(after(*actions), revise)).quote


def test_an_offer_is_open_to_its_last_second_and_not_longer() -> None:
    """Proves that the page closes when the quote does, before the expiry is recorded."""
    quote = after(Action.SEND)
    last = quote.valid_until + timedelta(microseconds=999_999)
    assert standing(link(), view(quote, last)).page is PageTemplate.OFFER
    assert (
        standing(link(), view(quote, quote.valid_until + timedelta(seconds=1))).page is PageTemplate.EXPIRED
    )


@pytest.mark.parametrize(
    ("quote", "page"),
    [
        (after(Action.SEND, Action.ACCEPT), PageTemplate.ACCEPTED),
        (after(Action.SEND, Action.REJECT), PageTemplate.REJECTED),
        (after(Action.SEND, Action.CANCEL), PageTemplate.CANCELLED),
        (expired(after(Action.SEND)), PageTemplate.EXPIRED),
        (revised_after(Action.SEND, Action.REJECT), PageTemplate.IN_REVISION),
        (revised_after(Action.SEND), PageTemplate.OFFER),
    ],
)
def test_every_status_has_its_page(quote: Quote, page: PageTemplate) -> None:
    """Proves that a version being worked on leaves the sent one on offer, and a reopened quote has none."""
    shown = standing(link(), view(quote))
    assert (shown.page, shown.version) == (page, 1)


def test_no_status_is_forgotten() -> None:
    """Proves that a page follows from each status that there is."""
    for status in QuoteStatus:
        assert standing(link(), view(replace(after(Action.SEND), status=status))).page in PageTemplate


def sent_twice() -> Quote:
    """Version 1 was sent, then version 2."""
    quote = revised_after(Action.SEND)
    return applied(decide(quote, command(Action.SEND, START + timedelta(hours=11), number=11))).quote


def test_an_old_link_says_that_there_is_a_newer_version() -> None:
    """Proves that the old version cannot be accepted by its link, while the new one can."""
    old, new = standing(link(1), view(sent_twice())), standing(link(2, number=2), view(sent_twice()))
    assert (old.page, old.version) == (PageTemplate.SUPERSEDED, 1)
    assert (new.page, new.version) == (PageTemplate.OFFER, 2)


def test_an_old_link_shows_the_version_that_was_accepted() -> None:
    """Proves that a page never thanks for a version that nobody ordered."""
    accept = command(Action.ACCEPT, START + timedelta(hours=12), number=12, version=2)
    accepted = applied(decide(sent_twice(), accept)).quote
    shown = standing(link(1), view(accepted))
    assert (shown.page, shown.version) == (PageTemplate.ACCEPTED, 2)
    assert not shown.shows_version
    assert standing(link(2), view(accepted)).shows_version


def test_an_old_link_leads_only_to_its_own_recipients_newest_link() -> None:
    """Proves that nobody is given another person's link, a revoked one or an outdated one, nor one to read in place of one to
    answer by. Capitals make no other person.
    """
    old, quote = link(1), sent_twice()
    first, resent = link(2, number=2), link(2, number=3)
    revoked = replace(link(2, number=9), revoked_at=START)
    stranger = link(2, number=8, recipient="other@example.com")
    assert newer_link(old, quote, [replace(resent, recipient="Buyer@Example.com")]) is not None
    assert newer_link(old, quote, [old, first, resent, revoked, stranger]) == resent
    assert newer_link(old, quote, [old, stranger, revoked]) is None
    to_read, capitals = replace(resent, may_accept=False), replace(first, recipient="Buyer@Example.com")
    assert newer_link(old, quote, [old, capitals, to_read]) == capitals


def test_a_view_counts_where_the_page_shows_what_the_link_is_for() -> None:
    """Proves that nobody is said to have looked at a version of which the page shows nothing."""
    for quote in (after(Action.SEND), after(Action.SEND, Action.REJECT), expired(after(Action.SEND))):
        assert standing(link(), view(quote)).shows_version
    assert standing(link(), view(sent_twice())).shows_version  # for comparison
    for quote in (after(Action.SEND, Action.CANCEL), revised_after(Action.SEND, Action.REJECT)):
        assert not standing(link(), view(quote)).shows_version


def test_more_time_can_be_asked_for_once_the_current_version_is_over() -> None:
    """Proves that the form stands where its request would be taken, and nowhere else."""
    quote = after(Action.SEND)
    late = view(quote, quote.valid_until + timedelta(seconds=1))
    assert standing(link(), late).takes_extension_request
    assert standing(link(), view(expired(quote))).takes_extension_request
    assert not standing(link(), view(quote)).takes_extension_request
    assert not standing(link(), view(after(Action.SEND, Action.REJECT))).takes_extension_request
    assert not standing(link(1), view(expired(sent_twice()))).takes_extension_request
    assert standing(link(2), view(expired(sent_twice()))).takes_extension_request
    reopened = expired(revised_after(Action.SEND, Action.REJECT))
    assert not standing(link(), view(reopened)).takes_extension_request


def test_what_a_reader_had_before_is_their_own_newest_or_else_anybodys() -> None:
    """Proves that changes are told from the version that this reader knows."""
    now = link(3, number=5, recipient="Buyer@example.com")
    own, older = link(1, number=2), link(1, number=1)
    stranger = link(2, number=3, recipient="other@example.com")
    assert sent_before(now, [older, own, stranger, now]) == own
    assert sent_before(now, [stranger, now]) == stranger
    assert sent_before(now, [now, link(3, number=6)]) is None
