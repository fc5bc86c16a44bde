"""The documents of a quote, as they were made and sent."""

from dataclasses import asdict
from typing import Self

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.db.database import Reading
from adapters.db.quotes.archive import find_annulment, find_document, find_evidence
from api.http.downloads import BYTES, PDF, document_answer
from api.http.fields import MoneyText, Uuid
from api.http.problem import ProblemError
from api.json_answer import (
    Answer,
    CurrencyText,
    DigestText,
    IdText,
    InstantText,
    Ordinal,
    answered,
    as_recorded,
)
from api.services import ServicesDep
from api.v1.quotes.history import VersionNumber
from api.v1.quotes.line_answers import PickAnswer
from api.v1.router import PREFIX, READ, Responses, Verify, problems, quote_or_problem, router, verification
from api.v1.verification import VerificationAnswer
from domain import instants
from domain.offer.choice import picks_of
from domain.presentation.document import DocumentKind
from domain.proof.evidence import Annulment, Evidence
from domain.quotes.commands import AcceptanceMethod


class AnnulmentAnswer(Answer):
    """That the acceptance was taken back by agreement: when, why, with whom, recorded by whom (`actor`). `event_sequence` and
    `event_hash` are the place of `quote.annulled` in the quote's log; `evidence_sha256` is the salted digest that it
    holds of reason and `agreed_with`, which read `(forgotten)` once a person named there was forgotten.
    """

    at: InstantText
    reason: str | None
    agreed_with: str | None
    actor: str
    command_id: IdText
    event_sequence: Ordinal
    event_hash: DigestText
    evidence_sha256: DigestText | None

    @classmethod
    def of(cls, annulment: Annulment) -> Self:
        """The annulment as it stands beside the acceptance."""
        return cls(**{**asdict(annulment), "at": instants.answered(annulment.at)})


class EvidenceAnswer(Answer):
    """What is on record about an acceptance; null where it was not given, or where a person's data was erased.
    `selection` is what was chosen, null where nothing could be, and `total_price` what was ordered. `valid_until` is the deadline that it met, `customer_name` the customer's name when the version was sent.

    `document_sha256` is null until the version's document is made. `signer_digest` is the salted hash that the
    event `quote.accepted` (its place and hash: `event_sequence`, `event_hash`) holds in place of the person;
    `evidence_sha256`, null for an older one, is the salted digest that it holds of the rest. `annulment` is null as long as
    the acceptance holds.
    """

    quote_id: IdText
    number: str = Field(examples=["Q-2026-00012"])
    command_id: IdText
    version: Ordinal
    content_hash: DigestText
    document_sha256: DigestText | None
    total_price: MoneyText
    currency: CurrencyText
    customer_name: str
    method: AcceptanceMethod
    received_at: InstantText
    valid_until: InstantText
    page_opened_at: InstantText | None
    actor: str
    signer_name: str | None
    signer_email: str | None
    purchase_order_number: str | None
    consent_text: str | None
    link_id: IdText | None
    recipient: str | None
    ip: str | None
    user_agent: str | None
    recorded_by: str | None
    proof_sha256: DigestText | None
    selection: list[PickAnswer] | None
    signer_digest: DigestText
    event_sequence: Ordinal
    event_hash: DigestText
    evidence_sha256: DigestText | None
    annulment: AnnulmentAnswer | None
    verification: VerificationAnswer | None = Field(default=None, description="With `verify=true`.")
    links: dict[str, str]

    @classmethod
    def of(cls, evidence: Evidence, annulment: Annulment | None) -> Self:
        """The evidence, whether it was annulled, and where what it speaks of is read."""
        quote = f"{PREFIX}/quotes/{evidence.quote_id}"
        picks = picks_of(evidence.selection)
        return cls(
            quote_id=evidence.quote_id,
            number=evidence.number,
            command_id=evidence.command_id,
            version=evidence.version,
            content_hash=evidence.content_hash,
            document_sha256=evidence.document_sha256,
            actor=evidence.actor,
            signer_name=evidence.signer_name,
            signer_email=evidence.signer_email,
            purchase_order_number=evidence.purchase_order_number,
            consent_text=evidence.consent_text,
            link_id=evidence.link_id,
            recipient=evidence.recipient,
            ip=evidence.ip,
            user_agent=evidence.user_agent,
            recorded_by=evidence.recorded_by,
            proof_sha256=evidence.proof_sha256,
            selection=[PickAnswer.of(pick) for pick in picks] if picks is not None else None,
            event_sequence=evidence.event_sequence,
            event_hash=evidence.event_hash,
            evidence_sha256=evidence.evidence_sha256,
            annulment=AnnulmentAnswer.of(annulment) if annulment else None,
            total_price=str(evidence.price),
            currency=evidence.currency,
            method=as_recorded(AcceptanceMethod, evidence.method),
            signer_digest=evidence.signer,
            customer_name=evidence.customer_name,
            received_at=instants.answered(evidence.received_at),
            valid_until=instants.answered(evidence.valid_until),
            page_opened_at=instants.answered(evidence.page_opened_at),
            links={
                "self": f"{quote}/evidence",
                "pdf": f"{quote}/evidence/pdf",
                "quote": quote,
                "document": f"{quote}/versions/{evidence.version}/pdf",
                **({"proof": f"{PREFIX}/proofs/{evidence.proof_sha256}"} if evidence.proof_sha256 else {}),
            },
        )


routes = router("documents")


_READ = {**READ, **problems(404)}
_BYTES: Responses = {
    **READ,
    **problems(404, 410),
    200: {"content": {PDF: BYTES}, "description": "The PDF, exactly as it was made"},
    304: {"description": "The caller already has it (If-None-Match)"},
}


@routes.head("/quotes/{quote_id}/versions/{number}/pdf", include_in_schema=False)
@routes.get(
    "/quotes/{quote_id}/versions/{number}/pdf",
    operation_id="get_version_pdf",
    summary="Fetch the PDF of a version",
    response_class=Response,
    responses=_BYTES,
)
async def get_version_pdf(
    request: Request, services: ServicesDep, quote_id: Uuid, number: VersionNumber
) -> Response:
    """The PDF of a version that was sent, exactly as recorded; `ETag` and `Content-Digest` are its SHA-256."""
    async with services.database.read() as reading:
        quote = await quote_or_problem(reading, quote_id)
        found = await find_document(reading, quote_id, number, DocumentKind.QUOTE)
    if found is None:
        raise ProblemError(
            "document_not_made", "A version's document is made when it is sent, before its first email."
        )
    return document_answer(request, found, number=quote.number)


@routes.get(
    "/quotes/{quote_id}/evidence",
    operation_id="get_evidence",
    summary="Read the evidence of an acceptance",
    response_model=EvidenceAnswer,
    responses=_READ,
)
async def get_evidence(services: ServicesDep, quote_id: Uuid, verify: Verify = False) -> Response:
    """The evidence of the acceptance, written once: who said yes to what, when, and how; and whether it was annulled
    by agreement. `verify=true` checks the quote's whole record.
    """
    async with services.database.read() as reading:
        annulment = await find_annulment(reading, quote_id)
        answer = EvidenceAnswer.of(await _evidence(reading, quote_id), annulment)
        if checked := await verification(reading, quote_id, wanted=verify):
            answer.verification = checked
    return answered(answer)


@routes.head("/quotes/{quote_id}/evidence/pdf", include_in_schema=False)
@routes.get(
    "/quotes/{quote_id}/evidence/pdf",
    operation_id="get_evidence_pdf",
    summary="Fetch the certificate of an acceptance",
    response_class=Response,
    responses=_BYTES,
)
async def get_evidence_pdf(request: Request, services: ServicesDep, quote_id: Uuid) -> Response:
    """The accepted quote with its certificate; the PDF that was sent is embedded in it."""
    async with services.database.read() as reading:
        evidence = await _evidence(reading, quote_id)
        found = await find_document(reading, quote_id, evidence.version, DocumentKind.ACCEPTANCE)
    if found is None:
        raise ProblemError(
            "document_not_made", "The certificate is made before the first email about the acceptance."
        )
    return document_answer(request, found, number=evidence.number)


async def _evidence(reading: Reading, quote_id: str) -> Evidence:
    evidence = await find_evidence(reading, quote_id)
    if evidence is None:
        await quote_or_problem(reading, quote_id)
        raise ProblemError(
            "quote_not_accepted", "The quote has not been accepted, so there is no evidence of an acceptance."
        )
    return evidence
