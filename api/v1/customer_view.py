"""Customers and mails as JSON."""

from typing import Any

from adapters.db.messages import MessageState
from adapters.db.parties.customers import CustomerView
from api.http.times import instant


def customer_data(view: CustomerView) -> dict[str, Any]:
    """A stored customer."""
    return {
        "id": view.id,
        "name": view.name,
        "email": view.email,
        "customer_tier": view.customer_tier,
        "time_zone": view.time_zone,
        "language": view.language,
        "contacts": [dict(contact) for contact in view.contacts],
        "created_at": instant(view.created_at),
        "updated_at": instant(view.updated_at),
    }


def message_data(view: MessageState) -> dict[str, Any]:
    """A mail and how its delivery stands."""
    return {
        "id": view.id,
        "kind": str(view.kind),
        "audience": str(view.audience),
        "recipient": view.recipient,
        "version": view.version,
        "message_id": view.message_id,
        "status": str(view.status),
        "attempts": view.attempts,
        "last_error": view.last_error,
        "created_at": instant(view.created_at),
        "sent_at": instant(view.sent_at),
    }
