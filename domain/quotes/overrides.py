"""Prices that a person sets in place of computed ones, and what becomes of them when a version is priced anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from domain.quotes.content import Override, OverrideFate, QuoteLine, VersionContent
from domain.quotes.line_request import LineRequest, OverrideRequest

KEPT, REPLACED, DROPPED = "kept", "replaced", "dropped"


@dataclass
class Inheritance:
    """The overrides of the version before: none outlives a new price unsaid.

    Rule: an override belongs to its line's position. It is kept only where that is asked for, the line is a
    part without an override of its own, and, if it was set for the whole line, the quantity is the same.
    """

    before: VersionContent | None = None
    keep: bool = False
    _fates: dict[int, OverrideFate] = field(default_factory=dict)

    def hand_on(self, line: LineRequest, quantity: int) -> LineRequest:
        """The line, with the override that it keeps; `quantity` is how many pieces it has now."""
        was = self._overridden.get(line.position)
        if was is None or was.override is None:
            return line
        fate, reason = self._judge(line, was, was.override, quantity)
        self._fates[line.position] = _fate(was.position, was.override, fate, reason)
        return replace(line, override=_again(was.override)) if fate == KEPT else line

    @property
    def fates(self) -> tuple[OverrideFate, ...]:
        """What became of every override of the version before, by position."""
        gone = {
            position: _fate(position, was.override, DROPPED, "the line is gone")
            for position, was in self._overridden.items()
            if was.override is not None
        }
        return tuple(fate for _, fate in sorted({**gone, **self._fates}.items()))

    @property
    def _overridden(self) -> Mapping[int, QuoteLine]:
        lines = self.before.lines if self.before else ()
        return {line.position: line for line in lines if line.override is not None}

    def _judge(self, line: LineRequest, was: QuoteLine, override: Override, quantity: int) -> tuple[str, str]:
        if line.override is not None:
            return REPLACED, "another price was set"
        if line.is_free:
            return DROPPED, "the line has a price of its own"
        if not self.keep:
            return DROPPED, "the price was to be computed anew"
        if override.total is not None and quantity != was.quantity:
            return DROPPED, "it was set for another quantity"
        return KEPT, "as asked"


def _fate(position: int, override: Override, fate: str, reason: str) -> OverrideFate:
    return OverrideFate(
        position=position,
        fate=fate,
        reason=reason,
        unit_price=override.unit_price,
        total=override.total,
    )


def _again(override: Override) -> OverrideRequest:
    return OverrideRequest(
        reason=override.reason, unit_price=override.unit_price, total=override.total, by=override.by
    )
