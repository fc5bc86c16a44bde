"""The quote's document as PDF."""

from collections.abc import Callable
from contextlib import suppress

from adapters.pdf.typesetter import DocumentError, Typesetter
from domain.presentation.certificate import Certificate
from domain.presentation.document import QuoteDocument


class QuotePdf:
    """Sets quotes: A4 or Letter, tagged, PDF/A-3a and PDF/UA-1. Equal documents are equal bytes."""

    def __init__(self, typesetter: Typesetter) -> None:
        self._typesetter = typesetter

    def quote(self, document: QuoteDocument) -> bytes:
        """The PDF of one version. Raises DocumentError."""
        return with_logo(
            document.offer.seller.picture,
            lambda logo: self._typesetter.set(
                "quote.typ", {**document.to_data(), "logo": logo}, dated=document.sent_at
            ),
        )

    def acceptance(self, certificate: Certificate, original: bytes) -> bytes:
        """The PDF of an accepted version with the certificate behind it, and `original`, the PDF that was sent,
        attached. Raises DocumentError.
        """
        data = {**certificate.to_data(), "original": list(original)}
        return with_logo(
            certificate.document.offer.seller.picture,
            lambda logo: self._typesetter.set(
                "acceptance.typ", {**data, "logo": logo}, dated=certificate.evidence.received_at
            ),
        )


def with_logo(picture: bytes | None, make: Callable[[list[int] | None], bytes]) -> bytes:
    """What `make` makes with the logo's bytes; without one where there is none, or it cannot be drawn.

    A broken logo must hold up no quote.
    """
    if picture is not None:
        with suppress(DocumentError):
            return make(list(picture))
    return make(None)
