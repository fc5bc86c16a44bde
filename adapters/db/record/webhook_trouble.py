"""Trouble of webhooks: which have any, and of what the shop's admins are told by email. A row for each trouble and reader
lets each hear of it once. The rows are there as long as the trouble, and are gone when it is over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from adapters.db.database import Reading, Row, Writing
from domain.people.roles import Role
from domain.proof.feed_event import WebhookStatus, WebhookTrouble
from domain.quotes.notices import DeliveryStatus

LATEST: Final = 1_000
"""So many of an endpoint's newest events count where it is asked whether some were given up."""

_ERROR_LENGTH: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class UntoldTrouble:
    """Somebody who has not been told of a trouble yet. `began_at` is by the workflow's clock. Without an admin it is the shop
    itself, which has no `name`, and perhaps no `address`.
    """

    id: str
    endpoint_id: str
    kind: WebhookTrouble
    url: str
    description: str | None
    reason: str
    began_at: datetime
    created_at: datetime
    address: str | None
    name: str | None


async def troubled(r: Reading, *, latest: int | None = None) -> Sequence[Row]:
    """Endpoints that are disabled by their receiver, have parked events, or some that have waited for an hour. `latest`: among
    so many events of each, the newest ones, parked ones are looked for; among all that are kept where it is None.
    """
    return await r.rows(_TROUBLED, {"latest": latest})


async def note_disabled(w: Writing, endpoint_id: str, why: str, now: datetime) -> None:
    """The endpoint has just been disabled by us: each admin is to be told."""
    await end_disabled(w, endpoint_id)
    await _note(w, endpoint_id, WebhookTrouble.DISABLED, why, now)


async def end_disabled(w: Writing, endpoint_id: str) -> None:
    """Somebody has settled it; who was not told yet need not be."""
    await w.run(_END, {"endpoint_id": endpoint_id, "kind": WebhookTrouble.DISABLED})


async def note_parked(w: Writing, endpoint_id: str, why: str, now: datetime) -> None:
    """An event is about to be parked: each admin is to be told, unless that trouble is there already. It is over when none of
    the endpoint's LATEST events is parked any more.
    """
    await w.run(_END_PARKED, {"endpoint_id": endpoint_id})
    await _note(w, endpoint_id, WebhookTrouble.PARKED, why, now)


async def _note(w: Writing, endpoint_id: str, kind: WebhookTrouble, why: str, now: datetime) -> None:
    values = {"endpoint_id": endpoint_id, "kind": kind, "reason": why[:_ERROR_LENGTH], "now": now}
    await w.run(_ADD, values)


async def untold(r: Reading, endpoint_id: str, now: datetime) -> Sequence[UntoldTrouble]:
    """Those whose next attempt is due."""
    rows = await r.rows(_UNTOLD, {"endpoint_id": endpoint_id, "now": now})
    return [UntoldTrouble(**{**row, "kind": WebhookTrouble(row["kind"])}) for row in rows]


async def next_telling(r: Reading, endpoint_id: str, now: datetime) -> datetime | None:
    """When the next attempt is due; None where everybody was told."""
    found: datetime | None = await r.value(_NEXT, {"endpoint_id": endpoint_id, "now": now})
    return found


async def note_telling(
    w: Writing,
    trouble_id: str,
    status: DeliveryStatus,
    *,
    error: str | None = None,
    again_at: datetime | None = None,
) -> None:
    """How an attempt at an email went, and when the next one is."""
    values: dict[str, Any] = {"id": trouble_id, "status": status, "again_at": again_at}
    await w.run(_TOLD, {**values, "error": error[:_ERROR_LENGTH] if error else None})


_PENDING: Final = f"status = '{DeliveryStatus.PENDING}'"
_OF: Final = "endpoint_id = CAST(:endpoint_id AS uuid)"
_ADD: Final = sa.text(f"""
WITH admins AS (SELECT id FROM staff_users WHERE role = '{Role.ADMIN}')
INSERT INTO webhook_trouble (endpoint_id, kind, reason, began_at, user_id)
SELECT CAST(:endpoint_id AS uuid), CAST(:kind AS text), CAST(:reason AS text), CAST(:now AS timestamptz), id
FROM (SELECT id FROM admins UNION ALL SELECT NULL WHERE NOT EXISTS (SELECT FROM admins)) AS readers
WHERE NOT EXISTS (SELECT FROM webhook_trouble WHERE {_OF} AND kind = CAST(:kind AS text))
""")  # noqa: S608 - words of the domain
_END: Final = sa.text(f"DELETE FROM webhook_trouble WHERE {_OF} AND kind = CAST(:kind AS text)")  # noqa: S608 - as above
_END_PARKED: Final = sa.text(f"""
DELETE FROM webhook_trouble WHERE {_OF} AND kind = '{WebhookTrouble.PARKED}' AND NOT EXISTS (
    SELECT FROM (
        SELECT status FROM webhook_deliveries WHERE {_OF} ORDER BY created_at DESC, event_id DESC LIMIT {LATEST}
    ) AS newest WHERE status = '{WebhookStatus.PARKED}'
)
""")  # noqa: S608 - as above
_UNTOLD: Final = sa.text(f"""
SELECT CAST(t.id AS text) AS id, CAST(t.endpoint_id AS text) AS endpoint_id, t.kind, e.url, e.description, t.reason,
    t.began_at, t.created_at, coalesce(u.address, (SELECT email FROM seller)) AS address, u.name
FROM webhook_trouble AS t JOIN webhook_endpoints AS e ON e.id = t.endpoint_id LEFT JOIN staff_users AS u ON u.id = t.user_id
WHERE t.{_OF} AND t.{_PENDING} AND coalesce(t.next_attempt_at <= CAST(:now AS timestamptz), true)
ORDER BY t.created_at, t.id
""")  # noqa: S608 - as above
_NEXT: Final = sa.text(f"""
SELECT min(coalesce(next_attempt_at, CAST(:now AS timestamptz))) FROM webhook_trouble WHERE {_OF} AND {_PENDING}
""")  # noqa: S608 - as above
_TOLD: Final = sa.text("""
UPDATE webhook_trouble SET status = CAST(:status AS text), attempts = attempts + 1, last_error = CAST(:error AS text),
    next_attempt_at = CAST(:again_at AS timestamptz)
WHERE id = CAST(:id AS uuid)
""")
_TROUBLED: Final = sa.text(f"""
SELECT id, url, description, disabled_at, disabled_reason, parked,
    CASE WHEN waits_since < clock_timestamp() - interval '1 hour' THEN waits_since END AS waits_since
FROM (
    SELECT e.*, (SELECT count(*) FROM (
            SELECT status FROM webhook_deliveries WHERE endpoint_id = e.id
            ORDER BY created_at DESC, event_id DESC LIMIT CAST(:latest AS integer)
        ) AS newest WHERE status = '{WebhookStatus.PARKED}') AS parked,
        (SELECT min(created_at) FROM webhook_deliveries WHERE endpoint_id = e.id AND status = '{WebhookStatus.PENDING}') AS waits_since
    FROM webhook_endpoints AS e
) AS e
WHERE disabled_reason IS NOT NULL
    OR disabled_at IS NULL AND (parked > 0 OR waits_since < clock_timestamp() - interval '1 hour')
ORDER BY created_at, id
""")  # noqa: S608 - literals
