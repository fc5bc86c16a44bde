"""What the pages about the shop's people tell, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from adapters.db.parties.sessions import LiveSession
from adapters.db.parties.users import UserView
from adapters.db.quotes.standing import AmountOut
from domain import instants, wording
from domain.people.roles import Role
from domain.quotes.status import OPEN

ROLES: Final = {
    Role.VIEWER: ("Viewer", "reads everything, changes nothing"),
    Role.SALES: ("Sales", "makes, sends and records quotes"),
    Role.MANAGER: ("Manager", "also sets prices and the seller, and merges customers"),
    Role.ADMIN: ("Admin", "also lets people in, keeps keys, and takes back what binds"),
}
NO_ROLE: Final = "none"
NO_ROLE_WORDS: Final = ("None", "cannot sign in; offers name the person all the same")
USERS: Final = "/desk/settings/users"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownInstant:
    """An instant in words of the shop's zone, and as programs read it."""

    words: str
    stored: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """One of the shop's people in the list. `role` is empty for who cannot sign in."""

    path: str
    name: str
    address: str
    phone: str
    role: str
    is_self: bool
    seen: ShownInstant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotesKept:
    """The open quotes that somebody is in charge of: how many, and where they are listed."""

    count: str
    path: str


def quotes_kept(out: Sequence[AmountOut], address: str) -> QuotesKept | None:
    """None for none."""
    count = sum(each.count for each in out)
    if not count:
        return None
    asked = [*(("status", status) for status in OPEN), ("owner", address)]
    return QuotesKept(count=wording.counted(count, "open quote"), path=f"/desk/quotes?{urlencode(asked)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """Where somebody is signed in."""

    id: str
    browser: str
    is_this: bool
    began: ShownInstant
    seen: ShownInstant


def shown_instant(at: datetime, zone: str) -> ShownInstant:
    """As a page shows it."""
    return ShownInstant(words=wording.local_minute(at, zone), stored=instants.to_the_second(at))


def user_row(view: UserView, *, zone: str, own_id: str) -> UserRow:
    """As the list shows that person to the user of `own_id`."""
    return UserRow(
        path=f"{USERS}/{view.id}",
        name=wording.one_line(view.name),
        address=view.address,
        phone=wording.one_line(view.phone or ""),
        role=view.role or "",
        is_self=view.id == own_id,
        seen=shown_instant(view.seen_at, zone) if view.seen_at else None,
    )


def session_rows(sessions: Sequence[LiveSession], *, zone: str, this: str) -> list[SessionRow]:
    """As a page shows them in the session `this`."""
    return [
        SessionRow(
            id=each.id,
            browser=each.browser or "A browser",
            is_this=each.id == this,
            began=shown_instant(each.created_at, zone),
            seen=shown_instant(each.seen_at, zone),
        )
        for each in sessions
    ]
