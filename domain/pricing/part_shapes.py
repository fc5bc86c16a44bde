"""The shape of the stock that a part is made from: its sides, its volume, its surface."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final


class Shape(StrEnum):
    """The stock: a block, a round bar, a sheet."""

    BOX = "box"
    ROUND = "round"
    SHEET = "sheet"


SIDES: Final[Mapping[Shape, tuple[str, ...]]] = {
    Shape.BOX: ("length_mm", "width_mm", "height_mm"),
    Shape.ROUND: ("diameter_mm", "length_mm"),
    Shape.SHEET: ("length_mm", "width_mm", "thickness_mm"),
}
"""What measures each shape, in the order in which people say it. The last one is its height."""
DIMENSIONS: Final = tuple(dict.fromkeys(side for sides in SIDES.values() for side in sides))
"""Every side of any shape."""
PI: Final = Decimal("3.14159265358979323846264338328")
"""π to 30 significant digits: the one figure that is rounded before money is. It moves no amount below 10^14 by more
than 10^-15.
"""
_HALF: Final = Decimal("0.5")
_QUARTER: Final = Decimal("0.25")
_CM3_PER_MM3: Final = Decimal("0.001")
_CM2_PER_MM2: Final = Decimal("0.01")
_SIZE: Final = {
    Shape.BOX: "{} × {} × {} mm",
    Shape.ROUND: "Ø {} × {} mm",
    Shape.SHEET: "sheet {} × {} × {} mm",
}


def solid(shape: Shape, sides: tuple[Decimal, ...]) -> tuple[Decimal, Decimal, Decimal]:
    """Volume in cm³, surface in cm² and height in mm of the shape whose `sides` are those that `SIDES` names, in mm.

    Rules: a box and a sheet are length × width × height, with a surface of 2 (lw + lh + wh); a round is π/4 × d² × l,
    with a surface of π d (d/2 + l), and stands upright: its height is its length. Needs `exact()` around it.
    """
    if shape is Shape.ROUND:
        diameter, height = sides
        around = PI * diameter
        volume, surface = around * diameter * height * _QUARTER, around * (diameter * _HALF + height)
    else:
        length, width, height = sides
        face = length * width
        half = face + (length + width) * height
        volume, surface = face * height, half + half
    return volume * _CM3_PER_MM3, surface * _CM2_PER_MM2, height


def size_in_words(specification: Mapping[str, Any]) -> str | None:
    """The size in a specification's data, as people write it ("Ø 30 × 120 mm"); None where a side is missing."""
    try:
        shape = Shape(specification.get("shape") or Shape.BOX)
    except ValueError:
        return None
    sides = [specification.get(side) for side in SIDES[shape]]
    if any(side is None for side in sides):
        return None
    return _SIZE[shape].format(*(_plain(str(side)) for side in sides))


def _plain(figure: str) -> str:
    return figure.rstrip("0").rstrip(".") if "." in figure else figure
