"""Sends what must reach the outside: the messages of the outbox, each once as far as mail allows."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.documents import Documents
from adapters import logs
from adapters.db.database import Database
from adapters.db.record import outbox
from adapters.mail.compose import UnsafeHeaderError, compose
from adapters.mail.render import Attachment, Mail
from adapters.mail.sender import MailError, PermanentMailError, Sender
from adapters.pdf.typesetter import DocumentError
from adapters.tokens import LinkTokens
from domain.presentation.message import Message
from domain.quotes.notices import MessageKind
from workflows.ports import ActivityName, DeliverRequest, Delivery

GIVE_UP_AFTER: Final = timedelta(hours=24)
"""How long a message is tried, by the quote's clock, which stamped its row too."""

WITHOUT_DOCUMENT_AFTER: Final = {
    MessageKind.SENT: timedelta(minutes=10),
    MessageKind.ACCEPTED: timedelta(seconds=30),
}
"""How long a mail waits for a document that cannot be set, by the same clock. Then it goes out without: the mail tells
the offer whole and has the link, and news of an order reaches the shop within a minute, certificate or not. Attempts
are made 31 seconds after the first one, and 13 minutes at the latest.
"""

NOT_SENT: Final = "messages_not_sent"
"""Type of the ApplicationError by which the workflow learns that another attempt is needed."""

_AT_ONCE: Final = 4
NO_DOCUMENT: Final = "the document cannot be made"
_log = logs.logger(__name__)


class DeliverMessages(Delivery):
    """Claims each message, mails it, and writes down how that went.

    A message whose sending is not on record is sent again with the same Message-ID, which is how a
    receiver can tell a repeat. The customer's link is made from its id at each attempt, so that no token
    is ever stored or in a history.
    """

    def __init__(
        self, database: Database, documents: Documents, sender: Sender, tokens: LinkTokens, *, public_url: str
    ) -> None:
        self._database = database
        self._documents = documents
        self._sender = sender
        self._tokens = tokens
        self._public_url = public_url.rstrip("/")

    @activity.defn(name=ActivityName.DELIVER)
    async def deliver(self, request: DeliverRequest) -> None:
        """Send the messages that are not sent yet.

        One that cannot be sent does not hold up the others. Raises a retryable ApplicationError of type
        NOT_SENT while another attempt is worth it; its text holds no address and no link.
        """
        slots = asyncio.Semaphore(_AT_ONCE)

        async def in_turn(position: int, message_id: str) -> str | None:
            async with slots:
                if position >= _AT_ONCE:  # the sender bounds a hand-over well below the heartbeat timeout
                    activity.heartbeat()
                return await self._deliver_one(message_id)

        outcomes = await asyncio.gather(*(in_turn(*each) for each in enumerate(request.messages)))
        _ask_for_another_attempt([problem for problem in outcomes if problem is not None], len(outcomes))

    async def _deliver_one(self, message_id: str) -> str | None:
        """Why the message needs another attempt, or None when it has come to its end."""
        try:
            async with self._database.write_each() as w:
                message = await outbox.claim(w, message_id)
            return None if message is None else await self._attempt(message)
        except Exception as problem:  # noqa: BLE001 - the database is away: the other messages go on
            _log.warning("message_not_on_record", message_id=message_id, error=type(problem).__name__)
            return type(problem).__name__

    async def _attempt(self, message: Message) -> str | None:
        try:
            link, (files, lacks) = self._link(message.link_id), await self._attachments(message)
            await self._sender.send(compose(Mail(message=message, link=link, attachments=files)))
        except (PermanentMailError, UnsafeHeaderError) as refusal:
            await self._give_up(message, refusal)
        except Exception as problem:  # noqa: BLE001 - also one mail that cannot be made must not hold up others
            if message.now - message.created_at > GIVE_UP_AFTER:
                await self._give_up(message, problem)
            else:
                return await self._put_off(message, problem)
        else:
            async with self._database.write() as w:
                await outbox.mark_sent(w, message.id, remark=lacks)
        return None

    async def _put_off(self, message: Message, problem: Exception) -> str:
        async with self._database.write() as w:
            await outbox.note_attempt(w, message.id, _answer(problem))
        _log.warning("message_delayed", message_id=message.id, kind=message.kind, error=_reason(problem))
        return _reason(problem)

    async def _give_up(self, message: Message, problem: Exception) -> None:
        async with self._database.write() as w:
            await outbox.mark_failed(w, message.id, _answer(problem))
        _log.error("message_failed", message_id=message.id, kind=message.kind, error=_reason(problem))

    async def _attachments(self, message: Message) -> tuple[tuple[Attachment, ...], str | None]:
        """What goes with the mail; nothing, and a remark on why, where it has waited long enough. Raises
        DocumentError before.
        """
        try:
            return await self._made(message), None
        except DocumentError as problem:
            _log.error("document_not_made", message_id=message.id, kind=message.kind, error=problem.reason)
            if message.now - message.created_at <= WITHOUT_DOCUMENT_AFTER[message.kind]:
                raise
            return (), f"{outbox.WITHOUT}{_reason(problem)}"

    async def _made(self, message: Message) -> tuple[Attachment, ...]:
        """The quote's document goes with the offer, the certificate with the news of its acceptance; each is
        made before the first mail with it goes out.
        """
        number, version = message.offer.number, message.offer.version
        if message.kind is MessageKind.SENT:
            made = await self._documents.quote(message.quote_id, version)
        elif message.kind is MessageKind.ACCEPTED:
            made = await self._documents.acceptance(message.quote_id)
        else:
            return ()
        filename = made.kind.filename(number, version)
        return (Attachment(filename=filename, content=made.content),)

    def _link(self, link_id: str | None) -> str | None:
        return None if link_id is None else f"{self._public_url}/q/{self._tokens.token(link_id)}"


def _ask_for_another_attempt(problems: Sequence[str], of: int) -> None:
    if problems:
        reasons = "; ".join(sorted(set(problems)))
        raise ApplicationError(f"{len(problems)} of {of} messages not sent yet: {reasons}", type=NOT_SENT)


def _answer(problem: Exception) -> str:
    """For the message's own row, which can be deleted with the person: the server's answer as it is."""
    return problem.answer if isinstance(problem, MailError) else _reason(problem)


def _reason(problem: Exception) -> str:
    """For logs and histories: our own words for a known problem, the mere kind of any other."""
    if isinstance(problem, DocumentError):
        return f"{NO_DOCUMENT}: {problem.reason}"
    return str(problem) if isinstance(problem, MailError | UnsafeHeaderError) else type(problem).__name__
