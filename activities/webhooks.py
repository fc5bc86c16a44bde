"""Tells other systems what happens, by signed requests; how each attempt went stands in the record."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from temporalio import activity

from activities.signs_of_life import giving_signs
from activities.tracing import tell_answer
from activities.webhook_trouble import TellAdmins
from adapters import logs
from adapters.db.database import Database, Writing
from adapters.db.inbox.origins import origins_of_events
from adapters.db.record import webhooks
from adapters.db.record.feed import UnknownPositionError
from adapters.db.record.webhook_trouble import note_disabled, note_parked
from adapters.db.record.webhooks import WebhookDelivery, WebhookEndpoint
from adapters.telemetry import traces
from adapters.tokens import WebhookSecrets
from adapters.webhooks.signed_post import Answered, WebhookSender
from domain.proof.feed_event import RETRIES, SEALED_OTHERWISE, WebhookStatus
from workflows.ports import ActivityName, TellRequest, TellResult, Webhooks

AT_ONCE: Final = 10
"""Requests to one endpoint at a time, each about another quote."""

GONE: Final = "the receiver answered 410 (gone)"
_log = logs.logger(__name__)


class TellEndpoints(Webhooks):
    """What waits for an endpoint is in the record, each event with the body that every attempt sends."""

    def __init__(
        self, database: Database, sender: WebhookSender, secrets: WebhookSecrets, admins: TellAdmins
    ) -> None:
        self._database = database
        self._sender = sender
        self._secrets = secrets
        self._admins = admins

    @activity.defn(name=ActivityName.TELL)
    async def tell(self, request: TellRequest) -> TellResult:
        """See the port. Raises DatabaseUnavailableError; done again it sends again what it could not note."""
        async with giving_signs():
            found = await self._tell(request)
            following = await self._admins.tell(request.endpoint_id, request.now)
        if following is None:
            return found
        due = following if found.next_due is None else min(found.next_due, following)
        return replace(found, goes_on=True, next_due=due)

    async def _tell(self, request: TellRequest) -> TellResult:
        async with self._database.write() as w:
            endpoint = await webhooks.find_endpoint(w, request.endpoint_id)
            if endpoint is None or endpoint.disabled_at is not None:
                return TellResult(goes_on=False)
            has_more = await self._take_news(w, endpoint)
            due = await webhooks.due_deliveries(w, endpoint.id, request.now, AT_ONCE)
        secrets = self._opened(endpoint, request.now)
        if due and not secrets:
            await self._disable(endpoint, SEALED_OTHERWISE, request.now)
            return TellResult(goes_on=False)
        origins = await self._origins(endpoint, due)
        answers = await asyncio.gather(
            *(self._send(endpoint, secrets, each, origins.get(each.event_id)) for each in due)
        )
        for delivery, answer in zip(due, answers, strict=True):
            await self._note(endpoint, delivery, answer, request.now)
        if any(answer.is_gone for answer in answers):
            await self._disable(endpoint, GONE, request.now)
            return TellResult(goes_on=False)
        async with self._database.read() as r:
            following = await webhooks.next_due(r, endpoint.id, request.now)
        is_due = following is not None and following <= request.now
        return TellResult(goes_on=True, has_more=has_more or is_due, next_due=following)

    async def _take_news(self, w: Writing, endpoint: WebhookEndpoint) -> bool:
        """Whether there are more. Where the record is another copy than the one that the endpoint was told of, or has lost its
        end, nobody can say what is new to the receiver: it is told what happens from here on.
        """
        try:
            return await webhooks.take_news(w, endpoint)
        except UnknownPositionError as unknown:
            await webhooks.begin_anew(w, endpoint)
            _log.error("webhook_began_anew", endpoint=endpoint.id, why=str(unknown))
            return False

    async def _origins(self, endpoint: WebhookEndpoint, due: Sequence[WebhookDelivery]) -> Mapping[str, str]:
        if not due or not traces.is_on():
            return {}
        async with self._database.read() as r:
            return await origins_of_events(r, endpoint.id, [each.event_id for each in due])

    async def _send(
        self, endpoint: WebhookEndpoint, secrets: Sequence[str], each: WebhookDelivery, origin: str | None
    ) -> Answered:
        """An attempt, in the trace of the request that the event comes of."""
        about = {"firm_offer.event": each.type, "firm_offer.endpoint_id": endpoint.id}
        with traces.span("POST webhook", traces.SpanKind.CLIENT, parent=origin, attributes=about) as span:
            answer = await self._sender.send(
                endpoint.url, secrets, each.event_id, each.body, traceparent=span.traceparent
            )
            tell_answer(span, answer)
        return answer

    def _opened(self, endpoint: WebhookEndpoint, now: datetime) -> Sequence[str]:
        """The secrets that sign: two while one takes the other's place. None where the newest cannot be opened: by the one before
        alone a receiver would accept only for a while.
        """
        sealed = [endpoint.secret]
        until = endpoint.secret_before_until
        if endpoint.secret_before is not None and until is not None and now < until:
            sealed.append(endpoint.secret_before)
        opened = [self._open(each, endpoint.id) for each in sealed]
        return [each for each in opened if each is not None] if opened[0] is not None else []

    def _open(self, sealed: bytes, endpoint_id: str) -> str | None:
        try:
            return self._secrets.open(sealed, endpoint_id)
        except InvalidTag:
            return None

    async def _note(
        self, endpoint: WebhookEndpoint, delivery: WebhookDelivery, answer: Answered, now: datetime
    ) -> None:
        attempts = delivery.attempts + 1
        fields: dict[str, Any] = {
            "status": WebhookStatus.DELIVERED,
            "attempts": attempts,
            "next_attempt_at": None,
            "last_attempt_at": now,
            "last_status": answer.status,
            "last_error": answer.error or None,
        }
        held = None
        if answer.error and attempts > len(RETRIES):
            fields["status"] = WebhookStatus.PARKED
            _log.error("webhook_parked", endpoint=endpoint.id, event_id=delivery.event_id, why=answer.error)
        elif answer.error:
            held = now + answer.wait if answer.wait else None
            fields |= {"status": WebhookStatus.PENDING, "next_attempt_at": now + RETRIES[attempts - 1]}
            _log.warning(
                "webhook_delayed", endpoint=endpoint.id, event_id=delivery.event_id, why=answer.error
            )
        async with self._database.write() as w:
            if fields["status"] is WebhookStatus.PARKED:
                await note_parked(w, endpoint.id, answer.error, now)
            await webhooks.note_attempt(w, endpoint.id, delivery.event_id, fields, held)

    async def _disable(self, endpoint: WebhookEndpoint, why: str, now: datetime) -> None:
        async with self._database.write() as w:
            if await webhooks.disable_endpoint(w, endpoint.id, why):
                await note_disabled(w, endpoint.id, why, now)
        _log.error("webhook_disabled", endpoint=endpoint.id, why=why)
