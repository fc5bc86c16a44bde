"""Parts lists as they were read, with what people said about them; and what of that is kept for a customer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from uuid6 import uuid7

from adapters.db.database import Reading, Row, Writing
from adapters.db.tables import customers, kept_list_answers, parts_lists, quotes
from domain.offer.parts_lists.answers import NO_ANSWERS, ListAnswers
from domain.offer.parts_lists.grid import Grid


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredList:
    """A list. Texts in which somebody stood who was forgotten say so."""

    id: str
    customer_id: str | None
    name: str | None
    grid: Grid
    answers: ListAnswers
    quote_id: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCustomer:
    """What reading a list takes of its customer."""

    tier: str
    kept: ListAnswers
    rate_card: str | None


async def store_list(
    w: Writing, grid: Grid, *, customer_id: str | None, name: str | None, answers: ListAnswers, stored_by: str
) -> StoredList:
    """Store a list under a new id."""
    values = {
        "id": str(uuid7()),
        "customer_id": customer_id,
        "name": name,
        "grid": grid.to_data(),
        "answers": answers.to_data(),
        "stored_by": stored_by,
    }
    row = await w.row(sa.insert(parts_lists).values(**values).returning(parts_lists))
    if row is None:
        raise AssertionError("an insert returns its row")
    return _stored(row)


async def find_list(r: Reading, list_id: str, *, lock: bool = False) -> StoredList | None:
    """The list by id, or None. With `lock` whoever else would change it waits for the transaction's end."""
    row = await r.row(_FIND_LOCKED if lock else _FIND, {"list_id": list_id})
    return _stored(row) if row else None


async def change_list(w: Writing, list_id: str, **changes: Any) -> StoredList | None:
    """Set `customer_id`, `answers` or `quote_id`; the list as changed, or None if unknown."""
    answers = changes.get("answers")
    values = {**changes, **({"answers": answers.to_data()} if isinstance(answers, ListAnswers) else {})}
    changed = (
        sa.update(parts_lists)
        .where(_lists.id == list_id)
        .values(**values, updated_at=sa.func.clock_timestamp())
        .returning(*_LIST)
    )
    row = await w.row(changed)
    return _stored(row) if row else None


async def find_list_customer(r: Reading, customer_id: str) -> ListCustomer | None:
    """What reading a list takes of this customer, or None where there is none."""
    row = await r.row(_CUSTOMER, {"customer_id": customer_id})
    if row is None:
        return None
    kept = ListAnswers.from_data(row["answers"]) if row["answers"] else NO_ANSWERS
    return ListCustomer(tier=row["customer_tier"], kept=kept, rate_card=row["rate_card"])


async def keep_answers(w: Writing, customer_id: str, answers: ListAnswers) -> None:
    """Keep what holds for the customer's next list, in place of what was kept before."""
    values = {"customer_id": await w.value(_STAYED, {"id": customer_id}), "answers": answers.to_data()}
    new = insert(kept_list_answers).values(**values)
    await w.run(
        new.on_conflict_do_update(
            index_elements=["customer_id"],
            set_={"answers": new.excluded.answers, "updated_at": sa.func.clock_timestamp()},
        )
    )


def _stored(row: Row) -> StoredList:
    values = {
        **{name: row[name] for name in ("id", "customer_id", "name", "quote_id", "created_at", "updated_at")},
        "grid": Grid.from_data(row["grid"]),
        "answers": ListAnswers.from_data(row["answers"]),
    }
    return StoredList(**values)


_lists, _kept = parts_lists.c, kept_list_answers.c
_QUOTE: Final = sa.select(quotes.c.id).where(quotes.c.id == _lists.quote_id).scalar_subquery()
_LIST: Final = (*(each for each in _lists if each.name != "quote_id"), _QUOTE.label("quote_id"))
"""A list without a quote that is named and not recorded: it is still to be decided, or was refused."""
_FIND: Final = sa.select(*_LIST).where(_lists.id == sa.bindparam("list_id"))
_FIND_LOCKED: Final = _FIND.with_for_update(of=parts_lists)
_stayed = sa.func.coalesce(customers.c.merged_into, customers.c.id)
_STAYED: Final = sa.select(_stayed).where(customers.c.id == sa.bindparam("id"))
_CUSTOMER: Final = (
    sa.select(customers.c.customer_tier, customers.c.rate_card, _kept.answers)
    .select_from(customers.outerjoin(kept_list_answers, _kept.customer_id == _stayed))
    .where(customers.c.id == sa.bindparam("customer_id"))
)
