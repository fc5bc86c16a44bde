"""What becomes of rows and columns: what is read, guessed, left out, asked."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from adapters.spreadsheets.delimited import read_delimited
from domain.offer.parts_lists.answers import NO_ANSWERS, ListAnswers, QuantityBasis
from domain.offer.parts_lists.grid import ListFileError
from domain.offer.parts_lists.part_rows import RowKind
from domain.offer.parts_lists.reading import InvalidAnswersError, ListContext, ListReading, read_list
from domain.offer.parts_lists.readings import Mark
from domain.offer.parts_lists.sides import PartSides
from domain.rate_cards.default_card import DEFAULT_RATE_CARD

HEAD = "Teil;Material;Länge (mm);Breite (mm);Höhe (mm);Menge\n"
WORK = {"process": "cnc", "geometric_complexity_score": "2"}


def read(text: str, kept: ListAnswers = NO_ANSWERS, **answers: Any) -> ListReading:
    """The list, with the usual defaults and these answers."""
    defaults = {**WORK, **answers.pop("defaults", {})}
    context = ListContext(card=DEFAULT_RATE_CARD, customer_tier="premium", kept=kept)
    return read_list(read_delimited(text.encode()), ListAnswers(defaults=defaults, **answers), context)


def codes(found: ListReading) -> list[list[str]]:
    """Of the open rows."""
    return [[problem.code for problem in row.problems] for row in found.open]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ("A;Stahl;300;200;;1", "size_missing"),
        ("A;Holz;300;200;3;1", "unknown_material"),
        ("A;;300;200;3;1", "required"),
        ("A;Stahl;viel;200;3;1", "not_a_figure"),
        ("A;Stahl;300 kg;200;3;1", "wrong_unit"),
        ("A;Stahl;300;200;3;0", "out_of_range"),
        ("A;Stahl;300;200;3;1,5", "not_an_integer"),
        ("A;Stahl;3000;200;3;1", "too_large"),
        ("A;Stahl;300;200;3;1.000", "ambiguous_figure"),
        ("A;Stahl;300;200;3;312 g", "wrong_unit"),
        ("A;PLA;300;200;3;1", "pair_not_offered"),
        ("A;Stahl;300;200;3;1;7", "wrong_number_of_cells"),
        ('A;"Stahl;300;200;3;1', "bad_quotes"),
    ],
)
def test_a_row_is_left_open_and_others_are_not(cells: str, code: str) -> None:
    """With what is wrong with it; the row above and the one below it are parts."""
    good = "B;Stahl;300;200;3;1\n"
    found = read(HEAD + good + cells + "\n" + good)
    assert [row.kind for row in found.rows] == [RowKind.PART, RowKind.OPEN, RowKind.PART]
    assert codes(found) == [[code]]


def test_columns_that_could_be_one_field_are_asked_for() -> None:
    """Neither is taken; what a person says decides, also that one is to be left aside."""
    text = "Teil;Material;Länge (mm);Länge (mm);Breite (mm);Höhe (mm);Menge\nA;Stahl;300;310;200;3;1\n"
    found = read(text)
    assert [(each.answer, each.keys) for each in found.questions] == [("map", ("C", "D"))]
    [part] = read(text, map={"D": "length_mm", "C": None}).parts
    assert part.specification is not None
    assert part.specification["length_mm"] == "310"


def test_a_word_with_two_meanings_is_what_its_cells_are() -> None:
    """Nombre is a number in French, a name in Spanish."""
    french = read("Nombre;Matière;Longueur (mm);Largeur (mm);Hauteur (mm)\n4;Acier;300;200;3\n")
    assert french.columns[0].field == "quantity"
    spanish = read("Nombre;Material;Largo (mm);Ancho (mm);Alto (mm);Cantidad\nPlaca;Acero;300;200;3;2\n")
    assert spanish.columns[0].field == "name"


def test_a_slip_in_a_heading_is_a_guess() -> None:
    """It is told as one."""
    found = read("Part;Materal;Lenght (mm);Width (mm);Height (mm);Quantiy\nA;steel;300;200;3;2\n")
    guesses = {column.heading: (column.field, column.is_guess) for column in found.columns if column.is_guess}
    assert guesses == {
        "Materal": ("material", True),
        "Lenght (mm)": ("length_mm", True),
        "Quantiy": ("quantity", True),
    }
    assert "Materal = material (a guess)" in found.summary
    assert len(found.parts) == 1


def test_assemblies_and_their_parts() -> None:
    """By level, and by dotted numbers; below two levels quantities are multiplied where a person says so."""
    text = (
        "Ebene;Teil;Material;Länge (mm);Breite (mm);Höhe (mm);Menge\n"
        "1;Rahmen;;;;;2\n2;Gruppe;;;;;3\n3;Blech;Stahl;300;200;3;4\n1;Fuß;Stahl;30;20;3;5\n"
    )
    found = read(text)
    assert [row.kind for row in found.rows] == [
        RowKind.ASSEMBLY,
        RowKind.ASSEMBLY,
        RowKind.OPEN,
        RowKind.PART,
    ]
    assert [each.answer for each in found.questions] == ["quantities"]
    for basis, quantity in ((QuantityBasis.PER_ASSEMBLY, 24), (QuantityBasis.TOTAL, 4)):
        parts = read(text, quantities=basis).parts
        assert [(row.specification or {})["quantity"] for row in parts] == [quantity, 5]


def test_a_diameter_makes_a_round_and_a_thickness_a_sheet() -> None:
    """A diameter beside three sides is open too, and a thickness beside them that is none."""
    head = "Teil;Material;Ø (mm);Länge (mm);Breite (mm);Höhe (mm);Dicke (mm);Menge\n"
    rows = "A;Stahl;20;100;;;;1\nB;Stahl;20;;;;;1\nC;Stahl;20;100;50;30;;1\nD;Stahl;;100;50;30;3;1\nE;Stahl;;100;50;3;3;1\n"
    found = read(head + rows)
    assert codes(found) == [["size_missing"], ["sides_unclear"], ["sides_unclear"]]
    assert [(row.specification or {})["shape"] for row in found.parts] == ["round", "sheet"]
    inside = read(
        "Teil;Material;Maße (mm);Menge\nA;Stahl;Ø20 x 100;1\nB;Stahl;30 x 20 x 10;1\nC;Stahl;klein;1\n"
    )
    assert codes(inside) == [["not_sides", "size_missing"]]
    assert (inside.parts[0].specification or {})["diameter_mm"] == "20"


def test_sides_said_twice_have_to_agree() -> None:
    """In their own column and among the dimensions."""
    text = "Teil;Material;Maße (mm);Länge (mm);Menge\nA;Stahl;30 x 20 x 10;30;1\nB;Stahl;30 x 20 x 10;31;1\n"
    found = read(text)
    assert (len(found.parts), codes(found)) == (1, [["sides_unclear"]])


def test_weights_are_taken_where_they_are_clear() -> None:
    """Without a unit, and where it is nothing, a weight is left out and that is told; with two readings the row is open."""
    head = "Teil;Material;Länge (mm);Breite (mm);Höhe (mm);Menge;{}\n"
    row = "A;Stahl;300;200;3;1;{}\n"
    for heading, cell, weight, remarks in (
        ("Gewicht (g)", "324", "0.324", 0),
        ("Gewicht", "1,5 kg", "1.5", 0),
        ("Gewicht", "1,5", None, 1),
        ("Gewicht (kg)", "0,00", None, 1),
        ("Gewicht (kg)", "", None, 0),
    ):
        [part] = read(head.format(heading) + row.format(cell)).parts
        assert (part.specification or {}).get("part_weight_kg") == weight
        assert len(part.remarks) == remarks
    assert codes(read(head.format("Gewicht (kg)") + row.format("1.250"))) == [["ambiguous_figure"]]


def test_other_units_than_pieces_and_of_rows() -> None:
    """A row in metres is open; a row's own unit of length counts for its sides."""
    head = "Teil;Material;Länge;Breite;Höhe;Menge;Einheit\n"
    found = read(
        head + "A;Stahl;30;20;3;1;cm\nB;Stahl;300;200;3;1;m\nC;Stahl;300;200;3;1;kg\n", units={"*": "mm"}
    )
    assert codes(found)[-1] == ["wrong_unit"]
    bare = read(head + "A;Stahl;30;20;3;1;mm\n")
    assert (bare.parts[0].specification or {})["length_mm"] == "30"


def test_what_a_list_says_besides_reaches_the_line() -> None:
    """Finish, tolerance, remarks, tier, zone; texts are one line without what cannot be seen."""
    head = "Pos;Part no;Rev;Description;Material;L (mm);W (mm);H (mm);Qty;Finish;Tolerance;Notes;Tier;Zone;Customer tier\n"
    row = '7;A\u202e1;C;"Plate\nleft";steel;30;20;3;2;Anodized;ISO 2768-m;deburr;Economy;2;enterprise\n'
    [part] = read(head + row).parts
    line = part.line()
    assert (line["description"], line["part_number"], line["part_revision"], line["tier"]) == (
        "Plate left (item 7)",
        "A1",
        "C",
        "economy",
    )
    asked = line["specification"]
    assert asked["shipping_distance_zone"] == 2
    assert asked["customer_tier"] == "enterprise"
    assert (asked["surface_finish"], asked["tolerance_class"]) == ("Anodized", "ISO 2768-m")
    assert asked["special_requirements"] == "deburr"


def test_kept_answers_count_where_they_fit() -> None:
    """Kept ones for columns that are not there, or by a card that has not the name any more, count for nothing."""
    kept = ListAnswers(
        map={"Foo": "item", "Teil": "name"},
        units={"Länge": "cm", "*": "mm"},
        defaults={"material": "unobtainium", "tier": "economy"},
    )
    found = read("Teil;Länge;Breite;Höhe;Menge\nA;30;20;3;1\n", kept, defaults={"material": "steel"})
    [part] = found.parts
    assert ((part.specification or {})["length_mm"], part.tier) == ("300", "economy")
    assert kept.with_more(ListAnswers(map={"A": "item"})).to_keep.map == {"Foo": "item", "Teil": "name"}
    again = read("Teil;Länge;Breite;Höhe;Menge\nA;30;20;3;1\n", kept)
    assert codes(again) == [["required"]]


def test_a_header_is_where_a_person_says() -> None:
    """And nowhere else."""
    text = "Teil;Material;Länge (mm);Menge\nName;Werkstoff;Breite (mm);Anzahl\nA;Stahl;1;2\n"
    assert read(text, header_row=2).header_rows == (2,)
    with pytest.raises(ListFileError, match="Row 9 names no columns"):
        read(text, header_row=9)


def test_a_cell_of_a_column_named_twice_is_told_by_letter() -> None:
    """A heading that two columns have names neither."""
    with pytest.raises(InvalidAnswersError) as refused:
        read("Teil;Maß;Maß;Menge;Material\nA;1;2;3;Stahl\n", map={"Maß": "length_mm"})
    assert [(each.code, each.allowed) for each in refused.value.problems] == [
        ("column_not_unique", ("B", "C"))
    ]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"map": {"A": "name", "Teil": "item"}}, "column_named_twice"),
        ({"map": {"A": "name", "B": "name"}}, "field_named_twice"),
        ({"map": {"Z": "name"}}, "unknown_column"),
        ({"map": {"A": "colour"}}, "unknown_field"),
        ({"units": {"Z": "mm"}}, "unknown_column"),
        ({"units": {"C": "ell"}}, "unknown_unit"),
        ({"units": {"*": "kg"}}, "unknown_unit"),
        ({"defaults": {"colour": "red"}}, "unknown_field"),
        ({"defaults": {"material": "gold"}}, "unknown_material"),
        ({"defaults": {"process": "magic"}}, "unknown_process"),
        ({"defaults": {"tier": "yesterday"}}, "unknown_tier"),
        ({"defaults": {"quantity": "1,5"}}, "not_a_number"),
        ({"materials": {"Alu": "gold"}}, "unknown_material"),
        ({"processes": {"Beamen": "magic"}}, "unknown_process"),
        ({"materials": {"A B": "steel", "a-b": "brass"}}, "alias_of_two"),
    ],
)
def test_answers_that_cannot_be_used_are_refused_by_place(answers: dict[str, Any], code: str) -> None:
    """Each with its place."""
    with pytest.raises(InvalidAnswersError) as refused:
        read(HEAD + "A;Stahl;300;200;3;1\n", **answers)
    [found] = refused.value.problems
    assert found.code == code
    assert found.path[0] in answers


def test_answers_come_back_as_they_were_stored() -> None:
    """Without what nobody said."""
    said = ListAnswers(map={"A": None}, decimal=Mark.COMMA, quantities=QuantityBasis.TOTAL, header_row=2)
    assert said.to_data() == {"map": {"A": None}, "decimal": "comma", "quantities": "total", "header_row": 2}
    assert ListAnswers.from_data(said.to_data()) == said
    assert ListAnswers.from_data({}) == NO_ANSWERS


def test_what_is_not_understood_is_asked_for_where_sizes_are_missing() -> None:
    """By letter and heading; a unit is taken of a column that is named."""
    text = "Teil;Material;Foo;Bar;Höhe (mm);Menge\nA;Stahl;3;2;5;1\n"
    found = read(text)
    [question] = found.questions
    assert (question.answer, question.keys) == ("map", ("C", "D"))
    assert "C (Foo), D (Bar)" in question.message
    [part] = read(text, map={"Foo": "length_mm", "D": "width_mm"}, units={"Foo": "cm", "D": "in"}).parts
    asked = part.specification or {}
    assert (asked["length_mm"], asked["width_mm"]) == ("30", "50.8")


def test_an_assembly_without_a_figure_counts_once() -> None:
    """Its quantity may be missing, or be none that can be read."""
    for quantity in ("", "viele"):
        text = f"Pos;Teil;Material;Länge (mm);Breite (mm);Höhe (mm);Menge\n1;R;;;;;{quantity}\n1.1;B;Stahl;30;20;3;4\n"
        assert len(read(text).parts) == 1
    bare = "Pos;Teil;Material;Länge (mm);Breite (mm);Höhe (mm)\n1;R;;;;\n1.1;B;Stahl;30;20;3\n"
    assert len(read(bare, defaults={"quantity": "2"}).parts) == 1


def test_comments_and_single_words_are_no_parts() -> None:
    """Whatever wrote them."""
    found = read("# made by x\n" + HEAD + "// note\n-- note\nGruppe 2\nA;Stahl;300;200;3;1\n")
    assert [row.kind for row in found.rows] == [*(RowKind.COMMENT,) * 3, RowKind.PART]


def test_sides_are_said_as_the_shape_has_them() -> None:
    """None of them where nothing is known."""
    sides = PartSides({"diameter_mm": Decimal(20), "length_mm": Decimal(100)})
    sheet = {"length_mm": Decimal(300), "width_mm": Decimal(200), "thickness_mm": Decimal(3)}
    assert sides.data() == {"shape": "round", "diameter_mm": "20", "length_mm": "100"}
    assert PartSides(sheet).data() == {
        "shape": "sheet",
        "length_mm": "300",
        "width_mm": "200",
        "thickness_mm": "3",
    }
    assert PartSides({}).data() == {}


def test_aliases_of_the_card_are_plugged_in() -> None:
    """They count before the built-in ones; a word for two of the card's names lets no list be read."""
    grid = read_delimited((HEAD + "A;Werksblech;300;200;3;1\n").encode())

    def called(**aliases: tuple[str, ...]) -> ListContext:
        named = {
            name: replace(DEFAULT_RATE_CARD.materials[name], aliases=words) for name, words in aliases.items()
        }
        return ListContext(
            card=replace(DEFAULT_RATE_CARD, materials={**DEFAULT_RATE_CARD.materials, **named})
        )

    context = called(brass=("werksblech",))
    [row] = read_list(grid, ListAnswers(defaults=WORK), context).parts
    assert (row.specification or {})["material"] == "brass"
    twice = called(brass=("werksblech",), steel=("Werksblech",))
    with pytest.raises(ListFileError, match="steel and brass") as refused:
        read_list(grid, ListAnswers(defaults=WORK), twice)
    assert refused.value.code == "alias_of_two"
