"""The outbox: one row per message and recipient, each done once."""

from adapters.db.database import Reading, Writing
from adapters.db.messages import MessageState, MessageView


async def claim(w: Writing, message_id: str) -> MessageView | None:
    """Take a message to send it now; None when it is sent, failed or unknown.

    `message_id` is the row's id. One that somebody took before and never reported on is given again.
    """
    raise NotImplementedError


async def mark_sent(w: Writing, message_id: str) -> bool:
    """The message is out: `quote.message_sent`. False (and nothing written) when that was known."""
    raise NotImplementedError


async def mark_failed(w: Writing, message_id: str, error: str) -> bool:
    """The message is given up: `quote.message_failed`. False when it had an end before."""
    raise NotImplementedError


async def note_attempt(w: Writing, message_id: str, error: str) -> None:
    """An attempt failed and another one will follow."""
    raise NotImplementedError


async def list_messages(r: Reading, quote_id: str) -> list[MessageState]:
    """A quote's messages, oldest first."""
    raise NotImplementedError
