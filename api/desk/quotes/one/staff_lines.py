"""A version's lines as the shop reads them: what the customer reads, and beside it what only staff may know."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain import wording
from domain.offer.content import QuoteLine, VersionContent
from domain.offer.enclosures import FileAudience
from domain.presentation.sheet import OfferSheet, SheetLine, offer_sheet
from domain.pricing.calculation_data import tiers_in_order


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceStep:
    """A line of the explained price: its name, what it adds or takes off, how that came about, and by which rule."""

    name: str
    amount: str
    formula: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffLine:
    """A line. `told` is what the customer reads; None of a charge that follows from what is chosen. `inside` are facts that
    only staff may know. `explains` says which of several prices the steps explain; empty where there is one.
    """

    number: int
    description: str
    told: SheetLine | None
    total: str
    inside: tuple[tuple[str, str], ...]
    steps: tuple[PriceStep, ...]
    explains: str
    calculations: tuple[tuple[str, str], ...]
    """Of what can be chosen beside the first: the calculation's id, and of which quantity it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSheet:
    """A version: its lines, and `sheet` as the customer reads it. `inside` are facts of the whole that only staff may know."""

    sheet: OfferSheet
    lines: tuple[StaffLine, ...]
    inside: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    texts: tuple[tuple[str, tuple[str, ...]], ...]
    files: tuple[tuple[str, str, str, str], ...]
    """Name, what it is, for whom, digest."""


def staff_sheet(content: VersionContent) -> StaffSheet:
    """The version in words."""
    sheet = offer_sheet(content)
    told = {line.number: line for line in sheet.lines}
    currency = content.total.currency
    return StaffSheet(
        sheet=sheet,
        lines=tuple(_line(line, told.get(line.position), currency) for line in content.lines),
        inside=tuple(
            (f"Price of line {fate.position} set by hand", f"{fate.fate}: {wording.one_line(fate.reason)}")
            for fate in content.override_fates
        ),
        warnings=tuple(
            wording.one_line(str(each.get("message") or each.get("code"))) for each in content.warnings
        ),
        notes=wording.paragraphs(content.notes),
        texts=tuple((title, text) for title, text in _texts(sheet) if text),
        files=tuple(
            (
                wording.one_line(each.name),
                wording.file(each.media_type, each.size) + (f", for line {each.line}" if each.line else ""),
                "for the customer" if each.audience == FileAudience.CUSTOMER else "for the shop alone",
                each.sha256,
            )
            for each in content.files
        ),
    )


def _texts(sheet: OfferSheet) -> tuple[tuple[str, tuple[str, ...]], ...]:
    reference = (sheet.customer_reference,) if sheet.customer_reference else ()
    return (
        ("Customer's reference", reference),
        ("Introduction", sheet.introduction),
        ("Remarks", sheet.remarks),
        ("Delivery", sheet.delivery_terms),
        ("Terms", sheet.terms or ("The shop's own.",)),
    )


def _line(line: QuoteLine, told: SheetLine | None, currency: str) -> StaffLine:
    first = told.choices[0] if told and told.choices else None
    return StaffLine(
        number=line.position,
        description=(wording.paragraphs(line.description) or ("",))[0],
        told=told,
        total=wording.money(line.total, currency),
        inside=tuple(_inside(line, currency)),
        steps=tuple(_step(each, currency) for each in line.breakdown),
        calculations=tuple(_calculations(line)),
        explains=f"{first.amount}{f', {first.service}' if first.service else ''}" if first else "",
    )


def _inside(line: QuoteLine, currency: str) -> list[tuple[str, str]]:
    found = []
    if line.override:
        by_hand = line.override
        before = wording.money(by_hand.computed_total, currency)
        found.append(("Price set by hand", f"{wording.one_line(by_hand.reason)} (computed: {before})"))
    if line.computed_lead_time_days is not None:
        found.append(("Lead time by the price list", wording.lead_time(line.computed_lead_time_days)))
    if line.tax_rate is not None:
        found.append(("Tax rate", line.tax_rate))
    return found


def _calculations(line: QuoteLine) -> Iterator[tuple[str, str]]:
    """Each once: one calculation explains all tiers of its quantity."""
    seen: set[str] = set()
    for each in line.alternatives or ():
        id_ = each.pricing_calculation_id
        if id_ is not None and id_ not in seen:
            seen.add(id_)
            yield id_, f"{wording.number(each.quantity)} {wording.unit(line.unit, each.quantity)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedTier:
    """A service level of a calculation: its total, and how that comes about."""

    name: str
    total: str
    steps: tuple[PriceStep, ...]


def explained_tiers(data: Mapping[str, Any]) -> tuple[ExplainedTier, ...]:
    """A stored calculation, explained tier by tier."""
    tiers, currency = data["tiers"], data["currency"]
    return tuple(
        ExplainedTier(
            name=wording.service(name, data.get("labels") or {}),
            total=wording.money(tiers[name]["total_price"], currency),
            steps=tuple(_step(each, currency) for each in tiers[name]["lines"]),
        )
        for name in tiers_in_order(data)
    )


def calculations_of(content: VersionContent) -> frozenset[str]:
    """The ids of all calculations that a version builds upon."""
    own = {line.pricing_calculation_id for line in content.lines}
    others = {each.pricing_calculation_id for line in content.lines for each in line.alternatives or ()}
    return frozenset(each for each in own | others if each)


def _step(entry: Mapping[str, Any], currency: str) -> PriceStep:
    name = str(entry["name"]).replace("_", " ").capitalize()
    operation = entry.get("operation")
    told = str(entry["amount"])
    amount, is_off = wording.money(told, currency), entry.get("sign") == -1 and Decimal(told) != 0
    return PriceStep(
        name=f"{name}, operation {operation}" if operation is not None else name,
        amount=f"\N{MINUS SIGN} {amount}" if is_off else amount,
        formula=str(entry.get("formula") or ""),
        rule=str(entry.get("rule") or ""),
    )
