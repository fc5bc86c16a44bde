"""Prices that a person sets in place of computed ones, and what becomes of them when a version is priced anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from domain.offer.comparison import compared_lines, name_of
from domain.offer.content import Override, OverrideFate, QuoteLine, VersionContent
from domain.offer.line_price import StoredCalculation
from domain.offer.line_request import LineRequest, OverrideRequest


class Fate(StrEnum):
    """What became of a price that a person had set, when the version was priced anew."""

    KEPT = "kept"
    REPLACED = "replaced"
    DROPPED = "dropped"


PricedLine = tuple[LineRequest, StoredCalculation | None]
"""A line and its calculation; None for a free line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inheritance:
    """The overrides of the version before: none outlives a new price unsaid.

    Rule: an override belongs to its part, wherever that stands now: the line of the same part number, or of the
    same description without one; of several, the one of the same specification, then of the same position. The
    only line of two versions is the same part unless its part number says otherwise. It is kept only where that
    is asked for, the part has no override of its own, the currency is the same and, if it was set for the whole
    line, the quantity too.
    """

    before: VersionContent | None = None
    keep: bool = False

    def hand_on(
        self, asked: Sequence[PricedLine], currency: str
    ) -> tuple[tuple[PricedLine, ...], tuple[OverrideFate, ...]]:
        """The lines, each with the override that it keeps, and what became of every override, by position."""
        if self.before is None:
            return tuple(asked), _copied(asked)
        heirs = {was.position: now for was, now in _same_parts(_asked_for(self.before), asked)}
        lines = {line.position: (line, stored) for line, stored in asked}
        fates = []
        for was in _asked_for(self.before):
            if was.override is None:
                continue
            fate, reason = self._judge(was, was.override, heirs.get(was.position), currency)
            fates.append(_fate(was.position, was.override, fate, reason))
            if fate == Fate.KEPT:
                line, stored = heirs[was.position]
                lines[line.position] = (replace(line, override=_again(was.override)), stored)
        return tuple(lines.values()), tuple(fates)

    def _judge(
        self, was: QuoteLine, override: Override, heir: PricedLine | None, currency: str
    ) -> tuple[str, str]:
        if heir is None:
            return Fate.DROPPED, "the line is gone"
        line, stored = heir
        if line.override is not None:
            return Fate.REPLACED, "another price was set"
        if stored is None:
            return Fate.DROPPED, "the line is now a free line"
        if len(stored.others) + len(line.offered_tiers) > 1:
            return Fate.DROPPED, "the line offers a choice now"
        why_not = self._why_not_kept(was, override, stored.quantity, currency)
        return (Fate.DROPPED, why_not) if why_not else (Fate.KEPT, "as asked")

    def _why_not_kept(self, was: QuoteLine, override: Override, quantity: int, currency: str) -> str | None:
        if not self.keep or self.before is None:
            return "a newly computed price was requested"
        if self.before.total.currency != currency:
            return f"it was set in {self.before.total.currency}"
        if override.total is not None and quantity != was.quantity:
            return "it was set for another quantity"
        return None


def _asked_for(before: VersionContent) -> tuple[QuoteLine, ...]:
    return tuple(line for line in before.lines if not line.is_charge)


def _same_parts(
    old: Sequence[QuoteLine], new: Sequence[PricedLine]
) -> tuple[tuple[QuoteLine, PricedLine], ...]:
    alone = len(old) == len(new) == 1

    def named(was: QuoteLine, now: PricedLine) -> bool:
        return name_of(was) == name_of(now[0])

    def alike(was: QuoteLine, now: PricedLine) -> bool:
        return named(was, now) and was.specification == _specification(now)

    def in_place(was: QuoteLine, now: PricedLine) -> bool:
        return named(was, now) and was.position == now[0].position

    def only(was: QuoteLine, now: PricedLine) -> bool:
        return alone and None in (was.part_number, now[0].part_number)

    def unmoved(was: QuoteLine, now: PricedLine) -> bool:
        return alike(was, now) and in_place(was, now)

    return compared_lines(old, new, (unmoved, alike, in_place, named, only)).kept


def _specification(priced: PricedLine) -> Mapping[str, Any] | None:
    stored = priced[1]
    return stored.data["specification"] if stored is not None else None


def _copied(asked: Sequence[PricedLine]) -> tuple[OverrideFate, ...]:
    """What a copy took over of the overrides of its source."""
    return tuple(
        OverrideFate(
            position=line.position,
            fate=str(Fate.KEPT if line.override == line.copied_override else Fate.DROPPED),
            reason="copied" if line.override == line.copied_override else "the copy has the computed price",
            unit_price=line.copied_override.unit_price,
            total=line.copied_override.total,
        )
        for line, _ in asked
        if line.copied_override is not None
    )


def _fate(position: int, override: Override, fate: str, reason: str) -> OverrideFate:
    return OverrideFate(
        position=position,
        fate=str(fate),
        reason=reason,
        unit_price=override.unit_price,
        total=override.total,
    )


def _again(override: Override) -> OverrideRequest:
    return OverrideRequest(
        reason=override.reason, unit_price=override.unit_price, total=override.total, by=override.by
    )
