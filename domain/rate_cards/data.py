"""A rate card as plain data (objects, lists, texts, whole numbers) and back."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from domain.decimals import plain
from domain.rate_cards.check import card_problems
from domain.rate_cards.problems import InvalidRateCardError, Problem
from domain.rate_cards.rate_card import (
    CustomerDiscounts,
    CustomerTier,
    Finish,
    Material,
    Process,
    RateCard,
    Shipping,
    Step,
    Tier,
    TierRules,
    TimeFormula,
    ToleranceClass,
)
from domain.rate_cards.reader import Reader


def rate_card_from_data(data: object) -> RateCard:
    """The card written in `data`, as `rate_card_to_data` writes it; figures are texts or whole numbers.

    Raises InvalidRateCardError with every unreadable figure, unknown field, gap and contradiction.
    """
    card, problems = read_card(data)
    problems = problems or card_problems(card)
    if problems:
        raise InvalidRateCardError(problems)
    return card


def read_card(data: object) -> tuple[RateCard, list[Problem]]:
    """The card as far as it can be read, and what could not be; an unreadable figure is nought in it."""
    problems: list[Problem] = []
    with Reader(data, (), problems) as reader:
        card = _card(reader)
    # What a missing object should have held is not missed by itself.
    noted = {problem.path for problem in problems}
    return card, [
        problem
        for problem in problems
        if problem.code != "required"
        or all(problem.path[:end] not in noted for end in range(len(problem.path)))
    ]


def rate_card_to_data(card: RateCard) -> dict[str, object]:
    """`card` as data for JSON: figures as plain texts, numbers of pieces and days as whole numbers."""
    return {
        "id": card.id,
        "version": card.version,
        "name": card.name,
        "currency": card.currency,
        "materials": {name: _plain_fields(material) for name, material in card.materials.items()},
        "processes": {name: _process_data(process) for name, process in card.processes.items()},
        "tiers": {tier.value: _tier_data(rules) for tier, rules in card.tiers.items()},
        "customer_discounts": {
            "by_tier": {tier.value: plain(rate) for tier, rate in card.customer_discounts.by_tier.items()},
            "by_quantity": _steps_data(card.customer_discounts.by_quantity),
        },
        "overhead": plain(card.overhead),
        "adjustments": _steps_data(card.adjustments),
        "weight_allowance": plain(card.weight_allowance),
        "zone_factors": {str(zone): plain(factor) for zone, factor in card.zone_factors.items()},
        "break_quantities": list(card.break_quantities),
        **_wishes_data(card),
    }


def _card(reader: Reader) -> RateCard:
    return RateCard(
        id=reader.text("id"),
        version=reader.integer("version"),
        name=reader.text("name"),
        currency=reader.text("currency"),
        materials=_materials(reader.child("materials")),
        processes=_processes(reader.child("processes")),
        tiers=_tiers(reader.child("tiers")),
        customer_discounts=_customer_discounts(reader.child("customer_discounts")),
        overhead=reader.decimal("overhead"),
        adjustments=_steps(reader, "adjustments"),
        weight_allowance=reader.decimal("weight_allowance"),
        zone_factors=_zones(reader.child("zone_factors")),
        break_quantities=reader.integers("break_quantities"),
        minimum_order_value=reader.decimal("minimum_order_value")
        if reader.has("minimum_order_value")
        else None,
        finishes=_finishes(reader.optional_child("finishes")),
        tolerance_classes=_tolerance_classes(reader.optional_child("tolerance_classes")),
    )


def _materials(reader: Reader) -> Mapping[str, Material]:
    found = {}
    with reader:
        for name in reader.names():
            with reader.child(name) as one:
                found[name] = Material(
                    cost_per_cm3=one.decimal("cost_per_cm3"),
                    waste_factor=one.decimal("waste_factor"),
                    set_up=one.decimal("set_up"),
                    density_kg_per_cm3=one.decimal("density_kg_per_cm3"),
                )
    return MappingProxyType(found)


def _processes(reader: Reader) -> Mapping[str, Process]:
    found = {}
    with reader:
        for name in reader.names():
            with reader.child(name) as one:
                found[name] = Process(
                    rate_per_hour=one.decimal("rate_per_hour"),
                    set_up_hours=one.decimal("set_up_hours"),
                    complexity_multipliers=one.decimals("complexity_multipliers"),
                    time=_time(one.child("time")),
                    size_limit_mm=one.decimal("size_limit_mm"),
                    thin_wall_mm=one.decimal("thin_wall_mm"),
                    materials=one.texts("materials"),
                )
    return MappingProxyType(found)


def _time(reader: Reader) -> TimeFormula:
    with reader as one:
        return TimeFormula(
            constant=one.decimal("constant"),
            per_volume=one.decimal("per_volume"),
            per_surface=one.decimal("per_surface"),
            per_height=one.decimal("per_height"),
        )


def _tiers(reader: Reader) -> Mapping[Tier, TierRules]:
    found = {}
    with reader:
        for tier in Tier:
            with reader.child(tier) as one:
                found[tier] = TierRules(
                    margin=one.decimal("margin"),
                    volume_discounts=_steps(one, "volume_discounts"),
                    surcharges=_steps(one, "surcharges"),
                    shipping=_shipping(one.child("shipping")),
                    lead_time_days=one.integer("lead_time_days"),
                )
    return MappingProxyType(found)


def _shipping(reader: Reader) -> Shipping:
    with reader as one:
        return Shipping(
            base_fee=one.decimal("base_fee"), per_kg=one.decimal("per_kg"), per_cm3=one.decimal("per_cm3")
        )


def _customer_discounts(reader: Reader) -> CustomerDiscounts:
    with reader as one, one.child("by_tier") as rates:
        return CustomerDiscounts(
            by_tier=MappingProxyType({tier: rates.decimal(tier) for tier in CustomerTier}),
            by_quantity=_steps(one, "by_quantity"),
        )


def _zones(reader: Reader) -> Mapping[int, Decimal]:
    with reader as one:
        return MappingProxyType({zone: one.decimal(str(zone)) for zone in range(1, 5)})


def _finishes(reader: Reader) -> Mapping[str, Finish]:
    found = {}
    with reader:
        for name in reader.names():
            with reader.child(name) as one:
                found[name] = Finish(
                    per_cm2=one.optional_decimal("per_cm2"),
                    per_batch=one.optional_decimal("per_batch"),
                    labour_rate=one.optional_decimal("labour_rate"),
                    materials=one.texts("materials") if one.has("materials") else None,
                )
    return MappingProxyType(found)


def _tolerance_classes(reader: Reader) -> Mapping[str, ToleranceClass]:
    found = {}
    with reader:
        for name in reader.names():
            with reader.child(name) as one:
                found[name] = ToleranceClass(
                    labour_rate=one.optional_decimal("labour_rate"), set_up=one.optional_decimal("set_up")
                )
    return MappingProxyType(found)


def _steps(reader: Reader, key: str) -> tuple[Step, ...]:
    steps = []
    for each in reader.children(key):
        with each as one:
            steps.append(Step(start=one.decimal("start"), rate=one.decimal("rate")))
    return tuple(steps)


def _steps_data(steps: tuple[Step, ...]) -> list[dict[str, str]]:
    return [_plain_fields(step) for step in steps]


def _process_data(process: Process) -> dict[str, object]:
    return {
        "rate_per_hour": plain(process.rate_per_hour),
        "set_up_hours": plain(process.set_up_hours),
        "complexity_multipliers": [plain(each) for each in process.complexity_multipliers],
        "time": _plain_fields(process.time),
        "size_limit_mm": plain(process.size_limit_mm),
        "thin_wall_mm": plain(process.thin_wall_mm),
        "materials": list(process.materials),
    }


def _wishes_data(card: RateCard) -> dict[str, object]:
    least = card.minimum_order_value
    return {
        "minimum_order_value": None if least is None else plain(least),
        "finishes": {name: _finish_data(finish) for name, finish in card.finishes.items()},
        "tolerance_classes": {name: _plain_fields(rule) for name, rule in card.tolerance_classes.items()},
    }


def _finish_data(finish: Finish) -> dict[str, object]:
    return {
        "per_cm2": plain(finish.per_cm2),
        "per_batch": plain(finish.per_batch),
        "labour_rate": plain(finish.labour_rate),
        "materials": None if finish.materials is None else list(finish.materials),
    }


def _tier_data(rules: TierRules) -> dict[str, object]:
    return {
        "margin": plain(rules.margin),
        "volume_discounts": _steps_data(rules.volume_discounts),
        "surcharges": _steps_data(rules.surcharges),
        "shipping": _plain_fields(rules.shipping),
        "lead_time_days": rules.lead_time_days,
    }


def _plain_fields(figures: Material | TimeFormula | Shipping | Step | ToleranceClass) -> dict[str, str]:
    return {name: plain(getattr(figures, name)) for name in figures.__slots__}
