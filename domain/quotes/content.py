"""What a version of a quote offers: priced lines and notes. Written once, hashed, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.canonical import sha256_hex
from domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRequest:
    """A line as asked for: a specification to price, or a stored calculation, and the chosen tier.

    `specification` stays plain data here; the pricing activity reads it by the rules of
    `domain.pricing.specification`.
    """

    position: int
    description: str
    part_number: str | None = None
    part_revision: str | None = None
    tier: str = "standard"
    specification: Mapping[str, Any] | None = None
    pricing_calculation_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine:
    """A priced line. `breakdown` is the explained price of the chosen tier, for staff only."""

    position: int
    kind: str
    description: str
    part_number: str | None
    part_revision: str | None
    quantity: int
    tier: str
    lead_time_days: int
    unit_price: str
    total: str
    pricing_calculation_id: str
    rate_card_id: str
    specification: Mapping[str, Any]
    breakdown: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionContent:
    """Everything that a version offers, apart from its validity."""

    lines: tuple[QuoteLine, ...]
    total: Money
    notes: str | None = None
    warnings: tuple[Mapping[str, Any], ...] = ()

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data: the form that is stored and hashed. Money is text."""
        return {
            "lines": [line_to_data(line) for line in self.lines],
            "total": str(self.total),
            "currency": self.total.currency,
            "notes": self.notes,
            "warnings": [dict(warning) for warning in self.warnings],
        }

    @property
    def content_hash(self) -> str:
        """SHA-256 over the canonical JSON, as hexadecimal digits."""
        return sha256_hex(self.to_data())


def line_to_data(line: QuoteLine) -> dict[str, Any]:
    """Plain JSON data of one line."""
    data: dict[str, Any] = {name: getattr(line, name) for name in QuoteLine.__dataclass_fields__}
    data["specification"] = dict(line.specification)
    data["breakdown"] = [dict(entry) for entry in line.breakdown]
    return data
