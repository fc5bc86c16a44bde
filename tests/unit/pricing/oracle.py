"""A second, slow way to the same prices: exact fractions, straight from the rules, none of the product's code.

The rules: a part is a box, a round or a sheet filled to its outer dimensions. What is known of the finished piece
instead, its volume, surface and weight, goes into hours, finish and weight; material and room are those of the shape. It is
made by one process or by operations in turn; hours that are given are all the hours there are, with no multiplier and no
adjustment. What others make or sell is cost too. Material, labour and complexity adjustment are per piece, set-up once per
batch, and so is what a finish and a tolerance ask for beside their share of every piece; overhead 15 % on all of
it; a tier adds margin, shipping and surcharge and takes off two discounts. Each line is rounded half up once, the
price is the sum of the rounded lines, and one below the minimum is lifted to it.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import floor

F = Fraction

# cost per cm3, waste factor, set-up, kg per cm3
MATERIALS = {
    "aluminum": (F("0.15"), F("1.15"), F(25), F("0.0027")),
    "steel": (F("0.08"), F("1.2"), F(30), F("0.00785")),
    "stainless_steel": (F("0.25"), F("1.15"), F(35), F("0.008")),
    "plastic_abs": (F("0.05"), F("1.1"), F(10), F("0.00105")),
    "plastic_pla": (F("0.04"), F("1.05"), F(5), F("0.00124")),
    "plastic_petg": (F("0.06"), F("1.08"), F(8), F("0.00127")),
    "titanium": (F("2.5"), F("1.25"), F(100), F("0.00451")),
    "brass": (F("0.35"), F("1.18"), F(40), F("0.0085")),
    "copper": (F("0.45"), F("1.2"), F(45), F("0.00896")),
    "carbon_fiber": (F("1.8"), F("1.3"), F(80), F("0.00155")),
}
CNC_CURVE = (F(1), F("1.3"), F("1.7"), F("2.2"), F(3))
# rate per hour, set-up hours, factors at complexity 1 to 5
PROCESSES = {
    "cnc": (F(85), F("1.5"), CNC_CURVE),
    "turning": (F(70), F(1), (F(1), F("1.2"), F("1.5"), F(2), F("2.7"))),
    "3d_printing": (F(25), F("0.5"), (F(1), F("1.1"), F("1.3"), F("1.6"), F(2))),
    "sheet_cutting": (F(65), F("0.8"), (F(1), F("1.2"), F("1.4"), F("1.7"), F("2.1"))),
    "laser_cutting": (F(75), F("0.3"), (F(1), F("1.1"), F("1.3"), F("1.6"), F(2))),
    "waterjet_cutting": (F(90), F("0.5"), (F(1), F("1.2"), F("1.4"), F("1.7"), F("2.2"))),
    "tube_bending": (F(70), F("1.2"), CNC_CURVE),
    "injection_molding": (F(120), F(8), (F(1), F("1.5"), F("2.2"), F("3.5"), F(5))),
}
PLASTICS = {"plastic_abs", "plastic_pla", "plastic_petg"}
OFFERED = {
    "cnc": set(MATERIALS) - {"plastic_pla", "plastic_petg"},
    "turning": set(MATERIALS) - {"plastic_pla", "plastic_petg", "carbon_fiber"},
    "3d_printing": PLASTICS | {"carbon_fiber"},
    "sheet_cutting": {"aluminum", "steel", "stainless_steel", "brass", "copper"},
    "laser_cutting": {"aluminum", "steel", "stainless_steel", "brass"},
    "waterjet_cutting": set(MATERIALS) - PLASTICS,
    "tube_bending": {"aluminum", "steel", "stainless_steel", "titanium", "brass", "copper"},
    "injection_molding": PLASTICS,
}
# margin, discounts from 10, 25, 50, 100, surcharge and where it starts, shipping base, per kg, per cm3
TIERS = {
    "expedited": (65, (2, 4, 6, 8), 20, F("3.5"), F(35), F("8.5"), F("0.015")),
    "standard": (45, (3, 6, 9, 12), 15, F(4), F(15), F("4.25"), F("0.008")),
    "economy": (30, (4, 8, 12, 16), 10, F("4.5"), F(8), F("2.75"), F("0.005")),
    "domestic_economy": (25, (5, 10, 15, 20), 5, F(5), F(5), F("1.85"), F("0.003")),
}
ZONES = {1: F(1), 2: F("1.3"), 3: F("1.8"), 4: F("2.5")}
# money per cm2, money per batch, percent of labour, materials that it goes on
FINISHES = {
    "anodized": (F("0.018"), F(45), 0, {"aluminum", "titanium"}),
    "Powder coated": (F("0.0125"), F("60.5"), 3, set(MATERIALS)),
    "polished": (F(0), F(0), 35, set(MATERIALS)),
}
# percent of labour, set-up
TOLERANCES = {"fine": (F(15), F("40.25")), "ISO 2768-f": (F("0.5"), F(0))}
CUSTOMERS = {"standard": 0, "premium": 5, "enterprise": 8}


@dataclass(frozen=True)
class Part:
    """What is priced; fractions in mm, cm2, cm3 and kg. A round's width is its diameter, and it has no height."""

    material: str
    process: str
    shape: str
    length: F
    width: F
    height: F
    real_volume: F | None
    real_surface: F | None
    complexity: F
    quantity: int
    zone: int
    customer: str
    weight: F | None
    finish: str | None = None
    tolerance: str | None = None
    operations: "tuple[OwnWork | Outside | Bought, ...]" = ()


@dataclass(frozen=True)
class OwnWork:
    """By a process of the card; set-up hours, hours for a piece and complexity where they are given."""

    process: str
    set_up_hours: F | None
    hours: F | None
    complexity: F | None


@dataclass(frozen=True)
class Outside:
    """By others: money for a piece, for the batch, and at least."""

    per_piece: F
    per_batch: F
    least: F


@dataclass(frozen=True)
class Bought:
    """So many in each part, at so much for one of them."""

    pieces: int
    each: F


def half_up(amount: F, digits: int) -> int:
    """`amount`, not negative, as a whole number of minor units."""
    return floor(amount * F(10) ** digits + F(1, 2))


def pi(digits: int) -> F:
    """π rounded to so many digits after the point, by Machin's formula: 16 arctan(1/5) - 4 arctan(1/239)."""
    terms = range(digits + 10)

    def arctan(one_in: int) -> F:
        return sum((F((-1) ** k, (2 * k + 1) * one_in ** (2 * k + 1)) for k in terms), F(0))

    return F(half_up(16 * arctan(5) - 4 * arctan(239), digits), 10**digits)


PI = pi(29)


def stock(part: Part) -> F:
    if part.shape == "round":
        return PI / 4 * part.width**2 * part.length / 1000
    return part.length * part.width * part.height / 1000


def surface(part: Part) -> F:
    if part.real_surface is not None:
        return part.real_surface
    if part.shape == "round":
        ends, side = 2 * PI / 4 * part.width**2, PI * part.width * part.length
        return (ends + side) / 100
    sides = part.length * part.width + part.length * part.height + part.width * part.height
    return 2 * sides / 100


def volume(part: Part) -> F:
    return stock(part) if part.real_volume is None else part.real_volume


def hours(part: Part, process: str) -> F:
    v = volume(part) / 100
    s = surface(part) / 1000
    h = (part.length if part.shape == "round" else part.height) / 100
    return {
        "cnc": F("0.5") + F("0.8") * s + F("0.2") * v,
        "turning": F("0.2") + F("0.6") * s + F("0.15") * v,
        "3d_printing": 1 + F("0.1") * v + F("0.5") * h,
        "sheet_cutting": F("0.2") + F("0.3") * s,
        "laser_cutting": F("0.2") + F("0.3") * s,
        "waterjet_cutting": 1 + F("0.5") * v,
        "tube_bending": 1 + F("0.5") * v,
        "injection_molding": 1 + F("0.5") * v,
    }[process]


def between(curve: tuple[F, ...], score: F) -> F:
    for lower in (1, 2, 3, 4):
        if score <= lower + 1:
            share = score - lower
            return curve[lower - 1] * (1 - share) + curve[lower] * share
    raise AssertionError("complexity beyond 5")


def own_work(part: Part, work: OwnWork) -> list[F]:
    """Labour, adjustment and set-up of one operation, the material's set-up aside."""
    rate, set_up_hours, curve = PROCESSES[work.process]
    set_up = (set_up_hours if work.set_up_hours is None else work.set_up_hours) * rate
    if work.hours is not None:
        return [part.quantity * work.hours * rate, F(0), set_up]
    complexity = part.complexity if work.complexity is None else work.complexity
    labour = part.quantity * hours(part, work.process) * between(curve, complexity) * rate
    percent = 25 if complexity >= 4 else 10 if complexity >= 3 else 0
    return [labour, labour * percent / 100, set_up]


def cost_lines(part: Part) -> list[F]:
    cost, waste, material_set_up, _ = MATERIALS[part.material]
    material = part.quantity * stock(part) * cost * waste
    operations = part.operations or (OwnWork(part.process, None, None, None),)
    lines, labour, left = [], F(0), material_set_up
    for operation in operations:
        match operation:
            case OwnWork():
                own = own_work(part, operation)
                labour += own[0]
                lines += [own[0], own[1], own[2] + left]
                left = F(0)
            case Outside():
                each = part.quantity * operation.per_piece + operation.per_batch
                lines.append(max(operation.least, each))
            case Bought():
                lines.append(part.quantity * operation.pieces * operation.each)
    lines = [material, *([left] if left else []), *lines]
    if part.finish is not None:
        per_cm2, per_batch, percent_of_labour, _ = FINISHES[part.finish]
        lines.append(per_batch + part.quantity * surface(part) * per_cm2 + labour * percent_of_labour / 100)
    if part.tolerance is not None:
        share, once = TOLERANCES[part.tolerance]
        lines.append(once + labour * share / 100)
    return [*lines, sum(lines, F(0)) * 15 / 100]


def tier_lines(part: Part, tier: str, base: F) -> tuple[F, F, F, F, F]:
    margin_percent, steps, surcharge_percent, surcharge_from, fee, per_kg, per_cm3 = TIERS[tier]
    weight = volume(part) * MATERIALS[part.material][3] * F("1.15") if part.weight is None else part.weight
    margin = base * margin_percent / 100
    freight = max(weight * part.quantity * per_kg, stock(part) * part.quantity * per_cm3)
    surcharge = (base + margin) * surcharge_percent / 100 if part.complexity >= surcharge_from else F(0)
    percent = 0
    for start, step in zip((10, 25, 50, 100), steps, strict=True):
        if part.quantity >= start:
            percent = step
    customer = CUSTOMERS[part.customer] + (2 if part.quantity >= 100 else 0)
    return (
        margin,
        (fee + freight) * ZONES[part.zone],
        surcharge,
        (base + margin) * percent / 100,
        (base + margin) * customer / 100,
    )


def price(part: Part, tier: str, *, digits: int = 2, money: int = 1, minimum: F | None = None) -> list[int]:
    """The lines and then the total, in minor units; every money figure of the card is `money` times as high.

    `minimum` is the minimum order value before that.
    """
    costs = cost_lines(part)
    lines = [half_up(each * money, digits) for each in (*costs, *tier_lines(part, tier, sum(costs, F(0))))]
    total = sum(lines[:-2]) - lines[-2] - lines[-1]
    least = 0 if minimum is None else half_up(minimum * money, digits)
    return [*lines, least - total, least] if total < least else [*lines, total]
