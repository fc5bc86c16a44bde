"""A comparison of two versions as text that a person reads from top to bottom."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from domain.decimals import percent
from domain.offer.comparison import Change
from domain.offer.content import QuoteLine
from domain.presentation.differences.diff import AmountChange, ChangedLine, VersionDiff

_NONE = "none"


def diff_text(diff: VersionDiff, *, number: str, old: int, new: int) -> str:
    """Plain text, one change a line, amounts with their difference; ends with a line break."""
    lines = [f"{number}: version {old} to version {new}", *_body(diff)]
    return "\n".join(lines) + "\n"


def _body(diff: VersionDiff) -> Iterator[str]:
    parts = (diff.added, diff.removed, diff.changed, diff.fields, diff.amounts)
    if not any(parts):
        yield "No difference."
    if diff.old_currency != diff.new_currency:
        yield f"Currency: {diff.old_currency} -> {diff.new_currency}"
    for changed in diff.changed:
        yield from _changed(changed)
    for line in diff.added:
        yield f"+ {_line(line, diff.new_currency)}"
    for line in diff.removed:
        yield f"- {_line(line, diff.old_currency)}"
    for change in diff.fields:
        yield _change(change)
    for amount in diff.amounts:
        yield _amount(amount)


def _changed(line: ChangedLine) -> Iterator[str]:
    moved = f" (was line {line.old_position})" if line.old_position != line.position else ""
    yield f"~ Line {line.position}{moved}: {line.description}"
    for change in (*line.fields, *line.specification):
        yield f"    {_change(change)}"
    for amount in line.amounts:
        yield f"    {_amount(amount)}"
    for amount in line.price_lines:
        yield f"      {_amount(amount)}"


def _line(line: QuoteLine, currency: str) -> str:
    pieces = "1 piece" if line.quantity == 1 else f"{line.quantity} pieces"
    return f"Line {line.position}: {line.description}, {pieces}, {currency} {line.total}"


def _change(change: Change) -> str:
    return f"{field_words(change.field)}: {value_words(change.old)} -> {value_words(change.new)}"


def _amount(change: AmountChange) -> str:
    told = f"{field_words(change.name)}: {change.old or _NONE} -> {change.new or _NONE}"
    if change.difference is None:
        return told
    sign = "" if change.difference.startswith("-") else "+"
    return f"{told} ({sign}{change.difference})"


def field_words(name: str) -> str:
    """What a field or an amount is called: "Unit price", "Tax 19 %"."""
    kind, _, rate = name.partition(" ")
    if kind == "tax" and rate:
        return f"Tax {percent(Decimal(rate))}"
    return name.replace("_", " ").capitalize()


def value_words(value: Any) -> str:
    """A side of a change in words; "none" where there is none."""
    if value is None:
        return _NONE
    if isinstance(value, Mapping):
        told = (
            name.replace("_", " ") if each is True else f"{name.replace('_', ' ')} {each}"
            for name, each in value.items()
            if each is not None
        )
        return ", ".join(told)
    if isinstance(value, list | tuple):
        return "; ".join(f"{number}. {value_words(each)}" for number, each in enumerate(value, start=1))
    return " / ".join(str(value).splitlines())
