"""What changed between two versions, as the OpenAPI document shows it."""

from typing import Any

from pydantic import BaseModel, Field

from api.http.fields import Money
from domain.offer.content import QuoteLine
from domain.presentation.diff import AmountChange, Change, ChangedLine, VersionDiff


class ChangeAnswer(BaseModel):
    """A field that reads differently; null where a version has none."""

    field: str = Field(examples=["quantity"])
    old: Any
    new: Any


class AmountChangeAnswer(BaseModel):
    """An amount that differs; `difference` is new less old, null between two currencies."""

    name: str = Field(examples=["total"])
    old: Money | None
    new: Money | None
    difference: Money | None


class LineSummaryAnswer(BaseModel):
    """A line that only one of the versions has."""

    position: int
    kind: str
    description: str
    part_number: str | None
    part_revision: str | None
    quantity: int
    unit_price: Money
    total: Money


class ChangedLineAnswer(BaseModel):
    """A line that both versions have; `price_lines` are those of the explained price."""

    position: int
    old_position: int
    description: str
    fields: list[ChangeAnswer]
    specification: list[ChangeAnswer]
    amounts: list[AmountChangeAnswer]
    price_lines: list[AmountChangeAnswer]


class DiffAnswer(BaseModel):
    """What changed between two versions; every list is empty where nothing did."""

    from_version: int
    to_version: int
    from_currency: str
    to_currency: str
    lines_added: list[LineSummaryAnswer]
    lines_removed: list[LineSummaryAnswer]
    lines_changed: list[ChangedLineAnswer]
    fields: list[ChangeAnswer]
    amounts: list[AmountChangeAnswer]


def diff_data(diff: VersionDiff, *, old: int, new: int) -> dict[str, Any]:
    """Only what differs: specification, lines, prices, discounts, tax and notes."""
    return {
        "from_version": old,
        "to_version": new,
        "from_currency": diff.old_currency,
        "to_currency": diff.new_currency,
        "lines_added": [_line(line) for line in diff.added],
        "lines_removed": [_line(line) for line in diff.removed],
        "lines_changed": [_changed(line) for line in diff.changed],
        "fields": [_change(change) for change in diff.fields],
        "amounts": [_amount(change) for change in diff.amounts],
    }


def _line(line: QuoteLine) -> dict[str, Any]:
    shown = ("position", "kind", "description", "part_number", "part_revision", "quantity", "unit_price")
    return {**{name: getattr(line, name) for name in shown}, "total": line.total}


def _changed(line: ChangedLine) -> dict[str, Any]:
    return {
        "position": line.position,
        "old_position": line.old_position,
        "description": line.description,
        "fields": [_change(change) for change in line.fields],
        "specification": [_change(change) for change in line.specification],
        "amounts": [_amount(change) for change in line.amounts],
        "price_lines": [_amount(change) for change in line.price_lines],
    }


def _change(change: Change) -> dict[str, Any]:
    return {"field": change.field, "old": change.old, "new": change.new}


def _amount(change: AmountChange) -> dict[str, Any]:
    return {"name": change.name, "old": change.old, "new": change.new, "difference": change.difference}
