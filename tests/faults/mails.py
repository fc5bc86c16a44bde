"""Compares the outbox with what the mail server has caught, by Message-ID."""

from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa

from adapters.db.database import Database
from cli.local.mail.store import MailStore

_SENT = sa.text("SELECT message_id, status FROM messages")


@dataclass(frozen=True)
class Mails:
    """`lost` are rows of the outbox sent and never caught, `strange` what was caught and never written down,
    `again` how many copies there are beyond the first ones.
    """

    rows: int
    lost: set[str]
    strange: set[str]
    again: int


async def unsent(database: Database) -> int:
    """How many rows of the outbox have no end yet."""
    async with database.read() as r:
        found: int = await r.value(sa.text("SELECT count(*) FROM messages WHERE status <> 'sent'"))
    return found


async def compared(database: Database, caught_mails: MailStore) -> Mails:
    """The outbox beside what the mail server has on disk."""
    async with database.read() as r:
        rows = {row["message_id"]: row["status"] for row in await r.rows(_SENT)}
    caught = Counter(str(mail.message["Message-ID"]).strip() for mail in caught_mails.all())
    return Mails(
        rows=len(rows),
        lost={id_ for id_, status in rows.items() if status == "sent"} - set(caught),
        strange=set(caught) - set(rows),
        again=sum(caught.values()) - len(caught),
    )
