"""The commands that wait in a workflow, and how many of them travel into its next run."""

from datetime import timedelta
from uuid import UUID

from domain.quotes.envelope import Envelope
from tests.unit.quotes.build import START
from workflows.inbox import Inbox


def cancel(number: int, reason: str = "") -> Envelope:
    """A cancel received `number` seconds after the start."""
    return Envelope(
        name="cancel",
        command_id=str(UUID(int=number)),
        received_at=START + timedelta(seconds=number),
        payload={"reason": reason},
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


def test_a_forgery_gives_way_to_what_is_stored() -> None:
    """The stored command takes its place, once; a stored one that is no better is not tried for ever."""
    inbox = Inbox()
    forged, stored = cancel(1, "forged"), cancel(1, "stored")
    inbox.add(forged)
    inbox.replace(forged, stored)
    assert inbox.envelopes == (stored,)
    inbox.replace(stored, stored)
    assert inbox.is_empty
