"""The rate card that a new installation starts with: reference figures in EUR."""

from typing import Final

from domain.rate_cards.data import rate_card_from_data
from domain.rate_cards.rate_card import RateCard

DEFAULT_RATE_CARD_ID: Final = "01890000-0000-7000-8000-000000000004"
"""A card that is stored somewhere never changes: another figure here wants another id. Before turning it ended in 1."""

# material: money per cm³, waste factor, set-up, kg per cm³
_MATERIALS: Final = {
    "aluminum": "0.15 1.15 25.00 0.00270",
    "steel": "0.08 1.20 30.00 0.00785",
    "stainless_steel": "0.25 1.15 35.00 0.00800",
    "plastic_abs": "0.05 1.10 10.00 0.00105",
    "plastic_pla": "0.04 1.05 5.00 0.00124",
    "plastic_petg": "0.06 1.08 8.00 0.00127",
    "titanium": "2.50 1.25 100.00 0.00451",
    "brass": "0.35 1.18 40.00 0.00850",
    "copper": "0.45 1.20 45.00 0.00896",
    "carbon_fiber": "1.80 1.30 80.00 0.00155",
}
# process: money per hour, set-up hours, largest axis in mm, thin wall in mm
# | factors at complexity 1 to 5 | hours: constant, per 100 cm³, per 1000 cm², per 100 mm of height
_PROCESSES: Final = {
    "cnc": "85 1.5 2000 1.0 | 1.0 1.3 1.7 2.2 3.0 | 0.5 0.2 0.8 0",
    "turning": "70 1.0 1000 1.0 | 1.0 1.2 1.5 2.0 2.7 | 0.2 0.15 0.6 0",
    "3d_printing": "25 0.5 500 1.0 | 1.0 1.1 1.3 1.6 2.0 | 1.0 0.1 0 0.5",
    "sheet_cutting": "65 0.8 2000 0.5 | 1.0 1.2 1.4 1.7 2.1 | 0.2 0 0.3 0",
    "laser_cutting": "75 0.3 2000 0.5 | 1.0 1.1 1.3 1.6 2.0 | 0.2 0 0.3 0",
    "waterjet_cutting": "90 0.5 2000 0.5 | 1.0 1.2 1.4 1.7 2.2 | 1.0 0.5 0 0",
    "tube_bending": "70 1.2 2000 0.8 | 1.0 1.3 1.7 2.2 3.0 | 1.0 0.5 0 0",
    "injection_molding": "120 8.0 500 0.8 | 1.0 1.5 2.2 3.5 5.0 | 1.0 0.5 0 0",
}
_OFFERED: Final = {
    "cnc": "aluminum steel stainless_steel plastic_abs titanium brass copper carbon_fiber",
    "turning": "aluminum steel stainless_steel plastic_abs titanium brass copper",
    "3d_printing": "plastic_abs plastic_pla plastic_petg carbon_fiber",
    "sheet_cutting": "aluminum steel stainless_steel brass copper",
    "laser_cutting": "aluminum steel stainless_steel brass",
    "waterjet_cutting": "aluminum steel stainless_steel titanium brass copper carbon_fiber",
    "tube_bending": "aluminum steel stainless_steel titanium brass copper",
    "injection_molding": "plastic_abs plastic_pla plastic_petg",
}
# tier: margin | volume discounts | complexity surcharge | shipping base, per kg, per cm³ | working days
_TIERS: Final = {
    "expedited": "0.65 | 10 0.02 25 0.04 50 0.06 100 0.08 | 3.5 0.20 | 35.00 8.50 0.015 | 3",
    "standard": "0.45 | 10 0.03 25 0.06 50 0.09 100 0.12 | 4.0 0.15 | 15.00 4.25 0.008 | 10",
    "economy": "0.30 | 10 0.04 25 0.08 50 0.12 100 0.16 | 4.5 0.10 | 8.00 2.75 0.005 | 15",
    "domestic_economy": "0.25 | 10 0.05 25 0.10 50 0.15 100 0.20 | 5.0 0.05 | 5.00 1.85 0.003 | 20",
}


def _material(row: str) -> dict[str, str]:
    return dict(
        zip(("cost_per_cm3", "waste_factor", "set_up", "density_kg_per_cm3"), row.split(), strict=True)
    )


def _process(row: str, materials: str) -> dict[str, object]:
    figures, multipliers, hours = (part.split() for part in row.split("|"))
    names = ("rate_per_hour", "set_up_hours", "size_limit_mm", "thin_wall_mm")
    return {
        **dict(zip(names, figures, strict=True)),
        "complexity_multipliers": multipliers,
        "time": dict(zip(("constant", "per_volume", "per_surface", "per_height"), hours, strict=True)),
        "materials": materials.split(),
    }


def _tier(row: str) -> dict[str, object]:
    (margin,), discounts, surcharges, shipping, (days,) = (part.split() for part in row.split("|"))
    return {
        "margin": margin,
        "volume_discounts": _steps(discounts),
        "surcharges": _steps(surcharges),
        "shipping": dict(zip(("base_fee", "per_kg", "per_cm3"), shipping, strict=True)),
        "lead_time_days": int(days),
    }


def _steps(figures: list[str]) -> list[dict[str, str]]:
    return [{"start": start, "rate": rate} for start, rate in zip(figures[::2], figures[1::2], strict=True)]


DEFAULT_RATE_CARD: Final[RateCard] = rate_card_from_data(
    {
        "id": DEFAULT_RATE_CARD_ID,
        "version": 1,
        "name": "Reference card",
        "currency": "EUR",
        "materials": {name: _material(row) for name, row in _MATERIALS.items()},
        "processes": {name: _process(row, _OFFERED[name]) for name, row in _PROCESSES.items()},
        "tiers": {name: _tier(row) for name, row in _TIERS.items()},
        "customer_discounts": {
            "by_tier": {"standard": "0", "premium": "0.05", "enterprise": "0.08"},
            "by_quantity": _steps(["100", "0.02"]),
        },
        "overhead": "0.15",
        "adjustments": _steps(["3.0", "0.10", "4.0", "0.25"]),
        "weight_allowance": "1.15",
        "zone_factors": {"1": "1.0", "2": "1.3", "3": "1.8", "4": "2.5"},
        "break_quantities": [1, 10, 25, 50, 100, 250],
    }
)
