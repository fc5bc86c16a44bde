"""Rate cards, dated, one valid at a time of each name, and never changed; and calculations, written once, explained years later."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from adapters.db.database import Reading, Writing
from adapters.db.errors import CalculationNotFoundError
from adapters.db.tables import customers, pricing_calculations, rate_cards
from adapters.db.tables.base import ID
from adapters.db.tables.keyset import page_at, page_of
from domain import instants
from domain.rate_cards.dates import DEFAULT_NAME, Period, date_problems, gap_warnings, gaps
from domain.rate_cards.problems import InvalidRateCardError, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """A stored card. `name` is the one under which it is in force. `valid_until` is the end that it states,
    `holds_until` where it ends because of the next card of its name, too; both are the first instant at which it is no
    longer valid. `active` is whether it is valid now.
    """

    id: str
    name: str
    data: Mapping[str, Any]
    valid_from: datetime
    valid_until: datetime | None
    holds_until: datetime | None
    active: bool
    created_at: datetime


async def active_card(r: Reading, name: str = DEFAULT_NAME) -> tuple[str, dict[str, Any]] | None:
    """Id and data of the card of that name that is valid now by the database's clock, or None where there is none."""
    row = await r.row(_ACTIVE, {"name": name})
    return (row["id"], row["data"]) if row else None


async def why_no_card(r: Reading, name: str = DEFAULT_NAME) -> str:
    """In words why `active_card` found none, and until when that is so."""
    periods = await _periods(r, name)
    which = "" if name == DEFAULT_NAME else f" named {name}"
    if not periods:
        return f"No rate card{which} is stored yet."
    gap = next(iter(gaps(periods, await _now(r))), None)
    begins = gap.until if gap else None
    then = f"the next one begins at {instants.answered(begins)}" if begins else "the last one has ended"
    return f"No rate card{which} is in force now: {then}."


def active_card_id(name: Any = DEFAULT_NAME) -> sa.ScalarSelect[Any]:
    """The id of the card of that name (a text, or a column of the statement) that is valid now, inside a statement."""
    named = rate_cards.alias()
    return sa.select(named.c.id).where(named.c.name == name, _is_valid(named.c)).scalar_subquery()


async def card_names(r: Reading) -> list[str]:
    """The names under which cards are stored, the default one first."""
    return [row["name"] for row in await r.rows(_NAMES_STORED)]


async def has_cards(r: Reading) -> bool:
    """Whether any card is stored, also one that is not valid yet."""
    return bool(await r.value(_HAS_CARDS))


async def find_card(r: Reading, card_id: str) -> dict[str, Any] | None:
    """A card's data by its id, or None."""
    row = await r.row(_FIND_CARD, {"card_id": card_id})
    return row["data"] if row else None


async def view_card(r: Reading, card_id: str) -> CardView | None:
    """A card with its dates by its id, or None."""
    row = await r.row(_VIEW_ONE, {"card_id": card_id})
    return CardView(**row) if row else None


async def list_cards(r: Reading, *, limit: int, after: tuple[datetime, str] | None = None) -> list[CardView]:
    """A page of cards, the last stored first; `after` is (created_at, id) of the last one seen."""
    rows = await r.rows(_LIST, page_at(limit, after))
    return [CardView(**row) for row in rows]


async def store_card(
    w: Writing,
    card_id: str,
    data: Mapping[str, Any],
    *,
    name: str = DEFAULT_NAME,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> bool:
    """Store a card under a name, valid from now if not said otherwise; whether it is new.

    A card that is there already stays as it is. Needs a transaction: whoever stores at the same time waits for
    its end. Raises InvalidRateCardError with `ends_before_it_begins` or `overlapping_dates`, see `date_problems`.
    """
    await w.value(_ONE_AT_A_TIME)
    if await find_card(w, card_id) is not None:
        return False
    begins = valid_from or await _now(w)
    found = date_problems(Period(card_id, begins, valid_until), await _periods(w, name))
    if found:
        raise InvalidRateCardError(found)
    values = {"id": card_id, "data": dict(data), "valid_from": begins, "valid_until": valid_until}
    await w.run(_STORE_CARD, {**values, "name": name})
    return True


async def hold_cards(w: Writing) -> None:
    """Until the transaction ends nobody else stores a card."""
    await w.value(_ONE_AT_A_TIME)


async def cards_edition(r: Reading, name: str = DEFAULT_NAME) -> str:
    """Another one whenever a card of that name was stored, or came into force."""
    return str(await r.value(_EDITION, {"name": name}))


async def check_dates(
    r: Reading,
    card_id: str,
    *,
    name: str = DEFAULT_NAME,
    valid_from: datetime | None,
    valid_until: datetime | None,
) -> tuple[list[Problem], list[Problem]]:
    """What `store_card` would say to these dates, and the gaps in time that it would leave."""
    now = await _now(r)
    new, stored = Period(card_id, valid_from or now, valid_until), await _periods(r, name)
    return date_problems(new, stored), gap_warnings([*stored, new], now, name)


async def gaps_in_time(r: Reading, name: str = DEFAULT_NAME) -> list[Problem]:
    """A remark for each time from now on in which no stored card of that name is valid."""
    return gap_warnings(await _periods(r, name), await _now(r), name)


async def names_without_card(r: Reading) -> list[str]:
    """The names that customers have, and the default one, of which no card is valid now."""
    return [row["name"] for row in await r.rows(_WITHOUT_CARD)]


async def _periods(r: Reading, name: str) -> list[Period]:
    rows = await r.rows(_PERIODS, {"name": name})
    return [Period(row["id"], row["valid_from"], row["valid_until"]) for row in rows]


async def _now(r: Reading) -> datetime:
    now: datetime = await r.value(_NOW)
    return now


_cards = rate_cards.c
# Readers, and calculations that name a card, do not wait for this; other cards do. No lock of the table: who takes
# one may empty it. The number is any that nothing else locks in the same database.
_ONE_AT_A_TIME: Final = sa.select(sa.func.pg_advisory_xact_lock(4_711_202_602))
_FIND_CARD: Final = sa.select(_cards.data).where(_cards.id == sa.bindparam("card_id"))


def _is_valid(card: Any) -> sa.ColumnElement[bool]:
    """Whether the card has begun and not ended, and no other one of its name has begun since."""
    now, later = sa.func.clock_timestamp(), rate_cards.alias()
    since = sa.exists().where(
        later.c.name == card.name, later.c.valid_from > card.valid_from, later.c.valid_from <= now
    )
    return sa.and_(
        card.valid_from <= now, sa.func.coalesce(card.valid_until > now, sa.true()), sa.not_(since)
    )


_EDITION: Final = sa.select(
    sa.func.concat(
        sa.func.max(sa.cast(_cards.id, sa.Text)).filter(_is_valid(_cards)),
        "/",
        sa.func.count(),
        "/",
        sa.func.max(_cards.created_at),
    )
).where(_cards.name == sa.bindparam("name"))
_ACTIVE: Final = sa.select(_cards.id, _cards.data).where(
    _cards.name == sa.bindparam("name"), _is_valid(_cards)
)
_other = rate_cards.alias()
_NEXT: Final = (
    sa.select(sa.func.min(_other.c.valid_from))
    .where(_other.c.valid_from > _cards.valid_from, _other.c.name == _cards.name)
    .scalar_subquery()
)
_HAS_CARDS: Final = sa.select(sa.exists().select_from(rate_cards))
_PERIODS: Final = sa.select(_cards.id, _cards.valid_from, _cards.valid_until).where(
    _cards.name == sa.bindparam("name")
)
_NAMES_STORED: Final = (
    sa.select(_cards.name).group_by(_cards.name).order_by(_cards.name != DEFAULT_NAME, _cards.name)
)
_wanted: Final = sa.union(
    sa.select(sa.func.coalesce(customers.c.rate_card, DEFAULT_NAME).label("name")),
    sa.select(sa.literal(DEFAULT_NAME).label("name")),
).subquery()
_WITHOUT_CARD: Final = (
    sa.select(_wanted.c.name)
    .where(~sa.exists().where(_cards.name == _wanted.c.name, _is_valid(_cards)))
    .order_by(_wanted.c.name)
)
_NOW: Final = sa.select(sa.func.clock_timestamp())
_STORE_CARD: Final = insert(rate_cards)
_HOLDS_UNTIL: Final = sa.func.coalesce(_cards.valid_until, _NEXT)
_VIEW: Final = sa.select(
    *(_cards.id, _cards.name, _cards.data, _cards.valid_from, _cards.valid_until, _cards.created_at),
    _HOLDS_UNTIL.label("holds_until"),
    _is_valid(_cards).label("active"),
)
_VIEW_ONE: Final = _VIEW.where(_cards.id == sa.bindparam("card_id"))
_LIST: Final = page_of(_VIEW, rate_cards)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculationView:
    """`data` is the whole explained calculation as plain data, `specification` what was asked for."""

    id: str
    rate_card_id: str
    specification: Mapping[str, Any]
    data: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCalculation:
    """A calculation under a new id. `specification` and `data` are JSON texts: made once, kept and shown."""

    id: str
    specification: str
    data: str


async def store_calculation(
    w: Writing,
    calculation_id: str,
    *,
    data: Mapping[str, Any],
    specification: Mapping[str, Any],
    rate_card_id: str,
) -> CalculationView:
    """Store a calculation; under an id that is there already the first one stays, and is returned.

    Raises CalculationNotFoundError where the rate card is unknown.
    """
    given = {"data": dict(data), "specification": dict(specification)}
    row = await w.row(_STORE, {"id": calculation_id, "rate_card_id": rate_card_id, **given})
    found = CalculationView(**row) if row else await find_calculation(w, calculation_id)
    if found is None:
        raise CalculationNotFoundError("there is no such rate card")
    return found


async def store_calculations(
    w: Writing, new: Sequence[NewCalculation], *, rate_card_id: str
) -> dict[str, datetime]:
    """Store all of them by one statement; when each was made, by its id.

    Raises CalculationNotFoundError where the rate card is unknown.
    """
    given = {name: [getattr(each, name) for each in new] for name in ("id", "specification", "data")}
    rows = await w.rows(_STORE_ALL, {**given, "rate_card_id": rate_card_id})
    if len(rows) != len(new):
        raise CalculationNotFoundError("there is no such rate card")
    return {row["id"]: row["created_at"] for row in rows}


async def find_calculations(r: Reading, ids: Iterable[str]) -> Mapping[str, CalculationView]:
    """Those of these ids that are there, by id."""
    found = await r.rows(_FIND_CALCULATIONS, {"ids": sorted(ids)})
    return {row["id"]: CalculationView(**row) for row in found}


async def find_calculation(r: Reading, calculation_id: str) -> CalculationView | None:
    """The calculation by id, or None."""
    row = await r.row(_FIND_CALCULATION, {"id": calculation_id})
    return CalculationView(**row) if row else None


_calculations = pricing_calculations.c
_FIND_CALCULATION: Final = sa.select(pricing_calculations).where(_calculations.id == sa.bindparam("id"))
_FIND_CALCULATIONS: Final = sa.select(pricing_calculations).where(
    _calculations.id == sa.any_(sa.bindparam("ids", type_=ARRAY(_calculations.id.type)))
)
_NAMES: Final = ["id", "rate_card_id", "specification", "data"]
_CARD: Final = sa.bindparam("rate_card_id", type_=rate_cards.c.id.type)
_CARD_EXISTS: Final = sa.exists().where(rate_cards.c.id == _CARD)
_STORE: Final = (
    insert(pricing_calculations)
    .from_select(
        _NAMES,
        sa.select(*(sa.bindparam(name, type_=_calculations[name].type) for name in _NAMES)).where(
            _CARD_EXISTS
        ),
    )
    .on_conflict_do_nothing()
    .returning(pricing_calculations)
)
_given: Final = (
    sa.func.unnest(
        sa.bindparam("id", type_=ARRAY(ID)),
        sa.bindparam("specification", type_=ARRAY(sa.Text)),
        sa.bindparam("data", type_=ARRAY(sa.Text)),
    )
    .table_valued(sa.column("id", ID), sa.column("specification", sa.Text), sa.column("data", sa.Text))
    .render_derived(name="given")
)
_STORE_ALL: Final = (
    insert(pricing_calculations)
    .from_select(
        _NAMES,
        sa.select(
            _given.c.id,
            _CARD,
            sa.cast(_given.c.specification, _calculations.specification.type),
            sa.cast(_given.c.data, _calculations.data.type),
        ).where(_CARD_EXISTS),
    )
    .returning(_calculations.id, _calculations.created_at)
)
