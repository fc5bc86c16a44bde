"""What a quote costs beside its lines: shipping, packing and what lifts it to the minimum, by the cards of its parts.

A pure function of the lines that are had, so that it can be asked for any choice of them, in any order.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from domain import wording
from domain.decimals import plain
from domain.money import Money, exact
from domain.offer.content import LineKind, QuoteLine
from domain.offer.readers import Data


class ChargeName(StrEnum):
    """What a charge is for; they stand in this order below the lines."""

    SHIPPING = "shipping"
    PACKING = "packing"
    MINIMUM_ORDER_VALUE = "minimum_order_value"


class Charged(Protocol):
    """A line that is had, as far as charges depend on it: what it costs, its tax, and what its card says of orders.

    `order` is None of a free line, and of a part whose card says nothing of orders.
    """

    @property
    def total(self) -> str: ...
    @property
    def tax_rate(self) -> str | None: ...
    @property
    def tier(self) -> str | None: ...
    @property
    def rate_card_id(self) -> str | None: ...
    @property
    def labels(self) -> Data | None: ...
    @property
    def order(self) -> Data | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One charge: `amount` is decimal text in the quote's currency, `explanation` a line of a price for staff."""

    name: ChargeName
    description: str
    amount: str
    explanation: Data


def charges(lines: Sequence[Charged], currency: str) -> tuple[Charge, ...]:
    """The charges on the lines that are had; none where no card of theirs says anything of orders.

    Rules: shipping, where it is charged per quote, is worked out for the parts of one card and tier together: (base fee +
    the greater of all weight and all volume) x the highest zone factor among them. Packing is charged once, and the minimum
    is that of what the lines come to without both; of several cards the higher one holds. What is less than nothing, by credits, is not lifted. Each is rounded half up once.
    """
    bound = [line for line in lines if line.order is not None]
    with exact():
        found = [*_shipping(bound, currency), *_packing(bound, currency), *_minimum(lines, bound, currency)]
    return tuple(charge for charge in found if Decimal(charge.amount))


def charge_rate(lines: Sequence[Charged]) -> str | None:
    """The tax on charges: at the highest rate among the lines that are had."""
    rates = [line.tax_rate for line in lines if line.tax_rate is not None]
    return max(rates, key=Decimal, default=None)


def charge_lines(lines: Sequence[QuoteLine], currency: str, *, after: int) -> tuple[QuoteLine, ...]:
    """The charges on the lines that are had, as lines below the one whose position is `after`."""
    rate = charge_rate(lines)
    return tuple(
        QuoteLine(
            position=position,
            kind=LineKind.CHARGE,
            description=charge.description,
            part_number=None,
            part_revision=None,
            quantity=1,
            tier=None,
            lead_time_days=None,
            unit_price=charge.amount,
            total=charge.amount,
            pricing_calculation_id=None,
            rate_card_id=None,
            specification=None,
            breakdown=(charge.explanation,),
            tax_rate=rate,
        )
        for position, charge in enumerate(charges(lines, currency), start=after + 1)
    )


def _shipping(bound: Sequence[Charged], currency: str) -> Iterator[Charge]:
    groups: dict[tuple[str, str], list[Charged]] = {}
    for line in bound:
        if _of(line).get("shipping") is not None:
            groups.setdefault((line.rate_card_id or "", line.tier or ""), []).append(line)
    alone = len(groups) == 1
    for (_, tier), group in sorted(groups.items()):
        facts = [_of(line)["shipping"] for line in group]
        weight = sum((Decimal(each["weight_kg"]) for each in facts), Decimal(0))
        volume = sum((Decimal(each["volume_cm3"]) for each in facts), Decimal(0))
        factor = max(Decimal(each["zone_factor"]) for each in facts)
        fee, per_kg, per_cm3 = (Decimal(facts[0][name]) for name in ("base_fee", "per_kg", "per_cm3"))
        amount = (fee + max(weight * per_kg, volume * per_cm3)) * factor
        inputs = {
            "base_fee": plain(fee),
            "weight_kg": plain(weight),
            "per_kg": plain(per_kg),
            "volume_cm3": plain(volume),
            "per_cm3": plain(per_cm3),
            "zone_factor": plain(factor),
            "lines": str(len(group)),
            "currency": currency,
        }
        formula = (
            "({base_fee} {currency} + the greater of {weight_kg} kg × {per_kg} {currency}/kg and {volume_cm3} cm³ × "
            "{per_cm3} {currency}/cm³) × zone factor {zone_factor}, once for {lines} lines"
        )
        service = wording.service(tier, group[0].labels or {})
        description = "Shipping" if alone else f"Shipping, {service}"
        yield _charge(
            ChargeName.SHIPPING,
            description,
            amount,
            formula,
            inputs,
            f"order.shipping, tiers.{tier}.shipping",
        )


def _packing(bound: Sequence[Charged], currency: str) -> Iterator[Charge]:
    amount = _highest(bound, "packing")
    inputs = {"packing": plain(amount), "currency": currency}
    yield _charge(
        ChargeName.PACKING,
        "Packing",
        amount,
        "{packing} {currency}, once for the quote",
        inputs,
        "order.packing",
    )


def _minimum(lines: Sequence[Charged], bound: Sequence[Charged], currency: str) -> Iterator[Charge]:
    least = _highest(bound, "minimum_order_value")
    total = sum((Decimal(line.total) for line in lines), Decimal(0))
    inputs = {"minimum": plain(least), "total": plain(total), "currency": currency}
    yield _charge(
        ChargeName.MINIMUM_ORDER_VALUE,
        "Minimum order surcharge",
        max(least - total, Decimal(0)) if least and total >= 0 else Decimal(0),
        "up to the minimum of {minimum} {currency} for the quote, from {total} {currency}",
        inputs,
        "order.minimum_order_value",
    )


def _of(line: Charged) -> Data:
    return line.order or {}


def _highest(bound: Sequence[Charged], name: str) -> Decimal:
    return max((Decimal(_of(line).get(name) or 0) for line in bound), default=Decimal(0))


def _charge(
    name: ChargeName, description: str, amount: Decimal, formula: str, inputs: Mapping[str, str], rule: str
) -> Charge:
    rounded = str(Money.rounded(amount, inputs["currency"]))
    explanation: dict[str, Any] = {
        "name": name.value,
        "amount": rounded,
        "sign": 1,
        "formula": formula.format_map(inputs),
        "inputs": dict(inputs),
        "rule": rule,
    }
    return Charge(name=name, description=description, amount=rounded, explanation=explanation)
