"""What was measured, what it was to be, and how both are shown."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a figure is to be, by the name under which docs/performance.md tells of it. Without a bound it names the
    matter alone; `then` is the bound after the first one is reached.
    """

    matter: str
    at_most: float | None = None
    at_least: float | None = None
    then: float | None = None

    def reached(self, value: float) -> bool | None:
        """Whether `value` keeps the bound; None where there is none."""
        if self.at_most is None and self.at_least is None:
            return None
        return (self.at_most is None or value <= self.at_most) and (
            self.at_least is None or value >= self.at_least
        )

    def __str__(self) -> str:
        """Such as "a life's cost ≤ 1.25, then 1.1"."""
        bounds = (("≤", self.at_most), ("≥", self.at_least), (", then", self.then))
        told = " ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None)
        return f"{self.matter} {told}".rstrip().replace(" , ", ", ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. `ratio` is product to bare; `load` the machine's load average beside it.

    The goal is for the ratio, or without one for the figure. `parts` are what product and bare side consist of, in the
    same unit.
    """

    what: str
    product: float
    unit: str
    bare: float | None = None
    ratio: float | None = None
    goal: Goal | None = None
    load: float = field(default_factory=lambda: os.getloadavg()[0])
    parts: Mapping[str, float] = field(default_factory=dict)
    bare_parts: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def reached(self) -> bool | None:
        """Whether the goal is; None without one."""
        return self.goal.reached(self.product if self.ratio is None else self.ratio) if self.goal else None

    def to_data(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self) | {"reached": self.reached}


def compared(
    what: str,
    pairs: Sequence[tuple[float, float]],
    unit: str,
    **more: Any,
) -> Figure:
    """The medians of alternating rounds, each a pair of product and bare; the ratio is the median of theirs."""
    return Figure(
        what=what,
        product=median(product for product, _ in pairs),
        bare=median(bare for _, bare in pairs),
        ratio=median(product / bare for product, bare in pairs),
        unit=unit,
        **more,
    )


def medians(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Of each part, the median of its rounds."""
    return {name: median(each[name] for each in rounds) for name in rounds[0]}


def lines(figure: Figure) -> list[str]:
    """The figure as a line of the table, what it consists of and its notes below."""
    bare = "" if figure.bare is None else f"{figure.bare:,.1f}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    judged = {True: ": reached", False: ": missed", None: ""}[figure.reached]
    told = [
        f"{figure.what:<44}{figure.product:>10,.1f}{bare:>10} {figure.unit:<10}{ratio:>7}{figure.load:>7.2f}"
        f"  {figure.goal or ''}{judged}".rstrip()
    ]
    told += [
        f"    {side}: " + ", ".join(f"{name} {value:,.1f}" for name, value in parts.items())
        for side, parts in (("product", figure.parts), ("bare", figure.bare_parts))
        if parts
    ]
    return told + [f"    {note}" for note in figure.notes]


HEAD = f"{'':<44}{'product':>10}{'bare':>10} {'unit':<10}{'ratio':>7}{'load':>7}  goal"
