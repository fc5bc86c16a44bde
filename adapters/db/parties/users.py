"""Who may sign in at the desk, as what, and when they were last there. Of an address, which is in small letters."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adapters.db.database import Reading, Row, Writing
from adapters.db.parties.sessions import end_sessions_of
from adapters.db.tables import staff_sessions, staff_users
from domain.people.roles import Role


class LastAdminError(Exception):
    """Without this admin nobody could let anybody in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserView:
    """One of the shop's people as a list shows them. Without a `role` they cannot sign in, and offers name them all the
    same. `seen_at` is None for who never was at the desk, or not for long.
    """

    id: str
    address: str
    name: str
    phone: str | None
    role: Role | None
    seen_at: datetime | None


async def list_users(r: Reading) -> list[UserView]:
    """All of the shop's people, those who may sign in first, by name."""
    return [_view(row) for row in await r.rows(_LIST)]


async def find_user_view(r: Reading, user_id: str) -> UserView | None:
    """The person of that id, or None."""
    row = await r.row(_FIND, {"user_id": user_id})
    return _view(row) if row else None


async def find_user_at(r: Reading, address: str) -> UserView | None:
    """The person of that address, or None."""
    row = await r.row(_FIND_AT, {"address": address})
    return _view(row) if row else None


async def let_in(w: Writing, *, address: str, name: str, role: Role) -> bool:
    """Whether the person may sign in from now on, which who is there already is known by; False where they could before.

    Name and telephone number of who is there stay.
    """
    new = insert(staff_users).values(address=address, name=name, role=role)
    given = {"role": role, "updated_at": sa.func.clock_timestamp()}
    done = await w.run(
        new.on_conflict_do_update(index_elements=["address"], set_=given, where=staff_users.c.role.is_(None))
    )
    return done == 1


async def put_role(w: Writing, user_id: str, role: Role | None, *, keeps_an_admin: bool) -> bool:
    """Give that role, or take it, which ends all sessions. Whether there is such a person.

    Raises LastAdminError where `keeps_an_admin` and nobody else is one.
    """
    await w.run(_LOCK)
    row = await w.row(sa.select(staff_users.c.role).where(staff_users.c.id == user_id))
    if row is None:
        return False
    if keeps_an_admin and row["role"] == Role.ADMIN and role is not Role.ADMIN:
        others = await w.value(_OTHER_ADMINS, {"user_id": user_id})
        if not others:
            raise LastAdminError
    changed = {"role": role, "updated_at": sa.func.clock_timestamp()}
    await w.run(sa.update(staff_users).where(staff_users.c.id == user_id).values(**changed))
    if role is None:
        await end_sessions_of(w, user_id)
    return True


async def put_name(w: Writing, user_id: str, *, name: str, phone: str | None) -> None:
    """As offers sent from now on name them."""
    changed = {"name": name, "phone": phone, "updated_at": sa.func.clock_timestamp()}
    await w.run(sa.update(staff_users).where(staff_users.c.id == user_id).values(**changed))


def _view(row: Row) -> UserView:
    return UserView(
        id=row["id"],
        address=row["address"],
        name=row["name"],
        phone=row["phone"],
        role=Role(row["role"]) if row["role"] else None,
        seen_at=row["seen_at"],
    )


_users = staff_users.c
_SEEN: Final = (
    sa.select(sa.func.max(staff_sessions.c.seen_at))
    .where(staff_sessions.c.user_id == _users.id)
    .scalar_subquery()
    .label("seen_at")
)
_ALL: Final = sa.select(staff_users, _SEEN)
_LIST: Final = _ALL.order_by(_users.role.is_(None), sa.func.lower(_users.name), _users.address)
_FIND: Final = _ALL.where(_users.id == sa.bindparam("user_id"))
_FIND_AT: Final = _ALL.where(_users.address == sa.bindparam("address"))
_OTHER_ADMINS: Final = (
    sa.select(sa.func.count())
    .select_from(staff_users)
    .where(_users.role == Role.ADMIN, _users.id != sa.bindparam("user_id"))
)
# Two admins who take each other's role at once would both see the other one.
_LOCK: Final = sa.text("SELECT pg_advisory_xact_lock(hashtext('firm-offer staff roles'))")
