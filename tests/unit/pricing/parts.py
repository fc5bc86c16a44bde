"""Random parts that the default card can price, with a liking for edges, and the cards that tests alter."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

from domain.pricing import (
    DEFAULT_RATE_CARD,
    LineName,
    PartSpecification,
    RateCard,
    rate_card_from_data,
    rate_card_to_data,
)
from domain.pricing.operations import COSTS, BoughtPart, InHouseWork, OutsideWork, PartOperation
from domain.pricing.part_shapes import Shape
from tests.unit.pricing import oracle
from tests.unit.pricing.oracle import FINISHES, TOLERANCES, Part

EDGE_QUANTITIES = (1, 2, 9, 10, 24, 25, 49, 50, 99, 100, 101, 250, 999_999, 1_000_000)
EDGE_SCORES = (
    "1",
    "1.0",
    "2",
    "2.5",
    "2.999999",
    "3",
    "3.0",
    "3.499999",
    "3.5",
    "4",
    "4.5",
    "4.999999",
    "5",
    "5.0",
)
TEN = [
    *(LineName.MATERIAL, LineName.LABOUR, LineName.ADJUSTMENT, LineName.SET_UP, LineName.OVERHEAD),
    *(LineName.MARGIN, LineName.SHIPPING, LineName.SURCHARGE),
    *(LineName.VOLUME_DISCOUNT, LineName.CUSTOMER_DISCOUNT),
]
MINIMUM = "150.00"
SHOP_CARD = rate_card_from_data(
    {
        **rate_card_to_data(DEFAULT_RATE_CARD),
        "id": "01890000-0000-7000-8000-000000000002",
        "minimum_order_value": MINIMUM,
        "finishes": {
            "anodized": {"per_cm2": "0.018", "per_batch": "45", "materials": ["aluminum", "titanium"]},
            "Powder coated": {"per_cm2": "0.0125", "per_batch": "60.50", "labour_rate": "0.03"},
            "polished": {"labour_rate": "0.35"},
        },
        "tolerance_classes": {
            "fine": {"labour_rate": "0.15", "set_up": "40.25"},
            "ISO 2768-f": {"labour_rate": "0.005"},
        },
    }
)
"""The reference card with finishes, tolerance classes and a minimum order value: those of the oracle."""
EXAMPLE = PartSpecification(
    material="aluminum",
    process="cnc",
    length_mm=Decimal(100),
    width_mm=Decimal(50),
    height_mm=Decimal(20),
    geometric_complexity_score=Decimal("2.5"),
    quantity=20,
)


def random_specification(random: Random) -> PartSpecification:
    process = random.choice(list(DEFAULT_RATE_CARD.processes))
    rules = DEFAULT_RATE_CARD.processes[process]
    limit = int(rules.size_limit_mm)
    return PartSpecification(
        material=random.choice(rules.materials),
        process=process,
        length_mm=_length(random, limit),
        width_mm=_length(random, limit),
        height_mm=_length(random, limit),
        geometric_complexity_score=_score(random),
        quantity=random.choice(EDGE_QUANTITIES) if random.random() < 0.4 else random.randint(1, 1_000),
        shipping_distance_zone=random.randint(1, 4),
        part_weight_kg=_figure(random, 50) if random.random() < 0.4 else None,
        customer_tier=random.choice(list(DEFAULT_RATE_CARD.customer_discounts.by_tier)),
    )


def with_wishes(random: Random, specification: PartSpecification) -> PartSpecification:
    """The part with a finish and a tolerance class of `SHOP_CARD`, or without, written as people write."""
    finishes = [name for name, rule in FINISHES.items() if specification.material in rule[3]]
    finish, tolerance = random.choice([None, *finishes]), random.choice([None, *TOLERANCES])
    write = random.choice((str, str.upper, str.lower, lambda name: f" {name.title()} "))
    return replace(
        specification,
        surface_finish=None if finish is None else write(finish),
        tolerance_class=None if tolerance is None else write(tolerance),
    )


def in_any_shape(random: Random, specification: PartSpecification) -> PartSpecification:
    """The part in a random shape, or as it is, with some of the figures of its model."""
    bare = replace(specification, width_mm=None, height_mm=None)
    turned = random.choice(
        [
            specification,
            replace(bare, shape=Shape.ROUND, diameter_mm=specification.width_mm),
            replace(
                bare,
                shape=Shape.SHEET,
                width_mm=specification.width_mm,
                thickness_mm=specification.height_mm,
            ),
        ]
    )
    return replace(
        turned,
        volume_cm3=_figure(random, 5_000) if random.random() < 0.4 else None,
        surface_cm2=_figure(random, 5_000) if random.random() < 0.4 else None,
    )


def as_part(specification: PartSpecification) -> Part:
    weight, volume, surface = (
        None if figure is None else Fraction(figure)
        for figure in (specification.part_weight_kg, specification.volume_cm3, specification.surface_cm2)
    )
    return Part(
        material=specification.material,
        process=specification.process or "",
        shape=specification.shape.value,
        length=Fraction(specification.length_mm),
        width=Fraction(specification.width_mm or specification.diameter_mm or 0),
        height=Fraction(specification.height_mm or specification.thickness_mm or 0),
        real_volume=volume,
        real_surface=surface,
        complexity=Fraction(specification.geometric_complexity_score),
        quantity=specification.quantity,
        zone=specification.shipping_distance_zone,
        customer=specification.customer_tier,
        weight=weight,
        finish=_named(specification.surface_finish, FINISHES),
        tolerance=_named(specification.tolerance_class, TOLERANCES),
        operations=tuple(map(_for_oracle, specification.operations)),
    )


def _for_oracle(operation: PartOperation) -> oracle.OwnWork | oracle.Outside | oracle.Bought:
    match operation:
        case InHouseWork():
            return oracle.OwnWork(
                operation.process,
                _fraction(operation.set_up_hours),
                _fraction(operation.hours_per_piece),
                _fraction(operation.complexity),
            )
        case OutsideWork():
            costs = (operation.cost_per_piece, operation.cost_per_batch, operation.minimum)
            return oracle.Outside(*(Fraction(cost or 0) for cost in costs))
        case BoughtPart():
            return oracle.Bought(operation.pieces_per_part, Fraction(operation.cost_per_piece))


def _fraction(figure: Decimal | None) -> Fraction | None:
    return None if figure is None else Fraction(figure)


def with_operations(random: Random, specification: PartSpecification) -> PartSpecification:
    """The part by one to five operations, seldom by twenty, of all three kinds; each process takes it."""
    offered = [
        name
        for name, process in DEFAULT_RATE_CARD.processes.items()
        if specification.material in process.materials and max(specification.sides) <= process.size_limit_mm
    ]
    most = 20 if random.random() < 0.02 else 5
    operations = tuple(_operation(random, offered) for _ in range(random.randint(1, most)))
    return replace(specification, process=None, operations=operations)


def _operation(random: Random, processes: list[str]) -> PartOperation:
    kind = random.random()
    if kind < 0.5:
        return InHouseWork(
            process=random.choice(processes),
            set_up_hours=_figure(random, 20) if random.random() < 0.3 else None,
            hours_per_piece=_figure(random, 20) if random.random() < 0.4 else None,
            complexity=_score(random) if random.random() < 0.3 else None,
        )
    if kind < 0.8:
        return OutsideWork(
            name="Hardening",
            cost_per_piece=_figure(random, 40),
            cost_per_batch=_figure(random, 300) if random.random() < 0.5 else None,
            minimum=_figure(random, 2_000) if random.random() < 0.6 else None,
            lead_time_days=random.randint(0, 20) if random.random() < 0.5 else None,
        )
    return BoughtPart(name="Pin", pieces_per_part=random.randint(1, 12), cost_per_piece=_figure(random, 30))


def with_dearer_operations(specification: PartSpecification, factor: int) -> PartSpecification:
    """The part with every money figure of its operations `factor` times as high."""
    return replace(
        specification, operations=tuple(_dearer(operation, factor) for operation in specification.operations)
    )


def _dearer(operation: PartOperation, factor: int) -> PartOperation:
    match operation:
        case InHouseWork():
            return operation
        case OutsideWork():
            costs = {name: getattr(operation, name) for name in COSTS}
            raised: dict[str, Any] = {
                name: None if cost is None else cost * factor for name, cost in costs.items()
            }
            return replace(operation, **raised)
        case BoughtPart():
            return replace(operation, cost_per_piece=operation.cost_per_piece * factor)


def _named(wish: str | None, names: Iterable[str]) -> str | None:
    return next((name for name in names if wish and name.lower() == wish.strip().lower()), None)


def with_money(card: RateCard, factor: int, currency: str) -> RateCard:
    """`card` in `currency`, every money figure `factor` times as high."""
    materials = {
        name: replace(
            each,
            cost_per_cm3=None if each.cost_per_cm3 is None else each.cost_per_cm3 * factor,
            cost_per_kg=None if each.cost_per_kg is None else each.cost_per_kg * factor,
            set_up=each.set_up * factor,
        )
        for name, each in card.materials.items()
    }
    processes = {
        name: replace(each, rate_per_hour=each.rate_per_hour * factor)
        for name, each in card.processes.items()
    }
    tiers = {
        tier: replace(
            rules,
            shipping=replace(
                rules.shipping,
                base_fee=rules.shipping.base_fee * factor,
                per_kg=rules.shipping.per_kg * factor,
                per_cm3=rules.shipping.per_cm3 * factor,
            ),
        )
        for tier, rules in card.tiers.items()
    }
    finishes = {
        name: replace(each, per_cm2=each.per_cm2 * factor, per_batch=each.per_batch * factor)
        for name, each in card.finishes.items()
    }
    classes = {
        name: replace(each, set_up=each.set_up * factor) for name, each in card.tolerance_classes.items()
    }
    least = card.minimum_order_value
    return replace(
        card,
        currency=currency,
        materials=materials,
        processes=processes,
        tiers=tiers,
        finishes=finishes,
        tolerance_classes=classes,
        minimum_order_value=None if least is None else least * factor,
    )


def _length(random: Random, limit: int) -> Decimal:
    return Decimal(limit) if random.random() < 0.02 else _figure(random, limit)


def _figure(random: Random, limit: int) -> Decimal:
    decimals = random.choice((0, 1, 2, 3, 6))
    scale: int = 10**decimals
    return Decimal(random.randint(1, random.choice((min(limit, 30), limit)) * scale)) / scale


def _score(random: Random) -> Decimal:
    if random.random() < 0.4:
        return Decimal(random.choice(EDGE_SCORES))
    return Decimal(random.randint(1_000_000, 5_000_000)) / 1_000_000
