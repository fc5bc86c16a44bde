"""Compares the outbox with what the mail server has caught, by Message-ID."""

from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa

from adapters.db.database import Database
from cli.stack.mail import Mail

_SENT = sa.text("SELECT message_id, status FROM messages")


@dataclass(frozen=True)
class Mails:
    """`unsent` are rows of the outbox without an end, `lost` those sent and never caught, `strange` what was
    caught and never written down, `again` how many copies there are beyond the first ones.
    """

    rows: int
    unsent: int
    lost: set[str]
    strange: set[str]
    again: int


async def compared(database: Database, mail: Mail) -> Mails:
    """The outbox beside the inbox of the mail server."""
    async with database.read() as r:
        rows = {row["message_id"]: row["status"] for row in await r.rows(_SENT)}
    caught = Counter(message["message_id"] for message in await mail.messages())
    return Mails(
        rows=len(rows),
        unsent=sum(status != "sent" for status in rows.values()),
        lost={id_ for id_, status in rows.items() if status == "sent"} - set(caught),
        strange=set(caught) - set(rows),
        again=sum(caught.values()) - len(caught),
    )
