"""Random quotes, as the oracle knows them and as the product is asked for them."""

import json
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

from domain.errors import InvalidQuoteOperationError
from domain.offer.content import Unit, VersionContent
from domain.offer.line_price import StoredCalculation
from domain.offer.line_request import DiscountRequest, LineRequest
from domain.offer.version import Terms, version_content
from domain.pricing import (
    PartSpecification,
    RateCard,
    calculate,
    calculation_to_data,
    rate_card_from_data,
    rate_card_to_data,
    specification_to_data,
)
from tests.unit.pricing.parts import (
    SHOP_CARD,
    as_part,
    in_any_shape,
    random_specification,
    with_dearer_operations,
    with_money,
    with_operations,
    with_wishes,
)
from tests.unit.quotes.quote_oracle import Choice, Line, Quote, Shop

F = Fraction

CURRENCIES = {"EUR": (2, 1), "JPY": (0, 160), "KWD": (3, 1)}
"""Digits, and how many times the oracle's figures the card's are."""
TAXES = (None, "0.07", "0.19", "0.077")
_SIDES = ("length_mm", "width_mm", "height_mm", "diameter_mm", "thickness_mm")


@dataclass(frozen=True)
class Made:
    """A quote twice: by the rules of the oracle, and as the product priced it; None where it refused. `body` is what asks the
    API for it, by the `card`.
    """

    quote: Quote
    content: VersionContent | None
    body: dict[str, Any]
    card: RateCard


def random_quote(random: Random) -> Made:
    """Parts by several operations, free lines and credits, things to choose, charges and discounts."""
    currency, (digits, money) = random.choice(list(CURRENCIES.items()))
    shop = Shop(
        digits=digits,
        money=money,
        shipping_per_quote=random.random() < 0.5,
        packing=F(random.choice((0, 15 * money))),
        minimum=F(random.choice((0, 0, 800 * money, 20_000 * money))),
    )
    card = _card(shop, currency)
    lines: list[Line] = []
    asked: list[tuple[LineRequest, StoredCalculation | None]] = []
    for position in range(1, random.randint(2, 7)):
        made, line = (_part if random.random() < 0.6 else _free)(random, shop, card, position)
        lines.append(line)
        asked.append(made)
    rate = random.choice((None, None, "0.035", "0.1"))
    off = random.randint(1, 5_000) if rate is None and random.random() < 0.4 else None
    quote = Quote(shop=shop, lines=tuple(lines), rate=rate, off=off)
    discount = None
    if rate is not None or off is not None:
        discount = DiscountRequest(
            reason="Agreed", rate=rate, amount=None if off is None else money_text(off, digits)
        )
    try:
        content = version_content(
            asked, Terms(customer_tier="standard", currency=currency, discount=discount)
        )
    except InvalidQuoteOperationError:
        content = None
    body: dict[str, Any] = {"lines": [_asked(request) for request, _ in asked], "currency": currency}
    if discount is not None:
        body["discount"] = _discount(discount)
    return Made(quote, content, body, card)


def _asked(line: LineRequest) -> dict[str, Any]:
    """The line as the API is asked for it."""
    names = ("description", "unit", "unit_price", "tier", "tax_rate", "specification")
    told = {name: getattr(line, name) for name in names if getattr(line, name) is not None}
    for name in ("quantities", "tiers"):
        if found := getattr(line, name):
            told[name] = list(found)
    if line.discount is not None:
        told["discount"] = _discount(line.discount)
    if line.quantity is not None:
        told["quantity"] = line.quantity if isinstance(line.quantity, int) else str(line.quantity)
    return told | ({"optional": True} if line.optional else {})


def _discount(given: DiscountRequest) -> dict[str, str]:
    told = {"reason": given.reason, "rate": given.rate, "amount": given.amount}
    return {name: text for name, text in told.items() if text is not None}


def random_choice(random: Random, quote: Quote) -> dict[int, Choice]:
    """Something that a customer may choose of it, by the places of the lines."""
    had = {
        at: random.choice(line.choices)
        for at, line in enumerate(quote.lines)
        if not line.optional or random.random() < 0.5
    }
    return had or {0: quote.lines[0].choices[0]}


def money_text(minor: int, digits: int) -> str:
    """Minor units as the API takes an amount."""
    return str(Decimal(minor).scaleb(-digits))


def _card(shop: Shop, currency: str) -> RateCard:
    order = {
        "packing": str(shop.packing),
        "minimum_order_value": str(shop.minimum),
        "shipping": "per_quote" if shop.shipping_per_quote else "per_part",
    }
    data = rate_card_to_data(with_money(SHOP_CARD, shop.money, currency))
    return rate_card_from_data({**data, "minimum_order_value": None, "order": order})


def _part(
    random: Random, shop: Shop, card: RateCard, position: int
) -> tuple[tuple[LineRequest, StoredCalculation], Line]:
    part = in_any_shape(random, with_wishes(random, random_specification(random)))
    sides: dict[str, Any] = {
        side: Decimal(int(found) or 1) for side in _SIDES if (found := getattr(part, side)) is not None
    }
    part = replace(part, **sides)  # whole ones, so that no size reads like an amount
    if random.random() < 0.5:
        part = with_operations(random, part)
    quantities = random.sample(range(1, 900), random.choice((1, 1, 2, 4)))
    tiers = random.sample(list(card.tiers), random.choice((1, 1, 2)))
    rate = F("0.05") if random.random() < 0.25 else None
    tax, optional = random.choice(TAXES), random.random() < 0.2
    first, *others = (_stored(replace(part, quantity=each), shop, card) for each in quantities)
    several = len(quantities) * len(tiers) > 1
    request = LineRequest(
        position=position,
        description=f"Part {position}",
        specification=specification_to_data(
            with_dearer_operations(replace(part, quantity=quantities[0]), shop.money)
        ),
        tier=None if several else tiers[0],
        quantities=tuple(quantities) if several else (),
        tiers=tuple(tiers) if several else (),
        discount=DiscountRequest(reason="Repeat", rate="0.05") if rate else None,
        tax_rate=tax,
        optional=optional,
    )
    choices = tuple((F(quantity), tier) for quantity in quantities for tier in tiers)
    line = Line(choices=choices, tax=tax, optional=optional, part=as_part(part), rate=rate)
    return (request, replace(first, others=tuple(others))), line


def _stored(part: PartSpecification, shop: Shop, card: RateCard) -> StoredCalculation:
    """As a database gives it back."""
    made = calculate(with_dearer_operations(part, shop.money), card)
    data = json.loads(json.dumps(calculation_to_data(made), sort_keys=True))
    return StoredCalculation(id=f"c-{part.quantity}", rate_card_id=card.id, data=data)


def _free(
    random: Random, shop: Shop, _card: RateCard, position: int
) -> tuple[tuple[LineRequest, None], Line]:
    unit = random.choice((None, Unit.HOUR, Unit.KILOGRAM, Unit.SET))
    places = 3 if unit in {Unit.HOUR, Unit.KILOGRAM} else 0
    quantity = Decimal(random.randint(1, 900_000 if places else 900)).scaleb(-places).normalize()
    finer = random.choice((0, 0, 2))
    price = Decimal(random.randint(1, 90_000 * shop.money)).scaleb(-shop.digits - finer)
    if random.random() < 0.2:
        price = -price / 8
        price = price.quantize(Decimal(1).scaleb(-shop.digits))
    rate = F("0.125") if price > 0 and random.random() < 0.2 else None
    tax, optional = random.choice(TAXES), random.random() < 0.2
    request = LineRequest(
        position=position,
        description=f"Work {position}",
        quantity=int(quantity) if quantity == int(quantity) else quantity,  # as requests are read
        unit=unit,
        unit_price=f"{price:f}",
        discount=DiscountRequest(reason="Agreed", rate="0.125") if rate else None,
        tax_rate=tax,
        optional=optional,
    )
    line = Line(choices=((F(quantity), None),), tax=tax, optional=optional, unit_price=F(price), rate=rate)
    return (request, None), line
