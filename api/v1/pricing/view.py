"""Calculations and the catalogue as JSON."""

from typing import Any

from adapters.db.pricing.calculations import CalculationView
from api.http.times import instant
from domain.decimals import plain
from domain.rate_cards.rate_card import CustomerTier, RateCard, Tier


def calculation_data(view: CalculationView) -> dict[str, Any]:
    """A stored calculation, explained as it was on its day; the tiers fastest first."""
    return {
        **view.data,
        "tiers": {tier: view.data["tiers"][tier] for tier in Tier if tier in view.data["tiers"]},
        "id": view.id,
        "created_at": instant(view.created_at),
        "rate_card_id": view.rate_card_id,
        "specification": dict(view.specification),
    }


def catalogue_data(card: RateCard) -> dict[str, Any]:
    """What can be asked for by this card; no cost and no margin."""
    return {
        "rate_card_id": card.id,
        "rate_card_version": card.version,
        "currency": card.currency,
        "materials": list(card.materials),
        "processes": list(card.processes),
        "pairs": [
            {
                "process": name,
                "materials": list(process.materials),
                "size_limit_mm": plain(process.size_limit_mm),
            }
            for name, process in card.processes.items()
        ],
        "tiers": [
            {"tier": str(tier), "lead_time_days": rules.lead_time_days} for tier, rules in card.tiers.items()
        ],
        "customer_tiers": [str(tier) for tier in CustomerTier],
        "shipping_distance_zones": sorted(card.zone_factors),
        "break_quantities": list(card.break_quantities),
        "finishes": [
            {"name": name, "materials": list(card.materials if rule.materials is None else rule.materials)}
            for name, rule in card.finishes.items()
        ],
        "tolerance_classes": list(card.tolerance_classes),
    }
