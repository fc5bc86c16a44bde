"""The seller's row: there is always exactly one."""

from adapters.db.database import Reading, Writing
from adapters.db.parties import Seller


async def get_seller(r: Reading) -> Seller:
    """The seller; its defaults until one is put."""
    raise NotImplementedError


async def put_seller(w: Writing, seller: Seller) -> None:
    """Replace the seller. Versions sent before keep the seller they were sent by."""
    raise NotImplementedError
