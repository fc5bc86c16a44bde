"""The shop's people, by their addresses."""

from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adapters.db.database import Writing
from adapters.db.tables import staff_users


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


async def remove_staff(w: Writing, address: str) -> bool:
    """Whether there was one of this address, in small letters."""
    gone = sa.delete(staff_users).where(staff_users.c.address == address).returning(staff_users.c.address)
    return await w.row(gone) is not None
