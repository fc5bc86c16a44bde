"""Reads nested plain data strictly and notes each problem with its place."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final, Self

from domain.decimals import NotADecimalError, read_decimal
from domain.rate_cards.problems import Problem

MESSAGES: Final = {
    "required": "is missing",
    "unknown_field": "is not a field",
    "not_an_object": "must be an object",
    "not_a_list": "must be a list",
    "not_text": "must be text",
    "not_a_number": "must be a plain decimal number",
    "not_finite": "must be a finite number",
    "not_an_integer": "must be a whole number",
    "out_of_range": "must not be negative",
}


class Reader:
    """One object of the data, at a place. A figure that cannot be read is noted and becomes nought."""

    def __init__(self, data: object, place: tuple[str, ...], problems: list[Problem]) -> None:
        self._place = place
        self._problems = problems
        self._seen: set[str] = set()
        self._data: dict[object, object] = {}
        if isinstance(data, dict):
            self._data = data
        else:
            self._note("not_an_object", place)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Notes the fields that nobody asked for."""
        for key in self._data:
            if key not in self._seen:
                self._note("unknown_field", self.place(str(key)[:64]))

    def place(self, *keys: str | int) -> tuple[str, ...]:
        return (*self._place, *map(str, keys))

    def decimal(self, key: str) -> Decimal:
        """A figure of nought or more."""
        return self._decimal(self._take(key), self.place(key))

    def decimals(self, key: str) -> tuple[Decimal, ...]:
        return tuple(
            self._decimal(each, self.place(key, index)) for index, each in enumerate(self._list(key))
        )

    def integer(self, key: str) -> int:
        return self._integer(self._take(key), self.place(key))

    def integers(self, key: str) -> tuple[int, ...]:
        return tuple(
            self._integer(each, self.place(key, index)) for index, each in enumerate(self._list(key))
        )

    def text(self, key: str) -> str:
        return self._text(self._take(key), self.place(key))

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(self._text(each, self.place(key, index)) for index, each in enumerate(self._list(key)))

    def has(self, key: str) -> bool:
        """Whether an optional field is there; one that is null is not."""
        self._seen.add(key)
        return self._data.get(key) is not None

    def optional_decimal(self, key: str) -> Decimal:
        """A figure of nought or more; nought where it is left out."""
        return self.decimal(key) if self.has(key) else Decimal(0)

    def optional_child(self, key: str) -> "Reader":
        """An object; an empty one where it is left out."""
        return self.child(key) if self.has(key) else Reader({}, self.place(key), self._problems)

    def child(self, key: str) -> "Reader":
        return Reader(self._take(key, {}), self.place(key), self._problems)

    def children(self, key: str) -> Iterator["Reader"]:
        for index, each in enumerate(self._list(key)):
            yield Reader(each, self.place(key, index), self._problems)

    def names(self) -> tuple[str, ...]:
        return tuple(key for key in self._data if isinstance(key, str))

    def _take(self, key: str, missing: object = None) -> object:
        self._seen.add(key)
        if self._data.get(key) is None:
            self._note("required", self.place(key))
            return missing
        return self._data[key]

    def _list(self, key: str) -> list[object]:
        value = self._take(key, [])
        if isinstance(value, list):
            return value
        self._note("not_a_list", self.place(key))
        return []

    def _decimal(self, value: object, place: tuple[str, ...]) -> Decimal:
        if value is None:
            return Decimal(0)
        try:
            number = read_decimal(value)
        except NotADecimalError as error:
            self._note(error.code, place)
            return Decimal(0)
        if number < 0:
            self._note("out_of_range", place)
        return number

    def _integer(self, value: object, place: tuple[str, ...]) -> int:
        number = self._decimal(value, place)
        if number != int(number):
            self._note("not_an_integer", place)
        return int(number)

    def _text(self, value: object, place: tuple[str, ...]) -> str:
        if isinstance(value, str) and value.strip():
            return value
        if value is not None:
            self._note("not_text", place)
        return ""

    def _note(self, code: str, place: tuple[str, ...]) -> None:
        self._problems.append(Problem.at(place, code, MESSAGES[code]))
