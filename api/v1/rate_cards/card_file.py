"""A rate card as a file: YAML or JSON, every figure as it is written, every place with its line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from api.http.json_body import MAX_DEPTH, as_decimals, parse
from api.http.problem import ProblemError
from domain.rate_cards.form import Place
from domain.rate_cards.problems import Problem


class CardUnreadableError(Exception):
    """It is neither YAML nor JSON; its words name file and line."""


_MOST_NODES: Final = 100_000
_NULLS: Final = {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True, slots=True)
class CardFile:
    """What a file holds: plain data with figures as texts or exact decimals, what could not be taken for any
    data, and the line of each place.
    """

    name: str
    data: object
    problems: tuple[Problem, ...] = ()
    lines: Mapping[Place, int] = field(default_factory=dict)

    def line_of(self, place: Place) -> int | None:
        """The line of a place, or of what it is missing from."""
        known = (self.lines.get(place[:end]) for end in range(len(place), -1, -1))
        return next((line for line in known if line is not None), None)


def read_card_text(name: str, raw: bytes) -> CardFile:
    """The content of a file, by the extension of its name or else by how it begins. Raises CardUnreadableError."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CardUnreadableError(f"{name} is not text in UTF-8.") from error
    extension = name.lower().rpartition(".")[2]
    is_json = extension == "json" or (
        extension not in {"yaml", "yml"} and text.lstrip("\ufeff \t\r\n").startswith("{")
    )
    return _json(name, text) if is_json else _yaml(name, text)


def _yaml(name: str, text: str) -> CardFile:
    reading = _YamlReader()
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        data = None if node is None else reading.value(node, ())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{name}:{mark.line + 1}" if mark else name
        raise CardUnreadableError(
            f"{place}: this is not YAML: {getattr(error, 'problem', None) or error}."
        ) from error
    except (RecursionError, OverflowError) as error:
        raise CardUnreadableError(f"{name} is nested too deeply, or refers to itself.") from error
    return CardFile(name, data, tuple(reading.problems), reading.lines)


def _json(name: str, text: str) -> CardFile:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise CardUnreadableError(f"{name}:{error.lineno}: this is not JSON: {error.msg}.") from error
    except RecursionError as error:
        raise CardUnreadableError(f"{name} is nested too deeply.") from error
    lines = _lines_of_json(text)
    try:
        return CardFile(name, as_decimals(parse(text.encode())), lines=lines)
    except ProblemError as refused:
        if not refused.errors:
            raise CardUnreadableError(f"{name} cannot be used: {refused.detail}") from refused
        problems = (Problem.at(_keys(each.pointer), each.code, each.message) for each in refused.errors)
        return CardFile(name, None, tuple(problems), lines)


def _lines_of_json(text: str) -> Mapping[Place, int]:
    """JSON is YAML but for tabs between its marks; what else differs costs the lines alone."""
    reading = _YamlReader()
    try:
        node = yaml.compose(text.replace("\t", " "), Loader=yaml.BaseLoader)
        reading.value(node, ())
    except (yaml.YAMLError, RecursionError, OverflowError):
        return {}
    return reading.lines


def _keys(pointer: str) -> list[str]:
    return [key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:]]


class _YamlReader:
    """Plain data from YAML's nodes: mappings, lists and texts, which stay as they are written."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.lines: dict[Place, int] = {}
        self._nodes = 0

    def value(self, node: Any, place: Place) -> object:
        self._nodes += 1
        if len(place) > MAX_DEPTH or self._nodes > _MOST_NODES:
            raise OverflowError
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(each, (*place, str(index))) for index, each in enumerate(node.value)]
        return None if node.style is None and node.value in _NULLS else node.value

    def _mapping(self, node: Any, place: Place) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, each in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(
                    Problem.at(place, "bad_key", f"has a key that is not text, on line {line}")
                )
                continue
            at = (*place, key_node.value)
            if key_node.value in found:
                self.problems.append(Problem.at(at, "duplicate_key", f"is repeated on line {line}"))
                continue
            self.lines[at] = line
            found[key_node.value] = self.value(each, at)
        return found
