"""Sends what must reach the outside: the messages of the outbox, each once as far as mail allows."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Final

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.documents import Documents
from activities.signs_of_life import giving_signs
from adapters import logs
from adapters.db.database import Database
from adapters.db.errors import DatabaseUnavailableError
from adapters.db.inbox.origins import origins_of_messages
from adapters.db.quotes.archive import ArchivedDocument
from adapters.db.record import outbox
from adapters.db.record.outbox import Failed
from adapters.mail.compose import RECIPIENT, UnsafeHeaderError, compose
from adapters.mail.render import Attachment, Mail
from adapters.mail.sender import HIDDEN, MailError, PermanentMailError, SmtpSender, TemporaryMailError
from adapters.pdf.typesetter import DocumentError
from adapters.telemetry import metrics, traces
from adapters.tokens import LinkTokens
from domain.presentation.document import DOCUMENT_OF, DocumentKind
from domain.presentation.message import Message
from domain.quotes.notices import GIVE_UP_AFTER, Audience, MessageKind, Refusal
from domain.quotes.validity import LINK_DAYS, links_end_at
from workflows.ports import ActivityName, DeliverRequest, Delivery

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

SELDOM_AFTER: Final = timedelta(hours=1)
"""From this age on a message is tried every SELDOM only; before, a fault that is over costs it a minute at most."""

SELDOM: Final = timedelta(minutes=5)

NOTE_SECONDS: Final = 30.0
"""For how long it is tried to write down that a mail was taken, before another attempt at the delivery has to."""

_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 4.0
_AT_ONCE: Final = 4
NO_DOCUMENT: Final = "the document cannot be made"
_log = logs.logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Why a message needs another attempt; `is_old` when that need not be soon."""

    reason: str
    is_old: bool = False


DeliveryOutcome = Waits | Failed | None
"""What an attempt at a message came to; None for an end of which nobody need hear."""

Taken = dict[str, str | None]
"""Messages that a server has taken and the record does not know of yet, each with the remark for it. They go with the
activity's heartbeat, so that the next attempt, by any worker, notes them and sends nothing again.
"""

Made = dict[tuple[int, DocumentKind], asyncio.Task[ArchivedDocument]]
"""The documents of an attempt, each asked for once, however many messages carry it."""


class DeliverMessages(Delivery):
    """Claims each message, mails it, and writes down how that went.

    Where it cannot be written down that a mail was taken, the note is repeated and not the mail. Only a message whose
    worker dies in between, or whose server's answer is lost, is sent again, with the same Message-ID, which is how a
    receiver can tell a repeat. The customer's link is made from its id at each attempt, so that no token
    is ever stored or in a history.
    """

    def __init__(
        self,
        database: Database,
        documents: Documents,
        sender: SmtpSender,
        tokens: LinkTokens,
        *,
        public_url: str,
        link_days: int = LINK_DAYS,
    ) -> None:
        self._database = database
        self._documents = documents
        self._sender = sender
        self._tokens = tokens
        self._public_url = public_url.rstrip("/")
        self._link_days = link_days
        # Prometheus counts from what it sees first: told of a kind only when it fails, it would never hear that one failed.
        for kind, outcome in product(MessageKind, ("sent", "delayed", "failed", "skipped")):
            metrics.EMAILS.labels(kind, outcome)

    @activity.defn(name=ActivityName.DELIVER)
    async def deliver(self, request: DeliverRequest) -> None:
        """Send the messages that are not sent yet.

        One that cannot be sent does not hold up the others. The shop's go after the customer's, and the news of those
        that are not delivered last. Raises a retryable ApplicationError of type NOT_SENT while another attempt is worth
        it; its text holds no address and no link.
        """
        origins = await self._origins(request)
        slots = asyncio.Semaphore(_AT_ONCE)
        details = activity.info().heartbeat_details
        taken: Taken = dict(details[0]) if details else {}
        made: Made = {}
        outcomes: list[DeliveryOutcome] = []

        async def in_turn(message_id: str) -> DeliveryOutcome:
            async with slots:
                # Of one that is found in the record, the record says of which request it came.
                with traces.span(
                    "email", parent=origins.get(message_id), attributes={"firm_offer.message_id": message_id}
                ) as span:
                    outcome = await self._deliver_one(message_id, taken, made, span)
                    if isinstance(outcome, Waits | Failed):
                        span.fail("delayed" if isinstance(outcome, Waits) else "failed")
                    return outcome

        async def all_of(messages: Sequence[str]) -> None:
            outcomes.extend(await asyncio.gather(*map(in_turn, messages)))

        async with giving_signs(taken):
            for messages in await self._turns(request):
                await all_of(messages)
            heard = 0
            while news := [each.news for each in outcomes[heard:] if isinstance(each, Failed) and each.news]:
                heard = len(outcomes)
                await all_of(news)
        _ask_for_another_attempt([each for each in outcomes if isinstance(each, Waits)], len(outcomes))

    async def _origins(self, request: DeliverRequest) -> Mapping[str, str]:
        if not traces.is_on() or traces.current() is not None:
            return {}
        try:
            async with self._database.read() as r:
                return await origins_of_messages(r, request.messages)
        except DatabaseUnavailableError:
            return {}

    async def _turns(self, request: DeliverRequest) -> Sequence[Sequence[str]]:
        """In which order they go; as they come where the record cannot be asked."""
        try:
            async with self._database.read() as r:
                turns = await outbox.turns_of(r, request.quote_id, request.messages)
        except DatabaseUnavailableError:
            return (request.messages,)
        return turns.customers, turns.shops

    async def _deliver_one(
        self, message_id: str, taken: Taken, made: Made, span: traces.Span
    ) -> DeliveryOutcome:
        """What became of the message: None when it has come to a good end."""
        try:
            if message_id in taken:
                await self._note(message_id, taken)
                return None
            async with self._database.write_each() as w:
                message = await outbox.claim(w, message_id)
            if message is None:
                return None
            span.tell({"firm_offer.email": message.kind, "firm_offer.audience": message.audience})
            return await self._attempt(message, taken, made)
        except Exception as problem:  # noqa: BLE001 - the database is away: the other messages go on
            _log.warning("message_not_on_record", message_id=message_id, error=type(problem).__name__)
            return Waits(reason=type(problem).__name__)

    async def _note(self, message_id: str, taken: Taken) -> None:
        """Write down that a mail was taken. A record that cannot hear it is told again, for NOTE_SECONDS in all; then
        raises what was in the way.
        """
        loop = asyncio.get_running_loop()
        end, pause = loop.time() + NOTE_SECONDS, _FIRST_PAUSE
        while True:
            try:
                async with self._database.write() as w:
                    await outbox.mark_sent(w, message_id, remark=taken[message_id])
            except Exception:
                activity.heartbeat(taken)
                if loop.time() + pause > end:
                    raise
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                del taken[message_id]
                return

    async def _attempt(self, message: Message, taken: Taken, made: Made) -> DeliveryOutcome:
        if message.is_skipped:
            await self._skip(message)
            return None
        try:
            files, lacks = await self._attachments(message, made)
            until = links_end_at(message.told.decided_at, self._link_days)
            link = None if until is not None and until <= message.now else self._link(message.link_id)
            desk = self._desk(message.quote_id) if message.audience is Audience.SELLER else None
            mail = Mail(message=message, link=link, link_until=until, attachments=files, desk=desk)
            with traces.span("SMTP", traces.SpanKind.CLIENT):
                await self._sender.send(compose(mail))
        except (PermanentMailError, UnsafeHeaderError) as refusal:
            return await self._give_up(message, refusal)
        except Exception as problem:  # noqa: BLE001 - also one mail that cannot be made must not hold up others
            if message.now - message.created_at > GIVE_UP_AFTER:
                return await self._give_up(message, problem)
            return await self._put_off(message, problem)
        taken[message.id] = lacks
        metrics.EMAILS.labels(message.kind, "sent").inc()
        await self._note(message.id, taken)
        return None

    async def _put_off(self, message: Message, problem: Exception) -> Waits:
        may_be_out = isinstance(problem, TemporaryMailError) and problem.may_be_out
        async with self._database.write() as w:
            await outbox.note_attempt(w, message.id, self._answer(message, problem), may_be_out=may_be_out)
        metrics.EMAILS.labels(message.kind, "delayed").inc()
        _log.warning("message_delayed", message_id=message.id, kind=message.kind, error=reason_of(problem))
        return Waits(reason=reason_of(problem), is_old=message.now - message.created_at > SELDOM_AFTER)

    async def _give_up(self, message: Message, problem: Exception) -> Failed | None:
        async with self._database.write() as w:
            failed = await outbox.mark_failed(
                w, message.id, self._answer(message, problem), refused=refusal_of(problem)
            )
        metrics.EMAILS.labels(message.kind, "failed").inc()
        _log.error("message_failed", message_id=message.id, kind=message.kind, error=reason_of(problem))
        return failed

    async def _skip(self, message: Message) -> None:
        async with self._database.write() as w:
            await outbox.mark_skipped(w, message.id)
        metrics.EMAILS.labels(message.kind, "skipped").inc()
        _log.warning("message_skipped", message_id=message.id, kind=message.kind)

    async def _attachments(self, message: Message, made: Made) -> tuple[tuple[Attachment, ...], str | None]:
        """What goes with the mail; nothing, and a remark on why, where it has waited long enough. Raises
        DocumentError before.
        """
        try:
            return await self._attached(message, made), None
        except DocumentError as problem:
            _log.error("document_not_made", message_id=message.id, kind=message.kind, error=problem.reason)
            if message.now - message.created_at <= WITHOUT_DOCUMENT_AFTER[message.kind]:
                raise
            return (), f"{outbox.WITHOUT}{reason_of(problem)}"

    async def _attached(self, message: Message, made: Made) -> tuple[Attachment, ...]:
        """The quote's document goes with the offer, the certificate with the news of its acceptance; each is
        made before the first mail with it goes out.
        """
        number, version = message.offer.number, message.offer.version
        kind = DOCUMENT_OF.get(message.kind)
        if kind is None:
            return ()
        if (version, kind) not in made:
            made[version, kind] = asyncio.create_task(self._made(message.quote_id, version, kind))
        content = (await made[version, kind]).content
        # Empty where a person in it was forgotten.
        return (Attachment(filename=kind.filename(number, version), content=content),) if content else ()

    async def _made(self, quote_id: str, version: int, kind: DocumentKind) -> ArchivedDocument:
        with traces.span(f"document {kind}"):
            return await self._documents.made(quote_id, version, kind)

    def _desk(self, quote_id: str) -> str:
        return f"{self._public_url}/desk/quotes/{quote_id}"

    def _link(self, link_id: str | None) -> str | None:
        return None if link_id is None else f"{self._public_url}/q/{self._tokens.token(link_id)}"

    def _answer(self, message: Message, problem: Exception) -> str:
        """For the message's own row, which can be deleted with the person: the server's answer as it is, but for the
        secret part of a link, which a server that reads mails may repeat.
        """
        if not isinstance(problem, MailError):
            return reason_of(problem)
        token = self._tokens.token(message.link_id) if message.link_id else None
        return problem.answer.replace(token, HIDDEN) if token else problem.answer


def _ask_for_another_attempt(waiting: Sequence[Waits], of: int) -> None:
    if waiting:
        reasons = "; ".join(sorted({each.reason for each in waiting}))
        raise ApplicationError(
            f"{len(waiting)} of {of} messages not sent yet: {reasons}",
            type=NOT_SENT,
            next_retry_delay=SELDOM if all(each.is_old for each in waiting) else None,
        )


def refusal_of(problem: Exception) -> Refusal | None:
    """What was refused for good; None where it was tried for long enough."""
    if isinstance(problem, UnsafeHeaderError):
        return Refusal.ADDRESS if problem.field == RECIPIENT else Refusal.EMAIL
    if isinstance(problem, PermanentMailError):
        return Refusal.ADDRESS if problem.refuses_address else Refusal.EMAIL
    return None


def reason_of(problem: Exception) -> str:
    """For logs and histories: our own words for a known problem, the mere kind of any other."""
    if isinstance(problem, DocumentError):
        return f"{NO_DOCUMENT}: {problem.reason}"
    return str(problem) if isinstance(problem, MailError | UnsafeHeaderError) else type(problem).__name__
