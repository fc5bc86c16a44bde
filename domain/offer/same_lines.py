"""Which lines of two versions are the same thing."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar


class Named(Protocol):
    """A line, as priced or as asked for."""

    @property
    def part_number(self) -> str | None: ...
    @property
    def description(self) -> str: ...


Old = TypeVar("Old")
New = TypeVar("New")


def name_of(line: Named) -> str:
    """By what people know a line: its part number, or its description where it has none."""
    return line.part_number or line.description


def paired(
    old: Sequence[Old], new: Sequence[New], rules: Sequence[Callable[[Old, New], bool]]
) -> list[tuple[Old, New]]:
    """Each line once at most. The first rule is applied to all lines before the next one, so that a line is not
    taken by a worse likeness while a better one is there.
    """
    left, pairs, unmatched = list(old), [], list(new)
    for rule in rules:
        rest = []
        for after in unmatched:
            found = next((index for index, before in enumerate(left) if rule(before, after)), None)
            if found is None:
                rest.append(after)
            else:
                pairs.append((left.pop(found), after))
        unmatched = rest
    return pairs
