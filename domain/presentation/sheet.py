"""A version as its customer reads it, in document, mail and page: words, with nothing that only staff may know."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain import wording
from domain.offer.content import Discount, QuoteLine, VersionContent
from domain.offer.enclosures import FileAudience
from domain.presentation.specification import specification_in_words

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
class SheetLine:
    """A line. `total` is after the line's discount, which `discount` tells in words. `service` is the service
    level in words ("Standard"), `breaks` are prices of other quantities of the same part. `unit` is what `quantity` counts
    ("pieces", "hour"), `customer_part` what the customer calls it, `more` what is said below the description.

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

    Amounts are text with thousands separated, in `currency`; `total` stands beside it ("EUR 4 261.23"). `no_tax` says in
    words which lines have no tax, and why, where somebody gave a reason. `terms` are the version's own, none where the
    seller's hold. Texts of several paragraphs have one each.
    """

    currency: str
    lines: tuple[SheetLine, ...]
    sums: tuple[Sum, ...]
    total: str
    files: tuple[SheetFile, ...]
    no_tax: str | None
    customer_reference: str | None
    introduction: tuple[str, ...]
    remarks: tuple[str, ...]
    terms: tuple[str, ...]
    delivery_terms: tuple[str, ...]

    @property
    def is_rounded(self) -> bool:
        """Whether a price per piece is only near."""
        return any(line.is_rounded for line in self.lines)

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
    return OfferSheet(
        currency=currency,
        lines=tuple(_line(line, currency) for line in content.lines),
        sums=_sums(content),
        total=wording.money(str(content.total), currency),
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


def _line(line: QuoteLine, currency: str) -> SheetLine:
    told = wording.paragraphs(line.description) or ("",)
    return SheetLine(
        description=told[0],
        more=told[1:],
        customer_part=wording.one_line(line.customer_part_number or "") or None,
        unit=wording.unit(line.unit, line.quantity),
        part=wording.part(line.part_number, line.part_revision),
        specification=specification_in_words(line.specification or {}, line.labels or {}),
        quantity=wording.number(line.quantity),
        unit_price=wording.number(line.unit_price),
        total=wording.number(line.total),
        lead_time=None if line.lead_time_days is None else wording.lead_time(line.lead_time_days),
        discount=_line_discount(line, currency),
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


def _line_discount(line: QuoteLine, currency: str) -> str | None:
    if line.discount is None:
        return None
    before = wording.money(line.before_discount, currency)
    return f"{before} less {wording.number(line.discount.amount)}: {_why(line.discount)}"


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
