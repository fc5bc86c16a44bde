"""What goes out of a shop: quotes sent, the activity that delivers, and what came of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import sqlalchemy as sa
from temporalio.testing import ActivityEnvironment

from activities.delivery import DeliverMessages
from activities.documents import Documents
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record.outbox import MessageState, list_messages
from adapters.mail.sender import SmtpSender
from adapters.pdf.quotes import QuotePdf
from adapters.pdf.typesetter import NO_FILES, DocumentError, Typesetter
from domain.quotes.events import EventType
from tests.api.customer.shop import BUYER, Shop
from tests.unit.mail.smtp_server import Mailroom
from workflows.ports import DeliverRequest

PUBLIC_URL = "https://quotes.keller-praezision.example"


class BrokenTypesetter(Typesetter):
    """Sets nothing, as with a template that is wrong for just this document."""

    def set(
        self,
        template: str,
        data: Mapping[str, Any],
        *,
        dated: datetime,
        files: Mapping[str, bytes] = NO_FILES,
    ) -> bytes:
        """Never."""
        raise DocumentError(f"{template}: cannot read {data} of {dated}")


class PlainTypesetter(Typesetter):
    """Sets at once something that is no PDF, for whoever asks for digests alone."""

    def set(
        self,
        template: str,
        data: Mapping[str, Any],
        *,
        dated: datetime,
        files: Mapping[str, bytes] = NO_FILES,
    ) -> bytes:
        """The template's name and its day."""
        return f"{template} of {dated} with {len(data)} and {len(files)}".encode()


class CountingTypesetter(Typesetter):
    """Remembers by which templates it set documents; several of them may share `told`."""

    def __init__(self, told: list[str]) -> None:
        super().__init__()
        self._told = told

    def set(
        self,
        template: str,
        data: Mapping[str, Any],
        *,
        dated: datetime,
        files: Mapping[str, bytes] = NO_FILES,
    ) -> bytes:
        """As ever."""
        self._told.append(template)
        return super().set(template, data, dated=dated, files=files)


async def deliver(
    shop: Shop,
    room: Mailroom,
    quote_id: str,
    *messages: str,
    typesetter: Typesetter | None = None,
    environment: ActivityEnvironment | None = None,
) -> None:
    """Run the activity as a worker would."""
    sender = SmtpSender(room.url, step_seconds=1)
    documents = Documents(shop.database, QuotePdf(typesetter or Typesetter()))
    activity = DeliverMessages(shop.database, documents, sender, shop.tokens, public_url=f"{PUBLIC_URL}/")
    request = DeliverRequest(quote_id=quote_id, messages=messages)
    await (environment or ActivityEnvironment()).run(activity.deliver, request)


def words(mail: EmailMessage) -> list[str]:
    """The mail as text and as HTML, without what is attached."""
    bodies = (mail.get_body((kind,)) for kind in ("plain", "html"))
    return [str(body.get_content()) for body in bodies if body is not None]


async def states(shop: Shop, quote_id: str) -> list[MessageState]:
    """The quote's messages."""
    async with shop.database.read() as r:
        return await list_messages(r, quote_id)


async def told(shop: Shop, quote_id: str) -> list[EventType]:
    """The quote's events about messages."""
    async with shop.database.read() as r:
        events = await PgQuotes(r).events(quote_id)
    of_messages = {EventType.MESSAGE_SENT, EventType.MESSAGE_FAILED, EventType.MESSAGE_SKIPPED}
    return [view.event.type for view in events if view.event.type in of_messages]


async def sending(shop: Shop, *recipients: str) -> tuple[str, tuple[str, ...]]:
    """A quote just sent, and its messages, which wait."""
    quote_id = await shop.new_quote()
    result = await shop.act(
        quote_id, "send", recipients=list(recipients or (BUYER,)), message="As discussed."
    )
    return quote_id, result.messages


async def age(shop: Shop, message_id: str, by: timedelta) -> None:
    """As if the row had been written that much earlier."""
    move = sa.text(
        "UPDATE messages SET created_at = created_at - CAST(:by AS interval) WHERE id = CAST(:id AS uuid)"
    )
    async with shop.database.write() as w:
        await w.run(move, {"by": by, "id": message_id})
