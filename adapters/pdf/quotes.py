"""The quote's document as PDF."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from adapters.pdf.typesetter import DocumentError, Typesetter
from domain.presentation.certificate import Certificate
from domain.presentation.document import QuoteDocument


class QuotePdf:
    """Sets quotes: A4 or Letter, tagged, PDF/A-3a and PDF/UA-1. Equal documents are equal bytes."""

    def __init__(self, typesetter: Typesetter) -> None:
        self._typesetter = typesetter

    def quote(self, document: QuoteDocument) -> bytes:
        """The PDF of one version. Raises DocumentError."""
        return self._set("quote.typ", document, document.to_data(), document.sent_at, {})

    def acceptance(self, certificate: Certificate, original: bytes) -> bytes:
        """The PDF of an accepted version with the certificate behind it, and `original`, the PDF that was sent,
        attached. Raises DocumentError.
        """
        accepted_at, files = certificate.evidence.received_at, {"original": original}
        return self._set("acceptance.typ", certificate.document, certificate.to_data(), accepted_at, files)

    def _set(
        self,
        template: str,
        document: QuoteDocument,
        data: dict[str, Any],
        dated: datetime,
        files: dict[str, bytes],
    ) -> bytes:
        """With the seller's logo; without one where it cannot be drawn: a broken logo must hold up no quote."""
        if picture := document.offer.seller.picture:
            with suppress(DocumentError):
                return self._typesetter.set(template, data, dated=dated, files={**files, "logo": picture})
        return self._typesetter.set(template, data, dated=dated, files=files)
