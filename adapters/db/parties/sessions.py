"""Who is signed in at the desk: sessions by the digest of their token, and forms that outlive one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from uuid6 import uuid7

from adapters.db.database import Reading, Row, Writing
from adapters.db.tables import staff_forms, staff_sessions, staff_users
from domain.people.roles import ENDED_DAYS, FORM_DAYS, IDLE_HOURS, LONGEST_DAYS, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskUser:
    """One of the shop's people who may sign in, as whom commands name `user:<id>`."""

    id: str
    address: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session, which is over where it was ended, its user's role was taken, or its time is up."""

    id: str
    user: DeskUser
    is_over: bool
    is_revoked: bool
    """Over because the role was taken."""
    was_seen_lately: bool
    """Within SEEN_SECONDS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSession:
    """A session that goes on, as its user and admins see it. `browser` is in words, such as Firefox on Windows."""

    id: str
    browser: str
    created_at: datetime
    seen_at: datetime


SEEN_SECONDS: Final = 60
"""How often it is noted that somebody is there."""
_MOST_FORMS: Final = 20
"""Kept of one person: the oldest makes room."""
_MOST_CHARACTERS: Final = 1024 * 1024
"""Of a form that is kept."""


class FormTooLargeError(Exception):
    """More was typed than is kept beside a session."""


async def find_user(r: Reading, address: str) -> DeskUser | None:
    """Who may sign in by that address (in small letters), or None."""
    row = await r.row(_FIND_USER, {"address": address})
    return desk_user(row) if row else None


async def begin_session(w: Writing, *, user_id: str, token_hash: str, browser: str = "") -> str:
    """Sign the user in; the session's id. Whoever holds the token of that digest is the user from now on."""
    session_id = str(uuid7())
    made = sa.insert(staff_sessions).values(
        id=session_id, user_id=user_id, token_hash=token_hash, browser=browser
    )
    await w.run(made)
    return session_id


async def find_session(r: Reading, token_hash: str) -> Session | None:
    """The session of that token, also one that is over; None for a token that is none."""
    row = await r.row(_FIND_SESSION, {"token_hash": token_hash})
    if row is None:
        return None
    # A person whose role was taken since is nobody here; what they may still see is nothing.
    role = row["role"] or Role.VIEWER
    return Session(
        id=row["session_id"],
        user=desk_user({**row, "role": role}),
        is_over=row["role"] is None or not row["is_live"],
        is_revoked=row["role"] is None,
        was_seen_lately=row["was_seen_lately"],
    )


async def list_sessions(r: Reading, user_id: str) -> list[LiveSession]:
    """Those of a user that go on, the one used last first."""
    rows = await r.rows(_LIST_SESSIONS, {"user_id": user_id})
    return [LiveSession(**{name: row[name] for name in LiveSession.__dataclass_fields__}) for row in rows]


async def see_session(w: Writing, session_id: str) -> None:
    """Note that its user is there: at most once in SEEN_SECONDS, however many requests say so at once."""
    await w.run(_SEE, {"session_id": session_id})


async def end_session(w: Writing, session_id: str, *, user_id: str) -> None:
    """Sign out; nothing where the session is somebody else's."""
    await w.run(_ended().where(staff_sessions.c.id == session_id, staff_sessions.c.user_id == user_id))


async def end_sessions_of(w: Writing, user_id: str) -> None:
    """Sign a user out everywhere."""
    await w.run(_ended().where(staff_sessions.c.user_id == user_id))


async def keep_form(w: Writing, *, user_id: str, path: str, fields: Mapping[str, Sequence[str]]) -> str:
    """Keep what was typed into the form at `path`; the id under which it is found again.

    Of each user the latest few are kept. Raises FormTooLargeError.
    """
    kept = {name: [*values] for name, values in fields.items()}
    if len(json.dumps(kept, ensure_ascii=False)) > _MOST_CHARACTERS:
        raise FormTooLargeError
    form_id = str(uuid7())
    await w.run(sa.insert(staff_forms).values(id=form_id, user_id=user_id, path=path, fields=kept))
    await w.run(_MAKE_ROOM, {"user_id": user_id})
    return form_id


async def find_form(r: Reading, *, form_id: str, user_id: str, path: str) -> dict[str, list[str]] | None:
    """What this user had typed into the form at `path`; None for anybody else, or elsewhere."""
    row = await r.row(_FIND_FORM, {"form_id": form_id, "user_id": user_id, "path": path})
    return dict(row["fields"]) if row else None


async def forget_signed_in(w: Writing) -> int:
    """Delete links, sessions and forms whose time is up; how many rows."""
    return sum([await w.run(statement, days) for statement, days in _FORGET])


def desk_user(row: Row) -> DeskUser:
    return DeskUser(id=row["id"], address=row["address"], name=row["name"], role=Role(row["role"]))


def _ended() -> sa.Update:
    over = sa.func.coalesce(staff_sessions.c.ended_at, sa.func.clock_timestamp())
    return sa.update(staff_sessions).values(ended_at=over)


_users, _sessions = staff_users.c, staff_sessions.c
_FIND_USER: Final = sa.select(staff_users).where(
    _users.address == sa.bindparam("address"), _users.role.is_not(None)
)
_NOW: Final = sa.func.clock_timestamp()
_IS_LIVE: Final = (
    _sessions.ended_at.is_(None)
    & (_sessions.seen_at > _NOW - sa.text(f"interval '{IDLE_HOURS} hours'"))
    & (_sessions.created_at > _NOW - sa.text(f"interval '{LONGEST_DAYS} days'"))
)
_FIND_SESSION: Final = (
    sa.select(
        _sessions.id.label("session_id"),
        _users.id,
        _users.address,
        _users.name,
        _users.role,
        _IS_LIVE.label("is_live"),
        (_sessions.seen_at > _NOW - sa.text(f"interval '{SEEN_SECONDS} seconds'")).label("was_seen_lately"),
    )
    .join(staff_users, _users.id == _sessions.user_id)
    .where(_sessions.token_hash == sa.bindparam("token_hash"))
)
_FIND_FORM: Final = sa.select(staff_forms.c.fields).where(
    staff_forms.c.id == sa.bindparam("form_id"),
    staff_forms.c.user_id == sa.bindparam("user_id"),
    staff_forms.c.path == sa.bindparam("path"),
)
_LIST_SESSIONS: Final = (
    sa.select(staff_sessions)
    .where(_sessions.user_id == sa.bindparam("user_id"), _IS_LIVE)
    .order_by(_sessions.seen_at.desc())
)
_SEE: Final = sa.text(f"""
UPDATE staff_sessions SET seen_at = clock_timestamp()
WHERE id = CAST(:session_id AS uuid) AND ended_at IS NULL AND seen_at < clock_timestamp() - interval '{SEEN_SECONDS} seconds'
""")  # noqa: S608 - our own figure
_MAKE_ROOM: Final = sa.text(f"""
DELETE FROM staff_forms WHERE user_id = CAST(:user_id AS uuid) AND id NOT IN (
    SELECT id FROM staff_forms WHERE user_id = CAST(:user_id AS uuid) ORDER BY created_at DESC LIMIT {_MOST_FORMS}
)
""")  # noqa: S608 - as above
_FORGET: Final[tuple[tuple[sa.TextClause, Mapping[str, int]], ...]] = (
    (sa.text("DELETE FROM staff_sign_ins WHERE expires_at < clock_timestamp() - interval '1 day'"), {}),
    (
        sa.text(
            "DELETE FROM staff_forms WHERE created_at < clock_timestamp() - make_interval(days => :days)"
        ),
        {"days": FORM_DAYS},
    ),
    (
        sa.text("""
DELETE FROM staff_sessions
WHERE least(ended_at, created_at + make_interval(days => :longest)) < clock_timestamp() - make_interval(days => :days)
"""),
        {"longest": LONGEST_DAYS, "days": ENDED_DAYS},
    ),
)
