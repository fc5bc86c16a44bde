"""What the buttons of a draft's form do to what was typed: lines, operations and files come, go and move."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from api.desk.drafting.typed.typed_draft import KINDS, OPERATION_FIELDS, PART, Tree, branch, branches, text
from api.v1.quotes.lines import MAX_LINES
from domain.pricing.operations import MOST

FIRST: Final[Tree] = {"kind": PART, "specification": {"shape": "box"}}
"""What a new quote begins with."""


def changed(tree: Tree, does: str) -> str | None:
    """Do what the button says (`add:part`, `up:2`, `operation:0:outside`, …); the id of the place to go on typing at, or
    None for what is no such button.
    """
    name, *rest = does.split(":")
    act = _ACTS.get(name)
    if act is None:
        return None
    tree.setdefault("lines", [])
    try:
        return act(tree, *rest)
    except (LookupError, ValueError, TypeError):  # a button of a form that has changed since
        return "lines"


def _add(tree: Tree, kind: str) -> str:
    lines = branches(tree, "lines")
    if kind not in KINDS or len(lines) >= MAX_LINES:
        raise ValueError(kind)
    lines.append({**(_like_the_last(lines) if kind == PART else {"kind": kind}), "open": "yes"})
    return f"lines.{len(lines) - 1}"


def _like_the_last(lines: Sequence[Tree]) -> Tree:
    """A further part is mostly of the material, process and service level of the one before."""
    last = next((each for each in reversed(lines) if text(each, "kind") == PART), FIRST)
    asked = branch(last, "specification")
    alike = {name: said for name in ("shape", "material", "process") if (said := text(asked, name))}
    return {
        "kind": PART,
        "tier": text(last, "tier"),
        "specification": {**branch(FIRST, "specification"), **alike},
    }


def _copy(tree: Tree, at: str) -> str:
    lines, index = branches(tree, "lines"), int(at)
    if len(lines) >= MAX_LINES:
        raise ValueError(at)
    lines.insert(index + 1, {**_again(lines[index]), "open": "yes"})
    _files_follow(tree, lambda line: line + 1 if line > index + 1 else line)
    return f"lines.{index + 1}"


def _again(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _again(each) for name, each in value.items()}
    return [_again(each) for each in value] if isinstance(value, list) else value


def _remove(tree: Tree, at: str) -> str:
    lines, index = branches(tree, "lines"), int(at)
    del lines[index]
    _files_follow(tree, lambda line: None if line == index + 1 else line - 1 if line > index + 1 else line)
    return f"lines.{min(index, len(lines) - 1)}" if lines else "lines"


def _move(tree: Tree, at: str, by: int) -> str:
    lines, index = branches(tree, "lines"), int(at)
    other = index + by
    if not 0 <= other < len(lines):
        return f"lines.{index}"
    lines[index], lines[other] = lines[other], lines[index]
    swapped = {index + 1: other + 1, other + 1: index + 1}
    _files_follow(tree, lambda line: swapped.get(line, line))
    return f"lines.{other}"


def _files_follow(tree: Tree, moved: Callable[[int], int | None]) -> None:
    """A file belongs to its line wherever that goes; of a line that is gone, to the quote as a whole."""
    for each in branches(tree, "files"):
        if (at := text(each, "line")).isdecimal():
            each["line"] = str(moved(int(at)) or "")


def _operation(tree: Tree, at: str, kind: str) -> str:
    asked = _specification(tree, at)
    operations = asked.setdefault("operations", [])
    if kind not in OPERATION_FIELDS or len(operations) >= MOST:
        raise ValueError(kind)
    if not operations and text(asked, "process"):
        operations.append({"kind": "process", "process": text(asked, "process")})
        asked["process"] = ""
    operations.append({"kind": kind})
    return f"lines.{int(at)}.specification.operations.{len(operations) - 1}"


def _remove_operation(tree: Tree, at: str, which: str) -> str:
    asked = _specification(tree, at)
    del branches(asked, "operations")[int(which)]
    return f"lines.{int(at)}.specification.operations"


def _raise_operation(tree: Tree, at: str, which: str) -> str:
    operations, index = branches(_specification(tree, at), "operations"), int(which)
    if index > 0:
        operations[index - 1], operations[index] = operations[index], operations[index - 1]
    return f"lines.{int(at)}.specification.operations.{max(index - 1, 0)}"


def _specification(tree: Tree, at: str) -> Tree:
    line = branches(tree, "lines")[int(at)]
    line["specification"] = branch(line, "specification")
    found: Tree = line["specification"]
    return found


def _remove_file(tree: Tree, at: str) -> str:
    del branches(tree, "files")[int(at)]
    return "files"


def _open(tree: Tree, at: str) -> str:
    branches(tree, "lines")[int(at)]["open"] = "yes"
    return f"lines.{int(at)}"


_ACTS: Final[dict[str, Callable[..., str]]] = {
    "add": _add,
    "copy": _copy,
    "remove": _remove,
    "up": lambda tree, at: _move(tree, at, -1),
    "down": lambda tree, at: _move(tree, at, 1),
    "operation": _operation,
    "remove-operation": _remove_operation,
    "raise-operation": _raise_operation,
    "remove-file": _remove_file,
    "open": _open,
}
