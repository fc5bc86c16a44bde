"""What was measured, and how it is shown."""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. `ratio` is product to bare; `load` the machine's load average beside it.

    `goal` says what the ratio (or without one the figure) is to be.
    """

    what: str
    product: float
    unit: str
    bare: float | None = None
    ratio: float | None = None
    goal: str = ""
    load: float = field(default_factory=lambda: os.getloadavg()[0])
    notes: tuple[str, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def compared(
    what: str,
    pairs: Sequence[tuple[float, float]],
    unit: str,
    *,
    goal: str = "",
    notes: Sequence[str] = (),
) -> Figure:
    """The medians of alternating rounds, each a pair of product and bare; the ratio is the median of theirs."""
    return Figure(
        what=what,
        product=median(product for product, _ in pairs),
        bare=median(bare for _, bare in pairs),
        ratio=median(product / bare for product, bare in pairs),
        unit=unit,
        goal=goal,
        notes=tuple(notes),
    )


def lines(figure: Figure) -> list[str]:
    """The figure as a line of the table, its notes below."""
    bare = "" if figure.bare is None else f"{figure.bare:,.1f}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    cells = (
        f"{figure.what:<44}{figure.product:>10,.1f}{bare:>10} {figure.unit:<10}{ratio:>7}  {figure.goal:<16}"
    )
    return [f"{cells}{figure.load:>6.2f}", *(f"    {note}" for note in figure.notes)]


HEAD = f"{'':<44}{'product':>10}{'bare':>10} {'unit':<10}{'ratio':>7}  {'goal':<16}{'load':>6}"
