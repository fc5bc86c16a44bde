"""What a version of a quote offers: priced lines, totals and texts. Written once, hashed, never changed."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any

from domain.canonical import sha256_hex
from domain.decimals import plain
from domain.money import Money
from domain.offer.enclosures import Enclosure
from domain.offer.readers import Data


class LineKind(StrEnum):
    """A `part` has a price that was calculated; a `free` line is text with a price that a person gave; a `charge` is what
    rate cards add to a quote as a whole.
    """

    PART = "part"
    FREE = "free"
    CHARGE = "charge"


class Unit(StrEnum):
    """What a line counts; where nothing is said, pieces."""

    PIECE = "piece"
    HOUR = "hour"
    METRE = "metre"
    KILOGRAM = "kilogram"
    SET = "set"

    @property
    def is_whole(self) -> bool:
        """Whether there is no part of one."""
        return self in {Unit.PIECE, Unit.SET}


Quantity = int | Decimal
"""How many of its unit: a whole number wherever it is one, else with up to three decimals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A discount given: `amount` is money off, worked out from `rate` (0.05 for 5 %) where there is one."""

    reason: str
    amount: str
    rate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A price set by a person: `unit_price` or `total`, beside what had been computed. For staff only."""

    reason: str
    by: str
    computed_unit_price: str
    computed_total: str
    unit_price: str | None = None
    total: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideFate:
    """What became of an override of the version before: `kept`, `replaced` or `dropped`, and why."""

    position: int
    fate: str
    reason: str
    unit_price: str | None = None
    total: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityPrice:
    """What a quantity of the same part costs, all together and per piece."""

    quantity: int
    unit_price: str
    total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A quantity and a tier that the customer may choose of a part. `total` is `subtotal` less the discount, where there is
    one. Its calculation explains the price; `labels` and `order` are as of a line.
    """

    quantity: Quantity
    tier: str | None
    lead_time_days: int | None
    unit_price: str
    total: str
    pricing_calculation_id: str | None
    subtotal: str | None = None
    discount: Discount | None = None
    labels: Data | None = None
    order: Data | None = None

    @property
    def before_discount(self) -> str:
        """Its price before the line's discount, as decimal text."""
        return self.subtotal if self.subtotal is not None else self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine:
    """A priced line. `breakdown` is the explained price of the chosen tier, for staff only.

    `total` is what the line costs: `subtotal` less its discount, before the version's discount and tax.
    `subtotal` is None in contents that were written before there were discounts: then it is the total.
    `quantity_breaks` are prices of the same part at other quantities, where the line has the computed price.
    `labels` are what the customer reads instead of the card's names (`materials, processes, finishes, tiers`, each by
    name), as the card had them on that day. `order` is what the card says of a quote as a whole, for staff only: see
    `domain.offer.order_level`. A charge has nothing but its amount, and its explanation in `breakdown`.
    A free line has no tier, calculation, card and specification, and a lead time (in working days) where a person said
    one; a `unit_price` below nothing is a credit. Of a part whose lead time a person said, `computed_lead_time_days` is the
    rate card's. Where the customer may choose, `alternatives` are all that there is to choose from, and the line stands for
    the first of them; an `optional` line is out unless it is chosen. `description` may have several lines, and `customer_part_number` is what the customer calls it.
    """

    position: int
    kind: str
    description: str
    part_number: str | None
    part_revision: str | None
    quantity: Quantity
    tier: str | None
    lead_time_days: int | None
    unit_price: str
    total: str
    pricing_calculation_id: str | None
    rate_card_id: str | None
    specification: Data | None
    breakdown: tuple[Data, ...]
    subtotal: str | None = None
    override: Override | None = None
    discount: Discount | None = None
    tax_rate: str | None = None
    quantity_breaks: tuple[QuantityPrice, ...] | None = None
    unit: str | None = None
    customer_part_number: str | None = None
    computed_lead_time_days: int | None = None
    labels: Data | None = None
    order: Data | None = None
    alternatives: tuple[Alternative, ...] | None = None
    optional: bool | None = None

    @property
    def is_charge(self) -> bool:
        """Whether it follows from the other lines: nobody asked for it, and with other lines it is another one."""
        return self.kind == LineKind.CHARGE

    @property
    def is_optional(self) -> bool:
        """Whether it can be left out, and is where nothing is said."""
        return self.optional is True

    @property
    def before_discount(self) -> str:
        """The line's price before its discount, as decimal text."""
        return self.subtotal if self.subtotal is not None else self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """Tax of one rate: its lines less their share of the version's discount, and the tax on that."""

    rate: str
    base: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxDefault:
    """What holds for lines that name no tax rate: a `rate` (0.19), or a `reason` why there is none; at most one of them."""

    rate: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionTexts:
    """What people write on a version as a whole. Commands, pricing, content and comparison carry what is declared here,
    each as it is; None is what nobody wrote.

    `notes` are for staff only, all others are the customer's to read. `customer_reference` is what the enquiry is called in
    the customer's own papers. `terms` stand in place of the seller's. `no_tax_reason` says why no tax is charged; where it
    is written, lines have no tax but their own.
    """

    notes: str | None = None
    customer_reference: str | None = None
    introduction: str | None = None
    remarks: str | None = None
    terms: str | None = None
    delivery_terms: str | None = None
    no_tax_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRef:
    """What a decision depends on of a content that is kept elsewhere. What can be chosen of one that `has_choices` is asked
    for where somebody chooses. `to_confirm`: see `VersionContent`.
    """

    total: Money
    content_hash: str
    has_choices: bool = False
    to_confirm: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionContent(VersionTexts):
    """Everything that a version offers, apart from its validity.

    `total` is what the customer pays where nothing else is chosen: the totals of the lines that are not optional, less
    `discount`, plus `taxes`.
    `tax_default` is what held for the lines that named no tax rate, where there was one and there are such lines.
    `warnings` are for staff only: `line` (None of the quote as a whole), `code` and `message`, and `needs_confirmation` where
    it is not sent without.
    """

    lines: tuple[QuoteLine, ...]
    total: Money
    warnings: tuple[Data, ...] = ()
    discount: Discount | None = None
    taxes: tuple[Tax, ...] = ()
    override_fates: tuple[OverrideFate, ...] = ()
    files: tuple[Enclosure, ...] = ()
    tax_default: TaxDefault | None = None

    @property
    def untaxed_because(self) -> str | None:
        """Why lines without a tax rate have none, where somebody said it."""
        return self.no_tax_reason or (self.tax_default.reason if self.tax_default else None)

    @property
    def subtotal(self) -> Money:
        """The sum of the lines that are not optional, before the version's discount and tax."""
        return self._sum(line.total for line in self.lines if not line.is_optional)

    @property
    def has_choices(self) -> bool:
        """Whether there is something for the customer to choose."""
        return any(line.alternatives or line.is_optional for line in self.lines)

    @property
    def to_confirm(self) -> tuple[str, ...]:
        """The codes of what somebody has to confirm before it goes out, each once."""
        return tuple(dict.fromkeys(each["code"] for each in self.warnings if each.get("needs_confirmation")))

    @property
    def tax_total(self) -> Money:
        """All taxes together."""
        return self._sum(tax.amount for tax in self.taxes)

    @property
    def net_total(self) -> Money:
        """The total without tax."""
        return self.total - self.tax_total

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data: the form that is stored and hashed. Money is text.

        What came after the first contents is left out where it says nothing, so that theirs keep their hash.
        """
        data: dict[str, Any] = {
            "lines": [line_to_data(line) for line in self.lines],
            "total": str(self.total),
            "currency": self.total.currency,
            **{name: text for name, text in texts_of(self).items() if text is not None or name in _FIRST},
            "warnings": [dict(warning) for warning in self.warnings],
        }
        if self.discount is not None:
            data["discount"] = fields_of(self.discount)
        if self.taxes:
            data["taxes"] = [fields_of(tax) for tax in self.taxes]
        if self.override_fates:
            data["override_fates"] = [fields_of(fate) for fate in self.override_fates]
        if self.files:
            data["files"] = [each.to_data() for each in self.files]
        if self.tax_default is not None:
            told = fields_of(self.tax_default)
            data["tax_default"] = {name: value for name, value in told.items() if value is not None}
        return data

    @property
    def content_hash(self) -> str:
        """SHA-256 over the canonical JSON, as hexadecimal digits."""
        return sha256_hex(self.to_data())

    def _sum(self, amounts: Iterable[str]) -> Money:
        currency = self.total.currency
        return Money.sum_of((Money.parse(amount, currency) for amount in amounts), currency)


_FIRST = ("notes",)
_LATER = (
    *("subtotal", "override", "discount", "tax_rate", "quantity_breaks"),
    *("unit", "customer_part_number", "computed_lead_time_days"),
    *("labels", "order", "alternatives", "optional"),
)


def line_to_data(line: QuoteLine) -> dict[str, Any]:
    """Plain JSON data of one line."""
    data = fields_of(line)
    data["quantity"] = quantity_to_data(line.quantity)
    data["specification"] = dict(line.specification) if line.specification is not None else None
    data["breakdown"] = [dict(entry) for entry in line.breakdown]
    for name in ("override", "discount"):
        found = getattr(line, name)
        data[name] = fields_of(found) if found is not None else None
    if line.quantity_breaks is not None:
        data["quantity_breaks"] = [fields_of(row) for row in line.quantity_breaks]
    if line.alternatives is not None:
        data["alternatives"] = [_alternative_to_data(each) for each in line.alternatives]
    return {name: value for name, value in data.items() if value is not None or name not in _LATER}


def _alternative_to_data(alternative: Alternative) -> dict[str, Any]:
    discount, quantity = alternative.discount, quantity_to_data(alternative.quantity)
    told = {"quantity": quantity, "discount": fields_of(discount) if discount else None}
    data = {**fields_of(alternative), **told}
    return {name: value for name, value in data.items() if value is not None or name not in _LATER}


def _alternative_from_data(data: Data) -> Alternative:
    discount = data.get("discount")
    told = {"quantity": quantity_of(data["quantity"]), "discount": Discount(**discount) if discount else None}
    return Alternative(**{**data, **told})


def quantity_to_data(quantity: Quantity) -> int | str:
    """A whole number, or decimal text: the stored form has no floats."""
    return quantity if isinstance(quantity, int) else plain(quantity)


def quantity_of(data: int | str) -> Quantity:
    """What `quantity_to_data` wrote."""
    return data if isinstance(data, int) else Decimal(data)


def texts_of(written: VersionTexts) -> dict[str, Any]:
    """The texts alone, by their names."""
    return {each.name: getattr(written, each.name) for each in fields(VersionTexts)}


def said(written: VersionTexts) -> dict[str, Any]:
    """The texts as a version has them: of one that was emptied nothing stays, but of the first ones, which stay as they
    were written.
    """
    texts = texts_of(written)
    return {name: text if name in _FIRST or (text or "").strip() else None for name, text in texts.items()}


def fields_of(
    part: Discount | Override | OverrideFate | Tax | TaxDefault | QuantityPrice | Alternative | QuoteLine,
) -> dict[str, Any]:
    """The fields of a part of the content by their names."""
    return {name: getattr(part, name) for name in part.__dataclass_fields__}


def content_from_data(data: Data) -> VersionContent:
    """The content that `VersionContent.to_data` wrote."""
    discount = data.get("discount")
    return VersionContent(
        lines=tuple(map(_line_from_data, data["lines"])),
        total=Money.parse(data["total"], data["currency"]),
        **{each.name: data.get(each.name) for each in fields(VersionTexts)},
        warnings=tuple(data["warnings"]),
        discount=Discount(**discount) if discount else None,
        taxes=tuple(Tax(**tax) for tax in data.get("taxes", ())),
        override_fates=tuple(OverrideFate(**fate) for fate in data.get("override_fates", ())),
        files=tuple(map(Enclosure.from_data, data.get("files", ()))),
        tax_default=TaxDefault(**data["tax_default"]) if data.get("tax_default") else None,
    )


def _line_from_data(data: Data) -> QuoteLine:
    override, discount, breaks = data.get("override"), data.get("discount"), data.get("quantity_breaks")
    alternatives = data.get("alternatives")
    parts = {
        "quantity": quantity_of(data["quantity"]),
        "breakdown": tuple(data["breakdown"]),
        "override": Override(**override) if override else None,
        "discount": Discount(**discount) if discount else None,
        "quantity_breaks": tuple(QuantityPrice(**row) for row in breaks) if breaks is not None else None,
        "alternatives": tuple(map(_alternative_from_data, alternatives))
        if alternatives is not None
        else None,
    }
    return QuoteLine(**{**data, **parts})
