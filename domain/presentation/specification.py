"""How a specification reads to a person, in documents, in mails and on pages.

Everything here is for people outside the shop: it tells what is made and never what only the price is worked out from.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from domain import wording
from domain.pricing.part_shapes import size_in_words

MATERIALS: Final = {
    "aluminum": "Aluminium",
    "steel": "Steel",
    "stainless_steel": "Stainless steel",
    "plastic_abs": "ABS plastic",
    "plastic_pla": "PLA plastic",
    "plastic_petg": "PETG plastic",
    "titanium": "Titanium",
    "brass": "Brass",
    "copper": "Copper",
    "carbon_fiber": "Carbon fibre",
}
PROCESSES: Final = {
    "cnc": "CNC machined",
    "3d_printing": "3D printed",
    "sheet_cutting": "cut from sheet",
    "laser_cutting": "laser cut",
    "waterjet_cutting": "waterjet cut",
    "tube_bending": "bent tube",
    "injection_molding": "injection moulded",
    "turning": "turned",
}


def specification_in_words(data: Mapping[str, Any], labels: wording.CardLabels | None = None) -> str:
    """What is to be made: material, process or operations in their order, size in mm, finish, tolerance, requirements. What
    `labels` have a label for, by group and name, is told by it.

    Scores, zones, volumes, weights, hours and costs, from which only the price is worked out, are left out.
    """
    return ", ".join(wording.one_line(piece) for piece in _pieces(data, labels or {}) if piece)


def _pieces(data: Mapping[str, Any], labels: wording.CardLabels) -> Iterator[str]:
    material = str(data.get("material") or "")
    if material:
        yield wording.label(labels, "materials", material) or MATERIALS.get(
            material, material.replace("_", " ")
        )
    yield from (_operation(each, labels) for each in data.get("operations") or [data])
    if size := size_in_words(data):
        yield size
    if finish := data.get("surface_finish"):
        yield f"finish: {wording.label(labels, 'finishes', str(finish)) or finish}"
    if data.get("tolerance_class"):
        yield f"tolerance: {data['tolerance_class']}"
    if data.get("special_requirements"):
        yield str(data["special_requirements"])


def _operation(data: Mapping[str, Any], labels: wording.CardLabels) -> str:
    """The process, the name of what is done outside, or what goes in: "with 4 × dowel pin"."""
    name, process = str(data.get("name") or ""), str(data.get("process") or "")
    if data.get("bought"):
        pieces = data.get("pieces_per_part", 1)
        return f"with {name}" if pieces == 1 else f"with {wording.number(pieces)} × {name}"
    if data.get("outside"):
        return name
    return wording.label(labels, "processes", process) or PROCESSES.get(process, process.replace("_", " "))
