"""The seller, of whom there is always exactly one."""

from dataclasses import asdict, dataclass
from typing import Final

import sqlalchemy as sa

from adapters.db.database import Reading, Writing
from adapters.db.tables import seller as seller_row
from domain.presentation.branding import ACCENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """The one seller of this installation. `address` has one line each; `logo` is a data URI, `accent` a colour
    as #rrggbb. Lines that name no tax rate have `tax_rate`, or none because of `no_tax_reason`, unless the customer's says
    otherwise.
    """

    name: str = "Your company"
    email: str | None = None
    phone: str | None = None
    address: tuple[str, ...] = ()
    tax_id: str | None = None
    logo: str | None = None
    time_zone: str = "UTC"
    currency: str = "EUR"
    language: str = "en"
    terms: str = ""
    consent_text: str = "I accept this quote on behalf of my company and order the parts it lists."
    paper: str = "a4"
    accent: str = ACCENT
    tax_rate: str | None = None
    no_tax_reason: str | None = None


async def get_seller(r: Reading) -> Seller:
    """The seller; its defaults until one is put."""
    seller = await find_seller(r)
    if seller is None:
        raise AssertionError("the migration makes the row and nothing removes it")
    return seller


async def find_seller(r: Reading) -> Seller | None:
    """The seller, or None where somebody has removed the row by hand."""
    row = await r.row(_GET_SELLER)
    if row is None:
        return None
    values = {name: row[name] for name in Seller.__dataclass_fields__}
    return Seller(**{**values, "address": tuple(values["address"])})


async def put_seller(w: Writing, seller: Seller) -> None:
    """Replace the seller. Versions sent before keep the seller they were sent by."""
    await w.run(sa.update(seller_row).values(**{**asdict(seller), "address": list(seller.address)}))


_GET_SELLER: Final = sa.select(seller_row)
