"""The form of a draft. Its fields are named by their places in the API's body (`lines.0.specification.material` for
`/lines/0/specification/material`), so that what the API says of a place is said beside the field.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from api.desk.drafting.typed.field_labels import in_words
from api.desk.shell.percentages import RULE, fraction, percentage
from api.http.problem import FieldError
from domain.offer.content import Unit
from domain.pricing.part_shapes import SIDES, Shape

Tree = dict[str, Any]
"""What was typed: texts by name, trees, and lists of trees."""

PART, CALCULATION, FREE = "part", "calculation", "free"
KINDS: Final = (PART, CALCULATION, FREE)
"""Of lines."""
OPERATION_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "process": ("process", "set_up_hours", "hours_per_piece", "complexity"),
    "outside": ("name", "cost_per_piece", "cost_per_batch", "minimum", "lead_time_days"),
    "bought": ("name", "cost_per_piece", "pieces_per_part"),
}
"""Of an operation, by its kind."""
QUOTE_TEXTS: Final = (
    *("customer_reference", "introduction", "remarks", "terms", "delivery_terms", "no_tax_reason", "notes"),
    *("valid_days", "valid_until"),
)
NEW_TEXTS: Final = ("customer_id", "contact", "owner", "external_id")
"""Of a new quote alone."""

_LISTS: Final = {"lines", "operations", "files", "columns", "words"}
_MANY: Final = {"also"}
_DEEPEST: Final = 6
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_WHOLE_FIELDS: Final = {
    *("lead_time_days", "shipping_distance_zone", "pieces_per_part", "valid_days", "line"),
}
_RATES: Final = {"rate", "tax_rate"}
_LINE_TEXTS: Final = (
    *("description", "part_number", "part_revision", "customer_part_number"),
    *("unit", "lead_time_days", "tax_rate"),
)
_PART_TEXTS: Final = (
    *("material", "process", "shape", "volume_cm3", "surface_cm2", "geometric_complexity_score"),
    *("shipping_distance_zone", "part_weight_kg", "customer_tier"),
    *("surface_finish", "tolerance_class", "special_requirements"),
)
_FILE_TEXTS: Final = ("sha256", "name", "audience", "line")
_SET: Final = {"discount": ("rate", "amount"), "override": ("unit_price", "total")}
"""What a person sets about a price, and as which figure: in the form `figure` and `by`."""
_THOUSANDS: Final = re.compile(r"[0-9]{1,3}(,[0-9]{3})+")
AMBIGUOUS: Final = "may be one number or several: write a blank after each comma, and none within a number"
_BY_CODE: Final = {"not_a_fraction": RULE}
_QUANTITIES: Final = re.compile(r"/(specification/quantity|quantities)(/.*)?$")
_TIERS: Final = re.compile(r"/tiers?(/.*)?$")
_FIGURE: Final = re.compile(r"/(discount|override)(/(?!reason).*)?$")


def typed_tree(fields: Mapping[str, Sequence[str]]) -> Tree:
    """What was typed, by its places. Lists keep the order of their indices; what is no part of the form does no harm."""
    root: Tree = {}
    for name, values in fields.items():
        *folders, last = name.split(".")
        if len(folders) >= _DEEPEST or not values:
            continue
        node: Any = root
        for folder in folders:
            node = node.setdefault(folder, {}) if isinstance(node, dict) else None
        if isinstance(node, dict):
            node[last] = [_clean(each) for each in values] if last in _MANY else _clean(values[-1])
    return _listed(root)


def text(node: Mapping[str, Any], name: str) -> str:
    """A text that was typed; empty where there is none."""
    found = node.get(name)
    return found if isinstance(found, str) else ""


def branch(node: Mapping[str, Any], name: str) -> Tree:
    """The tree below a name; an empty one where there is none."""
    found = node.get(name)
    return found if isinstance(found, dict) else {}


def branches(node: Mapping[str, Any], name: str) -> list[Tree]:
    """The list of trees below a name."""
    found = node.get(name)
    return found if isinstance(found, list) else []


def folded(line: Tree) -> str:
    """A line in one field: of many, most are as they were."""
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def _clean(value: str) -> str:
    return value.replace("\r\n", "\n").strip()


def _listed(node: Tree) -> Tree:
    for name, child in node.items():
        if isinstance(child, dict):
            node[name] = _listed(child)
            if name in _LISTS:
                entries = [(int(key), each) for key, each in child.items() if re.fullmatch("[0-9]{1,4}", key)]
                kept = [each for _, each in sorted(entries, key=lambda entry: entry[0])]
                node[name] = [_unfolded(each) for each in kept if isinstance(each, dict)]
        elif name in _LISTS:
            node[name] = []
    return node


def _unfolded(line: Tree) -> Tree:
    if "folded" not in line:
        return line
    try:
        found = json.loads(text(line, "folded"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def quote_data(tree: Tree, *, is_new: bool) -> tuple[dict[str, Any], dict[str, str]]:
    """The body of the API's request, and what is wrong with fields that the API does not know, by the field's name."""
    wrong: dict[str, str] = {}
    data = _given(tree, (*(NEW_TEXTS if is_new else ()), *QUOTE_TEXTS)) | _set(tree, "discount")
    lines = branches(tree, "lines")
    data["lines"] = [line_data(line, f"lines.{index}", wrong) for index, line in enumerate(lines)]
    if all(text(line, "kind") == FREE for line in lines):  # parts are priced in the currency of their card
        data |= _given(tree, ("currency",))
    if files := [_given(each, _FILE_TEXTS) for each in branches(tree, "files")]:
        data["files"] = files
    return data, wrong


def line_data(line: Tree, place: str, wrong: dict[str, str]) -> dict[str, Any]:
    """A line as the API's body has it; what the form alone knows to be wrong goes to `wrong`."""
    kind = text(line, "kind")
    data = _given(line, _LINE_TEXTS) | _set(line, "discount")
    if text(line, "optional"):
        data["optional"] = True
    if kind == FREE:
        return data | _given(line, ("quantity", "unit_price"))
    also = [each for each in line.get("also") or () if each and each != text(line, "tier")]
    tier = text(line, "tier")
    data |= {"tiers": [tier, *also]} if tier and also else _given(line, ("tier",))
    data |= _set(line, "override")
    if kind == CALCULATION:
        return data | {"pricing_calculation_id": text(line, "pricing_calculation_id")}
    said = text(line, "quantities")
    quantities = [_whole(each) for each in re.split(r"[\s,;]+", said) if each]
    if any(_THOUSANDS.fullmatch(each) for each in re.split(r"[\s;]+|,(?=\s)", said)):
        wrong[f"{place}.quantities"] = AMBIGUOUS
    specification = _specification(branch(line, "specification"))
    if quantities:
        specification["quantity"] = quantities[0]
    further = {"quantities": quantities} if len(quantities) > 1 else {}
    return {**data, **further, "specification": specification}


def _specification(typed: Tree) -> dict[str, Any]:
    """Of the shape's own sides: what was typed for another shape says nothing."""
    shape = text(typed, "shape") or Shape.BOX
    sides = SIDES.get(Shape(shape), ()) if shape in set(Shape) else ()
    data = _given(typed, (*_PART_TEXTS, *sides))
    operations = [_operation(each) for each in branches(typed, "operations")]
    return {**data, **({"operations": operations} if operations else {})}


def _operation(typed: Tree) -> dict[str, Any]:
    kind = text(typed, "kind") or "process"
    marked: dict[str, Any] = {} if kind == "process" else {kind: True}
    return marked | _given(typed, OPERATION_FIELDS.get(kind, ()))


def _given(node: Tree, names: Iterable[str]) -> dict[str, Any]:
    return {name: _value(name, said) for name in names if (said := text(node, name))}


def _value(name: str, said: str) -> Any:
    if name in _WHOLE_FIELDS:
        return _whole(said)
    return fraction(said) if name in _RATES else said


def _whole(said: str) -> int | str:
    return int(said) if _WHOLE.fullmatch(said) else said


def _set(node: Tree, name: str) -> dict[str, Any]:
    typed = branch(node, name)
    figure, by, reason = (text(typed, each) for each in ("figure", "by", "reason"))
    if not figure and not reason:
        return {}
    kind = by if by in _SET[name] else _SET[name][0]
    given = {kind: fraction(figure) if kind in _RATES else figure} if figure else {}
    return {name: {**given, **({"reason": reason} if reason else {})}}


def field_of(pointer: str) -> str:
    """The form's field for a place in the API's body; `form` for the body as a whole."""
    for pattern, name in ((_QUANTITIES, "/quantities"), (_TIERS, "/tier")):
        pointer = pattern.sub(name, pointer)
    pointer = _FIGURE.sub(r"/\1/figure", pointer)
    return pointer.strip("/").replace("/", ".") or "form"


def told(errors: Iterable[FieldError]) -> dict[str, str]:
    """What the API says is wrong, by the form's fields: the first of each."""
    found: dict[str, str] = {}
    for error in errors:
        name = field_of(error.pointer)
        found.setdefault(name, _words(name, error))
    return found


def _words(name: str, error: FieldError) -> str:
    if name.endswith("tax_rate") and error.code == "not_a_number":
        return RULE
    if name.endswith(".figure") and error.code == "one_of":
        return "is required beside a reason"
    return _BY_CODE.get(error.code) or in_words(error.message)


def line_tree(data: Mapping[str, Any]) -> Tree:
    """The other way round: a line as a command carries it (`domain.offer.repeat.lines_again`), as it would be typed."""
    tree: Tree = {name: _typed(name, data[name]) for name in _LINE_TEXTS if data.get(name) is not None}
    tree["optional"] = "yes" if data.get("optional") else ""
    if tree.get("unit") == Unit.PIECE:  # what a line counts where nothing is said
        del tree["unit"]
    tree |= {name: override_or_discount_tree(data[name], name) for name in _SET if data.get(name)}
    if "unit_price" in data:
        return {**tree, "kind": FREE, **{name: str(data[name]) for name in ("quantity", "unit_price")}}
    asked = data["specification"]
    tiers = data.get("tiers") or [data.get("tier") or ""]
    return {
        **tree,
        "kind": PART,
        "tier": tiers[0],
        "also": list(tiers[1:]),
        "quantities": ", ".join(map(str, data.get("quantities") or [asked["quantity"]])),
        "specification": {
            **{
                name: str(value)
                for name, value in asked.items()
                if name not in {"operations", "quantity"} and value is not None
            },
            "operations": [_operation_tree(each) for each in asked.get("operations") or ()],
        },
    }


def _typed(name: str, value: Any) -> str:
    return percentage(str(value)) if name in _RATES else str(value)


def override_or_discount_tree(data: Mapping[str, Any], name: str) -> Tree:
    """What a person has set about a price, as it would be typed; `name` is what it is."""
    kind = next(each for each in _SET[name] if data.get(each) is not None)
    return {"reason": data["reason"], "by": kind, "figure": _typed(kind, data[kind])}


def _operation_tree(data: Mapping[str, Any]) -> Tree:
    kind = next((each for each in ("outside", "bought") if data.get(each)), "process")
    return {
        "kind": kind,
        **{name: str(data[name]) for name in OPERATION_FIELDS[kind] if data.get(name) is not None},
    }
