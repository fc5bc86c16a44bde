"""The sides of a part, from the columns and cells that hold them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from domain.decimals import plain
from domain.offer.parts_lists.readings import FigureError, Sides
from domain.offer.parts_lists.words import SIZES
from domain.rate_cards.problems import Problem

_BOX: Final = ("length_mm", "width_mm", "height_mm")


@dataclass(slots=True)
class PartSides:
    """What is known of a part's sides, in mm, and what could not be read."""

    known: dict[str, Decimal] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    is_round: bool = False

    def data(self) -> Mapping[str, str]:
        """The sides as a specification has them; empty where there are `problems`."""
        if not self.problems:
            found = self._round() if self.is_round or "diameter_mm" in self.known else self._box()
            if not self.problems:
                return {
                    name: value if isinstance(value, str) else plain(value) for name, value in found.items()
                }
        return {}

    def _round(self) -> dict[str, Decimal | str]:
        others = [name for name in SIZES if name in self.known and name not in {"diameter_mm", "length_mm"}]
        if others:
            self._refuse(
                "sides_unclear", f"has a diameter and {', '.join(others)} too: which are the part's?"
            )
        elif "length_mm" not in self.known:
            self._refuse("size_missing", "has a diameter and no length", "length_mm")
        return {"shape": "round", **self.known}

    def _box(self) -> dict[str, Decimal | str]:
        known = dict(self.known)
        thickness = known.pop("thickness_mm", None)
        missing = [name for name in _BOX if name not in known]
        if thickness is not None and not missing and known["height_mm"] != thickness:
            self._refuse(
                "sides_unclear", "has three sides and a thickness that is none of them: which are the part's?"
            )
        if thickness is not None and missing:
            if missing[0] != "height_mm" and "height_mm" in known:
                known[missing[0]] = known.pop("height_mm")
            known["height_mm"] = thickness
            missing = [name for name in _BOX if name not in known]
        if missing:
            self._refuse("size_missing", f"has no {' and no '.join(missing)}", missing[0])
        if thickness is not None and not missing:
            known["thickness_mm"] = known.pop("height_mm")
            return {"shape": "sheet", **known}
        return {**known}

    def add(self, name: str, read: Callable[[], Decimal]) -> None:
        """A side that a cell of its own holds."""
        try:
            value = read()
        except FigureError as error:
            self.problems.append(Problem(error.code, name, str(error), error.readings))
        else:
            self.known[name] = value

    def add_all(self, sides: Sides, read: Callable[[str], Decimal]) -> None:
        """Sides out of one cell; what a column of its own says of one of them has to agree."""
        if sides.is_round:
            self.is_round = True
        names = ("diameter_mm", "length_mm", "height_mm") if sides.is_round else _BOX
        before = dict(self.known)
        for name, figure in zip(names, sides.figures, strict=False):
            self.add(name, lambda figure=figure: read(figure))  # type: ignore[misc]
        for name, value in before.items():
            if name != "thickness_mm" and self.known.get(name, value) != value:
                self._refuse(
                    "sides_unclear", "says one thing in its own column and another among the dimensions", name
                )

    def _refuse(self, code: str, message: str, name: str = "dimensions") -> None:
        self.problems.append(Problem(code, name, message))
