"""The evidence of an acceptance, from the inbox row that asked for it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from domain.proof.verify import evidence_digest
from domain.quotes.envelope import Envelope
from domain.quotes.events import Event, EventType
from domain.quotes.record import RecordRequest

_TYPED: Final = (
    "signer_name",
    "signer_email",
    "purchase_order_number",
    "consent_text",
    "link_id",
    "recipient",
)
_CIRCUMSTANCES: Final = ("ip", "user_agent", "recorded_by", "proof_sha256")


def acceptance_row(request: RecordRequest, envelope: Envelope | None) -> list[dict[str, Any]]:
    """The row of `acceptances` where the request, decided from `envelope`, accepts the quote; else none."""
    event = next((e for e in request.events if e.type is EventType.ACCEPTED), None)
    if event is None or envelope is None or request.quote is None:
        return []
    accepted = request.quote.current
    return [
        {
            "quote_id": request.quote_id,
            "command_id": envelope.command_id,
            "version": accepted.number,
            "content_hash": accepted.content_hash,
            "total": str(accepted.total),
            "currency": accepted.total.currency,
            "signer": event.data["signer"],
            "method": event.data["method"],
            "received_at": envelope.received_at.isoformat(),
            "actor": envelope.actor,
            **{name: _text(envelope.payload, name) for name in (*_TYPED, *_CIRCUMSTANCES)},
            "page_opened_at": _instant(envelope.payload, "page_opened_at"),
        }
    ]


def sealed(events: Sequence[Event], row: Sequence[Mapping[str, Any]], salt: bytes) -> list[Event]:
    """The events, that of the acceptance in `row` with the digest of its evidence: none of it can be changed
    afterwards without being found out.
    """
    return [
        replace(event, data={**event.data, "evidence_sha256": _digest(row[0], salt)})
        if row and event.type is EventType.ACCEPTED
        else event
        for event in events
    ]


def _digest(row: Mapping[str, Any], salt: bytes) -> str:
    opened = row["page_opened_at"]
    return evidence_digest(
        salt, {**row, "page_opened_at": datetime.fromisoformat(opened) if opened else None}
    )


def _text(payload: Mapping[str, Any], name: str) -> str | None:
    value = payload.get(name)
    return value if isinstance(value, str) else None


def _instant(payload: Mapping[str, Any], name: str) -> str | None:
    """What cannot be read is left out: a decision is never held up by its circumstances."""
    try:
        return datetime.fromisoformat(_text(payload, name) or "").isoformat()
    except ValueError:
        return None
