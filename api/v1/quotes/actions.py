"""What can be asked of an existing quote. The workflow decides; these routes only submit the command."""

from typing import Annotated, Any, TypedDict

from fastapi import Body, Depends
from starlette.requests import Request
from starlette.responses import Response

from adapters.db.inbox.kept_answers import Idempotency
from adapters.db.inbox.store import NewCommand
from adapters.db.parties.customers import find_customer
from adapters.db.quotes.proofs import has_proof
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record.orders import ask_order_again
from api.http.auth import actor_of, administer
from api.http.fields import Uuid
from api.http.idempotency import IdempotencyDep
from api.http.preconditions import ExpectedVersion
from api.http.problem import FieldError, ProblemError, invalid
from api.services import Services, ServicesDep
from api.v1.quotes.answers import QuoteAnswer
from api.v1.quotes.bodies import (
    AcceptBody,
    AnnulBody,
    CancelBody,
    ExtendBody,
    OrderBody,
    RejectBody,
    ResendBody,
    SendBody,
)
from api.v1.quotes.outcome import Submission, quote_answer, submit
from api.v1.quotes.routes import CHANGE_QUOTE, check_contact
from api.v1.router import READ, problems, quote_or_problem, router
from domain.proof.counterparties import named_contact
from domain.quotes.notices import recipients_by_default
from domain.quotes.payloads import (
    AcceptPayload,
    AnnulPayload,
    CancelPayload,
    ExtendPayload,
    HandOverPayload,
    Payload,
    RejectPayload,
    ResendPayload,
    SendPayload,
)

routes = router("quotes")


class Submitter:
    """What all commands have in common: who, about which quote, on which state, under which key."""

    def __init__(
        self,
        request: Request,
        services: Services,
        quote_id: str,
        idempotency: Idempotency | None,
        expected: int | None,
    ) -> None:
        self.services = services
        self.quote_id = quote_id
        self.actor = actor_of(request)
        self._request = request
        self._idempotency = idempotency
        self._expected = expected

    async def submit(self, asked: Payload, *, shown_version: int | None = None) -> Response:
        """Submit what is asked and answer with the outcome."""
        new = NewCommand(
            asked=asked,
            quote_id=self.quote_id,
            actor=self.actor,
            expected_state_version=self._expected,
            shown_version=shown_version,
            idempotency=self._idempotency,
        )
        return await submit(self.services, Submission(self._request, new))


async def _submitter(
    request: Request,
    services: ServicesDep,
    quote_id: Uuid,
    idempotency: IdempotencyDep,
    expected: ExpectedVersion,
) -> Submitter:
    return Submitter(request, services, quote_id, idempotency, expected)


SubmitterDep = Annotated[Submitter, Depends(_submitter)]


def _action(name: str, summary: str, path: str = "") -> dict[str, Any]:
    return {
        "path": f"/quotes/{{quote_id}}/{path or name}",
        "operation_id": f"{name}_quote",
        "summary": summary,
        "response_model": QuoteAnswer,
        "responses": CHANGE_QUOTE,
    }


@routes.post(**_action("send", "Send a quote"))
async def send_quote(submitter: SubmitterDep, body: Annotated[SendBody | None, Body()] = None) -> Response:
    """Offer the draft or the working version; the document and emails follow. 409 `price_needs_confirmation` names the
    warnings that have to be confirmed by `confirm`.
    """
    return await submitter.submit(
        await sending_asked(submitter.services, submitter.quote_id, body or SendBody())
    )


@routes.post(**_action("resend", "Send a quote again"))
async def resend_quote(
    submitter: SubmitterDep, body: Annotated[ResendBody | None, Body()] = None
) -> Response:
    """Send the same version again, with a new link; of an accepted quote, the confirmation with its certificate."""
    return await submitter.submit(
        await resending_asked(submitter.services, submitter.quote_id, body or ResendBody())
    )


@routes.post(**_action("extend", "Set another validity"))
async def extend_quote(submitter: SubmitterDep, body: Annotated[ExtendBody, Body()]) -> Response:
    """Set another validity, later or sooner; reopens an expired quote."""
    return await submitter.submit(ExtendPayload(valid_days=body.valid_days, valid_until=body.valid_until))


@routes.post(**_action("accept", "Record the customer's yes"))
async def accept_quote(submitter: SubmitterDep, body: Annotated[AcceptBody, Body()]) -> Response:
    """Record the customer's yes on the customer's behalf."""
    asked = await acceptance_asked(submitter.services, body, recorded_by=submitter.actor)
    return await submitter.submit(asked, shown_version=body.version)


@routes.post(**_action("reject", "Record the customer's no"))
async def reject_quote(
    submitter: SubmitterDep, body: Annotated[RejectBody | None, Body()] = None
) -> Response:
    """Record the customer's no on the customer's behalf."""
    body = body or RejectBody()
    return await submitter.submit(rejection_asked(body), shown_version=body.version)


@routes.post(**_action("cancel", "Withdraw a quote"))
async def cancel_quote(
    submitter: SubmitterDep, body: Annotated[CancelBody | None, Body()] = None
) -> Response:
    """Withdraw the quote; its link then says so."""
    return await submitter.submit(CancelPayload(reason=body.reason if body else None, draft_only=None))


@routes.post(**_action("annul", "Annul an acceptance"), dependencies=[Depends(administer)])
async def annul_quote(submitter: SubmitterDep, body: Annotated[AnnulBody, Body()]) -> Response:
    """Take an acceptance back by agreement with the customer (scope `admin`): the quote is cancelled, and acceptance,
    evidence and certificate stay. Both sides are told. Refused once the order was handed over.
    """
    return await submitter.submit(AnnulPayload(reason=body.reason, agreed_with=body.agreed_with))


@routes.put(**_action("hand_over", "Record the order's reference", "order"))
async def put_order(submitter: SubmitterDep, body: Annotated[OrderBody, Body()]) -> Response:
    """Record that the system that makes the order has taken it, and under which reference; again with another one
    corrects it. From then on the acceptance cannot be annulled.
    """
    return await submitter.submit(HandOverPayload(reference=body.reference))


@routes.post(
    "/quotes/{quote_id}/order/retry",
    operation_id="retry_order",
    summary="Hand the order over again",
    response_model=QuoteAnswer,
    responses={**READ, **problems(404, 409)},
)
async def retry_order(services: ServicesDep, quote_id: Uuid) -> Response:
    """Have the order handed over that could not be, for as long as at first. 409 `order_not_failed` where it has not failed,
    or was annulled.
    """
    async with services.database.write() as writing:
        await quote_or_problem(writing, quote_id)
        if not await ask_order_again(writing, quote_id):
            raise ProblemError(
                "order_not_failed", "Only an order that could not be handed over is tried again."
            )
        view = await quote_or_problem(writing, quote_id)
    return quote_answer(QuoteAnswer.of(view, services.settings))


async def sending_asked(services: Services, quote_id: str, body: SendBody) -> SendPayload:
    """What a body asks to be sent, with everybody named to whom it goes. Raises ProblemError as `_named`."""
    return SendPayload(
        **await _named(services, quote_id, body, body.contact),
        contact=body.contact,
        confirm=[str(code) for code in body.confirm or ()] or None,
        message=body.message,
        valid_days=body.valid_days,
        valid_until=body.valid_until,
    )


async def resending_asked(services: Services, quote_id: str, body: ResendBody) -> ResendPayload:
    """What a body asks to be sent again, with everybody named to whom it goes. Raises ProblemError as `_named`."""
    return ResendPayload(**await _named(services, quote_id, body), message=body.message)


async def acceptance_asked(services: Services, body: AcceptBody, *, recorded_by: str) -> AcceptPayload:
    """A yes that an actor of the shop records on the customer's behalf. Raises ProblemError for a proof that is not kept."""
    await _check_proof(services, body.proof_sha256)
    return AcceptPayload(
        method=body.method,
        signer_name=body.signer_name,
        signer_email=body.signer_email,
        purchase_order_number=body.purchase_order_number,
        proof_sha256=body.proof_sha256,
        selection=body.selection_data(),
        recorded_by=recorded_by,
        consent_text=None,
        page_opened_at=None,
        link_id=None,
        recipient=None,
        reads_only=None,
        ip=None,
        user_agent=None,
    )


def rejection_asked(body: RejectBody) -> RejectPayload:
    """A no that the shop records on the customer's behalf."""
    return RejectPayload(
        method=body.method,
        reason=body.reason,
        link_id=None,
        recipient=None,
        reads_only=None,
        ip=None,
        user_agent=None,
    )


async def _check_proof(services: Services, sha256: str | None) -> None:
    if sha256 is None:
        return
    async with services.database.read() as reading:
        if not await has_proof(reading, sha256):
            message = "no file with this digest: store it with POST /proofs first"
            error = FieldError(pointer="/proof_sha256", code="unknown_proof", message=message)
            raise invalid(error, detail="There is no such proof; nothing was stored.")


class _NamedReaders(TypedDict):
    recipients: list[str]
    read_only: list[str] | None


def _nobody_left(*, is_refused: bool) -> ProblemError:
    if is_refused:
        message = "required: every address that it would go to was refused for good before"
        detail = "The mail server refused the address for good. Name the recipients: the right address, or this one to try it again."
    else:
        message = "required: the customer has no address any more"
        detail = "The customer's address was forgotten. Name the recipients, or give the customer another."
    return invalid(FieldError(pointer="/recipients", code="required", message=message), detail=detail)


async def _named(
    services: Services, quote_id: str, body: ResendBody, contact: str | None = None
) -> _NamedReaders:
    """Who is named; where nobody is, `recipients_by_default`. An empty list stays empty. Raises ProblemError for a
    contact whom the customer does not have.
    """
    if body.recipients is not None and contact is None:
        return {"recipients": body.recipients, "read_only": body.read_only or None}
    async with services.database.read() as reading:
        view = await quote_or_problem(reading, quote_id)
        customer = await find_customer(reading, view.quote.customer_id)
        refused = await PgQuotes(reading).refused_addresses(quote_id)
    if customer is None:
        raise ProblemError("quote_not_found", "The quote's customer no longer exists.")
    await check_contact(services, customer.id, contact)
    if body.recipients is not None:
        return {"recipients": body.recipients, "read_only": body.read_only or None}
    meant = (named_contact(customer.contacts, contact or view.contact) or {}).get("email") or customer.email
    chosen = recipients_by_default(view.readers, meant, refused)
    if not chosen:
        raise _nobody_left(is_refused=bool(view.readers or meant))
    return {
        "recipients": [each.address for each in chosen],
        "read_only": [each.address for each in chosen if not each.may_accept] or None,
    }
