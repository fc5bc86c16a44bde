"""Two versions side by side."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

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
    whole = [*_amounts(found.amounts, currencies), *_changes(found.fields)]
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
    yield from _changes((*line.fields, *line.specification))
    yield from _amounts((*line.amounts, *line.price_lines), currencies)


def _changes(found: Iterable[Change]) -> Iterator[SideBySide]:
    for each in found:
        sides = ("" if side is None else wording.one_line(value_words(side)) for side in (each.old, each.new))
        old, new = sides
        yield SideBySide(what=wording.one_line(field_words(each.field)), old=old, new=new)


def _amounts(found: Iterable[AmountChange], currencies: tuple[str, str]) -> Iterator[SideBySide]:
    for each in found:
        more = each.difference is not None and Decimal(each.difference) > 0
        yield SideBySide(
            what=field_words(each.name),
            old=wording.money(each.old, currencies[0]) if each.old is not None else "",
            new=wording.money(each.new, currencies[1]) if each.new is not None else "",
            difference=f"{'+' if more else ''}{wording.number(each.difference)}" if each.difference else "",
        )
