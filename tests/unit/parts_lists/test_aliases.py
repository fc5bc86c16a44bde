"""Materials and processes by what others call them."""

import pytest

from domain.offer.parts_lists.aliases import (
    MATERIALS,
    PROCESSES,
    AliasOfTwoError,
    FoundName,
    alias_table,
    find_name,
)
from domain.rate_cards.default_card import DEFAULT_RATE_CARD as CARD

TABLE = alias_table(CARD.materials, MATERIALS)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Aluminium", "aluminum"),
        ("AlMg4,5Mn", "aluminum"),
        ("EN AW-6082 T6", "aluminum"),
        ("6061 Alloy", "aluminum"),
        ("1.0037", "steel"),
        ("S235JR", "steel"),
        ("Plain Carbon Steel", "steel"),
        ("1.0037 / S235JR", "steel"),
        ("1.4301", "stainless_steel"),
        ("X5CrNi18-10 (1.4301)", "stainless_steel"),
        ("Stainless Steel AISI 304", "stainless_steel"),
        ("STAINLESS STEEL", "stainless_steel"),
        ("Acier inoxydable", "stainless_steel"),
        ("PLA", "plastic_pla"),
        ("Messing", "brass"),
    ],
)
def test_a_designation_is_known(text: str, name: str) -> None:
    """Without case, accents and punctuation, and with words around it that say nothing."""
    assert find_name(text, TABLE) == FoundName(name, 1)


def test_what_is_left_of_a_text_makes_a_guess_of_it() -> None:
    """Its score says so."""
    assert find_name("DC01 verzinkt", TABLE) == FoundName("steel", 0.7)


@pytest.mark.parametrize("text", ["", "rot", "POM", "steel / aluminum", "St37 or 1.4301", "   ", "1050"])
def test_what_nobody_knows_or_could_be_two_is_not_guessed(text: str) -> None:
    """Aluminium and a steel are both called 1050."""
    assert find_name(text, TABLE) is None


def test_the_built_in_tables_have_no_word_for_two() -> None:
    """Whichever names a card has of them."""
    alias_table(MATERIALS, MATERIALS)
    alias_table(PROCESSES, PROCESSES)
    assert set(CARD.materials) == set(MATERIALS)
    assert set(CARD.processes) <= set(PROCESSES)


def test_a_word_for_two_names_is_refused() -> None:
    """It names both; a name that is not on the card counts for nothing."""
    theirs = {"steel": ["blank"], "brass": ["BLANK!"], "gold": ["blank"]}
    with pytest.raises(AliasOfTwoError, match="steel and brass"):
        alias_table(CARD.materials, theirs)
    assert find_name("blank", alias_table(["steel"], theirs)) == FoundName("steel", 1)


def test_what_counts_before_what() -> None:
    """What a person says, the card's own name, its own aliases, the built-in ones."""
    theirs = {"brass": ["Messing spezial", "Stahl"]}
    table = alias_table(CARD.materials, theirs, MATERIALS, said={"Inox": "titanium", "Gold": "gold"})
    named = {word: find_name(word, table) for word in ("Stahl", "steel", "Inox", "Messing", "Gold")}
    assert {word: found and found.name for word, found in named.items()} == {
        "Stahl": "brass",
        "steel": "steel",
        "Inox": "titanium",
        "Messing": "brass",
        "Gold": None,
    }
