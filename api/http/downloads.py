"""Files as answers: the bytes that were kept, with their digest."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from adapters.db.quotes.archive import ArchivedDocument
from api.http.problem import ProblemError

PDF: Final = "application/pdf"
BYTES: Final = {"schema": {"type": "string", "format": "binary"}}
"""A file, for the OpenAPI document. Generators of clients know this way of saying it; JSON Schema's own, none of them does."""


def document_answer(
    request: Request, document: ArchivedDocument, *, number: str, headers: dict[str, str] | None = None
) -> Response:
    """The PDF of the quote `number`, or 304 where the caller has it already. `Content-Digest` (RFC 9530) is the
    SHA-256 on record. Raises ProblemError 410 `forgotten` for a document that was blanked.
    """
    if not document.content:
        told = f"Somebody named in this document was forgotten. Its SHA-256 was {document.sha256}."
        raise ProblemError("forgotten", told)
    filename = document.kind.filename(number, document.version)
    tag = f'"{document.sha256}"'
    own = {
        "ETag": tag,
        "Content-Digest": f"sha-256=:{b64encode(bytes.fromhex(document.sha256)).decode()}:",
        "Content-Disposition": f'inline; filename="{filename}"',
        "X-Content-Type-Options": "nosniff",
        **(headers or {}),
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=own)
    return Response(document.content, media_type=PDF, headers=own)


def file_answer(
    content: bytes, media_type: str, *, sha256: str, name: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The file as it was stored, as a download: never a page of this site. `name` may have any letters (RFC 6266)."""
    plain = name.encode("ascii", "ignore").decode().replace('"', "")
    unlike = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(
        content,
        media_type=media_type,
        headers={
            **(headers or {}),
            "ETag": f'"{sha256}"',
            "Content-Disposition": f'attachment; filename="{plain}"{unlike}',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )
