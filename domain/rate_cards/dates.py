"""From when until when rate cards are valid: one at a time of each name, and it is told where there is none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain import instants
from domain.rate_cards.problems import Problem

DEFAULT_NAME: Final = "default"
"""Under which a card is in force, and whose cards a customer has, where nobody names another."""


@dataclass(frozen=True, slots=True)
class Period:
    """A card's stated validity: from an instant on, up to but not including another.

    A card that states no end holds until the next one begins.
    """

    card_id: str
    valid_from: datetime
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which no card is valid; one without `until` has no end."""

    since: datetime
    until: datetime | None


def date_problems(new: Period, stored: Sequence[Period]) -> list[Problem]:
    """What forbids `new` beside the cards that are stored, at `valid_from` or `valid_until`.

    Codes: `ends_before_it_begins`, `overlapping_dates`.
    """
    if new.valid_until is not None and new.valid_until <= new.valid_from:
        return [Problem.at(["valid_until"], "ends_before_it_begins", "must be later than valid_from")]
    return [problem for other in stored for problem in _overlap(new, other)]


def _overlap(new: Period, other: Period) -> Iterator[Problem]:
    code, which = "overlapping_dates", f"rate card {other.card_id}"
    if new.valid_from == other.valid_from:
        yield Problem.at(["valid_from"], code, f"is also when {which} begins")
    elif other.valid_from < new.valid_from and other.valid_until and new.valid_from < other.valid_until:
        yield Problem.at(["valid_from"], code, f"is within the stated validity of {which}")
    elif new.valid_from < other.valid_from and new.valid_until and other.valid_from < new.valid_until:
        yield Problem.at(["valid_until"], code, f"is after {which} begins")


def gaps(periods: Sequence[Period], now: datetime) -> list[Gap]:
    """The times from `now` on in which none of the cards is valid, in their order."""
    ordered = sorted(periods, key=lambda period: period.valid_from)
    found = [] if ordered and ordered[0].valid_from <= now else [Gap(now, _start(ordered))]
    starts = [*(period.valid_from for period in ordered[1:]), None]
    for period, begins in zip(ordered, starts, strict=False):
        if period.valid_until is not None and (begins is None or period.valid_until < begins):
            found.append(Gap(max(period.valid_until, now), begins))
    return [gap for gap in found if gap.until is None or gap.until > now]


def _start(ordered: Sequence[Period]) -> datetime | None:
    return ordered[0].valid_from if ordered else None


def gap_warnings(periods: Sequence[Period], now: datetime, name: str = DEFAULT_NAME) -> list[Problem]:
    """A remark `gap_in_time` for each gap of the cards of a name, in UTC."""
    which = "no card" if name == DEFAULT_NAME else f"no card named {name}"
    return [
        Problem.at(
            ["valid_until"], "gap_in_time", f"{which} is valid from {instants.stored(gap.since)} {_end(gap)}"
        )
        for gap in gaps(periods, now)
    ]


def _end(gap: Gap) -> str:
    return "on" if gap.until is None else f"until {instants.stored(gap.until)}"
