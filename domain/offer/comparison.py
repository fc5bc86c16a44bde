"""Two versions compared: which lines are the same thing, and what reads differently.

Who shows it says by which rules lines are the same, and in which fields they are told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar


class Named(Protocol):
    """A line, as priced or as asked for."""

    @property
    def part_number(self) -> str | None: ...
    @property
    def description(self) -> str: ...


Old = TypeVar("Old")
New = TypeVar("New")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A field that reads differently; None where a side has none."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines(Generic[Old, New]):
    """The lines of two versions: each in one of the three, in the newer one's order (`removed` in the older's)."""

    kept: tuple[tuple[Old, New], ...]
    added: tuple[New, ...]
    removed: tuple[Old, ...]


def name_of(line: Named) -> str:
    """By what people know a line: its part number, or its description where it has none."""
    return line.part_number or line.description


def compared_lines(
    old: Sequence[Old], new: Sequence[New], rules: Sequence[Callable[[Old, New], bool]]
) -> Lines[Old, New]:
    """Each line once. The first rule is applied to all lines before the next one, so that a line is not taken by a
    worse likeness while a better one is there.
    """
    left, found = list(old), dict[int, Old]()
    for rule in rules:
        for at, after in enumerate(new):
            same = None if at in found else next((i for i, was in enumerate(left) if rule(was, after)), None)
            if same is not None:
                found[at] = left.pop(same)
    return Lines(
        kept=tuple((found[at], after) for at, after in enumerate(new) if at in found),
        added=tuple(after for at, after in enumerate(new) if at not in found),
        removed=tuple(left),
    )


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """The fields that differ, in the older side's order; what one side does not have is None."""
    for name in {**old, **new}:
        if old.get(name) != new.get(name):
            yield Change(field=name, old=old.get(name), new=new.get(name))
