"""A rate card in tables that people read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain import wording
from domain.rate_cards.rate_card import Finish, Material, Process, RateCard, RateStep, TierRules


@dataclass(frozen=True, slots=True, kw_only=True)
class CardTable:
    """A table: its title, its heads, and rows, the first cell of which names the row. Figures stand to the right."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: frozenset[str] = frozenset()

    @property
    def columns(self) -> list[tuple[str, bool]]:
        """Heads, and whether figures stand below them."""
        return [(head, index > 0 and head not in self.words) for index, head in enumerate(self.heads)]


def card_tables(card: RateCard) -> list[CardTable]:
    """Every figure of the card, in its currency."""
    found = [
        _materials(card),
        _processes(card),
        _tiers(card),
        CardTable(
            title="Customers",
            heads=("Kind", "Discount"),
            rows=tuple(
                (_called(name, (card.customer_discounts.labels or {}).get(name)), _percent(rate))
                for name, rate in card.customer_discounts.by_tier.items()
            ),
        ),
    ]
    if card.finishes:
        found.append(_finishes(card))
    if card.tolerance_classes:
        heads = ("Class", "On labour", "Set-up per batch")
        rows = tuple(
            (name, _percent(rule.labour_rate), _figure(rule.set_up))
            for name, rule in card.tolerance_classes.items()
        )
        found.append(CardTable(title="Tolerance classes", heads=heads, rows=rows))
    return [*found, _rest(card)]


def _materials(card: RateCard) -> CardTable:
    def row(name: str, rule: Material) -> tuple[str, ...]:
        cost = (
            f"{_figure(rule.cost_per_cm3)} per cm³"
            if rule.cost_per_cm3 is not None
            else f"{_figure(rule.cost_per_kg)} per kg"
        )
        stock = f"{_figure(rule.stock_allowance_mm)} mm" if rule.stock_allowance_mm else "none"
        density = _figure(rule.density_kg_per_cm3)
        return (
            _called(name, rule.label),
            cost,
            _figure(rule.waste_factor),
            stock,
            _figure(rule.set_up),
            density,
        )

    heads = ("Material", "Cost", "Waste factor", "More stock", "Set-up per batch", "Density, kg/cm³")
    return CardTable(
        title="Materials", heads=heads, rows=tuple(row(name, rule) for name, rule in card.materials.items())
    )


def _processes(card: RateCard) -> CardTable:
    def row(name: str, rule: Process) -> tuple[str, ...]:
        return (
            _called(name, rule.label),
            _figure(rule.rate_per_hour),
            _figure(rule.set_up_hours),
            " · ".join(map(_figure, rule.complexity_multipliers)),
            f"{_figure(rule.size_limit_mm)} mm",
            ", ".join(_called(each, _label(card, each)) for each in rule.materials),
        )

    heads = ("Process", "Per hour", "Set-up hours", "Factors by complexity 1–5", "Size up to", "Materials")
    return CardTable(
        title="Processes and machines",
        heads=heads,
        rows=tuple(row(name, rule) for name, rule in card.processes.items()),
        words=frozenset({"Materials"}),
    )


def _tiers(card: RateCard) -> CardTable:
    def row(name: str, rule: TierRules) -> tuple[str, ...]:
        ship = rule.shipping
        return (
            _called(name, rule.label),
            wording.lead_time(rule.lead_time_days),
            _percent(rule.margin),
            _steps(rule.volume_discounts, "from {} pieces", "\N{MINUS SIGN}"),
            _steps(rule.surcharges, "from complexity {}", "+"),
            f"{_figure(ship.base_fee)}, {_figure(ship.per_kg)} per kg, {_figure(ship.per_cm3)} per cm³",
        )

    heads = (
        "Service level",
        "Lead time",
        "Margin",
        "Quantity discounts",
        "Complexity surcharges",
        "Shipping",
    )
    words = frozenset({"Lead time", "Quantity discounts", "Complexity surcharges", "Shipping"})
    return CardTable(
        title="Service levels",
        heads=heads,
        rows=tuple(row(name, rule) for name, rule in card.tiers.items()),
        words=words,
    )


def _finishes(card: RateCard) -> CardTable:
    def row(name: str, rule: Finish) -> tuple[str, ...]:
        fits = "all" if rule.materials is None else ", ".join(rule.materials)
        return (
            _called(name, rule.label),
            _figure(rule.per_cm2),
            _figure(rule.per_batch),
            _percent(rule.labour_rate),
            fits,
        )

    heads = ("Finish", "Per cm²", "Per batch", "On labour", "Materials")
    return CardTable(
        title="Surface finishes",
        heads=heads,
        rows=tuple(row(name, rule) for name, rule in card.finishes.items()),
        words=frozenset({"Materials"}),
    )


def _rest(card: RateCard) -> CardTable:
    rows = [
        ("Overhead on cost", _percent(card.overhead)),
        ("Adjustment of labour", _steps(card.adjustments, "from complexity {}", "+")),
        (
            "Further discounts for any customer",
            _steps(card.customer_discounts.by_quantity, "from {} pieces", "\N{MINUS SIGN}"),
        ),
        ("Weight where none is given, times", _figure(card.weight_allowance)),
        (
            "Shipping by zone, times",
            " · ".join(f"{zone}: {_figure(factor)}" for zone, factor in card.zone_factors.items()),
        ),
        ("Quantities shown", " · ".join(map(wording.number, card.break_quantities))),
    ]
    if card.least_of_a_part is not None:
        rows.append(("Least price of a part", _figure(card.least_of_a_part)))
    if card.price_per_piece_digits is not None:
        rows.append(("Digits of a piece's price", str(card.price_per_piece_digits)))
    if card.order is not None:
        if card.order.minimum_order_value is not None:
            rows.append(("Least value of a quote", _figure(card.order.minimum_order_value)))
        if card.order.packing is not None:
            rows.append(("Packing of a quote", _figure(card.order.packing)))
        if card.ships_per_quote:
            rows.append(("Shipping", "once for a quote"))
    return CardTable(
        title="Everything else", heads=("What", "Figure"), rows=tuple(rows), words=frozenset({"Figure"})
    )


def _label(card: RateCard, material: str) -> str | None:
    rule = card.materials.get(material)
    return rule.label if rule else None


def _called(name: str, label: str | None) -> str:
    return f"{label} ({name})" if label and label != name else name


def _steps(steps: Sequence[RateStep], words: str, sign: str) -> str:
    told: Iterable[str] = (
        f"{sign}{_percent(step.rate)} {words.format(_figure(step.start))}" for step in steps
    )
    return "; ".join(told) or "none"


def _figure(figure: Decimal | None) -> str:
    return "" if figure is None else wording.number(figure)


def _percent(rate: Decimal) -> str:
    return f"{wording.number(f'{(rate * 100).normalize():f}')} %"
