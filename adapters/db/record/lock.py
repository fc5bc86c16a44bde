"""Taking the locks under which a quote is written, and reading what a decision is compared with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from adapters.db import tables as t
from adapters.db.database import Row, Writing
from adapters.db.json_rows import columns
from adapters.db.record.append import ChainTip
from adapters.db.record.offers import named_now
from adapters.db.record.rows import envelope_from, held_link, open_links, quote_from, whole_envelope
from domain.offer.content import VersionContent, content_from_data
from domain.quotes.envelope import CommandRef, Envelope
from domain.quotes.notices import HeldLink
from domain.quotes.payloads import KINDS, AcceptPayload, Payload
from domain.quotes.quote import Quote
from domain.quotes.status import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedCommand:
    """An inbox row under its lock; `outcome` is None while there is none. `whole` is the envelope with all that was asked,
    `priced` the content that was made of it and waits for the decision.
    """

    envelope: Envelope
    whole: Envelope
    priced: VersionContent | None
    quote_id: str
    outcome: str | None
    code: str | None
    base_state_version: int | None

    def is_meant_by(self, decided: CommandRef) -> bool:
        """Whether this is what was decided. Programs from before signals were freed of what is personal, and the runs that
        they began, have the whole of it.
        """
        return decided in (self.envelope.reference, self.whole.reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """What is on record. `links` are those that are not closed, oldest first; `accepted` is what an acceptance told of
    its signer; `salt` is the quote's, for digests of what may have to be forgotten; `named` what
    `domain.proof.counterparties.parties` asks for, where the command sends. `is_preceded` says that the quote's
    inbox holds another command without an outcome, received no later than the one that is locked, or than was asked for.
    """

    head: ChainTip
    quote: Quote | None
    command: LockedCommand | None
    owner: str | None
    contact: str | None
    last_sending: str | None
    links: tuple[HeldLink, ...]
    accepted: AcceptPayload | None
    seller_email: str | None
    salt: bytes
    is_preceded: bool = False
    named: Mapping[str, Any] | None = None

    @property
    def now(self) -> datetime:
        """The one clock's time for this quote."""
        return self.head.now

    @property
    def asked(self) -> Payload | None:
        """What the command tells; None without one."""
        kind = KINDS.get(self.command.envelope.name) if self.command else None
        return kind.from_data(self.command.whole.payload) if self.command and kind else None

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
        head=ChainTip(
            quote_id=quote_id,
            sequence=row["q_last_sequence"] or 0,
            hash=row["q_last_hash"] or "",
            now=row["now"],
        ),
        quote=quote_from(row, "q_") if row["q_id"] else None,
        command=_command(row) if row["id"] else None,
        owner=row["q_owner"],
        contact=row["q_contact"],
        named=row["named"],
        last_sending=row["q_last_sending"],
        links=tuple(held_link(link) for link in row["links"] or ()),
        accepted=AcceptPayload.from_data(row["accepted"]) if row["accepted"] else None,
        seller_email=row["seller_email"],
        salt=bytes(row["q_salt"] or b""),
        is_preceded=row["is_preceded"],
    )


def _command(row: Row) -> LockedCommand:
    return LockedCommand(
        envelope=envelope_from(row),
        whole=whole_envelope(row),
        priced=content_from_data(row["priced"]) if row["priced"] else None,
        quote_id=str(row["quote_id"]),
        outcome=row["outcome"],
        code=row["code"],
        base_state_version=row["base_state_version"],
    )


_QUOTE: Final = columns(t.quotes, without=["salt"])
_COMMAND: Final = [
    *("id", "quote_id", "name", "actor", "payload", "expected_state_version", "shown_version"),
    *("schema_version", "received_at", "outcome", "code", "base_state_version", "priced"),
]

# Each part with FOR UPDATE gives its row as it is once the lock is had. The rest of the statement sees what was
# committed when it began: links of a later sending may be missing, but then the state version has moved on too, and one
# that was closed meanwhile may still be there.
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
    {open_links("quote.q_id")} AS links,
    (
        SELECT jsonb_build_object(
            'signer_name', signer_name, 'signer_email', signer_email, 'purchase_order_number', purchase_order_number
        ) FROM acceptances WHERE quote_id = quote.q_id
    ) AS accepted,
    CASE WHEN command.name = '{Action.SEND}' THEN {named_now("quote.q_owner", "quote.q_customer_id")} END AS named
FROM seller LEFT JOIN command ON true LEFT JOIN quote ON true
""")  # noqa: S608 - built from the names in `tables` alone
