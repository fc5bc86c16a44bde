"""What a quote's run is started with."""

from dataclasses import dataclass

from domain.quotes.envelope import Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteStart:
    """Input of a run: the quote's id; for the first one its create command; after continuing as new the
    commands that still waited. The state itself never travels here: it would be stale.
    """

    quote_id: str
    create: Envelope | None = None
    waiting: tuple[Envelope, ...] = ()


def given_id(create: Envelope | None) -> str | None:
    """The id that a quote's runs were given with its number; None for a create from before there was one."""
    given = create.payload.get("workflow_id") if create else None
    return given if isinstance(given, str) else None
