"""What the pages about keys tell, in words."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from adapters.db.parties.keys import KeyState, KeyView
from api.desk.shell.checking import TimeShown, moment
from domain.people.scopes import Scope

KEYS: Final = "/desk/settings/keys"
SCOPES: Final = (
    (Scope.READ, "Read: see quotes, customers and prices, and change nothing"),
    (Scope.QUOTE, "Quote: also make, send and change quotes and customers"),
    (Scope.ADMIN, "Admin: everything, prices and keys too"),
)
OVERLAPS: Final = (
    ("0", "Ends at once"),
    ("1", "Works for 1 hour more"),
    ("24", "Works for 1 day more"),
    ("168", "Works for 7 days more"),
    ("720", "Works for 30 days more"),
)
_BADGES: Final = {KeyState.LIVE: "good", KeyState.EXPIRED: "warn", KeyState.REVOKED: "bad"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """A key as the pages show it. `version` changes when it is rotated. Of a key that was ended by hand neither `ends`, the day that
    was set before, nor the secret before counts any more.
    """

    id: str
    path: str
    name: str
    scopes: str
    state: str
    badge: str
    is_live: bool
    made: TimeShown | None
    used: TimeShown | None
    ends: TimeShown | None
    ended: TimeShown | None
    rotated: TimeShown | None
    old_until: TimeShown | None
    old_used: TimeShown | None
    version: str


def key_row(view: KeyView, zone: str) -> KeyRow:
    """The key as it is now."""
    now = datetime.now(UTC)
    state = view.state(now)
    has_old = state is KeyState.LIVE and view.has_old_secret(now)
    return KeyRow(
        id=view.public_id,
        path=f"{KEYS}/{view.public_id}",
        name=view.name,
        scopes=", ".join(view.scopes) or "nothing",
        state=state,
        badge=_BADGES[state],
        is_live=state is KeyState.LIVE,
        made=moment(view.created_at, zone),
        used=moment(view.used_at, zone),
        ends=moment(None if state is KeyState.REVOKED else view.expires_at, zone),
        ended=moment(view.revoked_at, zone),
        rotated=moment(view.rotated_at, zone),
        old_until=moment(view.old_until, zone) if has_old else None,
        old_used=moment(view.old_used_at, zone) if has_old else None,
        version=str(view.rotated_at or ""),
    )
