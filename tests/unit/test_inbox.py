"""The commands that wait in a workflow, and how many of them travel into its next run."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.quotes.commands import NAMES
from domain.quotes.envelope import CREATE, Envelope
from tests.unit.quotes.build import START
from workflows.contract import QuoteStart
from workflows.inbox import Inbox
from workflows.quote import QuoteWorkflow


def cancel(number: int, draft_only: str = "") -> Envelope:
    """A cancel received `number` seconds after the start."""
    return Envelope(
        name="cancel",
        command_id=str(UUID(int=number)),
        received_at=START + timedelta(seconds=number),
        payload={"draft_only": draft_only},
    )


def test_a_flood_does_not_outgrow_a_payload() -> None:
    """The earliest commands travel, as many as the size holds; none is cut or taken out of its turn."""
    inbox = Inbox()
    for number in reversed(range(1, 101)):
        inbox.add(cancel(number, "x" * 1000))
    carried = inbox.first_envelopes(10_000)
    assert 5 < len(carried) < 10
    assert carried == inbox.envelopes[: len(carried)]
    assert inbox.first_envelopes(1_000_000) == inbox.envelopes


def test_what_a_person_wrote_does_not_travel() -> None:
    """A program of before signalled it, and the run that heard it starts afresh: the next one gets what it decides by."""
    inbox = Inbox()
    inbox.add(replace(cancel(1, "yes"), payload={"draft_only": "yes", "reason": "Ada said no"}))
    assert inbox.envelopes[0].payload["reason"] == "Ada said no"
    assert inbox.first_envelopes(10_000) == (cancel(1, "yes"),)


def test_a_forgery_gives_way_to_what_is_stored() -> None:
    """The stored command takes its place, once; a stored one that is no better is not tried for ever."""
    inbox = Inbox()
    forged, stored = cancel(1, "forged"), cancel(1, "stored")
    inbox.add(forged)
    inbox.replace(forged, stored)
    assert inbox.envelopes == (stored,)
    inbox.replace(stored, stored)
    assert inbox.is_empty


@pytest.mark.parametrize("name", sorted(NAMES - {CREATE}))
def test_each_command_has_its_signal(name: str) -> None:
    """The handler of that name takes its command by that name; a create starts the run instead."""
    sent = replace(cancel(1), name=name)
    run = QuoteWorkflow(QuoteStart(quote_id=str(UUID(int=1))))
    getattr(run, name)(sent.to_data())
    assert run._inbox.envelopes == (sent,)
