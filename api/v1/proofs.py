"""Files kept as proof of an acceptance that did not come online."""

from http import HTTPStatus
from typing import Self

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.db.quotes.proofs import Proof, find_proof, keep_proof
from api.http.auth import actor_of
from api.http.downloads import file_answer
from api.http.fields import Sha256
from api.http.file_body import MEDIA_TYPES, read_file
from api.http.problem import ProblemError
from api.json_answer import Answer, Count, DigestText, InstantText, answered
from api.services import ServicesDep
from api.v1.router import CHANGE, PREFIX, READ, problems, router
from domain import instants


class ProofAnswer(Answer):
    """A file kept as proof of an acceptance, by the SHA-256 of its bytes."""

    sha256: DigestText
    media_type: str = Field(examples=["application/pdf"])
    size: Count
    created_at: InstantText
    links: dict[str, str]

    @classmethod
    def of(cls, proof: Proof) -> Self:
        """The file as it is kept, without its bytes."""
        return cls(
            sha256=proof.sha256,
            media_type=proof.media_type,
            size=len(proof.content),
            created_at=instants.answered(proof.created_at),
            links={"self": _address(proof)},
        )


routes = router("documents")
SUFFIXES = dict(zip(MEDIA_TYPES, ("pdf", "png", "jpg", "eml", "txt"), strict=True))
"""How names of files of each type end."""
_ANY_FILE = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in MEDIA_TYPES}

_SOME_FILE = {
    media_type: {"schema": {**file["schema"], "minLength": 1}} for media_type, file in _ANY_FILE.items()
}


@routes.post(
    "/proofs",
    operation_id="store_proof",
    summary="Store a proof of an acceptance",
    status_code=HTTPStatus.CREATED,
    response_model=ProofAnswer,
    responses=CHANGE,
    openapi_extra={"requestBody": {"required": True, "content": _SOME_FILE}},
)
async def store_proof(request: Request, services: ServicesDep) -> Response:
    """Keep a file of at most 5 MiB, such as a purchase order, an email or a note. Give its `sha256` when you
    record the acceptance. The same bytes again are the same proof.
    """
    content, media_type = await read_file(request)
    async with services.database.write() as writing:
        kept = await keep_proof(writing, content, media_type=media_type, stored_by=actor_of(request))
    return answered(ProofAnswer.of(kept), HTTPStatus.CREATED, {"Location": _address(kept)})


@routes.head("/proofs/{sha256}", include_in_schema=False)
@routes.get(
    "/proofs/{sha256}",
    operation_id="get_proof",
    summary="Fetch a proof of an acceptance",
    response_class=Response,
    responses={
        **READ,
        **problems(404, 410),
        200: {"content": _ANY_FILE, "description": "The file, exactly as it was stored"},
    },
)
async def get_proof(services: ServicesDep, sha256: Sha256) -> Response:
    """The file as a download; it is never shown in a browser as a page of this site."""
    async with services.database.read() as reading:
        found = await find_proof(reading, sha256)
    if found is None:
        raise ProblemError("proof_not_found", "There is no file with this digest.")
    if not found.content:
        raise ProblemError("forgotten", "Somebody named in this file was forgotten, and it was emptied.")
    name = f"proof-{found.sha256[:12]}.{SUFFIXES[found.media_type]}"
    return file_answer(found.content, found.media_type, sha256=found.sha256, name=name)


def _address(proof: Proof) -> str:
    return f"{PREFIX}/proofs/{proof.sha256}"
