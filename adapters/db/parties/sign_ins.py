"""Links that sign somebody in: asked for, opened, used once. Found by the digest of their token."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from adapters.db.database import Reading, Writing
from adapters.db.parties.sessions import DeskUser, desk_user
from adapters.db.tables import staff_sign_ins, staff_users
from domain.people.roles import LINK_MINUTES, LINKS_IN_ALL, LINKS_PER_PERSON, LOCAL_LINK_HOURS


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLink:
    """A link as it is now. `browser_hash` is None where no browser has it yet."""

    user: DeskUser
    browser_hash: str | None
    leads_to: str
    is_used: bool
    is_expired: bool


async def make_link(
    w: Writing, *, address: str, token_hash: str, browser_hash: str, leads_to: str
) -> DeskUser | None:
    """A link for whoever has that address (in small letters) and a role, for the browser of that digest.

    None for anybody else, and for who was sent LINKS_PER_PERSON in the time that one works, or when all of the shop were
    sent LINKS_IN_ALL.
    """
    row = await w.row(_LOCK_USER, {"address": address})
    if row is None:
        return None
    user = desk_user(row)
    made = await w.run(
        _MAKE,
        {
            "token_hash": token_hash,
            "user_id": user.id,
            "browser_hash": browser_hash,
            "leads_to": leads_to,
        },
    )
    return user if made else None


async def make_local_link(w: Writing, *, user_id: str, token_hash: str) -> None:
    """A link that belongs to the first browser that opens it: for the local run alone."""
    await w.run(_MAKE_LOCAL, {"token_hash": token_hash, "user_id": user_id})


async def bind_link(w: Writing, *, token_hash: str, browser_hash: str) -> None:
    """From now on it is that browser's, where it is nobody's yet."""
    await w.run(
        sa.update(staff_sign_ins)
        .where(_links.token_hash == token_hash, _links.browser_hash.is_(None))
        .values(browser_hash=browser_hash)
    )


async def find_link(r: Reading, token_hash: str) -> SignInLink | None:
    """The link of that token; None where there is none, it was forgotten long after its end, or its user's role was taken."""
    row = await r.row(_FIND, {"token_hash": token_hash})
    if row is None:
        return None
    return SignInLink(
        user=desk_user(row),
        browser_hash=row["browser_hash"],
        leads_to=row["leads_to"],
        is_used=row["used_at"] is not None,
        is_expired=row["is_expired"],
    )


async def use_link(w: Writing, *, token_hash: str, browser_hash: str) -> bool:
    """Whether it worked: for one request in the browser that it belongs to, in its time, and for no other ever."""
    return await w.run(_USE, {"token_hash": token_hash, "browser_hash": browser_hash}) == 1


_links = staff_sign_ins.c
_LOCK_USER: Final = (
    sa.select(staff_users)
    .where(staff_users.c.address == sa.bindparam("address"), staff_users.c.role.is_not(None))
    .with_for_update()
)
_MAKE: Final = sa.text(f"""
INSERT INTO staff_sign_ins (token_hash, user_id, browser_hash, leads_to, expires_at)
SELECT :token_hash, CAST(:user_id AS uuid), :browser_hash, :leads_to, clock_timestamp() + interval '{LINK_MINUTES} minutes'
FROM (
    SELECT count(*) AS in_all, count(*) FILTER (WHERE user_id = CAST(:user_id AS uuid)) AS of_person
    FROM staff_sign_ins
    WHERE created_at > clock_timestamp() - interval '{LINK_MINUTES} minutes'
) AS sent
WHERE in_all < {LINKS_IN_ALL} AND of_person < {LINKS_PER_PERSON}
""")  # noqa: S608 - our own figures
_MAKE_LOCAL: Final = sa.text(f"""
INSERT INTO staff_sign_ins (token_hash, user_id, leads_to, expires_at)
VALUES (:token_hash, CAST(:user_id AS uuid), '/desk', clock_timestamp() + interval '{LOCAL_LINK_HOURS} hours')
""")  # noqa: S608 - as above
_FIND: Final = (
    sa.select(
        staff_users,
        _links.browser_hash,
        _links.leads_to,
        _links.used_at,
        (_links.expires_at <= sa.func.clock_timestamp()).label("is_expired"),
    )
    .join(staff_users, staff_users.c.id == _links.user_id)
    .where(_links.token_hash == sa.bindparam("token_hash"), staff_users.c.role.is_not(None))
)
_USE: Final = sa.text("""
UPDATE staff_sign_ins SET used_at = clock_timestamp()
WHERE token_hash = :token_hash AND browser_hash = :browser_hash AND used_at IS NULL AND expires_at > clock_timestamp()
""")
