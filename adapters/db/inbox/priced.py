"""What a command asks to have priced, and what it was priced as: from then until the decision both are in its row."""

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from adapters.db.database import Reading, Row, Writing
from adapters.db.tables import commands, customers, seller
from domain.offer.content import TaxDefault, VersionContent
from domain.offer.to_price import ToPrice, read_to_price
from domain.offer.version import tax_default_of
from domain.quotes.commands import Create, Revise
from domain.rate_cards.dates import DEFAULT_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandToPrice:
    """Beside the command's wish its actor, its customer's tier and the name of their rate card, the seller's currency, and the tax that holds for lines which
    name none: the customer's, else the seller's.
    """

    wish: ToPrice
    actor: str
    customer_tier: str
    currency: str
    tax_default: TaxDefault | None
    rate_card: str


async def find_to_price(r: Reading, *, quote_id: str, command_id: str) -> CommandToPrice | None:
    """None for what is no create or revision of that quote. Raises MalformedCommandError."""
    row = await r.row(_FIND, {"quote": quote_id, "command": command_id})
    if row is None:
        return None
    return CommandToPrice(
        wish=read_to_price(row["payload"]),
        actor=row["actor"],
        customer_tier=row["customer_tier"],
        currency=row["currency"],
        tax_default=_tax_default(row, "customer") or _tax_default(row, "seller"),
        rate_card=row["rate_card"] or DEFAULT_NAME,
    )


def _tax_default(row: Row, of: str) -> TaxDefault | None:
    return tax_default_of(row[f"{of}_tax_rate"], row[f"{of}_no_tax_reason"])


async def keep_priced(w: Writing, command_id: str, content: VersionContent) -> None:
    """Until the command is decided, which takes it away; one that has been decided keeps nothing."""
    await w.run(_KEEP, {"command": command_id, "content": content.to_data()})


_c: Final = commands.c
_COMMAND: Final[Any] = _c.id == sa.bindparam("command", type_=_c.id.type)
_FIND: Final = (
    sa.select(
        _c.payload,
        _c.actor,
        customers.c.customer_tier,
        customers.c.rate_card,
        seller.c.currency,
        *(
            of.c[name].label(f"{whose}_{name}")
            for whose, of in (("customer", customers), ("seller", seller))
            for name in ("tax_rate", "no_tax_reason")
        ),
    )
    .join(customers, customers.c.id == _c.customer_id)
    .join(seller, sa.true())
    .where(
        _COMMAND,
        _c.quote_id == sa.bindparam("quote", type_=_c.quote_id.type),
        _c.name.in_([Create.name, Revise.name]),
    )
)
_KEEP: Final = (
    sa.update(commands)
    .where(_COMMAND, _c.outcome.is_(None))
    .values(priced=sa.bindparam("content", type_=_c.priced.type))
)
