"""The tables, one file per subject. The migrations make them; CI compares the two."""

from adapters.db.tables.base import metadata
from adapters.db.tables.inbox import answered_requests, commands
from adapters.db.tables.parties import (
    api_keys,
    customers,
    seller,
    staff_forms,
    staff_sessions,
    staff_sign_ins,
    staff_users,
)
from adapters.db.tables.quotes import (
    acceptances,
    clock_offsets,
    customer_links,
    documents,
    feed_epochs,
    files,
    kept_list_answers,
    messages,
    parts_lists,
    pricing_calculations,
    proofs,
    quote_events,
    quote_search,
    quote_versions,
    quotes,
    rate_cards,
)
from adapters.db.tables.webhooks import orders, webhook_deliveries, webhook_endpoints

__all__ = [
    "acceptances",
    "answered_requests",
    "api_keys",
    "clock_offsets",
    "commands",
    "customer_links",
    "customers",
    "documents",
    "feed_epochs",
    "files",
    "kept_list_answers",
    "messages",
    "metadata",
    "orders",
    "parts_lists",
    "pricing_calculations",
    "proofs",
    "quote_events",
    "quote_search",
    "quote_versions",
    "quotes",
    "rate_cards",
    "seller",
    "staff_forms",
    "staff_sessions",
    "staff_sign_ins",
    "staff_users",
    "webhook_deliveries",
    "webhook_endpoints",
]
