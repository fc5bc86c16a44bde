"""A draft's live price in words: per line every quantity at every tier, how it was made, and what all comes to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.desk.drafting.typed.field_labels import in_page_order, short_label
from api.desk.drafting.typed.live_price import LiveLine, LivePrice
from domain import wording
from domain.decimals import percent
from domain.decimals import read_decimal as figure
from domain.offer.content import QuoteLine
from domain.offer.line_price import StoredCalculation
from domain.pricing.calculation_data import tiers_in_order

_MOST_EXPLAINED: Final = 60
"""Lines of a draft whose prices are explained as one types; of more, the quote's own page explains each."""
_MOST_MISSING: Final = 4
_MISSING: Final = frozenset({"is required", "is missing"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceCell:
    """A quantity at a tier. What is `offered` goes into the quote; the `first` is what counts where nothing is chosen."""

    total: str
    per_piece: str
    offered: bool
    first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """One quantity at every tier."""

    quantity: str
    cells: tuple[PriceCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedAmount:
    """One of the amounts that a price is made of."""

    name: str
    amount: str
    formula: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePriceShown:
    """What stands beside a line: its price, or what is still missing for one."""

    index: int
    missing: str = ""
    total: str = ""
    note: str = ""
    tiers: tuple[tuple[str, str], ...] = ()
    rows: tuple[PriceRow, ...] = ()
    explained: tuple[ExplainedAmount, ...] = ()
    explains: str = ""
    breaks: tuple[tuple[str, str, str], ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PricesShown:
    """All of it. `sums` are what leads from the lines to the total, in order."""

    lines: tuple[LinePriceShown, ...]
    total: str
    sums: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    problem: str
    unpriced: int
    has_choices: bool
    basis: str


def prices_shown(live: LivePrice) -> PricesShown:
    """The price in words."""
    content = live.content
    by_index = dict(zip(live.places, content.lines, strict=False)) if content else {}
    explains = len(live.lines) <= _MOST_EXPLAINED
    shown = tuple(_line(each, by_index.get(each.index), explains=explains) for each in live.lines)
    unpriced = sum(1 for each in live.lines if each.priced is None)
    sums: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    if content is not None:
        sums = tuple(_sums(live))
        warnings = tuple(_warnings(live))
    return PricesShown(
        lines=shown,
        total=wording.money(str(content.total), content.total.currency) if content else "—",
        sums=sums,
        warnings=warnings,
        problem=live.problem,
        unpriced=unpriced,
        has_choices=content.has_choices if content else False,
        basis=_basis(live),
    )


def _basis(live: LivePrice) -> str:
    basis = live.basis
    if basis.card is None:
        return basis.why_not
    whom = f"for {basis.customer.name}" if basis.customer else "for a customer not chosen yet"
    named = basis.customer.rate_card if basis.customer else None
    card = f"price list {named}, version" if named else "price list, version"
    tier = basis.customer_tier.replace("_", " ")
    return f"By the {card} {basis.card.version}, {wording.one_line(whom)} ({tier})."


def _sums(live: LivePrice) -> Iterator[tuple[str, str]]:
    content = live.content
    if content is None:
        return
    currency = content.total.currency
    charges = [line for line in content.lines if line.is_charge]
    if charges or content.discount or content.taxes:
        parts = content.subtotal
        yield "Lines", _signed(str(parts), currency)
    for line in charges:
        yield f"of which {line.description.lower()}", _signed(line.total, currency)
    if content.discount is not None:
        rate = f" ({percent(figure(content.discount.rate))})" if content.discount.rate else ""
        yield f"Discount{rate}", _signed(f"-{content.discount.amount}", currency)
    if content.taxes:
        yield "Net", _signed(str(content.net_total), currency)
    for tax in content.taxes:
        yield f"Tax {percent(figure(tax.rate))}", _signed(tax.amount, currency)


def _signed(amount: str, currency: str) -> str:
    return wording.money(amount, currency)


def _warnings(live: LivePrice) -> Iterator[str]:
    if live.content is None:
        return
    for warning in live.content.warnings:
        at = live.places[int(warning["line"]) - 1] + 1 if warning.get("line") else None
        yield f"Line {at}: {warning['message']}" if at else str(warning["message"])


def _line(live: LiveLine, line: QuoteLine | None, *, explains: bool) -> LinePriceShown:
    if live.request is None or live.wrong:
        wrong = in_page_order(live.wrong or {})
        missing = [short_label(name) for name, message in wrong.items() if message in _MISSING]
        typed = [f"{short_label(name)} {words}" for name, words in wrong.items() if words not in _MISSING]
        said = [*typed, *missing]
        head = "Not priced: " if typed else "Still to say: "
        more = f"; and {len(said) - _MOST_MISSING} more" if len(said) > _MOST_MISSING else ""
        return LinePriceShown(index=live.index, missing=head + "; ".join(said[:_MOST_MISSING]) + more + ".")
    if line is None:
        return LinePriceShown(index=live.index, missing="Nothing adds up yet.")
    currency = _currency(live.stored)
    common = LinePriceShown(index=live.index, total=wording.number(line.total), note=_note(line))
    if live.stored is None:
        return common
    data = live.stored.data
    tiers = tiers_in_order(data)
    offered = live.request.offered_tiers
    own = line.tier or tiers[0]
    rows = tuple(
        PriceRow(
            quantity=wording.counted(each.quantity, "piece"),
            cells=tuple(
                _cell(each.data["tiers"][tier], tier in {own, *offered}, first=(at, tier) == (0, own))
                for tier in tiers
            ),
        )
        for at, each in enumerate((live.stored, *live.stored.others))
    )
    labels: Mapping[str, Any] = data.get("labels", {})
    explained = tuple(map(_explained, data["tiers"][own]["lines"])) if explains else ()
    return LinePriceShown(
        index=live.index,
        total=common.total,
        note=common.note,
        tiers=tuple(
            (wording.service(tier, labels), wording.lead_time(int(data["tiers"][tier]["lead_time_days"])))
            for tier in tiers
        ),
        rows=rows,
        explained=explained,
        explains=f"{wording.counted(live.stored.quantity, 'piece')}, {wording.service(own, labels).lower()}, {currency}",
        breaks=tuple(
            (
                wording.number(row["quantity"]),
                wording.number(row["tiers"][own]["price_per_piece"]),
                wording.number(row["tiers"][own]["total_price"]),
            )
            for row in (data["quantity_breaks"] if explains else ())
        ),
        warnings=tuple(dict.fromkeys(str(each["message"]) for each in data["warnings"])),
    )


def _currency(stored: StoredCalculation | None) -> str:
    return stored.currency if stored else ""


def _cell(price: Mapping[str, Any], is_offered: bool, *, first: bool) -> PriceCell:
    return PriceCell(
        total=wording.number(price["total_price"]),
        per_piece=wording.number(price["price_per_piece"]),
        offered=is_offered,
        first=first,
    )


def _note(line: QuoteLine) -> str:
    told = []
    if line.override is not None:
        told.append(f"computed {wording.number(line.override.computed_total)}, set by hand")
    if line.discount is not None:
        told.append(f"less {wording.number(line.discount.amount)}")
    if line.is_optional:
        told.append("optional: not in the total")
    if line.alternatives:
        told.append("the first of the choices")
    return "; ".join(told)


def _explained(line: Mapping[str, Any]) -> ExplainedAmount:
    sign = "-" if int(line["sign"]) < 0 and figure(line["amount"]) else ""
    at = f" {line['operation']}" if line.get("operation") else ""
    return ExplainedAmount(
        name=str(line["name"]).replace("_", " ").capitalize() + at,
        amount=wording.number(f"{sign}{line['amount']}"),
        formula=str(line["formula"]),
    )
