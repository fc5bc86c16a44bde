"""What the shop reads of mails that did not reach their readers."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.mail.render import render
from domain.presentation.message import Hearing
from domain.quotes.notices import Audience, Refusal
from tests.unit.mail.samples import FAILURE, changed, mail
from tests.unit.mail.test_render import readings


@pytest.mark.parametrize(
    ("hearing", "says", "never"),
    [
        (Hearing(told=("a@x.example",)), ["The customer has been told."], ["Could not"]),
        (Hearing(), ["Nobody has an open link, so nobody was told."], ["Could not", "has been told"]),
        (
            Hearing(told=("a@x.example",), failed=("b@x.example", "c@x.example")),
            ["The other readers have been told.", "Could not be told: b@x.example, c@x.example."],
            ["yet", "The customer has been told"],
        ),
        (
            Hearing(waiting=("b@x.example",)),
            ["The customer has not been told.", "Could not be told yet: b@x.example."],
            ["The customer has been told"],
        ),
    ],
)
def test_the_shop_reads_who_was_told_of_the_end(hearing: Hearing, says: list[str], never: list[str]) -> None:
    """No more than was done, and by name who was not reached."""
    for reading in readings(render(changed(mail("expired", Audience.SELLER), hearing=hearing))):
        assert all(words in reading for words in says)
        assert not any(words in reading for words in never)
    for reading in readings(render(changed(mail("accepted", Audience.SELLER), hearing=hearing))):
        assert ("Could not be told" in reading) == bool(hearing.failed or hearing.waiting)


@pytest.mark.parametrize("audience", [Audience.CUSTOMER, Audience.SELLER])
def test_an_annulment_promises_no_certificate_that_is_gone(audience: Audience) -> None:
    """It says that it was deleted, and why."""
    for reading in readings(render(changed(mail("annulled", audience), certificate_is_gone=True))):
        assert "its certificate has been deleted, as a person named in it was forgotten." in reading
        assert "and its certificate" not in reading
        assert "acceptance and certificate" not in reading
        assert "find both" not in reading


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"refused": Refusal.EMAIL}, ["refused this email for good", "send the quote again to this address"]),
        ({"refused": None}, ["tried for a day, and is given up", "Check the address with the customer"]),
        ({"is_shops": True}, ["Look at the quote itself for the news"]),
        ({"words": None}, ["refused this address for good", "and close the link of this one"]),
        ({"has_link": False}, ["send the quote again to that one, or tell", "this one has no link"]),
        (
            {"unheard": "gone@shop.example"},
            ["refused this address for good", "owner could not be told of this: gone@shop.example was not"],
        ),
    ],
)
def test_news_of_a_failure_says_why_and_what_to_do(facts: dict[str, Any], says: list[str]) -> None:
    """For each kind of failure its own way out."""
    failed = changed(mail("undelivered", Audience.SELLER), failure=replace(FAILURE, **facts))
    for reading in readings(render(failed)):
        assert all(words in reading for words in says)
        assert ("Mail server" in reading) == ("words" not in facts)
        assert ("owner could not be told" in reading) == ("unheard" in facts)


def test_an_order_that_was_taken_too_late_is_to_be_cancelled() -> None:
    """The news does not say that it could not be handed over: it was, and after its acceptance had been annulled."""
    late = render(changed(mail("order_failed", Audience.SELLER), taken_too_late=True))
    assert late.subject == "Quote Q-2026-00012 · an annulled order was taken: please cancel it"
    for reading in readings(late):
        assert "Please cancel it there" in reading
        assert "could not be handed over" not in reading
        assert "tried again" not in reading
