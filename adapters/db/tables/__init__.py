"""The tables, one file per subject. The migrations make them; CI compares the two."""

from adapters.db.tables.answered import answered_requests
from adapters.db.tables.archive import documents, proofs
from adapters.db.tables.base import metadata
from adapters.db.tables.inbox import commands
from adapters.db.tables.outbox import customer_links, messages
from adapters.db.tables.parties import api_keys, customers, seller
from adapters.db.tables.pricing import pricing_calculations, rate_cards
from adapters.db.tables.quotes import acceptances, clock_offsets, quote_events, quote_versions, quotes

__all__ = [
    "acceptances",
    "answered_requests",
    "api_keys",
    "clock_offsets",
    "commands",
    "customer_links",
    "customers",
    "documents",
    "messages",
    "metadata",
    "pricing_calculations",
    "proofs",
    "quote_events",
    "quote_versions",
    "quotes",
    "rate_cards",
    "seller",
]
