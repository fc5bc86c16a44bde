"""Who has changed a quote while a form about it was filled in."""

from typing import Final

from adapters.db.quotes.repository import PgQuotes
from adapters.db.record.views import EventView
from api.desk.quotes.who import ActorNames, names_for
from api.services import Services
from api.v1.router import quote_or_problem
from domain import wording
from domain.quotes.quote import Quote

_LAST: Final = 3
"""Of what happened since, so many are told."""
_DID: Final = {
    "quote.created": "made it",
    "quote.revised": "made a new version",
    "quote.sent": "sent it",
    "quote.resent": "sent it again",
    "quote.extended": "changed its validity",
    "quote.accepted": "accepted it",
    "quote.rejected": "declined it",
    "quote.cancelled": "withdrew it",
    "quote.expired": "let it expire",
    "quote.change_requested": "asked for a change",
    "quote.extension_requested": "asked for more time",
}


async def since(services: Services, quote_id: str, state_version: int | None) -> str:
    """In a sentence what has happened to the quote since that state; empty where nothing has that counts."""
    async with services.database.read() as reading:
        view = await quote_or_problem(reading, quote_id)
        events = await PgQuotes(reading).events(quote_id)
        newer = [each for each in events if _counts(each, state_version)][-_LAST:]
        names = await names_for(reading, {each.event.actor for each in newer})
    if not newer:
        return ""
    told = "; ".join(_told(each, view.quote, names) for each in newer)
    return f"Meanwhile: {told}."


def _counts(view: EventView, state_version: int | None) -> bool:
    at = view.event.data.get("state_version")
    return str(view.event.type) in _DID and isinstance(at, int) and at > (state_version or 0)


def _told(view: EventView, quote: Quote, names: ActorNames) -> str:
    did = _DID[str(view.event.type)]
    at = f", {wording.clock(view.event.at, quote.time_zone)}" if view.event.at else ""
    return f"{names.of(view.event.actor)} {did}{at}"
