"""Taking the locks under which a quote is written, and reading what a decision is compared with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from adapters.db import tables as t
from adapters.db.database import Row, Writing
from adapters.db.json_rows import columns
from adapters.db.record.append import Head
from adapters.db.record.rows import envelope_from, quote_from
from adapters.db.tables.base import JSON
from domain.quotes.envelope import Envelope
from domain.quotes.payloads import KINDS, Payload
from domain.quotes.quote import Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCommand:
    """An inbox row under its lock; `outcome` is None while there is none."""

    envelope: Envelope
    quote_id: str
    outcome: str | None
    code: str | None
    base_state_version: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """What is on record. `audience` maps the addresses of the last sending to their links' ids; `salt` is the quote's, for
    digests of what may have to be forgotten. `is_preceded` says that the quote's inbox holds another command without
    an outcome, received no later than the one that is locked, or than was asked for.
    """

    head: Head
    quote: Quote | None
    command: StoredCommand | None
    owner: str | None
    last_sending: str | None
    audience: Mapping[str, str]
    seller_email: str | None
    salt: bytes
    is_preceded: bool = False

    @property
    def now(self) -> datetime:
        """The one clock's time for this quote."""
        return self.head.now

    @property
    def asked(self) -> Payload | None:
        """What the command tells; None without one."""
        kind = KINDS.get(self.command.envelope.name) if self.command else None
        return kind.from_data(self.command.envelope.payload) if self.command and kind else None

    @property
    def state_version(self) -> int:
        """The recorded state's; 0 before the creation."""
        return self.quote.state_version if self.quote else 0


async def lock(
    w: Writing,
    quote_id: str,
    command_id: str | None,
    *,
    until: datetime | None = None,
    besides: Sequence[str] = (),
) -> Locked:
    """Lock the inbox row (if a command is named), then the quote's row; both as they are once locked. Whether anything
    precedes is asked of the inbox as it is then: before the command, else before `until`; `besides` does not count.

    A quote that was created while the inbox row's lock was waited for is not seen: look at the command's
    outcome first.
    """
    asked = {"quote_id": quote_id, "command_id": command_id, "until": until, "besides": list(besides)}
    row = await w.row(_LOCK, asked)
    if row is None:
        raise AssertionError("a statement without a source answers with one row")
    return Locked(
        head=Head(
            quote_id=quote_id,
            sequence=row["q_last_sequence"] or 0,
            hash=row["q_last_hash"] or "",
            now=row["now"],
        ),
        quote=quote_from(row, "q_") if row["q_id"] else None,
        command=_command(row) if row["id"] else None,
        owner=row["q_owner"],
        last_sending=row["q_last_sending"],
        audience=row["audience"] or {},
        seller_email=row["seller_email"],
        salt=bytes(row["q_salt"] or b""),
        is_preceded=row["is_preceded"],
    )


def _command(row: Row) -> StoredCommand:
    return StoredCommand(
        envelope=envelope_from(row),
        quote_id=str(row["quote_id"]),
        outcome=row["outcome"],
        code=row["code"],
        base_state_version=row["base_state_version"],
    )


_QUOTE: Final = columns(t.quotes, without=["salt"])
_COMMAND: Final = [
    *("id", "quote_id", "name", "actor", "payload", "expected_state_version", "shown_version"),
    *("schema_version", "received_at", "outcome", "code", "base_state_version"),
]
_TYPES: Final[dict[str, Any]] = {"payload": JSON, "q_versions": JSON, "q_acceptance": JSON, "audience": JSON}

# Each part with FOR UPDATE gives its row as it is once the lock is had. The rest of the statement sees what was
# committed when it began: `audience` may be of an older sending, but then the state version has moved on too.
_LOCK = sa.text(f"""
WITH
command AS MATERIALIZED (
    SELECT {", ".join(_COMMAND)} FROM commands WHERE id = CAST(:command_id AS uuid) FOR UPDATE
),
quote AS MATERIALIZED (
    SELECT {", ".join(f"{name} AS q_{name}" for name in _QUOTE)}, salt AS q_salt FROM quotes
    WHERE id = CAST(:quote_id AS uuid) AND (SELECT count(*) FROM command) >= 0
    FOR UPDATE
)
SELECT command.*, quote.*, quote_now(CAST(:quote_id AS uuid)) AS now, seller.email AS seller_email,
    has_undecided_by(
        CAST(:quote_id AS uuid),
        coalesce(command.received_at, CAST(:until AS timestamptz)),
        array_remove(CAST(:besides AS uuid[]) || CAST(:command_id AS uuid), NULL)
    ) AS is_preceded,
    (
        SELECT jsonb_object_agg(recipient, id) FROM customer_links
        WHERE quote_id = quote.q_id AND cause = quote.q_last_sending AND revoked_at IS NULL
    ) AS audience
FROM seller LEFT JOIN command ON true LEFT JOIN quote ON true
""").columns(**_TYPES)  # noqa: S608 - built from the names in `tables` alone
