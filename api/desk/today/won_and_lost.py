"""How the shop stands, in figures: what is out, and what became of what was offered, as a chart and as a table."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from adapters.db.database import Reading
from adapters.db.quotes.standing import AmountOut, EndedOffers, amounts_out, ended, median_answer
from domain import wording
from domain.money import Money
from domain.quotes.status import QuoteStatus

SPANS: Final = (30, 90, 365)
"""Days that are looked back on."""
_BY_MONTH: Final = 100
"""From so many days on a bar is a month, else a week."""
_A_YEAR: Final = timedelta(days=366)
_OUT: Final = {QuoteStatus.SENT: "With customers", QuoteStatus.DRAFT: "In drafts"}

_LABELS: Final = 5
WIDTH, HEIGHT = 400, 170
_HALF_A_LABEL: Final = 20.0  # the last one stays within the chart
_LEFT, _TOP, _BOTTOM = 28, 12, 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A figure with its name and a word more; of several currencies a line each."""

    name: str
    lines: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartBar:
    """Of the chart, in its units; nothing is drawn where `height` is 0."""

    x: float
    y: float
    width: float
    height: float
    is_won: bool
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLabel:
    """A word below the chart, or a count beside it."""

    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanRow:
    """A week or a month of the table."""

    name: str
    won: str
    won_total: str
    lost: str
    lost_total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopFigures:
    """All that is told of them. `bars`, `below` and `beside` are the chart, which is empty where nothing has ended."""

    out: Sequence[Tile]
    ended: Sequence[Tile]
    days: int
    unit: str
    bars: Sequence[ChartBar]
    below: Sequence[ChartLabel]
    beside: Sequence[ChartLabel]
    rows: Sequence[SpanRow]


async def read_figures(r: Reading, *, days: int, owner: str | None, now: datetime, zone: str) -> ShopFigures:
    """The figures of one owner's quotes, or of all. Raises DatabaseUnavailableError."""
    since = now - timedelta(days=days)
    starts = [since, *_boundaries(since, now, zone, by_month=days > _BY_MONTH)]
    found = await ended(r, [*starts, now + _A_YEAR], owner=owner)
    median = await median_answer(r, since, owner=owner)
    names = [_name(start, zone, by_month=days > _BY_MONTH) for start in starts]
    most = max(
        (sum(each.count for each in _of(found, n, won)) for n in range(len(names)) for won in (True, False)),
        default=0,
    )
    return ShopFigures(
        out=list(_tiles_out(await amounts_out(r, owner=owner))),
        ended=_tiles_ended(found, median),
        days=days,
        unit="Month" if days > _BY_MONTH else "Week from",
        bars=list(_bars(found, names, most)),
        below=list(_below(names)),
        beside=[ChartLabel(at=_y(count, most), text=str(count)) for count in _ticks(most)],
        rows=[_row(name, _of(found, n, True), _of(found, n, False)) for n, name in enumerate(names)][::-1],
    )


def _boundaries(since: datetime, now: datetime, zone: str, *, by_month: bool) -> Iterator[datetime]:
    """The beginnings of weeks (Monday, ISO 8601) or months in between, by that zone's midnights."""
    day, last = since.astimezone(ZoneInfo(zone)).date(), now.astimezone(ZoneInfo(zone)).date()
    while (day := day + timedelta(days=1)) <= last:
        if day.day == 1 if by_month else day.weekday() == 0:
            yield datetime.combine(day, time(), ZoneInfo(zone))


def _name(start: datetime, zone: str, *, by_month: bool) -> str:
    return wording.month(start, zone) if by_month else wording.short_day(start, zone)


def _of(found: Iterable[EndedOffers], span: int, is_won: bool) -> list[EndedOffers]:
    return [each for each in found if (each.span, each.is_won) == (span, is_won)]


def _amounts(totals: Iterable[Money]) -> tuple[str, ...]:
    """The sum of each currency, the largest first."""
    sums: dict[str, Money] = {}
    for total in totals:
        sums[total.currency] = sums.get(total.currency, Money.zero(total.currency)) + total
    largest = sorted(sums.values(), key=lambda each: (-each.amount, each.currency))
    return tuple(wording.money(str(each), each.currency) for each in largest)


def _tiles_out(found: Sequence[AmountOut]) -> Iterator[Tile]:
    for status, name in _OUT.items():
        of = [each for each in found if each.status is status]
        count = sum(each.count for each in of)
        yield Tile(
            name=name,
            lines=_amounts(each.total for each in of) or ("Nothing",),
            words=wording.counted(count, "quote"),
        )


def _tiles_ended(found: Sequence[EndedOffers], median: timedelta | None) -> list[Tile]:
    won, lost = ([each for each in found if each.is_won is is_won] for is_won in (True, False))
    count_won, count_lost = sum(each.count for each in won), sum(each.count for each in lost)
    both = count_won + count_lost
    return [
        Tile(
            name="Won",
            lines=_amounts(each.total for each in won) or ("Nothing",),
            words=wording.counted(count_won, "quote"),
        ),
        Tile(
            name="Lost",
            lines=_amounts(each.total for each in lost) or ("Nothing",),
            words=f"{wording.counted(count_lost, 'quote')}, declined or expired",
        ),
        Tile(
            name="Win rate",
            lines=(f"{round(100 * count_won / both)} %" if both else "No answer yet",),
            words=f"{wording.number(count_won)} of {wording.number(both)}" if both else "",
        ),
        Tile(
            name="Time to an answer",
            lines=(_took(median) if median is not None else "No answer yet",),
            words="median, from sending to yes or no" if median is not None else "",
        ),
    ]


def _took(span: timedelta) -> str:
    """Of the largest unit of which there are two: "20 minutes", "5 hours", "3 days"; what is less than half a minute is told as such."""
    minutes = round(span.total_seconds() / 60)
    if not minutes:
        return "Under a minute"
    for size, noun in ((24 * 60, "day"), (60, "hour")):
        if minutes >= 2 * size:
            return wording.counted(round(minutes / size), noun)
    return wording.counted(minutes, "minute")


def _row(name: str, won: Sequence[EndedOffers], lost: Sequence[EndedOffers]) -> SpanRow:
    return SpanRow(
        name=name,
        won=wording.number(sum(each.count for each in won)),
        won_total=", ".join(_amounts(each.total for each in won)) or "–",
        lost=wording.number(sum(each.count for each in lost)),
        lost_total=", ".join(_amounts(each.total for each in lost)) or "–",
    )


def _y(count: float, most: int) -> float:
    return round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * count / max(most, 1), 1)


def _ticks(most: int) -> list[int]:
    return sorted({0, (most + 1) // 2, most}) if most else []


def _step(count: int) -> float:
    return (WIDTH - _LEFT) / max(count, 1)


def _bars(found: Sequence[EndedOffers], names: Sequence[str], most: int) -> Iterator[ChartBar]:
    if not most:
        return
    step = _step(len(names))
    width = round(min(step * 0.36, 26), 1)
    for n, name in enumerate(names):
        middle = _LEFT + (n + 0.5) * step
        for is_won in (True, False):
            count = sum(each.count for each in _of(found, n, is_won))
            y = _y(count, most)
            told = f"{name}: {wording.number(count)} {'won' if is_won else 'lost'}"
            x = round(middle - width - 0.5 if is_won else middle + 0.5, 1)
            height = round(HEIGHT - _BOTTOM - y, 1)
            yield ChartBar(x=x, y=y, width=width, height=height, is_won=is_won, told=told)


def _below(names: Sequence[str]) -> Iterator[ChartLabel]:
    """As many as there is room for."""
    step, every = _step(len(names)), max(-(-len(names) // _LABELS), 1)
    for n, name in enumerate(names):
        if n % every == 0:
            yield ChartLabel(at=min(round(_LEFT + (n + 0.5) * step, 1), WIDTH - _HALF_A_LABEL), text=name)
