"""Tells the shop's admins by email of a webhook that was disabled or gave up an event: each once, for as long as it takes."""

import asyncio
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from activities.delivery import SELDOM, SELDOM_AFTER, reason_of, refusal_of
from adapters import logs
from adapters.db.database import Database
from adapters.db.parties.seller import Seller, get_seller
from adapters.db.record import webhook_trouble
from adapters.db.record.webhook_trouble import UntoldTrouble
from adapters.mail.compose import compose_trouble
from adapters.mail.render import TroubleMail
from adapters.mail.sender import MailError, SmtpSender, TemporaryMailError
from adapters.telemetry import metrics
from domain import wording
from domain.presentation.letterhead import letterhead
from domain.quotes.notices import GIVE_UP_AFTER, DeliveryStatus

SOON: Final = timedelta(minutes=1)
"""The pause between attempts in the first hour; then it is SELDOM, as for every email."""

_log = logs.logger(__name__)


class TellAdmins:
    """The rows of the record are the outbox. One attempt at each email that is due, so that a mail server that hangs holds up the
    endpoint for half a minute at most; a repeat has the same Message-ID.
    """

    def __init__(self, database: Database, sender: SmtpSender, *, public_url: str) -> None:
        self._database = database
        self._sender = sender
        self._public_url = public_url.rstrip("/")

    async def tell(self, endpoint_id: str, now: datetime) -> datetime | None:
        """Attempt what is due by `now`, the workflow's time; when the next attempt is due, None where everybody was told.
        Raises DatabaseUnavailableError.
        """
        async with self._database.read() as r:
            following = await webhook_trouble.next_telling(r, endpoint_id, now)
            if following is None or following > now:
                return following
            due = await webhook_trouble.untold(r, endpoint_id, now)
            seller = await get_seller(r)
        await asyncio.gather(*(self._attempt(each, seller, now) for each in due))
        async with self._database.read() as r:
            return await webhook_trouble.next_telling(r, endpoint_id, now)

    async def _attempt(self, trouble: UntoldTrouble, seller: Seller, now: datetime) -> None:
        try:
            await self._sender.send(compose_trouble(self._mail(trouble, seller)))
        except Exception as problem:  # noqa: BLE001 - one that cannot be made must not hold up what the endpoint is told
            await self._put_off(trouble, problem, now)
            return
        metrics.EMAILS.labels(_kind(trouble), "sent").inc()
        async with self._database.write() as w:
            await webhook_trouble.note_telling(w, trouble.id, DeliveryStatus.SENT)
        _log.info("webhook_trouble_told", endpoint=trouble.endpoint_id, kind=trouble.kind)

    async def _put_off(self, trouble: UntoldTrouble, problem: Exception, now: datetime) -> None:
        age = now - trouble.began_at
        gives_up = refusal_of(problem) is not None or age > GIVE_UP_AFTER
        known = reason_of(problem)
        async with self._database.write() as w:
            await webhook_trouble.note_telling(
                w,
                trouble.id,
                DeliveryStatus.FAILED if gives_up else DeliveryStatus.PENDING,
                error=problem.answer if isinstance(problem, MailError) else known,
                again_at=None if gives_up else now + (SELDOM if age > SELDOM_AFTER else SOON),
            )
        metrics.EMAILS.labels(_kind(trouble), "failed" if gives_up else "delayed").inc()
        if gives_up:
            _log.error("webhook_trouble_not_told", endpoint=trouble.endpoint_id, error=known)
        else:
            _log.warning("webhook_trouble_delayed", endpoint=trouble.endpoint_id, error=known)

    def _mail(self, trouble: UntoldTrouble, seller: Seller) -> TroubleMail:
        """Raises TemporaryMailError while there is nobody to write to."""
        if trouble.address is None:
            raise TemporaryMailError("neither an admin nor the seller has an email address")
        return TroubleMail(
            id=trouble.id,
            address=trouble.address,
            name=wording.one_line(trouble.name or "") or None,
            kind=trouble.kind,
            host=urlsplit(trouble.url).hostname or "?",  # the rest of it may be a secret
            description=wording.one_line(trouble.description or "") or None,
            reason=wording.one_line(trouble.reason),
            began_at=trouble.began_at,
            desk=f"{self._public_url}/desk/settings/webhooks/{trouble.endpoint_id}",
            zone=seller.time_zone,
            created_at=trouble.created_at,
            seller=letterhead(asdict(seller)),
        )


def _kind(trouble: UntoldTrouble) -> str:
    return f"webhook_{trouble.kind}"
