"""What people call a material, a process or a finish leads to the card's own name, or to none."""

from typing import Any

import pytest

from domain.pricing import (
    InvalidSpecificationError,
    calculate,
    rate_card_from_data,
    rate_card_to_data,
    review,
    specification_from_data,
    specification_to_data,
)
from domain.rate_cards.entry_names import find_by_name_or_alias, likeness
from tests.unit.pricing.parts import EXAMPLE, SHOP_CARD


def data() -> dict[str, Any]:
    card = rate_card_to_data(SHOP_CARD)
    card["materials"]["aluminum"]["aliases"] = ["Aluminium", "AlMg4,5Mn"]
    card["materials"]["steel"]["aliases"] = ["1.0037", "Stahl", "acier"]
    card["processes"]["cnc"]["aliases"] = ["Fräsen", "CNC milling"]
    card["finishes"]["anodized"]["aliases"] = ["eloxiert"]
    return card


CARD = rate_card_from_data(data())
PART = specification_to_data(EXAMPLE)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("aluminum", "aluminum"),
        ("ALUMINIUM", "aluminum"),
        (" aluminium ", "aluminum"),
        ("AlMg 4.5 Mn", "aluminum"),
        ("almg4,5mn", "aluminum"),
        ("1.0037", "steel"),
        ("1 0037", "steel"),
        ("Acíer", "steel"),
        ("Stainless Steel", "stainless_steel"),
        ("PLASTIC-ABS", "plastic_abs"),
        ("Alu", None),
        ("1.003", None),
        ("", None),
        ("--", None),
        (None, None),
    ],
)
def test_a_material_is_found_by_what_people_call_it(wanted: str | None, name: str | None) -> None:
    """Proves that case, accents and punctuation do not matter, that all else does, and that nothing is guessed."""
    found = find_by_name_or_alias(CARD.materials, wanted)
    assert found == (None if name is None else (name, CARD.materials[name]))


def test_the_specification_that_is_kept_has_the_cards_names() -> None:
    """Proves that a part asked for in other words is the same part, to the byte, at the same price."""
    asked = {**PART, "material": "AlMg4.5Mn", "process": "FRASEN", "surface_finish": "Eloxiert"}
    part = specification_from_data(asked, card=CARD)
    plain = specification_from_data({**PART, "surface_finish": "anodized"}, card=CARD)
    assert specification_to_data(part) == specification_to_data(plain)
    assert calculate(part, CARD).tiers == calculate(plain, SHOP_CARD).tiers


def test_a_finish_that_is_named_stays_as_it_was_written() -> None:
    """Proves that what was stored before there were aliases is stored the same way now."""
    part = specification_from_data({**PART, "surface_finish": "ANODIZED"}, card=CARD)
    assert part.surface_finish == "ANODIZED"
    part = specification_from_data({**PART, "surface_finish": "sandblasted"}, card=CARD)
    assert part.surface_finish == "sandblasted"


def test_what_the_card_does_not_know_is_refused_with_what_it_has() -> None:
    """Proves that an unknown word is no alias of something near."""
    with pytest.raises(InvalidSpecificationError) as refusal:
        specification_from_data({**PART, "material": "AlMg3"}, card=CARD)
    [problem] = refusal.value.problems
    assert (problem.field, problem.code) == ("material", "unknown_material")
    assert "aluminum" in problem.allowed


def test_two_names_that_only_punctuation_tells_apart_are_still_two() -> None:
    """Proves that a card of before may have such names: each is found by itself, and a word between them by neither."""
    materials = {"st37": CARD.materials["steel"], "st-37": CARD.materials["brass"]}
    assert find_by_name_or_alias(materials, "ST-37") == ("st-37", materials["st-37"])
    assert find_by_name_or_alias(materials, "St 37") is None


def test_aliases_may_be_of_the_same_likeness_within_one_entry() -> None:
    """Proves that spellings of one thing can be listed as people know them."""
    card = data()
    card["materials"]["steel"]["aliases"] = ["1.0037", "1-0037", "Steel", "S 235"]
    found = review(card)
    assert found.errors == ()
    assert found.card is not None
    assert (
        rate_card_to_data(found.card)["materials"]["steel"]["aliases"]
        == card["materials"]["steel"]["aliases"]
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [("Aluminium", "aluminium"), ("AlMg4,5Mn", "AlMg4.5 Mn"), ("Größe", "GRÖSSE")],
)
def test_likeness(one: str, other: str) -> None:
    """Proves which texts are one name to people."""
    assert likeness(one) == likeness(other) != ""
