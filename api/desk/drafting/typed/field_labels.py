"""What the fields of a draft's form are called, beside them and where something is wrong with one."""

import re
from collections.abc import Mapping
from typing import Final

LABELS: Final = {
    "form": "The quote",
    "list": "The file",
    "customer_id": "Customer",
    "recipients": "Recipients",
    "typed": "Further addresses",
    "read_only": "Who may only read",
    "contact": "Contact at the customer",
    "new_customer": "A new customer",
    "name": "Name",
    "email": "Email",
    "contact_name": "Contact's name",
    "contact_email": "Contact's email",
    "address": "Address",
    "tax_id": "Tax number",
    "lines": "Lines",
    "description": "Description",
    "part_number": "Part number",
    "pricing_calculation_id": "Stored calculation",
    "material": "Material",
    "process": "Process",
    "quantities": "Quantity",
    "quantity": "Quantity",
    "unit_price": "Price per unit",
    "geometric_complexity_score": "Complexity (1 to 5)",
    "shape": "Shape",
    "diameter_mm": "Diameter (mm)",
    "length_mm": "Length (mm)",
    "width_mm": "Width (mm)",
    "height_mm": "Height (mm)",
    "thickness_mm": "Thickness (mm)",
    "tier": "Price at",
    "operations": "Operations",
    "set_up_hours": "Set-up (h)",
    "hours_per_piece": "Per piece (h)",
    "complexity": "Complexity",
    "cost_per_piece": "Cost per piece",
    "cost_per_batch": "Cost per batch",
    "pieces_per_part": "Pieces per part",
    "minimum": "Minimum",
    "part_revision": "Revision",
    "customer_part_number": "Customer's part number",
    "lead_time_days": "Lead time (working days)",
    "tax_rate": "Tax rate (%)",
    "unit": "Unit",
    "optional": "Optional",
    "also": "Also offer",
    "volume_cm3": "Volume (cm³)",
    "surface_cm2": "Surface (cm²)",
    "part_weight_kg": "Weight of a piece (kg)",
    "shipping_distance_zone": "Shipping zone",
    "customer_tier": "Priced for",
    "surface_finish": "Surface finish",
    "tolerance_class": "Tolerance class",
    "special_requirements": "Special requirements",
    "message": "Message",
    "customer_reference": "Customer's reference",
    "valid_days": "Open for (days)",
    "valid_until": "Open until",
    "confirm": "To be confirmed",
    "introduction": "Introduction",
    "remarks": "Remarks",
    "delivery_terms": "Delivery terms",
    "discount": "Discount",
    "override": "Price set by hand",
    "terms": "Terms",
    "no_tax_reason": "Why no tax is charged",
    "notes": "Notes for the shop",
    "owner": "In charge here",
    "external_id": "External id",
    "currency": "Currency",
    "files": "Files",
    "audience": "Who sees it",
    "line": "Belongs to",
    "sha256": "File",
    "upload": "Files",
    "decimal": "Decimal mark",
    "words": "Words",
    "is": "Meant is",
    "defaults": "For all rows",
    "columns": "Columns",
    "field": "Taken for",
    "header_row": "Row of the headings",
    "reader": "Seen by",
}
"""In the order in which a page has them."""
_FIGURES: Final = {"override": "Price set by hand", "discount": "Discount"}
_REASONS: Final = {"override": "Reason of the price", "discount": "Reason of the discount"}
_NUMBERED: Final = {"lines": "Line", "files": "File", "columns": "Column", "words": "Word"}
_BELOW: Final = 2
_PLACES: Final = {name: place for place, name in enumerate((*LABELS, "figure", "by", "reason"))}
_NAMES: Final = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")


def in_words(message: str) -> str:
    """A message of the API, with what the form calls its fields in place of their names."""
    return _NAMES.sub(lambda name: LABELS.get(name[0], name[0]).lower(), message)


def in_page_order(wrong: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, by field, as one comes upon it from the top of the page."""
    return {name: wrong[name] for name in sorted(wrong, key=_place)}


def _place(name: str) -> tuple[int, ...]:
    """Of "lines.2.specification.material": the lines, the third, the material."""
    parts = (part for part in name.split(".") if part != "specification")
    return tuple(int(part) if part.isdecimal() else _PLACES.get(part, len(_PLACES)) for part in parts)


def short_label(name: str) -> str:
    """Of a field within its line: "Length (mm)"."""
    *above, last = name.split(".")
    owner = above[-1] if above else ""
    if last in {"figure", "reason"}:
        return (_FIGURES if last == "figure" else _REASONS).get(owner, "Reason")
    if owner.isdecimal() and "operations" in above:
        return f"{LABELS.get(last, last)} of operation {int(owner) + 1}"
    if last.isdecimal():
        return "Operation" if "operations" in above else "Line"
    return LABELS.get(last, "This field")


def label(name: str) -> str:
    """Of a field, with the line that it stands in: "Line 2, length (mm)"."""
    parts = name.split(".")
    if parts[0] in _NUMBERED and len(parts) > 1 and parts[1].isdecimal():
        where = f"{_NUMBERED[parts[0]]} {int(parts[1]) + 1}"
        if len(parts) == _BELOW:
            return where
        named = short_label(name)
        return f"{where}, {named[:1].lower()}{named[1:]}"
    return short_label(name)
