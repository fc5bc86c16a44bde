"""Reads the part of YAML that docker-compose.yml is written in, so that a test needs no library for it:
mappings and lists by indentation, JSON in one line, anchors, merges and literal blocks. Plain values stay text.
"""

import json
from typing import Any


def read_yaml(text: str) -> dict[str, Any]:
    """The document. Raises ValueError for what is not of that part."""
    return _Reader(text).mapping(0)


class _Reader:
    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._at = 0
        self._anchors: dict[str, Any] = {}

    def mapping(self, indent: int) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        while self._indent() == indent:
            key, colon, rest = self._take().strip().partition(":")
            if not colon:
                raise ValueError(f"not a mapping: {key}")
            if key == "<<":
                merged = self._anchors[rest.strip().removeprefix("*")]
            else:
                own[key] = self._value(rest.strip(), indent)
        return {**merged, **own}

    def _value(self, rest: str, indent: int) -> Any:
        if rest.startswith("&"):
            name, _, rest = rest[1:].partition(" ")
            self._anchors[name] = value = self._value(rest, indent)
            return value
        if rest == "|":
            return self._literal(indent)
        if rest.startswith(("[", '"', "{")):
            return json.loads(rest)
        return rest or self._nested(indent)

    def _nested(self, indent: int) -> Any:
        deeper = self._indent()
        if deeper <= indent:
            return None
        return self._list(deeper) if self._lines[self._at].strip().startswith("- ") else self.mapping(deeper)

    def _list(self, indent: int) -> list[Any]:
        items = []
        while self._indent() == indent:
            item = self._lines[self._at].strip().removeprefix("- ")
            if ": " in item and not item.startswith('"'):  # a mapping that begins beside the dash
                self._lines[self._at] = " " * (indent + 2) + item
                items.append(self.mapping(indent + 2))
            else:
                self._at += 1
                items.append(self._value(item, indent))
        return items

    def _literal(self, indent: int) -> str:
        lines: list[str] = []
        while self._at < len(self._lines) and (
            not (line := self._lines[self._at]).strip() or len(line) - len(line.lstrip()) > indent
        ):
            lines.append(line)
            self._at += 1
        margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
        return "\n".join(line[margin:] for line in lines).rstrip() + "\n"

    def _indent(self) -> int:
        """Of the next line that says something; -1 at the end."""
        while self._at < len(self._lines) and self._lines[self._at].strip()[:1] in {"", "#"}:
            self._at += 1
        if self._at == len(self._lines):
            return -1
        line = self._lines[self._at]
        return len(line) - len(line.lstrip())

    def _take(self) -> str:
        self._at += 1
        return self._lines[self._at - 1]
