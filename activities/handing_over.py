"""Hands orders over to the system that makes them, by signed requests; how each attempt went stands in the record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.documents import DocumentMissingError, Documents
from activities.signs_of_life import giving_signs
from activities.tracing import tell_answer
from adapters import logs
from adapters.db.database import Database, Reading
from adapters.db.parties.customers import find_customer
from adapters.db.quotes.archive import find_evidence
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record.orders import (
    TOO_LATE,
    WaitingOrder,
    claim_order,
    mark_order_failed,
    mark_order_taken,
    note_order_attempt,
)
from adapters.pdf.typesetter import DocumentError
from adapters.telemetry import traces
from adapters.webhooks.signed_post import Answered, WebhookSender
from domain.presentation.document import DocumentKind
from domain.proof.order import PlacedOrder, order_body, ordering_customer, read_reference
from domain.quotes.record import QuoteView
from workflows.ports import ActivityName, HandOverRequest, HandOverResult, OrderHandover

NOT_TAKEN: Final = "order_not_taken"
"""Type of the ApplicationError by which the workflow learns that another attempt is needed."""

NOWHERE: Final = "no address for orders is set (FIRM_OFFER_ORDER_URL, FIRM_OFFER_ORDER_SECRET)"
NOT_MADE: Final = "not posted yet: its offer or certificate could not be made"
_log = logs.logger(__name__)


@dataclass(frozen=True, slots=True)
class _Attempt:
    waiting: WaitingOrder
    order: PlacedOrder


class HandOverOrders(OrderHandover):
    """Each attempt sends the same order under the same key: one whose answer was lost is known there by it."""

    def __init__(
        self,
        database: Database,
        documents: Documents,
        sender: WebhookSender,
        *,
        url: str | None,
        secret: str | None,
    ) -> None:
        self._database = database
        self._documents = documents
        self._sender = sender
        self._url = url
        self._secret = secret

    @activity.defn(name=ActivityName.HAND_OVER_ORDER)
    async def hand_over(self, request: HandOverRequest) -> HandOverResult:
        """See the port. Raises DatabaseUnavailableError, and an ApplicationError of type NOT_TAKEN that says what was
        answered, and no more.
        """
        async with giving_signs():
            return await self._hand_over(request)

    async def _hand_over(self, request: HandOverRequest) -> HandOverResult:
        attempt = await self._begun(request.quote_id)
        if attempt is None:
            return HandOverResult()
        order = attempt.order
        answer = Answered(None, NOWHERE)
        if order.is_early:
            answer = Answered(None, NOT_MADE)
        elif self._url is not None and self._secret is not None:
            with traces.span("POST order", traces.SpanKind.CLIENT) as span:
                answer = await self._sender.send(
                    self._url,
                    [self._secret],
                    order.key,
                    order_body(order),
                    key=order.key,
                    traceparent=span.traceparent,
                )
                tell_answer(span, answer)
        if not answer.error:
            return await self._taken(attempt.waiting, answer)
        if answer.is_gone or order.is_given_up:
            return await self._failed(attempt.waiting, answer.error)
        async with self._database.write() as w:
            await note_order_attempt(w, request.quote_id, answer.error)
        _log.warning("order_delayed", quote_id=request.quote_id, why=answer.error)
        raise ApplicationError(
            f"the order was not taken: {answer.error}", type=NOT_TAKEN, next_retry_delay=answer.wait
        )

    async def _begun(self, quote_id: str) -> _Attempt | None:
        async with self._database.write() as w:
            waiting = await claim_order(w, quote_id)
            view = await PgQuotes(w).find(quote_id) if waiting else None
            customer = await _customer(w, view) if view else {}
        if waiting is None or view is None or view.quote.acceptance is None:
            return None
        return _Attempt(waiting, await self._order(waiting, view, customer))

    async def _order(
        self, waiting: WaitingOrder, view: QuoteView, customer: Mapping[str, Any]
    ) -> PlacedOrder:
        return PlacedOrder(
            key=waiting.key,
            asked_at=waiting.asked_at,
            now=view.now,
            quote=view.quote,
            content=view.content,
            content_hash=view.quote.current.content_hash,
            external_id=view.external_id,
            customer=customer,
            contact=view.contact,
            purchase_order_number=view.purchase_order_number,
            documents={str(kind): await self._digest(view, kind) for kind in DocumentKind},
        )

    async def _digest(self, view: QuoteView, kind: DocumentKind) -> str | None:
        """Of a document, which is made if it is not there yet; None of one that cannot be."""
        try:
            with traces.span(f"document {kind}"):
                return (await self._documents.made(view.quote.id, view.quote.current_version, kind)).sha256
        except (DocumentError, DocumentMissingError) as problem:
            _log.error("document_not_made", quote_id=view.quote.id, kind=kind, error=type(problem).__name__)
            return None

    async def _taken(self, waiting: WaitingOrder, answer: Answered) -> HandOverResult:
        async with self._database.write() as w:
            is_wanted, command = await mark_order_taken(
                w, waiting, read_reference(answer.body), traceparent=traces.current()
            )
        if not is_wanted:
            return await self._failed(waiting, TOO_LATE)
        _log.info("order_handed_over", quote_id=waiting.quote_id, attempts=waiting.attempts)
        return HandOverResult(command=command)

    async def _failed(self, waiting: WaitingOrder, why: str) -> HandOverResult:
        async with self._database.write() as w:
            messages = await mark_order_failed(w, waiting, why)
        _log.error("order_failed", quote_id=waiting.quote_id, attempts=waiting.attempts, why=why)
        return HandOverResult(messages=messages)


async def _customer(r: Reading, view: QuoteView) -> Mapping[str, Any]:
    """Who ordered, as the accepted version has it, whatever became of the customer since: each attempt tells the same. A version
    that was sent before there was a place for it has it from the customer's row.
    """
    evidence = await find_evidence(r, view.quote.id)
    if evidence is None:
        return {}
    version = await PgQuotes(r).version(view.quote.id, evidence.version)
    parties = version.parties if version else None
    if parties is None:
        today = await find_customer(r, view.quote.customer_id)
        parties = {"address": today.address, "tax_id": today.tax_id} if today else {}
    return ordering_customer(view.quote.customer_id, evidence.customer_name, parties, evidence.signer_email)
