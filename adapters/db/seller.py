"""The seller's row: there is always exactly one."""

from dataclasses import asdict
from typing import Final

import sqlalchemy as sa

from adapters.db.database import Reading, Row, Writing
from adapters.db.parties import Seller
from adapters.db.tables import seller as table


async def get_seller(r: Reading) -> Seller:
    """The seller; its defaults until one is put."""
    row = await r.row(_GET)
    if row is None:
        raise AssertionError("the migration makes the row and nothing removes it")
    return seller_from(row)


async def put_seller(w: Writing, seller: Seller) -> None:
    """Replace the seller. Versions sent before keep the seller they were sent by."""
    await w.run(sa.update(table).values(**{**asdict(seller), "address": list(seller.address)}))


def seller_from(row: Row, prefix: str = "") -> Seller:
    """A row of `seller` whose columns are named with `prefix`, or a copy of it kept with a version."""
    values = {name: row[prefix + name] for name in Seller.__dataclass_fields__}
    return Seller(**{**values, "address": tuple(values["address"])})


_GET: Final = sa.select(table)
