"""Makes the documents that go out: each once, from the record, and kept as it was made."""

import asyncio

from adapters.db.database import Database
from adapters.db.quotes.archive import (
    ArchivedDocument,
    find_document,
    find_evidence,
    find_letter,
    keep_document,
)
from adapters.pdf.quotes import QuotePdf
from domain.presentation.certificate import Certificate
from domain.presentation.document import DocumentKind


class DocumentMissingError(Exception):
    """There is nothing to make the document of."""


class Documents:
    """The documents of quotes, made when they are first needed."""

    def __init__(self, database: Database, pdf: QuotePdf) -> None:
        self._database = database
        self._pdf = pdf

    async def quote(self, quote_id: str, version: int) -> ArchivedDocument:
        """The document of a version that was sent. Two workers at once make the same bytes; one is kept.

        Raises DocumentMissingError for a version that was not sent, DocumentError where it cannot be set.
        """
        async with self._database.read() as r:
            kept = await find_document(r, quote_id, version, DocumentKind.QUOTE)
            letter = None if kept else await find_letter(r, quote_id, version)
        if kept is not None:
            return kept
        if letter is None:
            raise DocumentMissingError("the version was not sent")
        content = await asyncio.to_thread(self._pdf.quote, letter)
        return await self._keep(quote_id, version, DocumentKind.QUOTE, content)

    async def acceptance(self, quote_id: str) -> ArchivedDocument:
        """The accepted quote with the certificate of its acceptance. Raises as `quote` does."""
        async with self._database.read() as r:
            evidence = await find_evidence(r, quote_id)
            if evidence is None:
                raise DocumentMissingError("the quote is not accepted")
            version = evidence.version
            kept = await find_document(r, quote_id, version, DocumentKind.ACCEPTANCE)
            letter = None if kept else await find_letter(r, quote_id, version)
        if kept is not None:
            return kept
        original = await self.quote(quote_id, version)
        if letter is None:
            raise DocumentMissingError("the version was not sent")
        certificate = Certificate(document=letter, evidence=evidence, document_sha256=original.sha256)
        content = await asyncio.to_thread(self._pdf.acceptance, certificate, original.content)
        return await self._keep(quote_id, version, DocumentKind.ACCEPTANCE, content)

    async def _keep(
        self, quote_id: str, version: int, kind: DocumentKind, content: bytes
    ) -> ArchivedDocument:
        async with self._database.write() as w:
            await keep_document(w, quote_id, version, kind, content)
            kept = await find_document(w, quote_id, version, kind)
        if kept is None:
            raise AssertionError("what was kept is there")
        return kept
