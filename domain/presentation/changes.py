"""What changed between two versions as a customer read them.

It works on sheets alone: what only staff may know is on neither side, so it cannot cross over.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from domain.presentation.sheet import DISCOUNT, OfferSheet, SheetLine, Sum

_WORDS: Sequence[tuple[str, Callable[[SheetLine], str | None]]] = (
    ("Description", lambda line: line.description),
    ("Part", lambda line: line.part),
    ("Specification", lambda line: line.specification),
    ("Pieces", lambda line: line.quantity),
    ("Service", lambda line: line.service),
    ("Lead time", lambda line: line.lead_time),
    ("Price each", lambda line: line.unit_price),
    ("Discount", lambda line: line.discount),
    ("Line total", lambda line: line.total),
)
# What makes two lines the same thing, the surest sign first. Each must be there on both sides.
_SIGNS: Sequence[Callable[[SheetLine], object]] = (
    lambda line: (line.part, line.description) if line.part else None,
    lambda line: line.part,
    lambda line: (line.description, line.specification),
    lambda line: line.description,
    lambda line: line.specification,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reworded:
    """A field that reads differently; None where a side has none."""

    label: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedLine:
    """A line that both sheets have, by its newer description."""

    description: str
    fields: tuple[Reworded, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetChanges:
    """Only what differs. `discounts` are those on the whole, by label; `total` is with currency."""

    added: tuple[SheetLine, ...]
    removed: tuple[SheetLine, ...]
    changed: tuple[ChangedLine, ...]
    discounts: tuple[Reworded, ...]
    total: Reworded | None

    @property
    def is_empty(self) -> bool:
        """Whether both sheets read the same."""
        return not (self.added or self.removed or self.changed or self.discounts or self.total)


def sheet_changes(old: OfferSheet, new: OfferSheet) -> SheetChanges:
    """From `old` to `new`. Prices of other quantities are left out: they offer, they are not ordered."""
    pairs = _pairs(old.lines, new.lines)
    kept = {before for before, _ in pairs}
    found = {after: before for before, after in pairs}
    changed = []
    for at, after in enumerate(new.lines):
        if at in found and (fields := tuple(_reworded(old.lines[found[at]], after))):
            changed.append(ChangedLine(description=after.description, fields=fields))
    return SheetChanges(
        added=tuple(line for at, line in enumerate(new.lines) if at not in found),
        removed=tuple(line for at, line in enumerate(old.lines) if at not in kept),
        changed=tuple(changed),
        discounts=tuple(_discounts(old.sums, new.sums)),
        total=None if old.total == new.total else Reworded(label="Total", old=old.total, new=new.total),
    )


def _pairs(old: Sequence[SheetLine], new: Sequence[SheetLine]) -> list[tuple[int, int]]:
    """Places of lines that are the same thing, old and new; each line once, in the order of the sheets."""
    left, right = list(range(len(old))), list(range(len(new)))
    pairs = []
    for sign in _SIGNS:
        for after in tuple(right):
            mark = sign(new[after])
            before = next((b for b in left if mark and sign(old[b]) == mark), None)
            if before is not None:
                pairs.append((before, after))
                left.remove(before)
                right.remove(after)
    return pairs


def _reworded(old: SheetLine, new: SheetLine) -> Iterator[Reworded]:
    for label, word in _WORDS:
        if word(old) != word(new):
            yield Reworded(label=label, old=word(old) or None, new=word(new) or None)


def _discounts(old: Sequence[Sum], new: Sequence[Sum]) -> Iterator[Reworded]:
    """Subtotal, net and taxes follow from the rest, and are left to the total."""
    before, after = (
        {row.label: row.amount for row in rows if row.label.startswith(DISCOUNT)} for rows in (old, new)
    )
    for label in {**before, **after}:
        if before.get(label) != after.get(label):
            yield Reworded(label=label, old=before.get(label), new=after.get(label))
