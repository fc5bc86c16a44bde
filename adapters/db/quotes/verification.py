"""Records of quotes as they are stored, for `domain.proof.verify`.

One statement reads whole quotes, so that each is seen as of one instant while others write.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa

from adapters.db.database import Database, Reading, Row
from adapters.db.record.rows import quote_from
from domain import instants
from domain.proof.checkpoint import Tip
from domain.proof.mismatch import UNREADABLE
from domain.proof.stored import (
    Beside,
    QuoteRecord,
    StoredAcceptance,
    StoredCommand,
    StoredDocument,
    StoredEnclosure,
    StoredEvent,
    StoredLink,
    StoredMessage,
    StoredVersion,
)
from domain.quotes.envelope import CREATE
from domain.quotes.payloads import AcceptPayload, AnnulPayload, HandOverPayload
from domain.quotes.quote import Quote
from domain.quotes.status import Action, CommandStatus

BATCH: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LostQuote:
    """A quote whose creation was applied, says the inbox, and whose row is not there."""

    quote_id: str
    number: str


async def find_record(r: Reading, quote_id: str) -> QuoteRecord | None:
    """All that is kept of a quote, by its id (a UUID as text), or None."""
    row = await r.row(_BY_ID, {"quote_id": quote_id})
    return _record(row) if row else None


async def find_record_by_number(r: Reading, number: str) -> QuoteRecord | None:
    """All that is kept of a quote, by its number, or None."""
    row = await r.row(_BY_NUMBER, {"number": number})
    return _record(row) if row else None


async def all_records(database: Database, *, batch: int = BATCH) -> AsyncIterator[QuoteRecord]:
    """Every quote, oldest first, read `batch` at a time; no connection is held in between."""
    after = _FIRST
    while True:
        async with database.read() as r:
            rows = await r.rows(_PAGE, {"after": after, "limit": batch})
        for row in rows:
            yield _record(row)
        if len(rows) < batch:
            return
        after = str(rows[-1]["id"])


async def lost_quotes(r: Reading) -> list[LostQuote]:
    """Quotes of which nothing but the command that created them is left."""
    return [LostQuote(quote_id=str(row["quote_id"]), number=row["number"]) for row in await r.rows(_LOST)]


async def all_tips(r: Reading) -> list[Tip]:
    """Where the chain of each quote ends."""
    return [Tip(row["number"], row["last_sequence"], row["last_hash"]) for row in await r.rows(_TIPS)]


async def held_hashes(r: Reading, tips: Sequence[Tip]) -> dict[str, dict[int, str]]:
    """The hashes on record of these quotes at these sequences, by number; a quote that is not there has no entry."""
    asked = {"numbers": [tip.number for tip in tips], "sequences": [tip.sequence for tip in tips]}
    held: dict[str, dict[int, str]] = {}
    for row in await r.rows(_HELD, asked):
        hashes = held.setdefault(row["number"], {})
        if row["hash"] is not None:
            hashes[row["sequence"]] = row["hash"]
    return held


def _record(row: Row) -> QuoteRecord:
    return QuoteRecord(
        quote_id=str(row["id"]),
        number=row["number"],
        snapshot=_snapshot(row),
        last_sequence=row["last_sequence"],
        last_hash=row["last_hash"],
        salt=bytes(row["salt"]),
        recorded_at=row["recorded_at"],
        events=tuple(map(_event, row["event_rows"])),
        versions=tuple(map(_version, row["version_rows"])),
        acceptance=_acceptance(row["acceptance_row"]) if row["acceptance_row"] else None,
        documents=tuple(StoredDocument(**data) for data in row["document_rows"]),
        files=tuple(StoredEnclosure(**data) for data in row["file_rows"]),
        beside=Beside(
            commands=tuple(map(_command, row["command_rows"])),
            links=tuple(StoredLink(**_timed(data)) for data in row["link_rows"]),
            messages=tuple(StoredMessage(**_timed(data)) for data in row["message_rows"]),
        ),
    )


def _snapshot(row: Row) -> Quote | None:
    try:
        return quote_from(row)
    except UNREADABLE:
        return None


def _event(data: dict[str, Any]) -> StoredEvent:
    facts = data["data"] if isinstance(data["data"], dict) else {"": data["data"]}
    return StoredEvent(**{**data, "at": instants.read(data["at"]), "data": facts})


def _version(data: dict[str, Any]) -> StoredVersion:
    created_at = instants.read(data["created_at"])
    return StoredVersion(**{**data, "created_at": created_at, "total": Decimal(data["total"])})


def _acceptance(data: dict[str, Any]) -> StoredAcceptance:
    return StoredAcceptance(**_timed({**data, "total": Decimal(data["total"])}))


def _command(data: dict[str, Any]) -> StoredCommand:
    payload = data.pop("payload")
    told = payload if isinstance(payload, dict) else {}
    return StoredCommand(
        **_timed(data),
        accept=AcceptPayload.from_data(told) if data["name"] == Action.ACCEPT else None,
        annul=AnnulPayload.from_data(told) if data["name"] == Action.ANNUL else None,
        reference=HandOverPayload.from_data(told).reference if data["name"] == Action.HAND_OVER else None,
    )


def _timed(data: dict[str, Any]) -> dict[str, Any]:
    """The instants among a row's values, which end in `_at`, as instants."""
    return {name: instants.read(of) if name.endswith("_at") and of else of for name, of in data.items()}


_FIRST: Final = "00000000-0000-0000-0000-000000000000"
# Totals travel as text: a JSON number would become a float.
_SELECT: Final = f"""
SELECT quotes.*,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'sequence', sequence, 'type', type, 'at', at, 'actor', actor, 'data', data,
            'previous_hash', previous_hash, 'hash', hash, 'cause', cause
        ) ORDER BY sequence), '[]')
        FROM quote_events WHERE quote_id = quotes.id
    ) AS event_rows,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'number', version, 'content', content, 'content_hash', content_hash,
            'total', CAST(total AS text), 'currency', currency, 'created_at', created_at,
            'parties', CASE WHEN parties IS NOT NULL THEN jsonb_build_object(
                'customer_name', customer_name, 'others', parties,
                'seller', seller - 'logo' || jsonb_build_object(
                    'logo_sha256', encode(sha256(convert_to(seller->>'logo', 'UTF8')), 'hex')
                )
            ) END
        ) ORDER BY version), '[]')
        FROM quote_versions WHERE quote_id = quotes.id
    ) AS version_rows,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'version', version, 'kind', kind, 'sha256', sha256,
            'computed_sha256', encode(sha256(content), 'hex')
        ) ORDER BY version, kind), '[]')
        FROM documents WHERE quote_id = quotes.id
    ) AS document_rows,
    (
        SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object(
            'version', version, 'sha256', named->>'sha256',
            'computed_sha256', (SELECT encode(sha256(files.content), 'hex') FROM files WHERE files.sha256 = named->>'sha256')
        )), '[]')
        FROM quote_versions CROSS JOIN jsonb_path_query(quote_versions.content, '$.files[*]') AS named
        WHERE quote_id = quotes.id
    ) AS file_rows,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', id, 'name', name, 'actor', actor, 'received_at', received_at, 'outcome', outcome, 'code', code,
            'base_state_version', base_state_version,
            'payload', CASE WHEN name IN ('{Action.ACCEPT}', '{Action.ANNUL}', '{Action.HAND_OVER}') THEN payload END
        ) ORDER BY received_at, id), '[]')
        FROM commands WHERE quote_id = quotes.id
    ) AS command_rows,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', id, 'viewed_at', viewed_at, 'revoked_at', revoked_at
        ) ORDER BY created_at, id), '[]')
        FROM customer_links WHERE quote_id = quotes.id
    ) AS link_rows,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', id, 'kind', kind, 'audience', audience, 'version', version, 'status', status, 'sent_at', sent_at
        ) ORDER BY created_at, id), '[]')
        FROM messages WHERE quote_id = quotes.id
    ) AS message_rows,
    (
        SELECT to_jsonb(acceptances) || jsonb_build_object(
            'total', CAST(total AS text),
            'stored_at', (SELECT stored_at FROM commands WHERE id = acceptances.command_id),
            'proof_computed', (SELECT encode(sha256(content), 'hex') FROM proofs WHERE sha256 = proof_sha256)
        )
        FROM acceptances WHERE quote_id = quotes.id
    ) AS acceptance_row,
    (SELECT recorded_at FROM quote_events WHERE quote_id = quotes.id AND sequence = 1) AS recorded_at
FROM quotes
"""  # noqa: S608 - built from the words of the domain alone
_BY_ID: Final = sa.text(f"{_SELECT} WHERE id = CAST(:quote_id AS uuid)")
_BY_NUMBER: Final = sa.text(f"{_SELECT} WHERE number = :number")
_PAGE: Final = sa.text(f"{_SELECT} WHERE id > CAST(:after AS uuid) ORDER BY id LIMIT :limit")
_LOST: Final = sa.text(f"""
SELECT quote_id, number FROM commands
WHERE name = '{CREATE}' AND outcome = '{CommandStatus.APPLIED}'
    AND NOT EXISTS (SELECT FROM quotes WHERE quotes.id = commands.quote_id)
ORDER BY quote_id
""")  # noqa: S608 - built from words of the domain alone
_TIPS: Final = sa.text("SELECT number, last_sequence, last_hash FROM quotes")
_HELD: Final = sa.text("""
SELECT asked.number, asked.sequence, quote_events.hash
FROM unnest(CAST(:numbers AS text[]), CAST(:sequences AS integer[])) AS asked (number, sequence)
JOIN quotes ON quotes.number = asked.number
LEFT JOIN quote_events ON quote_events.quote_id = quotes.id AND quote_events.sequence = asked.sequence
""")
