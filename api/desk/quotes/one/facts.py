"""What the pages of one quote are made from: read once, by one connection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.db.database import Reading
from adapters.db.parties.sessions import DeskUser
from adapters.db.quotes.archive import find_annulment, find_evidence
from adapters.db.quotes.happenings import Happening, InFlight, happenings_of, in_flight_of
from adapters.db.quotes.links import list_links
from adapters.db.quotes.watching import state_of
from adapters.db.record.outbox import MessageState, list_messages
from adapters.db.record.views import LinkView
from api.desk.quotes.who import ActorNames, names_for
from api.v1.router import quote_or_problem
from domain.proof.evidence import Annulment, Evidence
from domain.quotes.record import QuoteView

MOST_HAPPENINGS = 100
"""On the page itself; the rest stands on its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteFacts:
    """A quote as recorded, and all that goes with it; `state` is what a page of it says it has seen, to hear of others."""

    view: QuoteView
    happenings: Sequence[Happening]
    in_flight: Sequence[InFlight]
    messages: Mapping[str, MessageState]
    links: Mapping[str, LinkView]
    evidence: Evidence | None
    annulment: Annulment | None
    names: ActorNames
    state: str

    @property
    def zone(self) -> str:
        """The seller's, in which the desk tells times."""
        return self.view.quote.time_zone


async def read_facts(r: Reading, quote_id: str, *, before: int | None = None) -> QuoteFacts:
    """The quote with its latest happenings, or those before a sequence number.

    Raises ProblemError: 404 `quote_not_found`, `quote_pending` while its creation is not decided.
    """
    state = await state_of(r, quote_id)
    view = await quote_or_problem(r, quote_id)
    happenings = await happenings_of(r, quote_id, limit=MOST_HAPPENINGS + 1, before=before)
    in_flight = await in_flight_of(r, quote_id)
    links = await list_links(r, quote_id)
    evidence = await find_evidence(r, quote_id) if view.quote.acceptance else None
    actors = {each.view.event.actor for each in happenings} | {each.actor for each in in_flight}
    actors |= {evidence.recorded_by} if evidence and evidence.recorded_by else set()
    return QuoteFacts(
        view=view,
        happenings=happenings,
        in_flight=in_flight,
        messages={each.id: each for each in await list_messages(r, quote_id)},
        links={each.id: each for each in links},
        evidence=evidence,
        annulment=await find_annulment(r, quote_id) if view.quote.is_annulled else None,
        names=await names_for(r, actors, owner=view.owner),
        state=state,
    )


def is_own(user: DeskUser, actor: str) -> bool:
    """Whether it was the user who acted."""
    return actor == f"user:{user.id}"
