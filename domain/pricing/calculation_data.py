"""A calculation as plain data for JSON: objects, lists, texts and whole numbers; every decimal is plain text."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from domain import wording
from domain.decimals import plain
from domain.money import exact, minor_unit
from domain.pricing.advice.limits import Cost, PriceLimit, Sold, in_words
from domain.pricing.breaks import BreakPrice, QuantityBreak
from domain.pricing.calculation import Calculation, TierPrice
from domain.pricing.price_lines import PriceLine
from domain.pricing.specification_data import specification_to_data
from domain.rate_cards.rate_card import FIRST_TIERS, RateCard, named


def calculation_to_data(calculation: Calculation) -> dict[str, object]:
    """All of `calculation`, explained: what is stored, and what the API answers with.

    `specification` is as given; `weight_kg` is the weight of one piece that was used. Amounts have the
    currency's digits ("1234.50"), other figures have no trailing zeros. `tier_order` is there where the card has other
    tiers than the first four or another order, `labels` where it has any for what this part is made of, `order` where it says anything of a quote as a whole, `limits`
    where it has a least margin or a largest discount.
    """
    tiers = list(calculation.tiers)
    labels = card_labels(calculation)
    return {
        "rate_card_id": calculation.card.id,
        "rate_card_version": calculation.card.version,
        "currency": calculation.currency,
        "specification": specification_to_data(calculation.specification),
        "weight_kg": plain(calculation.weight_kg),
        "tiers": {tier: _tier_data(price) for tier, price in calculation.tiers.items()},
        "quantity_breaks": [_break_data(row) for row in calculation.quantity_breaks],
        "warnings": [{"code": str(each.code), "message": each.message} for each in calculation.warnings],
        **({"tier_order": tiers} if tiers != _as_before(tiers) else {}),
        **({"labels": labels} if labels else {}),
        **_order_data(calculation),
        **_limits_data(calculation.card),
    }


def _limits_data(card: RateCard) -> dict[str, Any]:
    """What the card says of prices that somebody has to confirm."""
    limits = {"least_margin": card.least_margin, "largest_discount": card.largest_discount}
    told = {name: plain(rate) for name, rate in limits.items() if rate is not None}
    return {"limits": told} if told else {}


def _order_data(calculation: Calculation) -> dict[str, Any]:
    """What the card says of a quote as a whole, for whoever adds up its lines; shipping by tier, of all pieces."""
    card, asked, piece = calculation.card, calculation.specification, calculation.piece
    if card.order is None:
        return {}
    amounts = {"minimum_order_value": card.order.minimum_order_value, "packing": card.order.packing}
    told: dict[str, Any] = {name: plain(amount) for name, amount in amounts.items() if amount is not None}
    if card.ships_per_quote:
        with exact():
            weight, volume = piece.weight_kg * asked.quantity, piece.stock_cm3 * asked.quantity
        told["shipping"] = {
            tier: {
                "base_fee": plain(rules.shipping.base_fee),
                "weight_kg": plain(weight),
                "per_kg": plain(rules.shipping.per_kg),
                "volume_cm3": plain(volume),
                "per_cm3": plain(rules.shipping.per_cm3),
                "zone_factor": plain(card.zone_factors[asked.shipping_distance_zone]),
            }
            for tier, rules in card.tiers.items()
        }
    return {"order": told} if told else {}


def limits_passed(data: Mapping[str, Any]) -> dict[str, tuple[PriceLimit, str]]:
    """Which computed prices of a calculation's data pass a limit, with words for it, by tier: the card's own discounts can take
    more off than its margin adds. It follows from what is stored, and is not stored itself.
    """
    least = data.get("limits", {}).get("least_margin")
    least_margin, unit = None if least is None else Decimal(least), minor_unit(data["currency"])
    found = {}
    with exact():
        for tier in tiers_in_order(data):
            price = data["tiers"][tier]
            sold = Sold(Decimal(price["total_price"]), Cost.of(price["lines"], is_computed=True))
            limit = sold.limit_passed(least_margin, unit)
            if limit is not None:
                found[tier] = limit, in_words(limit, sold, least_margin, data["currency"])
    return found


def limits_of(calculation: Calculation) -> dict[str, tuple[PriceLimit, str]]:
    """The same of a calculation whose lines nobody has read: to make them takes longer than the price."""
    card, found = calculation.card, {}
    with exact():
        for tier, price in calculation.tiers.items():
            sold = Sold(price.total_price, Cost(*price.explanation.cost(tier)))
            limit = sold.limit_passed(card.least_margin, minor_unit(card.currency))
            if limit is not None:
                found[tier] = limit, in_words(limit, sold, card.least_margin, card.currency)
    return found


def told_warnings(data: Mapping[str, Any]) -> list[dict[str, str]]:
    """What staff are told of a calculation: its own remarks, and which of its prices pass a limit."""
    limits = [
        {"code": str(code), "message": f"{wording.service(tier, data.get('labels', {}))}: {message}"}
        for tier, (code, message) in limits_passed(data).items()
    ]
    return [*data["warnings"], *limits]


def tiers_in_order(data: Mapping[str, Any]) -> list[str]:
    """The tiers of a calculation's data in the order of its card: a database does not keep that of an object."""
    order: list[str] | None = data.get("tier_order")
    return order or _as_before(data["tiers"])


def card_labels(calculation: Calculation) -> dict[str, dict[str, str]]:
    """What customers read instead of names on the card, by group and name: of all its tiers, and of what this part is
    made of and how. A finish stands under the name by which the part asks for it.
    """
    asked, card = calculation.specification, calculation.card
    finish = named(card.finishes, asked.surface_finish)
    found: dict[str, dict[str, str | None]] = {
        "materials": {asked.material: card.materials[asked.material].label},
        "processes": {name: card.processes[name].label for name in asked.processes},
        "finishes": {asked.surface_finish or "": finish[1].label if finish else None},
        "tiers": {tier: card.tiers[tier].label for tier in calculation.tiers},
    }
    told = {
        group: {name: label for name, label in labels.items() if label is not None}
        for group, labels in found.items()
    }
    return {group: labels for group, labels in told.items() if labels}


def _as_before(tiers: Collection[str]) -> list[str]:
    return [tier for tier in FIRST_TIERS if tier in tiers]


def _tier_data(price: TierPrice) -> dict[str, object]:
    return {
        "total_price": format(price.total_price, "f"),
        "price_per_piece": format(price.price_per_piece, "f"),
        "lead_time_days": price.lead_time_days,
        "lines": [_line_data(line) for line in price.lines],
    }


def _line_data(line: PriceLine) -> dict[str, object]:
    inputs = line.inputs
    return {
        "name": line.name.value,
        **({} if line.operation is None else {"operation": line.operation}),
        "amount": format(line.amount, "f"),
        "sign": line.sign,
        "formula": line.formula_of(inputs),
        "inputs": inputs,
        "rule": line.rule,
    }


def _break_data(row: QuantityBreak) -> dict[str, object]:
    tiers = {tier: _break_price_data(price) for tier, price in row.tiers.items()}
    return {"quantity": row.quantity, "tiers": tiers}


def _break_price_data(price: BreakPrice) -> dict[str, object]:
    return {
        "total_price": format(price.total_price, "f"),
        "price_per_piece": format(price.price_per_piece, "f"),
        "break_even": price.break_even.message if price.break_even else None,
    }
