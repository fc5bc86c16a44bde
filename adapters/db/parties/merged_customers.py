"""Customers that are one: the record of the one leads on to the other from then on.

Quotes keep the id of the customer they were made for, which their events and workflows hold. The row of that id gets, and
keeps, the facts of the customer that stayed, so whatever joins a quote with its customer reads those.
"""

from dataclasses import asdict
from typing import Final

import sqlalchemy as sa

from adapters.db.database import Writing
from adapters.db.parties.customers import CustomerView, change_customer, find_customer
from adapters.db.quotes.parts_lists import find_list_customer, keep_answers
from adapters.db.tables import customers, parts_lists
from domain.people.merging import facts_after


class MergedElsewhereError(Exception):
    """The customer was merged already, into another one."""


class SameCustomerError(Exception):
    """Both ids are of one customer."""


async def merge_customers(w: Writing, customer_id: str, *, into: str) -> CustomerView | None:
    """Let the customer `customer_id` be one with `into`, for good; the one that stays, or None where either is unknown. Done
    again it changes nothing.

    Raises MergedElsewhereError, SameCustomerError, TooManyContactsError.
    """
    stays = await find_customer(w, into)
    if stays is None:
        return None
    ids = sorted({customer_id, stays.id})
    rows = {row["id"]: row for row in await w.rows(_LOCKED, {"ids": ids})}
    if customer_id == into:
        raise SameCustomerError
    if customer_id not in rows:
        return None
    if rows[stays.id]["merged_into"] is not None:  # meanwhile
        return await merge_customers(w, customer_id, into=into)
    leads_to = rows[customer_id]["merged_into"]
    if leads_to is not None:
        if leads_to != stays.id:
            raise MergedElsewhereError
        return stays
    goes = await find_customer(w, customer_id)
    stays = await find_customer(w, stays.id)
    if goes is None or stays is None:
        raise AssertionError("both are locked")
    if goes.id == stays.id:
        raise SameCustomerError
    changes = facts_after(asdict(stays), asdict(goes))
    await _hand_over_lists(w, goes.id, stays.id)
    await w.run(_LEAD_ON, {"goes": goes.id, "stays": stays.id})
    # Also where nothing changes for the one that stays: the other gets its facts by this.
    return await change_customer(w, stays.id, changes or {"name": stays.name})


async def _hand_over_lists(w: Writing, goes: str, stays: str) -> None:
    """Parts lists, and what was said about them: of two answers to one question that of the one that stays."""
    await w.run(_LISTS, {"goes": goes, "stays": stays})
    theirs, ours = await find_list_customer(w, goes), await find_list_customer(w, stays)
    if theirs is not None and ours is not None:
        await keep_answers(w, stays, theirs.kept.with_more(ours.kept))


_c = customers.c
_ID: Final = _c.id.type
_LOCKED: Final = (
    sa.select(_c.id, _c.merged_into)
    .where(_c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(_ID))))
    .order_by(_c.id)
    .with_for_update()
)
_GOES, _STAYS = sa.bindparam("goes", type_=_ID), sa.bindparam("stays", type_=_ID)
_LEAD_ON: Final = (
    sa.update(customers).where((_c.id == _GOES) | (_c.merged_into == _GOES)).values(merged_into=_STAYS)
)
_LISTS: Final = sa.update(parts_lists).where(parts_lists.c.customer_id == _GOES).values(customer_id=_STAYS)
