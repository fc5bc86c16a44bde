"""The same prices in plain floats: what a shop's own script would do, with no check, no line and no reason kept.

Written from the pricing rules alone and independent of the product, as a measure of its speed. Not exact: a float
cannot hold a tenth, so that a tie may round the wrong way.
"""

from typing import Final, NamedTuple

# cost per cm3, waste factor, set-up, kg per cm3
MATERIALS: Final = {
    "aluminum": (0.15, 1.15, 25.0, 0.0027),
    "steel": (0.08, 1.2, 30.0, 0.00785),
    "stainless_steel": (0.25, 1.15, 35.0, 0.008),
    "plastic_abs": (0.05, 1.1, 10.0, 0.00105),
    "plastic_pla": (0.04, 1.05, 5.0, 0.00124),
    "plastic_petg": (0.06, 1.08, 8.0, 0.00127),
    "titanium": (2.5, 1.25, 100.0, 0.00451),
    "brass": (0.35, 1.18, 40.0, 0.0085),
    "copper": (0.45, 1.2, 45.0, 0.00896),
    "carbon_fiber": (1.8, 1.3, 80.0, 0.00155),
}
_CNC: Final = (1.0, 1.3, 1.7, 2.2, 3.0)
_PRINT: Final = (1.0, 1.1, 1.3, 1.6, 2.0)
# per hour, set-up hours, multipliers at 1 to 5, base hours: constant, per v, per s, per h
PROCESSES: Final = {
    "cnc": (85.0, 1.5, _CNC, 0.5, 0.2, 0.8, 0.0),
    "turning": (70.0, 1.0, (1.0, 1.2, 1.5, 2.0, 2.7), 0.2, 0.15, 0.6, 0.0),
    "3d_printing": (25.0, 0.5, _PRINT, 1.0, 0.1, 0.0, 0.5),
    "sheet_cutting": (65.0, 0.8, (1.0, 1.2, 1.4, 1.7, 2.1), 0.2, 0.0, 0.3, 0.0),
    "laser_cutting": (75.0, 0.3, _PRINT, 0.2, 0.0, 0.3, 0.0),
    "waterjet_cutting": (90.0, 0.5, (1.0, 1.2, 1.4, 1.7, 2.2), 1.0, 0.5, 0.0, 0.0),
    "tube_bending": (70.0, 1.2, _CNC, 1.0, 0.5, 0.0, 0.0),
    "injection_molding": (120.0, 8.0, (1.0, 1.5, 2.2, 3.5, 5.0), 1.0, 0.5, 0.0, 0.0),
}
# margin, discounts from 10, 25, 50, 100, surcharge and from where, shipping: base, per kg, per cm3
TIERS: Final = {
    "expedited": (0.65, (0.0, 0.02, 0.04, 0.06, 0.08), 0.2, 3.5, 35.0, 8.5, 0.015),
    "standard": (0.45, (0.0, 0.03, 0.06, 0.09, 0.12), 0.15, 4.0, 15.0, 4.25, 0.008),
    "economy": (0.3, (0.0, 0.04, 0.08, 0.12, 0.16), 0.1, 4.5, 8.0, 2.75, 0.005),
    "domestic_economy": (0.25, (0.0, 0.05, 0.1, 0.15, 0.2), 0.05, 5.0, 5.0, 1.85, 0.003),
}
ZONES: Final = (0.0, 1.0, 1.3, 1.8, 2.5)
CUSTOMERS: Final = {"standard": 0.0, "premium": 0.05, "enterprise": 0.08}


class FloatPart(NamedTuple):
    """Lengths in mm, weight of a piece in kg."""

    material: str
    process: str
    length: float
    width: float
    height: float
    complexity: float
    quantity: int
    zone: int
    customer: str
    weight: float | None


def totals(part: FloatPart) -> dict[str, float]:
    """The total of each tier: the sum of its ten lines, each rounded to cents."""
    material_, process, length, width, height, complexity, quantity, zone, customer, weight = part
    cost, waste, material_set_up, density = MATERIALS[material_]
    rate, set_up_hours, multipliers, constant, per_v, per_s, per_h = PROCESSES[process]
    volume = length * width * height / 1000
    surface = 2 * (length * width + length * height + width * height) / 100
    hours = constant + per_v * volume / 100 + per_s * surface / 1000 + per_h * height / 100
    below = min(int(complexity), 4)
    low, high = multipliers[below - 1], multipliers[below]
    labour = quantity * hours * (low + (high - low) * (complexity - below)) * rate
    material = quantity * volume * cost * waste
    adjustment = labour * (0.25 if complexity >= 4 else 0.1 if complexity >= 3 else 0.0)
    set_up = material_set_up + set_up_hours * rate
    overhead = 0.15 * (material + labour + adjustment + set_up)
    base = material + labour + adjustment + set_up + overhead
    if weight is None:
        weight = volume * density * 1.15
    of_batch = (
        round(material, 2) + round(labour, 2) + round(adjustment, 2) + round(set_up, 2) + round(overhead, 2)
    )
    step = (quantity >= 10) + (quantity >= 25) + (quantity >= 50) + (quantity >= 100)
    off = CUSTOMERS[customer] + (0.02 if quantity >= 100 else 0.0)
    found = {}
    for tier, (margin, discounts, surcharge, start, fee, per_kg, per_cm3) in TIERS.items():
        with_margin = base * (1 + margin)
        freight = max(weight * quantity * per_kg, volume * quantity * per_cm3)
        found[tier] = (
            of_batch
            + round(base * margin, 2)
            + round((fee + freight) * ZONES[zone], 2)
            + (round(with_margin * surcharge, 2) if complexity >= start else 0.0)
            - round(with_margin * discounts[step], 2)
            - round(with_margin * off, 2)
        )
    return found
