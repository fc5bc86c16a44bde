"""What changed between two versions, as the OpenAPI document shows it."""

from typing import Any

from pydantic import BaseModel, Field

from api.http.fields import Money


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
