"""What the address of a list asks for. What is not understood is left out, and said."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams

from api.http.pagination import read_place, write_place
from api.http.problem import ProblemError
from api.v1.quotes.lists import MOST_FOUND_BY, PLACES, cursor_filters
from domain import wording
from domain.decimals import is_decimal
from domain.money import currencies
from domain.quotes.notices import DeliveryState
from domain.quotes.record import Direction, OrderStatus, QuoteFilters, RowPlace, Sorting, SortKey
from domain.quotes.status import QuoteStatus
from domain.uuids import read_uuid

EARLIER: Final = "before"
LATER: Final = "after"
NAMES: Final[Mapping[str, str]] = {
    "q": "Search",
    "status": "Status",
    "owner": "Owner",
    "customer_id": "Customer",
    "delivery": "Emails",
    "order_status": "Handing over",
    "valid_from": "Valid until, from",
    "valid_to": "Valid until, to",
    "total_from": "Total from",
    "total_to": "Total to",
    "currency": "Currency",
    "sort": "Sort by",
}
"""The parameters of a list's address, and what people read. Days are the seller's; both ends count."""
_RULES: Final[Mapping[str, str]] = {
    "q": f"at most {MOST_FOUND_BY} characters",
    "status": f"one of {', '.join(QuoteStatus)}",
    "owner": "an email address",
    "customer_id": "a customer of the list of customers",
    "delivery": f"one of {', '.join(DeliveryState)}",
    "order_status": f"one of {', '.join(OrderStatus)}",
    "valid_from": "a day such as 2026-12-24",
    "valid_to": "a day such as 2026-12-24",
    "total_from": "an amount such as 1234.50",
    "total_to": "an amount such as 1234.50",
    "currency": "a currency such as EUR",
    "sort": "one of the list's orders",
}
_FIRST_YEAR, _LAST_YEAR = 2000, 2999


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAsked:
    """What a list is to show. `typed` is what stands in the address and was understood, `not_understood` a sentence for each
    that was not. `place` is where the page begins, or ends where it `goes_back`.
    """

    filters: QuoteFilters
    sorting: Sorting
    typed: Mapping[str, list[str]]
    not_understood: tuple[str, ...]
    place: RowPlace | None = None
    goes_back: bool = False

    @property
    def is_filtered(self) -> bool:
        """Whether there is more to see without filters."""
        return bool(self.typed.keys() - {"sort"})

    def text(self, name: str) -> str:
        """What was typed, where one value is."""
        return (self.typed.get(name) or [""])[0]

    def address(self, path: str, **changes: str | None) -> str:
        """The same list with other filters: None takes one out. It begins at its beginning."""
        pairs = [
            (name, value) for name, values in self.typed.items() for value in values if name not in changes
        ]
        pairs += [(name, value) for name, value in changes.items() if value]
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def onward(self, path: str, place: RowPlace, way: str) -> str:
        """The page that begins after that place, or ends before it."""
        bound_to = cursor_filters(self.filters, self.sorting)
        return self.address(path, **{way: write_place(place, bound_to)})


def read_asked(query: QueryParams, *, zone: str) -> ListAsked:
    """What an address asks for; dates are of that zone."""
    reading = _TypedFilters(query)
    statuses = reading.each("status", QuoteStatus)
    currency = reading.one("currency", _currency)
    total_from, total_to = reading.one("total_from", _amount), reading.one("total_to", _amount)
    if currency is None and (total_from is not None or total_to is not None):
        reading.drop("total_from", "total_to")
        reading.wrong.append("Total: say of which currency. The list shows all amounts.")
        total_from = total_to = None
    valid_from, valid_to = reading.one("valid_from", _day), reading.one("valid_to", _day)
    filters = QuoteFilters(
        statuses=tuple(dict.fromkeys(statuses)),
        customer_id=reading.one("customer_id", read_uuid),
        owner=reading.one("owner", _owner),
        valid_until_after=None if valid_from is None else _first_second(valid_from, zone),
        valid_until_before=None if valid_to is None else _first_second(valid_to + timedelta(days=1), zone),
        total_from=total_from,
        total_to=total_to,
        currency=currency,
        delivery=reading.one("delivery", DeliveryState),
        order_statuses=tuple(dict.fromkeys(reading.each("order_status", OrderStatus))),
        q=reading.one("q", _text),
    )
    sorting = reading.one("sort", _sorting) or Sorting()
    place, goes_back = _place(query, filters, sorting, reading.wrong)
    unknown = sorted(query.keys() - NAMES.keys() - {EARLIER, LATER})
    reading.wrong += [f"“{wording.one_line(name)[:40]}” is no filter of this list." for name in unknown[:5]]
    return ListAsked(
        filters=filters,
        sorting=sorting,
        typed=reading.typed,
        not_understood=tuple(reading.wrong),
        place=place,
        goes_back=goes_back,
    )


Value = TypeVar("Value")


class _TypedFilters:
    """Values as they are understood, one name after the other."""

    def __init__(self, query: QueryParams) -> None:
        self._query = query
        self.typed: dict[str, list[str]] = {}
        self.wrong: list[str] = []

    def each(self, name: str, read: Callable[[str], Value]) -> list[Value]:
        """All values of that name that can be read."""
        given = [text for value in self._query.getlist(name) if (text := wording.one_line(value))]
        return list(self._read(name, given, read))

    def one(self, name: str, read: Callable[[str], Value]) -> Value | None:
        """The last one."""
        return next(iter(self._last(name, read)), None)

    def _last(self, name: str, read: Callable[[str], Value]) -> list[Value]:
        """The last value of that name, if it can be read."""
        given = [text for value in self._query.getlist(name) if (text := wording.one_line(value))]
        return list(self._read(name, given[-1:], read))

    def drop(self, *names: str) -> None:
        """Take them out of the address."""
        for name in names:
            self.typed.pop(name, None)

    def _read(self, name: str, given: Iterable[str], read: Callable[[str], Any]) -> Iterable[Any]:
        for text in given:
            try:
                value = read(text)
            except (ValueError, OverflowError):
                said = f"{NAMES[name]}: “{text[:40]}” was not understood; it is {_RULES[name]}."
                if said not in self.wrong:
                    self.wrong.append(said)
                continue
            self.typed.setdefault(name, []).append(text)
            yield value


def _place(
    query: QueryParams, filters: QuoteFilters, sorting: Sorting, wrong: list[str]
) -> tuple[RowPlace | None, bool]:
    for way in (EARLIER, LATER):
        if cursor := query.get(way):
            try:
                place = read_place(cursor, cursor_filters(filters, sorting), PLACES[sorting.key])
            except ProblemError:
                wrong.append("The place in the list is not one of these filters: it begins at its beginning.")
                return None, False
            return place, way == EARLIER
    return None, False


def _text(text: str) -> str:
    if len(text) > MOST_FOUND_BY:
        raise ValueError
    return text


def _owner(text: str) -> str:
    if "@" not in text or len(text) > 254:  # noqa: PLR2004 - RFC 5321
        raise ValueError
    return text


def _amount(text: str) -> Decimal:
    if not is_decimal(text):
        raise ValueError
    return Decimal(text)


def _currency(text: str) -> str:
    if text not in currencies():
        raise ValueError
    return text


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError
    return day


def _first_second(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def _sorting(text: str) -> Sorting:
    key, _, direction = text.partition("-")
    return Sorting(SortKey(key), Direction(direction))
