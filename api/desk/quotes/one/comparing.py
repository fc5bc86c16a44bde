"""Two versions side by side."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from domain import wording
from domain.offer.comparison import Change
from domain.offer.content import QuoteLine, VersionContent
from domain.presentation.differences.diff import AmountChange, ChangedLine, VersionDiff, diff
from domain.presentation.differences.diff_text import field_words, value_words


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """A row: what differs, on both sides, and by how much where that can be said."""

    what: str
    old: str
    new: str
    difference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPart:
    """A part of a comparison: of what, and its rows."""

    title: str
    rows: tuple[SideBySide, ...]


def compared_versions(old: VersionContent, new: VersionContent) -> list[ComparedPart]:
    """What differs, in parts; none where nothing does."""
    return list(_parts(diff(old, new)))


def _parts(found: VersionDiff) -> Iterator[ComparedPart]:
    currencies = (found.old_currency, found.new_currency)
    whole = [*_amounts(_telling(found.amounts), currencies), *_changes(found.fields)]
    if currencies[0] != currencies[1]:
        whole.append(SideBySide(what="Currency", old=currencies[0], new=currencies[1]))
    if whole:
        yield ComparedPart(title="The quote as a whole", rows=tuple(whole))
    for line in found.changed:
        yield ComparedPart(title=_title(line), rows=tuple(_changed(line, currencies)))
    for added in found.added:
        total = SideBySide(what="Total", old="", new=wording.money(added.total, currencies[1]))
        yield ComparedPart(title=f"Line {added.position} is new: {_described(added)}", rows=(total,))
    for removed in found.removed:
        total = SideBySide(what="Total", old=wording.money(removed.total, currencies[0]), new="")
        yield ComparedPart(title=f"Line {removed.position} is gone: {_described(removed)}", rows=(total,))


def _title(line: ChangedLine) -> str:
    moved = f" (was line {line.old_position})" if line.old_position != line.position else ""
    return f"Line {line.position}{moved}: {wording.one_line(line.description)}"


def _described(line: QuoteLine) -> str:
    told = wording.one_line(line.description)
    return f"{told}, {wording.number(line.quantity)} {wording.unit(line.unit, line.quantity)}"


def _changed(line: ChangedLine, currencies: tuple[str, str]) -> Iterator[SideBySide]:
    told = {each.field for each in line.fields}
    yield from _changes((*line.fields, *(each for each in line.specification if each.field not in told)))
    yield from _amounts((*_telling(line.amounts), *line.price_lines), currencies)


def _telling(found: Sequence[AmountChange]) -> Iterator[AmountChange]:
    """Without the sums on the way that are no others than the last: nothing goes off or comes on top."""
    for each in found:
        last = found[-1]
        if each is last or each.name not in _ON_THE_WAY or (each.old, each.new) != (last.old, last.new):
            yield each


def _changes(found: Iterable[Change]) -> Iterator[SideBySide]:
    for each in found:
        sides = (_side(each.field, side) for side in (each.old, each.new))
        old, new = sides
        what = _CALLED.get(each.field) or wording.one_line(field_words(each.field))
        yield SideBySide(what=what, old=old, new=new)


def _side(field: str, said: Any) -> str:
    if said is None:
        return ""
    return wording.one_line(wording.service(said) if field == "tier" else value_words(said))


def _amounts(found: Iterable[AmountChange], currencies: tuple[str, str]) -> Iterator[SideBySide]:
    for each in found:
        more = each.difference is not None and Decimal(each.difference) > 0
        yield SideBySide(
            what=field_words(each.name),
            old=wording.money(each.old, currencies[0]) if each.old is not None else "",
            new=wording.money(each.new, currencies[1]) if each.new is not None else "",
            difference=f"{'+' if more else ''}{wording.number(each.difference)}" if each.difference else "",
        )


_CALLED: Final = {"tier": "Service level", "lead_time_days": "Lead time, working days"}
_ON_THE_WAY: Final = {"subtotal", "net_total"}
