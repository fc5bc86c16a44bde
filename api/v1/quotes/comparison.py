"""What changed between two versions."""

from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from pydantic import Field

from api.http.fields import MoneyText
from api.json_answer import Answer, CurrencyText, Ordinal, as_recorded
from api.v1.quotes.line_answers import number
from domain.offer.comparison import Change
from domain.offer.content import LineKind, QuoteLine, Unit
from domain.presentation.differences.diff import AmountChange, ChangedLine, VersionDiff


class DiffFormat(StrEnum):
    """How a comparison is told: as data, or as text for people."""

    JSON = "json"
    TEXT = "text"


class ChangeAnswer(Answer):
    """A field whose value differs; null where a version has none."""

    field: str = Field(examples=["quantity"])
    old: Any
    new: Any

    @classmethod
    def of(cls, change: Change) -> Self:
        """The field on both sides."""
        old, new = (number(side) if isinstance(side, Decimal) else side for side in (change.old, change.new))
        return cls(field=change.field, old=old, new=new)


class AmountChangeAnswer(Answer):
    """An amount that differs; `difference` is new less old, null between two currencies."""

    name: str = Field(examples=["total"])
    old: MoneyText | None
    new: MoneyText | None
    difference: MoneyText | None

    @classmethod
    def of(cls, change: AmountChange) -> Self:
        """The amount on both sides."""
        return cls(name=change.name, old=change.old, new=change.new, difference=change.difference)


class LineSummaryAnswer(Answer):
    """A line that is in only one of the versions."""

    position: Ordinal
    kind: LineKind
    description: str
    part_number: str | None
    part_revision: str | None
    quantity: int | float
    unit: Unit | None
    unit_price: MoneyText
    total: MoneyText

    @classmethod
    def of(cls, line: QuoteLine) -> Self:
        """The line in short."""
        return cls(
            position=line.position,
            kind=as_recorded(LineKind, line.kind),
            description=line.description,
            part_number=line.part_number,
            part_revision=line.part_revision,
            quantity=number(line.quantity),
            unit=as_recorded(Unit, line.unit) if line.unit is not None else None,
            unit_price=line.unit_price,
            total=line.total,
        )


class ChangedLineAnswer(Answer):
    """A line in both versions; `price_lines` are those of the explained price."""

    position: Ordinal
    old_position: Ordinal
    description: str
    fields: list[ChangeAnswer]
    specification: list[ChangeAnswer]
    amounts: list[AmountChangeAnswer]
    price_lines: list[AmountChangeAnswer]

    @classmethod
    def of(cls, line: ChangedLine) -> Self:
        """Where the two differ."""
        return cls(
            position=line.position,
            old_position=line.old_position,
            description=line.description,
            fields=[ChangeAnswer.of(change) for change in line.fields],
            specification=[ChangeAnswer.of(change) for change in line.specification],
            amounts=[AmountChangeAnswer.of(change) for change in line.amounts],
            price_lines=[AmountChangeAnswer.of(change) for change in line.price_lines],
        )


class DiffAnswer(Answer):
    """What changed between two versions; a list is empty where nothing did."""

    from_version: Ordinal
    to_version: Ordinal
    from_currency: CurrencyText
    to_currency: CurrencyText
    lines_added: list[LineSummaryAnswer]
    lines_removed: list[LineSummaryAnswer]
    lines_changed: list[ChangedLineAnswer]
    fields: list[ChangeAnswer]
    amounts: list[AmountChangeAnswer]

    @classmethod
    def of(cls, diff: VersionDiff, *, old: int, new: int) -> Self:
        """Only what differs: specification, lines, prices, discounts, tax and texts."""
        return cls(
            from_version=old,
            to_version=new,
            from_currency=diff.old_currency,
            to_currency=diff.new_currency,
            lines_added=[LineSummaryAnswer.of(line) for line in diff.added],
            lines_removed=[LineSummaryAnswer.of(line) for line in diff.removed],
            lines_changed=[ChangedLineAnswer.of(line) for line in diff.changed],
            fields=[ChangeAnswer.of(change) for change in diff.fields],
            amounts=[AmountChangeAnswer.of(change) for change in diff.amounts],
        )
