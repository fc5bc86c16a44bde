"""Whether a quote's record holds together, as JSON."""

from typing import Any

from domain.proof.stored import QuoteRecord
from domain.proof.verify import verify


def verification_data(record: QuoteRecord) -> dict[str, Any]:
    """What `firm-offer verify` says of the quote: everything that does not match, the cause first."""
    mismatches = verify(record)
    return {
        "sound": not mismatches,
        "events": len(record.events),
        "versions": len(record.versions),
        "documents": len(record.documents),
        "mismatches": [
            {"place": each.place, "what": each.what, "expected": each.expected, "found": each.found}
            for each in mismatches
        ],
    }
