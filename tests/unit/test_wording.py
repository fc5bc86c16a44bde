"""Figures, times and specifications read as a person would write them."""

from datetime import UTC, datetime

import pytest

from domain import wording
from domain.presentation.specification import specification_in_words

CHRISTMAS_EVE = datetime(2026, 12, 24, 22, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("4261.23", "EUR", "EUR 4\u202f261.23"),
        ("1234567", "JPY", "JPY 1\u202f234\u202f567"),
        ("0.100", "KWD", "KWD 0.100"),
        ("99999999999999.99", "EUR", "EUR 99\u202f999\u202f999\u202f999\u202f999.99"),
        ("-12.50", "EUR", "EUR \N{MINUS SIGN}12.50"),
    ],
)
def test_money_keeps_every_digit(amount: str, currency: str, shown: str) -> None:
    """Proves that thousands are separated and that no digit is rounded away."""
    assert wording.money(amount, currency) == shown


@pytest.mark.parametrize(
    ("at", "zone", "shown"),
    [
        (CHRISTMAS_EVE, "Europe/Berlin", "Thursday, 24 December 2026, 23:59 CET (Europe/Berlin)"),
        (CHRISTMAS_EVE, "America/Santiago", "Thursday, 24 December 2026, 19:59 UTC-03:00 (America/Santiago)"),
        (CHRISTMAS_EVE, "Asia/Kathmandu", "Friday, 25 December 2026, 04:44 UTC+05:45 (Asia/Kathmandu)"),
        (CHRISTMAS_EVE, "UTC", "Thursday, 24 December 2026, 22:59 UTC"),
        (
            datetime(2026, 7, 1, 12, 30, 15, tzinfo=UTC),
            "Europe/Berlin",
            "Wednesday, 1 July 2026, 14:30:15 CEST (Europe/Berlin)",
        ),
    ],
)
def test_an_instant_is_told_in_its_zone(at: datetime, zone: str, shown: str) -> None:
    """Proves that the zone is always named, also where it has no abbreviation."""
    assert wording.instant(at, zone) == shown


@pytest.mark.parametrize(
    ("reader", "there"),
    [
        ("America/New_York", ", which is 17:59 EST (America/New_York)"),
        ("Asia/Tokyo", ", which is Friday, 25 December 2026, 07:59 JST (Asia/Tokyo)"),
        ("UTC", ", which is 22:59 UTC"),
        ("Europe/Oslo", ""),
        ("Europe/Berlin", ""),
    ],
)
def test_a_deadline_is_told_by_the_reader_s_clocks_too(reader: str, there: str) -> None:
    """Where they show another time; with the day where that is another one."""
    here = "Thursday, 24 December 2026, 23:59 CET (Europe/Berlin)"
    assert wording.instant_for(CHRISTMAS_EVE, "Europe/Berlin", reader) == here + there


def test_the_time_of_a_receipt_has_seconds() -> None:
    """Proves the form in which a page says when something was received."""
    assert wording.clock(datetime(2026, 12, 3, 13, 3, 22, tzinfo=UTC), "Europe/Berlin") == "14:03:22 CET"


def test_a_specification_tells_what_is_made_and_not_how_it_was_priced() -> None:
    """Proves that score, zone, weight and tier stay inside the shop."""
    words = specification_in_words(
        {
            "material": "stainless_steel",
            "process": "3d_printing",
            "length_mm": "100.50",
            "width_mm": "50",
            "height_mm": "20.000",
            "geometric_complexity_score": "2.7",
            "shipping_distance_zone": 4,
            "part_weight_kg": "1.3",
            "customer_tier": "enterprise",
            "quantity": 20,
            "surface_finish": "bead blasted",
            "tolerance_class": "ISO 2768-m",
            "special_requirements": "deburr all edges",
        }
    )
    assert words == (
        "Stainless steel, 3D printed, 100.5 \N{MULTIPLICATION SIGN} 50 \N{MULTIPLICATION SIGN} 20 mm, finish: bead blasted, tolerance: ISO 2768-m, "
        "deburr all edges"
    )


@pytest.mark.parametrize(
    ("sides", "size"),
    [
        ({"shape": "round", "diameter_mm": "30.50", "length_mm": "120"}, "Ø 30.5 × 120 mm"),
        (
            {"shape": "sheet", "length_mm": "400", "width_mm": "250", "thickness_mm": "2.0"},
            "sheet 400 × 250 × 2 mm",
        ),
        ({"shape": "box", "length_mm": "4", "width_mm": "3", "height_mm": "2"}, "4 × 3 × 2 mm"),
    ],
)
def test_a_size_is_told_by_its_shape(sides: dict[str, str], size: str) -> None:
    """Proves that a bar reads as a bar and a sheet as a sheet, and that volume and surface stay inside the shop."""
    data = {"material": "steel", "volume_cm3": "9", "surface_cm2": "9", **sides}
    assert specification_in_words(data) == f"Steel, {size}"


def test_operations_are_told_in_their_order_without_hours_and_costs() -> None:
    """Proves what customers read of them: processes, the names of what others do, what goes in."""
    data = {
        "material": "steel",
        "operations": [
            {"process": "laser_cutting", "hours_per_piece": "0.2"},
            {"outside": True, "name": "zinc\nplating", "cost_per_piece": "1.85", "lead_time_days": 4},
            {"bought": True, "name": "dowel pin", "pieces_per_part": 2, "cost_per_piece": "0.18"},
            {"bought": True, "name": "label", "pieces_per_part": 1, "cost_per_piece": "0.18"},
            {"process": "turning"},
        ],
    }
    assert specification_in_words(data) == (
        "Steel, laser cut, zinc plating, with 2 × dowel pin, with label, turned"
    )


def test_an_unknown_material_is_told_by_its_own_name() -> None:
    """Proves that a rate card may offer what this table does not know."""
    assert (
        specification_in_words({"material": "grey_iron", "process": "sand_casting"})
        == "grey iron, sand casting"
    )


def test_text_of_others_is_shown_without_tricks() -> None:
    """Proves that line breaks, control and reordering characters cannot change how a line reads."""
    assert wording.one_line("a\r\nb\x00c\u202etxt.exe\u2066\td") == "a b ctxt.exe d"
    assert wording.one_line("\ufeffEUR\u200b 1\u2067\U000e0041 می\u200cخورم") == "EUR 1 می\u200cخورم"
    assert wording.paragraphs(" one \r\n\r\ntwo\rthree\x07\n") == ("one", "two", "three")
    assert wording.paragraphs(None) == ()


def test_counts_agree_with_their_noun() -> None:
    """Proves singular, plural and thousands."""
    assert wording.counted(1, "piece") == "1 piece"
    assert wording.counted(1_000_000, "piece") == "1\u202f000\u202f000 pieces"
    assert wording.counted(3, "more day", "more days") == "3 more days"


def test_a_rounded_price_is_known_for_one() -> None:
    """Proves that 20 pieces at 213.06 are not said to be exactly 4,261.23."""
    assert wording.is_rounded("213.06", 20, "4261.23")
    assert not wording.is_rounded("38.50", 2, "77.00")


def test_a_part_is_told_with_its_revision() -> None:
    """Proves that a revision is shown only beside a number."""
    assert wording.part("4711-A", "C") == "4711-A, revision C"
    assert wording.part("4711-A", None) == "4711-A"
    assert wording.part(None, "C") is None
