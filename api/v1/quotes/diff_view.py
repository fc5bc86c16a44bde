"""A comparison of two versions as JSON."""

from typing import Any

from domain.offer.content import QuoteLine
from domain.presentation.diff import AmountChange, Change, ChangedLine, VersionDiff


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
