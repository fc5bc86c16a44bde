"""A rate card's data as JSON Schema, made of its form. The domain checks it, and names every problem by its place."""

from typing import Any, Final

from api.http.fields import DECIMAL_PATTERN
from domain.rate_cards.data import CARD, rate_card_to_data
from domain.rate_cards.default_card import DEFAULT_RATE_CARD
from domain.rate_cards.form import DataField, DataForm, Entries, Figure, ListOf, Object, Text

JsonSchema = dict[str, Any]


def _schema(form: DataForm) -> JsonSchema:
    match form:
        case Figure(bound, whole=True):
            whole = {"minimum": int(bound.low), "maximum": int(bound.high)}
            return {"type": "integer", "description": bound.unit, **whole}
        case Figure(bound):
            limits = {"minimum": float(bound.low), "maximum": float(bound.high)}
            kinds = [{"type": "string", "pattern": DECIMAL_PATTERN}, {"type": "number", **limits}]
            return {"description": f"{bound.unit}, {bound}", "anyOf": kinds}
        case Text(says):
            return {"type": "string", **says.words}
        case ListOf(each, says):
            return {"type": "array", "items": _schema(each), **says.words}
        case Entries(each, keys, says):
            fixed = {"properties": {key: _schema(each) for key in keys}, "required": list(keys)}
            open_ = {"additionalProperties": _schema(each), "minProperties": 0}
            held = {**fixed, "additionalProperties": False} if keys else open_
            return {"type": "object", **held, **says.words}
        case Object(of, fields):
            properties = {name: _field(field) for name, field in fields.items()}
            shape = {"type": "object", "properties": properties, "additionalProperties": False}
            made = {"title": f"RateCard{of.__name__}", **shape}
            required = [name for name, field in fields.items() if field.required]
            return {**made, "required": required} if required else made
    raise TypeError(form)


def _field(field: DataField) -> JsonSchema:
    schema = _schema(field.form)
    return {"anyOf": [schema, {"type": "null"}]} if field.default is None else schema


def _example() -> dict[str, Any]:
    """The reference card with one material, one process, and what a shop adds."""
    data: dict[str, Any] = rate_card_to_data(DEFAULT_RATE_CARD)
    cnc = {**data["processes"]["cnc"], "materials": ["aluminum"]}
    return {
        **{key: value for key, value in data.items() if key not in {"id", "minimum_order_value"}},
        "name": "Prices of 2027",
        "version": 2,
        "materials": {"aluminum": data["materials"]["aluminum"]},
        "processes": {"cnc": cnc},
        "minimum_per_part": "75.00",
        "finishes": {
            "anodized": {"per_cm2": "0.018", "per_batch": "45.00", "materials": ["aluminum"]},
            "polished": {"labour_rate": "0.35"},
        },
        "tolerance_classes": {"ISO 2768-f": {"labour_rate": "0.10", "set_up": "40.00"}},
    }


_CARD: Final = _schema(CARD)
# A card without an id gets one.
CARD_SCHEMA: Final[JsonSchema] = {**_CARD, "required": [name for name in _CARD["required"] if name != "id"]}
EXAMPLE_CARD: Final = _example()
