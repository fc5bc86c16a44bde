"""Random lives: what must hold whatever happens in whatever order."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.quotes.commands import Expire
from domain.quotes.decide import Applied, decide, expire
from domain.quotes.events import Event
from domain.quotes.fold import fold
from domain.quotes.guards import allowed_actions
from domain.quotes.quote import Quote
from domain.quotes.status import Action, QuoteStatus
from tests.unit.quotes.build import START, applied, command, create

STEP = st.tuples(
    st.one_of(st.sampled_from(Action), st.just("deadline")),
    st.integers(min_value=0, max_value=20 * 24 * 60),
    st.integers(min_value=1, max_value=4),
    st.integers(min_value=1, max_value=3),
)

FINAL = {
    QuoteStatus.ACCEPTED: {QuoteStatus.ACCEPTED, QuoteStatus.CANCELLED},
    QuoteStatus.CANCELLED: {QuoteStatus.CANCELLED},
}


@given(st.lists(STEP, max_size=25))
def test_events_add_up_to_the_quote(steps: list[tuple[Action | str, int, int, int]]) -> None:
    """After any life, folding its events gives the quote; a final status stays; versions only grow."""
    first = applied(decide(None, create()))
    quote, log, at = first.quote, list(first.events), START
    for what, minutes, version, signer in steps:
        at += timedelta(minutes=minutes)
        before = quote
        quote, events = _step(quote, what, at, version, signer)
        log.extend(events)
        assert fold(log) == quote
        assert quote.status in FINAL.get(before.status, QuoteStatus)
        assert quote.versions[: len(before.versions)] == before.versions
        assert quote.state_version == before.state_version + (1 if events else 0)


def _step(
    quote: Quote, what: Action | str, at: object, version: int, signer: int
) -> tuple[Quote, tuple[Event, ...]]:
    if not isinstance(what, Action):
        gone = expire(quote, Expire(deadline=quote.valid_until))
        return (gone.quote, gone.events) if gone else (quote, ())
    step = command(what, at, number=signer, version=version)  # type: ignore[arg-type]
    decision = decide(quote, step)
    if isinstance(decision, Applied):
        return decision.quote, decision.events
    assert decision.allowed == allowed_actions(quote, step.received_at)
    return quote, ()
