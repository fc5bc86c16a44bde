"""What is charged on a quote as a whole follows what is chosen of it, and nobody chooses a charge."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest

from domain.errors import InvalidQuoteOperationError
from domain.offer.choice import Pick, PickRequest, all_of, choices_of, choose, chosen_content
from domain.offer.content import VersionContent, content_from_data
from domain.offer.line_request import DiscountRequest, LineRequest
from domain.offer.version import version_content
from domain.presentation.sheet import offer_sheet
from tests.unit.pricing.parts import EXAMPLE
from tests.unit.quotes.test_order_level import TERMS, shop, stored

CARD = shop(shipping="per_quote", packing="7.50", minimum_order_value="6000")
TIERS = tuple(CARD.tiers)
QUANTITIES = (1, 20, 25)
FREE = LineRequest(
    position=3, description="Gauge", quantity=2, unit_price="12", tax_rate="0.19", optional=True
)


def content(asked: Sequence[tuple[LineRequest, tuple[int, ...]]]) -> VersionContent:
    """A version of these parts, each in its quantities, and the optional gauge."""
    priced = []
    for line, quantities in asked:
        first, *others = (stored(replace(EXAMPLE, quantity=each), CARD) for each in quantities)
        priced.append((line, replace(first, others=tuple(others))))
    discount = DiscountRequest(reason="r", rate="0.05")
    return version_content([*priced, (FREE, None)], replace(TERMS, discount=discount))


def line(position: int, **more: object) -> LineRequest:
    return LineRequest(position=position, description=f"Part {position}", tax_rate="0.07", **more)  # type: ignore[arg-type]


def to_choose() -> VersionContent:
    """One part in three quantities at two tiers, an optional one, an optional gauge."""
    return content(
        [
            (line(1, quantities=QUANTITIES, tiers=TIERS[:2]), QUANTITIES),
            (line(2, tier=TIERS[0], optional=True), (20,)),
        ]
    )


def charged(of: VersionContent) -> list[tuple[str, str]]:
    return [(each.description, each.total) for each in of.lines if each.is_charge]


def test_each_choice_is_charged_as_if_nothing_else_had_been_offered() -> None:
    """Proves shipping by weight and tier, packing, minimum, discount and tax for every choice, against a version that was
    made of the chosen lines alone.
    """
    offered = to_choose()
    seen = set()
    for quantity in QUANTITIES:
        for tier in TIERS[:2]:
            for with_part in (False, True):
                for with_gauge in (False, True):
                    picks = [Pick(position=1, quantity=quantity, tier=tier)]
                    picks += [Pick(position=2, quantity=20, tier=TIERS[0])] * with_part
                    picks += [Pick(position=3, quantity=2, tier=None)] * with_gauge
                    wishes = [
                        PickRequest(position=p.position, quantity=p.quantity, tier=p.tier) for p in picks
                    ]
                    Random(quantity).shuffle(wishes)
                    found, sums = choose(choices_of(offered), wishes)
                    ordered = chosen_content(offered, picks)
                    asked = [(line(1, tier=tier), (quantity,))]
                    asked += [(line(2, tier=TIERS[0]), (20,))] * with_part
                    alone = content(asked)
                    kept = [each for each in alone.lines if not each.is_optional or with_gauge]
                    if with_gauge:
                        alone = chosen_content(alone, all_of(alone))
                        kept = list(alone.lines)
                    assert list(found) == picks
                    assert sums.total == ordered.total == alone.total
                    assert ordered.taxes == sums.taxes == alone.taxes
                    assert charged(ordered) == charged(alone)
                    assert len(ordered.lines) == len(kept)
                    seen.add(tuple(charged(ordered)))
    assert len(seen) > len(QUANTITIES)


def test_charges_stand_below_and_are_nobody_s_to_choose() -> None:
    """No two lines have one position; the customer sees no charge as long as there is no sum, and reads that they come."""
    offered = to_choose()
    assert content_from_data(offered.to_data()) == offered
    assert charged(offered)
    positions = [
        each.position for each in chosen_content(offered, [Pick(position=1, quantity=1, tier=TIERS[0])]).lines
    ]
    assert len(positions) == len({*positions})
    sheet = offer_sheet(offered)
    assert [each.description for each in sheet.lines] == ["Part 1", "Part 2", "Gauge"]
    assert any("are added by what is chosen" in told for told in sheet.conditions)
    (at,) = {each.position for each in offered.lines if each.is_charge and each.description == "Packing"}
    with pytest.raises(InvalidQuoteOperationError, match=f"line {at}: there is no such line"):
        choose(choices_of(offered), [PickRequest(position=at)])
