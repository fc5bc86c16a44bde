"""What the list of quotes tells, in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.db.database import Reading
from adapters.db.parties.customers import find_customer
from adapters.db.parties.sessions import DeskUser
from adapters.db.parties.users import list_users
from adapters.db.quotes.repository import PgQuotes
from adapters.db.quotes.standing import currencies_used, owners
from api.desk.quotes.listed.asked import EARLIER, LATER, ListAsked
from domain import instants, wording
from domain.quotes.notices import DeliveryState
from domain.quotes.record import Direction, ListedQuote, OrderStatus, Sorting, SortKey
from domain.quotes.status import QuoteStatus

PATH = "/desk/quotes"
ROWS = 50
"""A page's."""
FIRST_CHOICE = "if the first is chosen"
FilterOption = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedLine:
    """A quote as the list tells it. `stored` are instants as RFC 3339, beside what people read."""

    path: str
    number: str
    customer: str
    status: str
    delivery: str
    reason: str
    order_error: str | None
    total: str
    total_note: str
    deadline: str
    deadline_stored: str
    nearness: str
    is_near: bool
    owner: str
    changed: str
    changed_stored: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteListPage:
    """A page of the list, with what can be chosen."""

    asked: ListAsked
    rows: Sequence[ListedLine]
    newer: str | None
    older: str | None
    customer: str | None
    statuses: Sequence[FilterOption]
    owners: Sequence[FilterOption]
    deliveries: Sequence[FilterOption]
    order_statuses: Sequence[FilterOption]
    currencies: Sequence[FilterOption]
    orders: Sequence[FilterOption]
    export: str
    export_comma: str
    clear: str
    without_customer: str
    has_more_filters: bool


async def read_list(r: Reading, asked: ListAsked, user: DeskUser, zone: str) -> QuoteListPage:
    """The page that is asked for. Raises DatabaseUnavailableError."""
    found, has_more = await _page(PgQuotes(r), asked)
    unsettled = await PgQuotes(r).to_be_chosen([each.id for each in found])
    names = {person.address: person.name for person in await list_users(r)}
    newer = older = None
    if found:
        is_further = has_more if asked.goes_back else asked.place is not None
        newer = asked.onward(PATH, asked.sorting.place_of(found[0]), EARLIER) if is_further else None
        is_further = asked.goes_back or has_more
        older = asked.onward(PATH, asked.sorting.place_of(found[-1]), LATER) if is_further else None
    customer_id = asked.filters.customer_id
    customer = await find_customer(r, customer_id) if customer_id else None
    currencies = await currencies_used(r)
    return QuoteListPage(
        asked=asked,
        rows=[row_of(quote, zone, names, is_settled=quote.id not in unsettled) for quote in found],
        newer=newer,
        older=older,
        customer=wording.one_line(customer.name)
        if customer
        else ("Unknown customer" if customer_id else None),
        statuses=[(status, status.capitalize()) for status in QuoteStatus],
        owners=[("", "Everybody"), *_people(await owners(r), names, user, asked.filters.owner)],
        deliveries=[
            ("", "All"),
            (DeliveryState.OK, "Delivered"),
            (DeliveryState.TROUBLE, "Waiting or tried in vain"),
            (DeliveryState.FAILED, "Not delivered"),
        ],
        order_statuses=[
            (OrderStatus.NONE, "No order"),
            (OrderStatus.PENDING, "Waits"),
            (OrderStatus.HANDED_OVER, "Handed over"),
            (OrderStatus.FAILED, "Failed"),
        ],
        currencies=[
            ("", "All"),
            *((each, each) for each in sorted({*currencies, *filter(None, [asked.filters.currency])})),
        ],
        orders=[(_order(sorting), told) for sorting, told in _ORDERS],
        export=asked.address(f"{PATH}.csv"),
        export_comma=asked.address(f"{PATH}.csv", decimal="comma"),
        clear=PATH,
        without_customer=asked.address(PATH, customer_id=None),
        has_more_filters=bool(asked.typed.keys() - {"q", "status", "sort", "customer_id"}),
    )


async def _page(quotes: PgQuotes, asked: ListAsked) -> tuple[list[ListedQuote], bool]:
    """The page's quotes in the list's order, and whether there are more the way it was gone."""
    sorting = asked.sorting.reversed if asked.goes_back else asked.sorting
    found = await quotes.rows(asked.filters, sorting, limit=ROWS + 1, after=asked.place)
    shown = found[:ROWS]
    return (shown[::-1] if asked.goes_back else shown), len(found) > ROWS


def _people(
    known: Iterable[str], names: dict[str, str], user: DeskUser, chosen: str | None
) -> Iterable[FilterOption]:
    yield user.address, f"{wording.one_line(user.name)} (you)"
    others: set[str] = {*known, *names} | ({chosen.lower()} if chosen else set())
    others.discard(user.address)
    told = {address: wording.one_line(names.get(address, address)) for address in others}
    for address in sorted(told, key=lambda each: told[each].casefold()):
        yield address, told[address]


def row_of(quote: ListedQuote, zone: str, names: dict[str, str], *, is_settled: bool = True) -> ListedLine:
    """A quote in words, by that zone's days; `names` are people's by their addresses. What is not settled has the total of
    the first choices, and says so.
    """
    near, day = wording.days_away(quote.valid_until, quote.now, zone), wording.day(quote.valid_until, zone)
    owner = quote.owner if quote.owner and "@" in quote.owner else ""
    return ListedLine(
        path=f"{PATH}/{quote.id}",
        number=quote.number,
        customer=wording.one_line(quote.customer_name),
        status="in_revision" if quote.is_in_revision else str(quote.status),
        delivery="" if quote.delivery.state is DeliveryState.OK else str(quote.delivery.state),
        reason=quote.delivery.reason or "",
        order_error=(quote.order.last_error or "") if quote.order.status is OrderStatus.FAILED else None,
        total=wording.money(str(quote.price), quote.price.currency),
        total_note="" if is_settled else FIRST_CHOICE,
        deadline=day,
        deadline_stored=instants.answered(quote.valid_until),
        nearness=near if quote.status.is_open else "",
        is_near=quote.status.is_open and _is_near(quote),
        owner=wording.one_line(names.get(owner.lower(), owner)),
        changed=_changed(quote.updated_at, quote.now, zone),
        changed_stored=instants.answered(quote.updated_at),
    )


def _is_near(quote: ListedQuote) -> bool:
    return (quote.valid_until - quote.now).days < _NEAR_DAYS


def _changed(at: datetime, now: datetime, zone: str) -> str:
    near = wording.days_away(at, now, zone)
    return near if (now - at).days < _NEAR_DAYS else wording.day(at, zone)


def _order(sorting: Sorting) -> str:
    return f"{sorting.key}-{sorting.direction}"


_NEAR_DAYS = 7
_UP, _DOWN = Direction.ASCENDING, Direction.DESCENDING
_ORDERS = (
    (Sorting(SortKey.CREATED_AT, _DOWN), "Newest first"),
    (Sorting(SortKey.CREATED_AT, _UP), "Oldest first"),
    (Sorting(SortKey.UPDATED_AT, _DOWN), "Changed last"),
    (Sorting(SortKey.UPDATED_AT, _UP), "Longest unchanged"),
    (Sorting(SortKey.VALID_UNTIL, _UP), "Runs out first"),
    (Sorting(SortKey.VALID_UNTIL, _DOWN), "Runs out last"),
    (Sorting(SortKey.TOTAL, _DOWN), "Largest total"),
    (Sorting(SortKey.TOTAL, _UP), "Smallest total"),
)
