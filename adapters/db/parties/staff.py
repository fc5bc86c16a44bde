"""The shop's people, by their addresses."""

from dataclasses import asdict, dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adapters.db.database import Reading, Writing
from adapters.db.tables import commands, quote_events, staff_users
from domain.people.roles import USER


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffUser:
    """One of the shop's people: the offers of whom `address` owns name this person. The address is in small letters."""

    address: str
    name: str
    phone: str | None = None


async def put_staff(w: Writing, user: StaffUser) -> None:
    """Add the person, or change name and phone of who is there. Versions sent before keep theirs."""
    new = insert(staff_users).values(**asdict(user))
    changed = {"name": user.name, "phone": user.phone, "updated_at": sa.func.clock_timestamp()}
    await w.run(new.on_conflict_do_update(index_elements=["address"], set_=changed))


async def has_acted(r: Reading, user_id: str) -> bool:
    """Whether the record names the person as the one who did something."""
    return bool(await r.value(_HAS_ACTED, {"actor": f"{USER}{user_id}"}))


async def remove_staff(w: Writing, address: str) -> bool:
    """Whether there was one of this address, in small letters."""
    gone = sa.delete(staff_users).where(staff_users.c.address == address).returning(staff_users.c.address)
    return await w.row(gone) is not None


# Nothing leads from an actor to what they did: the tables are read through, once for each person who is removed.
_HAS_ACTED: Final = sa.select(
    sa.or_(
        *(
            sa.exists().where(table.c.actor == sa.bindparam("actor", type_=sa.Text))
            for table in (quote_events, commands)
        )
    )
)
