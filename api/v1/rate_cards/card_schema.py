"""The form of a rate card's data as JSON Schema. The domain checks it, and names every problem by its place."""

from collections.abc import Iterable
from typing import Any, Final

from api.http.fields import DECIMAL_PATTERN
from domain.rate_cards.bounds import BOUNDS
from domain.rate_cards.check import NAME_LIMIT
from domain.rate_cards.data import rate_card_to_data
from domain.rate_cards.default_card import DEFAULT_RATE_CARD
from domain.rate_cards.rate_card import CustomerTier, Tier

Schema = dict[str, Any]
_NAME: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": NAME_LIMIT}
_NAMES: Final[Schema] = {"type": "array", "items": _NAME, "minItems": 1, "uniqueItems": True}


def _figure(place: str) -> Schema:
    """A figure as text or plain number, with its bounds for people."""
    bound = BOUNDS[place]
    return {
        "description": f"{bound.unit}, {bound}",
        "anyOf": [
            {"type": "string", "pattern": DECIMAL_PATTERN},
            {"type": "number", "minimum": float(bound.low), "maximum": float(bound.high)},
        ],
    }


def _whole(place: str) -> Schema:
    bound = BOUNDS[place]
    return {
        "type": "integer",
        "description": bound.unit,
        "minimum": int(bound.low),
        "maximum": int(bound.high),
    }


def _object(properties: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    made: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**made, "required": required} if required else made


def _figures(place: str, *names: str, optional: bool = False) -> Schema:
    properties = {name: _figure(f"{place}.{name}") for name in names}
    return _object(properties, optional=names if optional else ())


def _named(each: Schema, *, at_least: int = 0) -> Schema:
    return {"type": "object", "additionalProperties": each, "minProperties": at_least}


def _each_of(names: Iterable[str], each: Schema) -> Schema:
    """An object that has exactly these names, all with the same form."""
    known = [str(name) for name in names]
    return {**_named(each), "propertyNames": {"enum": known}, "required": known}


def _steps(place: str) -> Schema:
    return {"type": "array", "items": _figures(f"{place}.*", "start", "rate")}


def _process() -> Schema:
    place = "processes.*"
    return _object(
        {
            **{name: _figure(f"{place}.{name}") for name in ("rate_per_hour", "set_up_hours")},
            "complexity_multipliers": {
                "type": "array",
                "items": _figure(f"{place}.complexity_multipliers.*"),
                "minItems": 5,
                "maxItems": 5,
            },
            "time": _figures(f"{place}.time", "constant", "per_volume", "per_surface", "per_height"),
            **{name: _figure(f"{place}.{name}") for name in ("size_limit_mm", "thin_wall_mm")},
            "materials": _NAMES,
        }
    )


def _tier() -> Schema:
    place = "tiers.*"
    return _object(
        {
            "margin": _figure(f"{place}.margin"),
            "volume_discounts": _steps(f"{place}.volume_discounts"),
            "surcharges": _steps(f"{place}.surcharges"),
            "shipping": _figures(f"{place}.shipping", "base_fee", "per_kg", "per_cm3"),
            "lead_time_days": _whole(f"{place}.lead_time_days"),
        }
    )


def _finish() -> Schema:
    made = _figures("finishes.*", "per_cm2", "per_batch", "labour_rate", optional=True)
    made["properties"]["materials"] = {"anyOf": [_NAMES, {"type": "null"}]}
    return made


def _card() -> Schema:
    material = ("cost_per_cm3", "waste_factor", "set_up", "density_kg_per_cm3")
    by_tier = _each_of(CustomerTier, _figure("customer_discounts.by_tier.*"))
    return _object(
        {
            "id": {"type": "string", "format": "uuid"},
            "version": _whole("version"),
            "name": _NAME,
            "currency": {"type": "string", "description": "ISO 4217", "minLength": 3, "maxLength": 3},
            "materials": _named(_figures("materials.*", *material), at_least=1),
            "processes": _named(_process(), at_least=1),
            "tiers": _each_of(Tier, _tier()),
            "customer_discounts": _object(
                {"by_tier": by_tier, "by_quantity": _steps("customer_discounts.by_quantity")}
            ),
            "overhead": _figure("overhead"),
            "adjustments": _steps("adjustments"),
            "weight_allowance": _figure("weight_allowance"),
            "zone_factors": _each_of(map(str, range(1, 5)), _figure("zone_factors.*")),
            "break_quantities": {"type": "array", "items": _whole("break_quantities.*")},
            "minimum_order_value": {"anyOf": [_figure("minimum_order_value"), {"type": "null"}]},
            "finishes": _named(_finish()),
            "tolerance_classes": _named(
                _figures("tolerance_classes.*", "labour_rate", "set_up", optional=True)
            ),
        },
        optional=("id", "minimum_order_value", "finishes", "tolerance_classes"),
    )


def _example() -> dict[str, Any]:
    """The reference card with one material, one process, and what a shop adds."""
    data: dict[str, Any] = rate_card_to_data(DEFAULT_RATE_CARD)
    cnc = {**data["processes"]["cnc"], "materials": ["aluminum"]}
    return {
        **{key: value for key, value in data.items() if key != "id"},
        "name": "Prices of 2027",
        "version": 2,
        "materials": {"aluminum": data["materials"]["aluminum"]},
        "processes": {"cnc": cnc},
        "minimum_order_value": "75.00",
        "finishes": {
            "anodized": {"per_cm2": "0.018", "per_batch": "45.00", "materials": ["aluminum"]},
            "polished": {"labour_rate": "0.35"},
        },
        "tolerance_classes": {"ISO 2768-f": {"labour_rate": "0.10", "set_up": "40.00"}},
    }


CARD_SCHEMA: Final[Schema] = _card()
EXAMPLE_CARD: Final = _example()
