"""A calculation as plain data for JSON: objects, lists, texts and whole numbers; every decimal is plain text."""

from domain.decimals import plain
from domain.pricing.breaks import BreakPrice, QuantityBreak
from domain.pricing.calculation import Calculation, TierPrice
from domain.pricing.price_lines import PriceLine
from domain.pricing.specification_data import specification_to_data


def calculation_to_data(calculation: Calculation) -> dict[str, object]:
    """All of `calculation`, explained: what is stored, and what the API answers with.

    `specification` is as given; `weight_kg` is the weight of one piece that was used. Amounts have the
    currency's digits ("1234.50"), other figures have no trailing zeros.
    """
    return {
        "rate_card_id": calculation.card.id,
        "rate_card_version": calculation.card.version,
        "currency": calculation.currency,
        "specification": specification_to_data(calculation.specification),
        "weight_kg": plain(calculation.weight_kg),
        "tiers": {tier.value: _tier_data(price) for tier, price in calculation.tiers.items()},
        "quantity_breaks": [_break_data(row) for row in calculation.quantity_breaks],
        "warnings": [{"code": each.code, "message": each.message} for each in calculation.warnings],
    }


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
    tiers = {tier.value: _break_price_data(price) for tier, price in row.tiers.items()}
    return {"quantity": row.quantity, "tiers": tiers}


def _break_price_data(price: BreakPrice) -> dict[str, object]:
    return {
        "total_price": format(price.total_price, "f"),
        "price_per_piece": format(price.price_per_piece, "f"),
        "break_even": price.break_even.message if price.break_even else None,
    }
