"""Events: facts in the past tense. Audit log, timeline and webhooks share them.

Their data holds ids, figures and salted hashes only: no names, addresses or texts of people, so that a
person can be forgotten without breaking the chain of hashes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain import instants
from domain.canonical import sha256_hex


class EventType(StrEnum):
    """Those that carry a `state_version` in their data change the quote; the others only tell."""

    CREATED = "quote.created"
    REVISED = "quote.revised"
    SENT = "quote.sent"
    SUPERSEDED = "quote.superseded"
    RESENT = "quote.resent"
    VIEWED = "quote.viewed"
    REMINDED = "quote.reminded"
    EXTENDED = "quote.extended"
    ACCEPTED = "quote.accepted"
    REJECTED = "quote.rejected"
    EXPIRED = "quote.expired"
    CANCELLED = "quote.cancelled"
    CHANGE_REQUESTED = "quote.change_requested"
    EXTENSION_REQUESTED = "quote.extension_requested"
    LINK_REVOKED = "quote.link_revoked"
    DOCUMENT_MADE = "quote.document_made"
    MESSAGE_SENT = "quote.message_sent"
    MESSAGE_FAILED = "quote.message_failed"
    COMMAND_REFUSED = "quote.command_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact. `at` is the command's received time, for an expiry `valid_until`, else the first writing's
    (then it is None here and stamped by the database).
    """

    type: EventType
    at: datetime | None
    actor: str
    data: Mapping[str, Any] = field(default_factory=dict)


def chain_hash(*, quote_id: str, sequence: int, event: Event, previous_hash: str) -> str:
    """SHA-256 that binds an event to its quote, its place and all events before it.

    `previous_hash` is the hash of the event with the sequence before, "" for the first. Raises ValueError
    for an event without a time.
    """
    if event.at is None:
        raise ValueError("an event is hashed with its time")
    return sha256_hex(
        {
            "quote_id": quote_id,
            "sequence": sequence,
            "type": str(event.type),
            "at": instants.compared(event.at),
            "actor": event.actor,
            "data": dict(event.data),
            "previous_hash": previous_hash,
        }
    )
