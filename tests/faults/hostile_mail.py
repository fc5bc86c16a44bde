"""A mail server that often refuses, sometimes hangs, and sometimes takes a mail without saying so."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final

import sqlalchemy as sa
from aiosmtpd.smtp import SMTP, Envelope, Session
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.delivery import NOT_SENT, DeliverMessages
from activities.documents import Documents
from adapters.db.database import Database
from adapters.mail.sender import SmtpSender
from adapters.pdf.quotes import QuotePdf
from adapters.pdf.typesetter import Typesetter
from tests.api.customer.shop import Shop
from tests.unit.mail.smtp_server import Mailroom, hang_up, served
from workflows.ports import DeliverRequest

GREYLISTED = 0.1
FATES: Final = (*["refuse"] * 4, *["cut"] * 2, "hang", *["take"] * 33)
"""What becomes of forty mails that reach their content, in an order drawn anew for each forty: so each fate comes
up, however few mails there are.
"""
PATIENCE: Final = 4.0
"""Seconds that the sender waits for a reply: enough for a busy machine, on which a late reply would be a lost one."""
MOST_ATTEMPTS: Final = 40
_ROWS = sa.text("""
SELECT message_id, status, attempts,
    (SELECT count(*) FROM quote_events AS event
     WHERE event.quote_id = messages.quote_id AND event.type = 'quote.message_sent'
        AND event.data ->> 'message_id' = messages.id::text) AS told
FROM messages
""")


class HostileMailroom(Mailroom):
    """Refuses every fifth mail for now, half of them at the recipient and half after the content; takes every
    twentieth and cuts the connection without a reply; falls silent on one in forty. `copies` are the mails taken,
    by Message-ID; `cuts` how often each was taken without a reply.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = random.Random(seed)
        self._fates: list[str] = []
        self.done: Counter[str] = Counter()
        self.cuts: Counter[str] = Counter()
        self.copies: dict[str, list[EmailMessage]] = {}

    async def handle_RCPT(  # noqa: N802 - the server's own name for it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Half of the refusals."""
        if self._random.random() < GREYLISTED:
            self.done["refused"] += 1
            return "450 4.2.1 greylisted"
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """All other mischief."""
        if not self._fates:
            self._fates = self._random.sample(FATES, len(FATES))
        fate = self._fates.pop()
        if fate == "refuse":
            self.done["refused"] += 1
            return "451 4.3.0 try later"
        if fate == "hang":
            self.done["hung"] += 1
            await asyncio.sleep(3600)
        message = self.take(server, session, envelope)
        message_id = str(message["Message-ID"])
        self.copies.setdefault(message_id, []).append(message)
        if fate == "cut":
            self.done["cut"] += 1
            self.cuts[message_id] += 1
            hang_up(server)
        return "250 OK"


@dataclass
class Post:
    """What became of the outbox: `wrong` is everything that must not be."""

    mails: int
    attempts: int
    copies: int
    done: Counter[str]
    wrong: list[str] = field(default_factory=list)


async def delivered(database: Database, *, lives: int, at_once: int, seed: int) -> Post:
    """Quotes sent and accepted, all their mails delivered by the activity as a worker would: again until it says
    that nothing is left. The database is migrated, and no other mail is in it.
    """
    shop, room, slots = Shop(database), HostileMailroom(seed), asyncio.Semaphore(at_once)
    await shop.open()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(served(room))
        sender = SmtpSender(room.url, step_seconds=PATIENCE)
        stack.push_async_callback(sender.close)
        documents = Documents(database, QuotePdf(Typesetter()))
        activity = DeliverMessages(database, documents, sender, shop.tokens, public_url="https://x.example")

        async def life(number: int) -> None:
            async with slots:
                quote_id = await shop.new_quote()
                buyers = [f"buyer-{number}@harker.example", f"second-{number}@harker.example"]
                for name, payload in (
                    ("send", {"recipients": buyers}),
                    ("accept", {"signer_name": "J. Harker", "signer_email": buyers[0]}),
                ):
                    result = await shop.act(quote_id, name, **payload)
                    await _insist(activity, quote_id, result.messages)

        await asyncio.gather(*map(life, range(lives)))
    return await _compared(database, room)


async def _insist(activity: DeliverMessages, quote_id: str, messages: Sequence[str]) -> None:
    request = DeliverRequest(quote_id=quote_id, messages=tuple(messages))
    for _ in range(MOST_ATTEMPTS):
        try:
            return await ActivityEnvironment().run(activity.deliver, request)
        except ApplicationError as again:
            if again.type != NOT_SENT:
                raise
    raise AssertionError("some mail never went out")


async def _compared(database: Database, room: HostileMailroom) -> Post:
    """The outbox beside what the server took."""
    async with database.read() as r:
        rows = {row["message_id"]: row for row in await r.rows(_ROWS)}
    post = Post(
        mails=len(rows),
        attempts=sum(row["attempts"] for row in rows.values()),
        copies=sum(map(len, room.copies.values())),
        done=room.done,
    )
    for message_id, row in rows.items():
        copies = room.copies.get(message_id, [])
        if row["status"] != "sent" or row["told"] != 1:
            post.wrong.append(f"{message_id} is {row['status']}, with {row['told']} events")
        if len(copies) != 1 + room.cuts[message_id]:
            post.wrong.append(f"{message_id} came {len(copies)} times, cut {room.cuts[message_id]} times")
        if len({copy.as_bytes() for copy in copies}) > 1:
            post.wrong.append(f"{message_id} came in different words")
    post.wrong += [f"{message_id} is on no record" for message_id in set(room.copies) - set(rows)]
    return post
