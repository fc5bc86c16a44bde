"""What the fields of a draft's form are called, beside them and where something is wrong with one."""

import re
from typing import Final

LABELS: Final = {
    "customer_id": "Customer",
    "contact": "Contact at the customer",
    "owner": "In charge here",
    "external_id": "External id",
    "customer_reference": "Customer's reference",
    "introduction": "Introduction",
    "remarks": "Remarks",
    "terms": "Terms",
    "delivery_terms": "Delivery terms",
    "no_tax_reason": "Why no tax is charged",
    "notes": "Notes for the shop",
    "valid_days": "Open for (days)",
    "valid_until": "Open until",
    "currency": "Currency",
    "description": "Description",
    "part_number": "Part number",
    "part_revision": "Revision",
    "customer_part_number": "Customer's part number",
    "quantities": "Quantity",
    "quantity": "Quantity",
    "unit": "Unit",
    "unit_price": "Price per unit",
    "lead_time_days": "Lead time (working days)",
    "tax_rate": "Tax rate (%)",
    "optional": "Optional",
    "tier": "Price at",
    "also": "Also offer",
    "pricing_calculation_id": "Stored calculation",
    "material": "Material",
    "process": "Process",
    "operations": "Operations",
    "shape": "Shape",
    "length_mm": "Length (mm)",
    "width_mm": "Width (mm)",
    "height_mm": "Height (mm)",
    "diameter_mm": "Diameter (mm)",
    "thickness_mm": "Thickness (mm)",
    "volume_cm3": "Volume (cm³)",
    "surface_cm2": "Surface (cm²)",
    "part_weight_kg": "Weight of a piece (kg)",
    "geometric_complexity_score": "Complexity (1 to 5)",
    "shipping_distance_zone": "Shipping zone",
    "customer_tier": "Priced for",
    "surface_finish": "Surface finish",
    "tolerance_class": "Tolerance class",
    "special_requirements": "Special requirements",
    "set_up_hours": "Set-up (h)",
    "hours_per_piece": "Per piece (h)",
    "complexity": "Complexity",
    "name": "Name",
    "cost_per_piece": "Cost per piece",
    "cost_per_batch": "Cost per batch",
    "minimum": "Minimum",
    "pieces_per_part": "Pieces per part",
    "audience": "Who sees it",
    "line": "Belongs to",
    "sha256": "File",
    "upload": "Files",
    "lines": "Lines",
    "files": "Files",
    "form": "The quote",
    "list": "The file",
    "field": "Taken for",
    "is": "Meant is",
    "decimal": "Decimal mark",
    "header_row": "Row of the headings",
    "email": "Email",
    "address": "Address",
    "tax_id": "Tax number",
    "contact_name": "Contact's name",
    "contact_email": "Contact's email",
    "recipients": "Recipients",
    "typed": "Further addresses",
    "read_only": "Who may only read",
    "message": "Message",
    "confirm": "To be confirmed",
    "reader": "Seen by",
}
_FIGURES: Final = {"override": "Price set by hand", "discount": "Discount"}
_REASONS: Final = {"override": "Reason of the price", "discount": "Reason of the discount"}
_NUMBERED: Final = {"lines": "Line", "files": "File", "columns": "Column", "words": "Word"}
_BELOW: Final = 2


_NAMES: Final = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")


def in_words(message: str) -> str:
    """A message of the API, with what the form calls its fields in place of their names."""
    return _NAMES.sub(lambda name: LABELS.get(name[0], name[0]).lower(), message)


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
