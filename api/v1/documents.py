"""The documents of a quote, as they were made and sent."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.db.database import Reading
from adapters.db.quotes.acceptances import find_evidence
from adapters.db.quotes.archive import find_document
from api.http.fields import Uuid
from api.http.pdf_answer import PDF, document_answer
from api.http.problem import ProblemError
from api.services import ServicesDep
from api.v1.evidence_view import evidence_data
from api.v1.finding import quote_or_problem
from api.v1.proof_answers import EvidenceAnswer
from api.v1.quotes.history import VersionNumber
from api.v1.router import READ, Responses, problems, router
from api.v1.verifying import Verify, verification
from domain.presentation.document import DocumentKind
from domain.proof.evidence import Evidence

routes = router("documents")


_READ = {**READ, **problems(404)}
_BYTES: Responses = {
    **_READ,
    200: {"content": {PDF: {}}, "description": "The PDF as it was made"},
    304: {"description": "The caller has it already (If-None-Match)"},
}


@routes.head("/quotes/{quote_id}/versions/{number}/pdf", include_in_schema=False)
@routes.get(
    "/quotes/{quote_id}/versions/{number}/pdf",
    operation_id="get_version_pdf",
    response_class=Response,
    responses=_BYTES,
)
async def get_version_pdf(
    request: Request, services: ServicesDep, quote_id: Uuid, number: VersionNumber
) -> Response:
    """The PDF of a version that was sent: the bytes on record; `ETag` and `Content-Digest` are their SHA-256."""
    async with services.database.read() as reading:
        quote = await quote_or_problem(reading, quote_id)
        found = await find_document(reading, quote_id, number, DocumentKind.QUOTE)
    if found is None:
        raise ProblemError(
            "document_not_made", "A version's document is made when it is sent, before its first mail."
        )
    return document_answer(request, found, number=quote.number)


@routes.get(
    "/quotes/{quote_id}/evidence",
    operation_id="get_evidence",
    response_model=EvidenceAnswer,
    responses=_READ,
)
async def get_evidence(services: ServicesDep, quote_id: Uuid, verify: Verify = False) -> Response:
    """The evidence of the acceptance, written once: who said yes to what, when, and how. `verify=true` checks the
    quote's whole record.
    """
    async with services.database.read() as reading:
        evidence = await _evidence(reading, quote_id)
        checked = await verification(reading, quote_id, wanted=verify)
    return JSONResponse({**evidence_data(evidence), **checked})


@routes.head("/quotes/{quote_id}/evidence/pdf", include_in_schema=False)
@routes.get(
    "/quotes/{quote_id}/evidence/pdf",
    operation_id="get_evidence_pdf",
    response_class=Response,
    responses=_BYTES,
)
async def get_evidence_pdf(request: Request, services: ServicesDep, quote_id: Uuid) -> Response:
    """The accepted quote with its certificate; the PDF that was sent is attached inside."""
    async with services.database.read() as reading:
        evidence = await _evidence(reading, quote_id)
        found = await find_document(reading, quote_id, evidence.version, DocumentKind.ACCEPTANCE)
    if found is None:
        raise ProblemError(
            "document_not_made", "The certificate is made before the first mail about the acceptance."
        )
    return document_answer(request, found, number=evidence.number)


async def _evidence(reading: Reading, quote_id: str) -> Evidence:
    evidence = await find_evidence(reading, quote_id)
    if evidence is None:
        await quote_or_problem(reading, quote_id)
        raise ProblemError("quote_not_accepted", "The quote is not accepted: there is no evidence of it.")
    return evidence
