"""The form of plain data, as it follows from a dataclass: what reads it, writes it, bounds and documents it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from dataclasses import Field as DataclassField
from decimal import Decimal
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Final, NamedTuple, Union, get_args, get_origin, get_type_hints

from domain.decimals import NotADecimalError, plain, read_decimal
from domain.rate_cards.problems import Problem

Place = tuple[str, ...]
MESSAGES: Final = {
    "required": "is missing",
    "unknown_field": "is not a known field",
    "not_an_object": "must be an object",
    "not_a_list": "must be a list",
    "not_text": "must be text",
    "not_a_number": "must be a plain decimal number",
    "not_finite": "must be a finite number",
    "not_an_integer": "must be a whole number",
    "out_of_range": "must not be negative",
}


class Bound(NamedTuple):
    """The least and the greatest figure that are taken, and what it counts; money is in the card's currency.

    `low` itself is not taken where a figure must be `above` it.
    """

    low: Decimal
    high: Decimal
    unit: str
    above: bool

    def holds(self, figure: Decimal | int) -> bool:
        """Whether `figure` lies within."""
        return (figure > self.low if self.above else figure >= self.low) and figure <= self.high

    def __str__(self) -> str:
        low, high = plain(self.low), plain(self.high)
        return f"more than {low}, at most {high}" if self.above else f"{low} to {high}"


def bound(low: str, high: str, unit: str, *, above: bool = False) -> Bound:
    """The annotation of a figure, which is an int or a Decimal."""
    return Bound(Decimal(low), Decimal(high), unit, above)


class SchemaKeywords:
    """An annotation: what JSON Schema says of a text, list or object besides its type. `check` holds a card to it."""

    def __init__(self, **words: object) -> None:
        self.words = words


class DataForm(ABC):
    """How a value stands in data."""

    @abstractmethod
    def read(self, data: object, place: Place, found: list[Problem]) -> Any:
        """The value in `data`. What is wrong goes to `found`; nought or nothing stands in its place."""

    def write(self, value: Any) -> Any:
        """`value` as data for JSON."""
        return value

    @property
    def inside(self) -> Mapping[str, "DataForm"]:
        """The forms of what the value holds, by key; "*" is any key."""
        return {}


@dataclass(frozen=True)
class Figure(DataForm):
    """A number of nought or more, as text or whole number; a `whole` one counts something."""

    bound: Bound
    whole: bool

    def read(self, data: object, place: Place, found: list[Problem]) -> Decimal | int:
        number = Decimal(0)
        try:
            number = read_decimal(data)
        except NotADecimalError as error:
            _note(found, place, error.code)
        if number < 0:
            _note(found, place, "out_of_range")
        if not self.whole:
            return number
        if number != int(number):
            _note(found, place, "not_an_integer")
        return int(number)

    def write(self, value: Any) -> Any:
        return value if self.whole else plain(value)


@dataclass(frozen=True)
class Text(DataForm):
    """A text that is not blank."""

    says: SchemaKeywords

    def read(self, data: object, place: Place, found: list[Problem]) -> str:
        if isinstance(data, str) and data.strip():
            return data
        _note(found, place, "not_text")
        return ""


@dataclass(frozen=True)
class ListOf(DataForm):
    """Any number of values of one form."""

    each: DataForm
    says: SchemaKeywords

    def read(self, data: object, place: Place, found: list[Problem]) -> tuple[Any, ...]:
        if not isinstance(data, list):
            _note(found, place, "not_a_list")
            return ()
        return tuple(self.each.read(one, (*place, str(index)), found) for index, one in enumerate(data))

    def write(self, value: Any) -> Any:
        return [self.each.write(one) for one in value]

    @property
    def inside(self) -> Mapping[str, DataForm]:
        return {"*": self.each}


class DataField(NamedTuple):
    """What stands under a key; one that is absent or null takes the `default`, where there is one."""

    form: DataForm
    default: Any = MISSING

    @property
    def required(self) -> bool:
        """Whether it must be there."""
        return self.default is MISSING

    def read(self, data: object, place: Place, found: list[Problem]) -> Any:
        """The value in `data`, which is None where the key is absent."""
        if data is not None:
            return self.form.read(data, place, found)
        if not self.required:
            return self.default
        _note(found, place, "required")
        return self.form.read(None, place, [])  # what it should have held is not missed by itself


@dataclass(frozen=True)
class Object(DataForm):
    """The fields of a dataclass, in its order; one with a default may be left out.

    What is None is left out when it is written, so that data from before there was the field keeps its form; the
    class names in `written_as_null` those that have always been there as null.
    """

    of: type
    fields: Mapping[str, DataField]

    def read(self, data: object, place: Place, found: list[Problem]) -> Any:
        return self.of(**_read(self.fields, data, place, found))

    def write(self, value: Any) -> Any:
        given = {name: getattr(value, name) for name in self.fields}
        always = getattr(self.of, "written_as_null", ())
        return {
            name: None if each is None else self.fields[name].form.write(each)
            for name, each in given.items()
            if each is not None or name in always
        }

    @property
    def inside(self) -> Mapping[str, DataForm]:
        return {name: field.form for name, field in self.fields.items()}


@dataclass(frozen=True)
class Entries(DataForm):
    """Values of one form by name: under exactly the texts of `keys`, each for a key, or under any names."""

    each: DataForm
    keys: Mapping[str, Any]
    says: SchemaKeywords

    def read(self, data: object, place: Place, found: list[Problem]) -> Mapping[Any, Any]:
        names = self.keys or (data if isinstance(data, dict) else {})
        fields = {name: DataField(self.each) for name in names if isinstance(name, str)}
        values = _read(fields, data, place, found)
        return MappingProxyType({self.keys.get(name, name): value for name, value in values.items()})

    def write(self, value: Any) -> Any:
        return {str(key): self.each.write(one) for key, one in value.items()}

    @property
    def inside(self) -> Mapping[str, DataForm]:
        return {"*": self.each}


def _read(
    fields: Mapping[str, DataField], data: object, place: Place, found: list[Problem]
) -> dict[str, Any]:
    if not isinstance(data, dict):
        _note(found, place, "not_an_object")
        data, found = {}, []  # what it should have held is not missed by itself
    values = {key: field.read(data.get(key), (*place, key), found) for key, field in fields.items()}
    for key in data:
        if key not in fields:
            _note(found, (*place, str(key)[:64]), "unknown_field")
    return values


def figures(form: DataForm, data: object, place: Place = ()) -> Iterator[tuple[Place, Figure, object]]:
    """What stands in `data` where `form` has a figure, with its place; whether it is one is not looked at."""
    if isinstance(data, Mapping | list):
        for key, each in data.items() if isinstance(data, Mapping) else enumerate(data):
            inner = form.inside.get(str(key)) or form.inside.get("*")
            if inner is not None:
                yield from figures(inner, each, (*place, str(key)))
    elif isinstance(form, Figure):
        yield place, form, data


def form_of(hint: Any) -> DataForm:
    """The form that a type stands for.

    An int or Decimal is annotated with its `bound`, an object by whole numbers with their range; what else may be
    annotated with `SchemaKeywords`. Raises TypeError for a type that has no form, and for a figure without bounds.
    """
    note: Any = None
    if get_origin(hint) is Annotated:
        hint, note = get_args(hint)
    kind, of = get_origin(hint), get_args(hint)
    says = note if isinstance(note, SchemaKeywords) else SchemaKeywords()
    if kind in {Union, UnionType} and of[1] is NoneType:
        return form_of(of[0])
    if hint in {int, Decimal} and isinstance(note, Bound):
        return Figure(note, whole=hint is int)
    if hint is str:
        return Text(says)
    if kind is tuple:
        return ListOf(form_of(of[0]), says)
    if kind is Mapping:
        keys: Iterable[Any] = () if of[0] is str else note if of[0] is int else of[0]
        return Entries(form_of(of[1]), {str(key): key for key in keys}, says)
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint, include_extras=True)
        return Object(
            hint, {each.name: DataField(form_of(hints[each.name]), _default(each)) for each in fields(hint)}
        )
    raise TypeError(f"{hint} has no form: a figure needs a bound")


def _default(field: DataclassField[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _note(found: list[Problem], place: Place, code: str) -> None:
    found.append(Problem.at(place, code, MESSAGES[code]))
