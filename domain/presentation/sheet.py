"""A version as its customer reads it, in document, mail and page: words, with nothing that only staff may know."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain import wording
from domain.offer.content import (
    Alternative,
    Discount,
    Quantity,
    QuoteLine,
    VersionContent,
    quantity_to_data,
)
from domain.offer.enclosures import FileAudience
from domain.presentation.specification import specification_in_words

MOST_CHOICES_IN_MAILS: Final = 96
"""Clients cut off a mail whose HTML is longer than 100 kB."""
TOTAL: Final = "Total"
WITHOUT_OPTIONAL: Final = "Total without optional items"
DISCOUNT: Final = "Discount: "
"""How the label of a discount on the whole begins; its reason follows."""


_PIECES: Final = {wording.unit(None, count) for count in (1, 2)}
LINES_OF_A_MAIL: Final = 20
"""Clients cut off a mail of more than 100 kB, and nobody reads five hundred lines in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """A row above the total: its label and an amount, negative for a discount."""

    label: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """What another quantity of the same part costs."""

    quantity: str
    unit_price: str
    total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedChoice:
    """What the customer may choose of a part: how much of it, at which service level, ready when, for how much. `key` tells it
    from the others of its line. `total` is after the line's discount, which `discount` tells in words.
    """

    key: str
    amount: str
    service: str | None
    lead_time: str | None
    unit_price: str
    total: str
    discount: str | None
    is_rounded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLine:
    """A line. `total` is after the line's discount, which `discount` tells in words. `service` is the service
    level in words ("Standard"), `breaks` are prices of other quantities of the same part. `unit` is what `quantity` counts
    ("pieces", "hour"), `customer_part` what the customer calls it, `more` what is said below the description. Where there are
    `choices`, one of them is to be chosen, and the line's own figures are those of the first; an optional one may be left out.

    `is_rounded` says that the price per piece is only near and the line's price counts.
    """

    description: str
    part: str | None
    specification: str
    quantity: str
    unit_price: str
    total: str
    lead_time: str | None
    discount: str | None
    is_rounded: bool
    service: str | None = None
    breaks: tuple[Break, ...] = ()
    unit: str = "pieces"
    customer_part: str | None = None
    more: tuple[str, ...] = ()
    number: int = 1
    is_optional: bool = False
    choices: tuple[PricedChoice, ...] = ()

    @property
    def amount(self) -> str:
        """How much of what: "20 pieces", "2.5 hours"."""
        return f"{self.quantity} {self.unit}"

    @property
    def in_pieces(self) -> bool:
        """Whether it counts pieces."""
        return self.unit in _PIECES


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetFile:
    """A file that the customer may open. `about` is its type and size in words; `line` the position of its line."""

    name: str
    about: str
    sha256: str
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSheet:
    """`sums` lead from the lines to the total; there are none where the lines just add up to it.

    Amounts are text with thousands separated, in `currency`; `total` stands beside it ("EUR 4 261.23"). It is None as long as
    something has to be chosen first: nobody asked for the sum of what is offered side by side. `conditions` then say what
    goes off or comes on top of whatever is chosen. Where lines are optional, the total is without them.
    `no_tax` says in words which lines have no tax, and why, where somebody gave a reason. `terms` are the version's own,
    none where the seller's hold. Texts of several paragraphs have one each.
    """

    currency: str
    lines: tuple[SheetLine, ...]
    sums: tuple[Sum, ...]
    total: str | None
    files: tuple[SheetFile, ...]
    no_tax: str | None
    customer_reference: str | None
    introduction: tuple[str, ...]
    remarks: tuple[str, ...]
    terms: tuple[str, ...]
    delivery_terms: tuple[str, ...]
    conditions: tuple[str, ...] = ()

    @property
    def is_rounded(self) -> bool:
        """Whether a price per piece is only near."""
        return any(line.is_rounded or any(each.is_rounded for each in line.choices) for line in self.lines)

    @property
    def has_choices(self) -> bool:
        """Whether there is something to choose."""
        return any(line.choices or line.is_optional for line in self.lines)

    @property
    def is_listed_in_mails(self) -> bool:
        """Whether a mail has room for all that there is to choose; else it counts them and leads to page and document."""
        return sum(len(line.choices) for line in self.lines) <= MOST_CHOICES_IN_MAILS

    @property
    def price(self) -> str:
        """The total, or that there is none yet, in half a sentence."""
        return self.total or "total to be chosen"

    @property
    def total_label(self) -> str:
        """What the total is the total of."""
        has_optional = self.total is not None and any(line.is_optional for line in self.lines)
        return WITHOUT_OPTIONAL if has_optional else TOTAL

    @property
    def in_pieces(self) -> bool:
        """Whether all lines count pieces, so that nothing need be said of it."""
        return all(line.in_pieces for line in self.lines)

    @property
    def first_lines(self) -> tuple[SheetLine, ...]:
        """The lines that a mail shows; the document has them all."""
        return self.lines[:LINES_OF_A_MAIL]

    @property
    def further_lines(self) -> str | None:
        """In words, how many a mail does not show; None where it shows all."""
        left = len(self.lines) - len(self.first_lines)
        if not left:
            return None
        return f"And {wording.number(left)} more {'line' if left == 1 else 'lines'}, which the quote's document lists."


def offer_sheet(content: VersionContent) -> OfferSheet:
    """What the customer reads of a version: no cost, margin, formula, override, note or internal file crosses
    over.
    """
    currency = content.total.currency
    is_open = is_to_be_chosen(content)
    return OfferSheet(
        currency=currency,
        lines=tuple(_line(line, currency) for line in content.lines if not (is_open and line.is_charge)),
        sums=() if is_open else _sums(content),
        total=None if is_open else wording.money(str(content.total), currency),
        conditions=_conditions(content) if is_open else (),
        files=tuple(
            SheetFile(
                name=wording.one_line(each.name),
                about=wording.file(each.media_type, each.size),
                sha256=each.sha256,
                line=each.line,
            )
            for each in content.files
            if each.audience == FileAudience.CUSTOMER
        ),
        no_tax=_no_tax(content),
        customer_reference=wording.one_line(content.customer_reference or "") or None,
        introduction=wording.paragraphs(content.introduction),
        remarks=wording.paragraphs(content.remarks),
        terms=wording.paragraphs(content.terms),
        delivery_terms=wording.paragraphs(content.delivery_terms),
    )


def _no_tax(content: VersionContent) -> str | None:
    """Beside rates of some lines it names the others."""
    reason = wording.one_line(content.untaxed_because or "")
    if not reason:
        return None
    untaxed = [str(line.position) for line in content.lines if line.tax_rate is None]
    if len(untaxed) == len(content.lines):
        return f"No tax is charged: {reason}"
    return (
        f"No tax on {'line' if len(untaxed) == 1 else 'lines'} {', '.join(untaxed)}: {reason}"
        if untaxed
        else reason
    )


def is_to_be_chosen(content: VersionContent) -> bool:
    """Whether there is no sum before somebody has chosen: between quantities and service levels, or anything at all."""
    certain = [line for line in content.lines if not (line.is_optional or line.is_charge)]
    return content.has_choices and (not certain or any(line.alternatives for line in certain))


def choice_key(quantity: Quantity, tier: str | None) -> str:
    """What tells one choice of a line from the others."""
    return f"{quantity_to_data(quantity)} {tier or ''}".strip()


def _line(line: QuoteLine, currency: str) -> SheetLine:
    told = wording.paragraphs(line.description) or ("",)
    return SheetLine(
        description=told[0],
        more=told[1:],
        customer_part=wording.one_line(line.customer_part_number or "") or None,
        unit=wording.unit(line.unit, line.quantity),
        number=line.position,
        is_optional=line.is_optional,
        choices=tuple(_choice(each, line, currency) for each in line.alternatives or ()),
        part=wording.part(line.part_number, line.part_revision),
        specification=specification_in_words(line.specification or {}, line.labels or {}),
        quantity=wording.number(line.quantity),
        unit_price=wording.number(line.unit_price),
        total=wording.number(line.total),
        lead_time=None if line.lead_time_days is None else wording.lead_time(line.lead_time_days),
        discount=_discount(line, currency),
        is_rounded=wording.is_rounded(line.unit_price, line.quantity, line.before_discount),
        service=wording.service(line.tier, line.labels or {}) if line.tier else None,
        breaks=tuple(
            Break(
                quantity=wording.number(row.quantity),
                unit_price=wording.number(row.unit_price),
                total=wording.number(row.total),
            )
            for row in line.quantity_breaks or ()
        ),
    )


def _choice(each: Alternative, line: QuoteLine, currency: str) -> PricedChoice:
    return PricedChoice(
        key=choice_key(each.quantity, each.tier),
        amount=f"{wording.number(each.quantity)} {wording.unit(line.unit, each.quantity)}",
        service=wording.service(each.tier) if each.tier else None,
        lead_time=None if each.lead_time_days is None else wording.lead_time(each.lead_time_days),
        unit_price=wording.number(each.unit_price),
        total=wording.number(each.total),
        discount=_discount(each, currency),
        is_rounded=wording.is_rounded(each.unit_price, each.quantity, each.before_discount),
    )


def _discount(priced: QuoteLine | Alternative, currency: str) -> str | None:
    if priced.discount is None:
        return None
    before = wording.money(priced.before_discount, currency)
    return f"{before} less {wording.number(priced.discount.amount)}: {_why(priced.discount)}"


def _conditions(content: VersionContent) -> tuple[str, ...]:
    """Discount, charges on the whole and taxes without their amounts, which depend on the choice."""
    told, currency = [], content.total.currency
    lines = [line for line in content.lines if not line.is_charge]
    if content.discount is not None:
        amount = "" if content.discount.rate else f"{wording.money(content.discount.amount, currency)}, "
        told.append(f"{DISCOUNT}{amount}{_why(content.discount)}")
    if any(line.order for line in lines):
        told.append("Shipping, packing and a minimum for each order are added by what is chosen.")
    rates = {Decimal(line.tax_rate) for line in lines if line.tax_rate is not None}
    for rate in sorted(rates):
        taxed = [str(line.position) for line in lines if line.tax_rate and Decimal(line.tax_rate) == rate]
        whose = (
            ""
            if len(taxed) == len(lines)
            else f" on {'line' if len(taxed) == 1 else 'lines'} {', '.join(taxed)}"
        )
        told.append(f"Prices are without tax; {_percent(str(rate))} is added{whose}.")
    return tuple(told)


def _sums(content: VersionContent) -> tuple[Sum, ...]:
    if content.discount is None and not content.taxes:
        return ()
    sums = [Sum(label="Subtotal", amount=wording.number(str(content.subtotal)))]
    if content.discount is not None:
        off = "\N{MINUS SIGN}" + wording.number(content.discount.amount)
        sums.append(Sum(label=f"{DISCOUNT}{_why(content.discount)}", amount=off))
        if content.taxes:
            sums.append(Sum(label="Net", amount=wording.number(str(content.net_total))))
    for tax in content.taxes:
        label = f"Tax {_percent(tax.rate)} on {wording.number(tax.base)}"
        sums.append(Sum(label=label, amount=wording.number(tax.amount)))
    return tuple(sums)


def _why(discount: Discount) -> str:
    """The reason, after the rate where there is one: "5 %, Repeat order"."""
    reason = wording.one_line(discount.reason)
    return f"{_percent(discount.rate)}, {reason}" if discount.rate is not None else reason


def _percent(rate: str) -> str:
    return f"{(Decimal(rate) * 100).normalize():f} %"
