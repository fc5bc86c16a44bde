"""Keys that name why something is recorded, so that each is recorded once: `cause` of an event or a message.

A command's cause is its own id. All others are made here; once on record, a key is never worded otherwise.
"""

from datetime import datetime

from domain import instants


def expiry(deadline: datetime) -> str:
    """A quote's end at this deadline (UTC)."""
    return f"expiry:{instants.named(deadline)}"


def reminder(deadline: datetime, days_left: int) -> str:
    """One of the reminders of this deadline (UTC)."""
    return f"{reminders(deadline)}{days_left}"


def reminders(deadline: datetime) -> str:
    """With what the keys of all reminders of this deadline (UTC) begin, and of no other."""
    return f"reminder:{instants.named(deadline)}:"


def message(message_id: str) -> str:
    """How the delivery of a row of the outbox ended."""
    return f"message:{message_id}"


def document(kind: str, version: int) -> str:
    """The making of a version's document."""
    return f"document:{kind}:v{version}"


def viewed(link_id: str) -> str:
    """That a person has looked, by this link."""
    return f"viewed:{link_id}"


def revoked(link_id: str) -> str:
    """That this link was closed."""
    return f"revoked:{link_id}"


def forgotten(sequence: int) -> str:
    """That somebody was forgotten, when the last event was this one."""
    return f"forgotten:{sequence}"


def malformed(cause: str) -> str:
    """That a command came which the inbox does not hold like that."""
    return f"malformed:{cause}"


def unreadable(signal: object) -> str:
    """That signals came which nobody can read; `signal` is a new id."""
    return f"unreadable:{signal}"


def link(quote_id: str, version: int, cause: str, recipient: str) -> str:
    """One recipient's link of the sending `cause`: its id is made from this."""
    return f"link:{quote_id}:v{version}:{cause}:{recipient}"


def thread(quote_id: str, recipient: str) -> str:
    """All mails of a quote to one recipient."""
    return f"thread:{quote_id}:{recipient}"


def mail(quote_id: str, version: int, cause: str, kind: str, audience: str, recipient: str) -> str:
    """One mail to one recipient: the `key` of its row in the outbox, whose id is made from it."""
    return f"quote:{quote_id}:v{version}:{cause}:{kind}:{audience}:{recipient}"


def order_failed(key: str, asked_at: datetime) -> str:
    """That an order could not be handed over which was asked for at that time."""
    return f"order:{key}:{instants.stored(asked_at)}"
