"""Rate cards: dated, one valid at a time, and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adapters.db.database import Reading, Writing
from adapters.db.tables import rate_cards
from domain.rate_cards.dates import Period, date_problems, gap_warnings
from domain.rate_cards.problems import InvalidRateCardError, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """A stored card. `valid_until` is the end that it states, `holds_until` where it ends because of the next
    card, too; both are the first instant at which it is no longer valid. `active` is whether it is valid now.
    """

    id: str
    data: Mapping[str, Any]
    valid_from: datetime
    valid_until: datetime | None
    holds_until: datetime | None
    active: bool
    created_at: datetime


async def active_card(r: Reading) -> tuple[str, dict[str, Any]] | None:
    """Id and data of the card that is valid now by the database's clock, or None where there is none."""
    row = await r.row(_ACTIVE)
    return (row["id"], row["data"]) if row else None


def active_card_id() -> sa.ScalarSelect[Any]:
    """The id of the card that is valid now, inside a statement."""
    return sa.select(_ACTIVE.subquery().c.id).scalar_subquery()


async def has_cards(r: Reading) -> bool:
    """Whether any card is stored, also one that is not valid yet."""
    return bool(await r.value(sa.select(sa.exists().select_from(rate_cards))))


async def find_card(r: Reading, card_id: str) -> dict[str, Any] | None:
    """A card's data by its id, or None."""
    row = await r.row(_FIND, {"card_id": card_id})
    return row["data"] if row else None


async def view_card(r: Reading, card_id: str) -> CardView | None:
    """A card with its dates by its id, or None."""
    row = await r.row(_VIEW.where(_c.id == card_id))
    return CardView(**row) if row else None


async def list_cards(r: Reading, *, limit: int, after: tuple[datetime, str] | None = None) -> list[CardView]:
    """A page of cards, the last stored first; `after` is (created_at, id) of the last one seen."""
    page = _VIEW
    if after is not None:
        page = page.where(
            sa.tuple_(_c.created_at, _c.id) < sa.tuple_(after[0], sa.cast(after[1], _c.id.type))
        )
    rows = await r.rows(page.order_by(_c.created_at.desc(), _c.id.desc()).limit(limit))
    return [CardView(**row) for row in rows]


async def store_card(
    w: Writing,
    card_id: str,
    data: Mapping[str, Any],
    *,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> bool:
    """Store a card, valid from now if not said otherwise; whether it is new.

    A card that is there already stays as it is. Needs a transaction: whoever stores at the same time waits for
    its end. Raises InvalidRateCardError with `ends_before_it_begins` or `overlapping_dates`, see `date_problems`.
    """
    await w.value(_ONE_AT_A_TIME)
    if await find_card(w, card_id) is not None:
        return False
    begins = valid_from or await _now(w)
    found = date_problems(Period(card_id, begins, valid_until), await _periods(w))
    if found:
        raise InvalidRateCardError(found)
    values = {"id": card_id, "data": dict(data), "valid_from": begins, "valid_until": valid_until}
    await w.run(insert(rate_cards).values(**values))
    return True


async def check_dates(
    r: Reading, card_id: str, *, valid_from: datetime | None, valid_until: datetime | None
) -> tuple[list[Problem], list[Problem]]:
    """What `store_card` would say to these dates, and the gaps in time that it would leave."""
    now = await _now(r)
    new, stored = Period(card_id, valid_from or now, valid_until), await _periods(r)
    return date_problems(new, stored), gap_warnings([*stored, new], now)


async def gaps_in_time(r: Reading) -> list[Problem]:
    """A remark for each time from now on in which no stored card is valid."""
    return gap_warnings(await _periods(r), await _now(r))


async def _periods(r: Reading) -> list[Period]:
    rows = await r.rows(sa.select(_c.id, _c.valid_from, _c.valid_until))
    return [Period(row["id"], row["valid_from"], row["valid_until"]) for row in rows]


async def _now(r: Reading) -> datetime:
    now: datetime = await r.value(sa.select(sa.func.clock_timestamp()))
    return now


_c = rate_cards.c
# Readers, and calculations that name a card, do not wait for this; other cards do. No lock of the table: who takes
# one may empty it. The number is any that nothing else locks in the same database.
_ONE_AT_A_TIME: Final = sa.select(sa.func.pg_advisory_xact_lock(4_711_202_602))
_FIND: Final = sa.select(_c.data).where(_c.id == sa.bindparam("card_id"))
_LATEST: Final = (
    sa.select(_c.id, _c.data, _c.valid_until)
    .where(_c.valid_from <= sa.func.clock_timestamp())
    .order_by(_c.valid_from.desc())
    .limit(1)
    .subquery()
)
_ACTIVE: Final = sa.select(_LATEST.c.id, _LATEST.c.data).where(
    sa.func.coalesce(_LATEST.c.valid_until > sa.func.clock_timestamp(), sa.true())
)
_other = rate_cards.alias()
_NEXT: Final = (
    sa.select(sa.func.min(_other.c.valid_from)).where(_other.c.valid_from > _c.valid_from).scalar_subquery()
)
_HOLDS_UNTIL: Final = sa.func.coalesce(_c.valid_until, _NEXT)
_now_sql: Final = sa.func.clock_timestamp()
_VIEW: Final = sa.select(
    *(_c.id, _c.data, _c.valid_from, _c.valid_until, _c.created_at),
    _HOLDS_UNTIL.label("holds_until"),
    ((_c.valid_from <= _now_sql) & sa.func.coalesce(_now_sql < _HOLDS_UNTIL, sa.true())).label("active"),
)
