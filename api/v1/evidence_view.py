"""The evidence of an acceptance as JSON."""

from typing import Any

from api.http.times import instant
from api.v1.quotes.quote_view import PREFIX
from domain.proof.evidence import Evidence

_AS_IT_IS = (
    *("quote_id", "number", "command_id", "version", "content_hash", "document_sha256", "actor"),
    *("signer_name", "signer_email", "purchase_order_number", "consent_text", "link_id", "recipient"),
    *("ip", "user_agent", "recorded_by", "proof_sha256", "event_sequence", "event_hash"),
)


def evidence_data(evidence: Evidence) -> dict[str, Any]:
    """What is on record of an acceptance. `signer_digest` is what the event holds in place of the person."""
    quote = f"{PREFIX}/quotes/{evidence.quote_id}"
    return {
        **{name: getattr(evidence, name) for name in _AS_IT_IS},
        "total_price": str(evidence.total),
        "currency": evidence.total.currency,
        "method": str(evidence.method),
        "signer_digest": evidence.signer,
        "customer_name": evidence.customer_name,
        "received_at": instant(evidence.received_at),
        "valid_until": instant(evidence.valid_until),
        "page_opened_at": instant(evidence.page_opened_at),
        "links": {
            "self": f"{quote}/evidence",
            "pdf": f"{quote}/evidence/pdf",
            "quote": quote,
            "document": f"{quote}/versions/{evidence.version}/pdf",
            **({"proof": f"{PREFIX}/proofs/{evidence.proof_sha256}"} if evidence.proof_sha256 else {}),
        },
    }
