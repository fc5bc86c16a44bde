"""The bound of a life: what it is made of, each part done alone, by the same libraries and servers, in processor time."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final

import asyncpg
import sqlalchemy as sa

from adapters.db.database import Database
from adapters.db.quotes.archive import find_document, find_evidence, find_letter
from adapters.db.record import outbox
from adapters.db.tables import messages
from adapters.mail.compose import compose
from adapters.mail.render import Attachment, Mail
from adapters.mail.sender import SmtpSender
from adapters.pdf.quotes import QuotePdf
from adapters.pdf.typesetter import Typesetter
from domain.presentation.certificate import Certificate
from domain.presentation.document import DOCUMENT_OF, DocumentKind, QuoteDocument
from domain.proof.evidence import Evidence
from domain.quotes.notices import DeliveryStatus
from tests.bench.bare.lives import all_ended
from tests.bench.cpu import CpuMeter
from tests.bench.stack.replay import Replay
from tests.bench.stack.shop import SIGNER
from tests.bench.stack.stack import Bench
from tests.bench.stack.statements import overheard
from workflows.contract import QUOTE_WORKFLOW

_COMMANDS: Final = 3
_LINK: Final = "http://127.0.0.1:8000/q/" + 43 * "x"


class _UndoError(Exception):
    """Ends a transaction that only looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What one life of the product left: what its documents and mails are made of again."""

    letter: QuoteDocument
    evidence: Evidence
    original: bytes
    mails: tuple[Mail, ...]


class Parts:
    """The parts of a life beside its workflow, after one life of the product that they are taken from."""

    def __init__(self, bench: Bench, left: Left, replay: Replay) -> None:
        self._bench = bench
        self._left = left
        self._replay = replay
        self._pdf = QuotePdf(Typesetter())
        self._sender = SmtpSender(bench.smtp_url)
        self._set = 0

    async def measure(self, count: int) -> dict[str, float]:
        """Processor milliseconds per life of each part, done so many times."""
        lives, before = await self._replay.prepared(count), await self._replay.rows()
        used = {
            "documents": await self._used(count, self._documents),
            "mails": await self._used(3 * count, self._mail, "mail") * 3,
            "record": await self._used(1, lambda _: self._replay.send(lives), "postgres") / count,
            "parse, auth, inbox": await self._used(_COMMANDS * count, self._request, "bare API", "postgres")
            * _COMMANDS,
        }
        await self._replay.check(before, count)
        return used

    async def close(self) -> None:
        """Say goodbye to the mail server."""
        await self._sender.close()

    async def _used(self, count: int, job: Callable[[int], Awaitable[None]], *processes: str) -> float:
        """Milliseconds per job, of the processes and this one, which does the work."""
        meter = CpuMeter({name: self._bench.pids[name] for name in processes})
        for number in range(count):
            await job(number)
        return sum(meter.per_job(count).values())

    async def _documents(self, _number: int) -> None:
        """Both, of a number that the typesetter has not seen."""
        self._set += 1
        left = self._left
        letter = replace(left.letter, offer=replace(left.letter.offer, number=f"Q-1999-{self._set:05}"))
        digest = hashlib.sha256(left.original).hexdigest()
        self._pdf.quote(letter)
        certificate = Certificate(document=letter, evidence=left.evidence, document_sha256=digest)
        self._pdf.acceptance(certificate, left.original)

    async def _mail(self, number: int) -> None:
        await self._sender.send(compose(self._left.mails[number % len(self._left.mails)]))

    async def _request(self, _number: int) -> None:
        await self._bench.bare_api.post("/inbox", SIGNER)


@asynccontextmanager
async def parts_of_a_life(bench: Bench) -> AsyncIterator[Parts]:
    """After one life that is overheard, and one replay and one of each part to warm up."""
    async with overheard(bench) as heard:
        quote_id = await bench.shop.sent()
        await bench.shop.accept(quote_id)
        await all_ended(bench.client, QUOTE_WORKFLOW)
    connection = await asyncpg.connect(bench.database_url)
    try:
        replay = Replay(
            connection, heard.by("worker", "deliveries"), quote_id=quote_id, kept=bench.shop.known
        )
        parts = Parts(bench, await _left(bench.database_url, quote_id), replay)
        try:
            await parts.measure(2)
            yield parts
        finally:
            await parts.close()
    finally:
        await connection.close()


async def _left(database_url: str, quote_id: str) -> Left:
    database = Database.connect(database_url, pool_size=2)
    try:
        async with database.read() as r:
            letter, evidence = await find_letter(r, quote_id, 1), await find_evidence(r, quote_id)
            found = {kind: await find_document(r, quote_id, 1, kind) for kind in DocumentKind}
            told = await outbox.list_messages(r, quote_id)
        files = {kind: document.content for kind, document in found.items() if document is not None}
        if letter is None or evidence is None:
            raise RuntimeError("the life left no letter or no evidence")
        mails = [await _mail(database, state.id, files) for state in told]
    finally:
        await database.close()
    return Left(letter=letter, evidence=evidence, original=files[DocumentKind.QUOTE], mails=tuple(mails))


async def _mail(database: Database, message_id: str, files: dict[DocumentKind, bytes]) -> Mail:
    """The message as a delivery claims it; its row stays as it is."""
    claimed = None
    with suppress(_UndoError):
        async with database.write() as w:
            unsent = {"status": DeliveryStatus.PENDING, "sent_at": None}
            await w.run(sa.update(messages).where(messages.c.id == message_id).values(**unsent))
            claimed = await outbox.claim(w, message_id)
            raise _UndoError
    if claimed is None:
        raise RuntimeError("the life left a message that cannot be claimed")
    kind = DOCUMENT_OF.get(claimed.kind)
    attached = () if kind is None else (Attachment(filename=kind.filename("Q", 1), content=files[kind]),)
    return Mail(message=claimed, link=_LINK if claimed.link_id else None, attachments=attached)
