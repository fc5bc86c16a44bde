"""Who has changed a quote while a form about it was filled in."""

from typing import Final

from api.desk.quotes.one.facts import read_facts
from api.desk.quotes.one.timeline import meanwhile
from api.services import Services

_LAST: Final = 3
"""Of what happened since, so many are told."""


async def since(services: Services, quote_id: str, state_version: int | None) -> str:
    """In a sentence what has happened to the quote since that state; empty where nothing has that counts."""
    async with services.database.read() as reading:
        facts = await read_facts(reading, quote_id)
    newer = meanwhile(facts, state_version)[:_LAST]
    told = (f"{each.what.rstrip('.')}, {each.by}, {each.at}." for each in reversed(newer))
    return f"Meanwhile: {' '.join(told)}" if newer else ""
