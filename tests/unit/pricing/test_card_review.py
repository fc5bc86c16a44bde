"""The check of a card before it is stored: each mistake with its code and place, and what is worth a look."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.decimals import plain
from domain.pricing import (
    BOUNDS,
    DEFAULT_RATE_CARD,
    InvalidRateCardError,
    InvalidSpecificationError,
    calculate,
    calculation_to_data,
    rate_card_from_data,
    rate_card_to_data,
    review,
)
from tests.unit.pricing.parts import EXAMPLE, SHOP_CARD

Finding = tuple[str, str]


def shop() -> Any:
    return json.loads(json.dumps(rate_card_to_data(SHOP_CARD)))


def changed(*changes: tuple[str, object]) -> Any:
    """The shop's card with these places set; a name with a dot is no part of a place here."""
    card = shop()
    if any(place.startswith("order.") for place, _ in changes):
        card["order"] = {}
    for place, value in changes:
        *keys, last = place.split(".")
        found = card
        for key in keys:
            found = found[int(key) if isinstance(found, list) else key]
        found[int(last) if isinstance(found, list) else last] = value
    return card


def errors(card: object) -> list[Finding]:
    return [(each.field, each.code) for each in review(card).errors]


def warnings(card: object) -> list[Finding]:
    found = review(card)
    assert found.errors == ()
    return [(each.field, each.code) for each in found.warnings]


@pytest.mark.parametrize("card", [DEFAULT_RATE_CARD, SHOP_CARD], ids=["reference", "shop"])
def test_a_good_card_passes_without_a_word(card: Any) -> None:
    """Proves that the check finds nothing where there is nothing, and gives back an equal card."""
    found = review(rate_card_to_data(card))
    assert (found.card, found.errors, found.warnings) == (card, (), ())


@pytest.mark.parametrize("place", list(BOUNDS))
def test_every_figure_has_two_bounds(place: str) -> None:
    """Proves for each kind of figure that both bounds are taken, and a step beyond either is refused there."""
    path = _first(place)
    bound, step = BOUNDS[place], Decimal("0.000001") if not _whole(place) else Decimal(1)
    for figure in (bound.low, bound.high):
        assert (path, "out_of_range") not in errors(changed((path, plain(figure))))
    for figure in (bound.low - step, bound.high + step):
        assert (path, "out_of_range") in errors(changed((path, plain(figure))))


def _first(place: str) -> str:
    """The place with its stars replaced by the first name that the shop's card has there."""
    found, path = shop(), []
    for key in place.split("."):
        own = key if key != "*" else 0 if isinstance(found, list) else next(iter(found))
        path.append(str(own))
        found = found[int(own)] if isinstance(found, list) else (found or {}).get(own)
    return ".".join(path)


def _whole(place: str) -> bool:
    return place in {
        *("version", "break_quantities.*", "tiers.*.lead_time_days", "price_per_piece_digits"),
    }


def test_every_figure_on_a_card_is_bounded() -> None:
    """Proves that no figure escapes: an enormous one is refused wherever a figure stands."""
    for path in _figures(shop(), ()):
        assert (".".join(path), "out_of_range") in errors(changed((".".join(path), 99_999_999_999_999)))


@pytest.mark.parametrize("place", list(BOUNDS))
def test_every_figure_on_a_card_counts(place: str) -> None:
    """Proves that no field is read, bounded and then forgotten: another figure makes another price or remark."""
    path, bound = _first(place), BOUNDS[place]
    instead = [(path.replace("per_kg", "per_cm3"), None)] if path.endswith("cost_per_kg") else []
    instead += [("minimum_order_value", None)] if path == "minimum_per_part" else []
    told = {
        _outcome(changed((path, plain(figure)), *instead))
        for figure in (bound.low, bound.low + 1, bound.high)
    }
    assert len(told - {""}) > 1


def _outcome(data: Any) -> str:
    """All that is said of a simple and a hard part at this card; nothing where the card contradicts itself."""
    part = replace(EXAMPLE, surface_finish="anodized", tolerance_class="fine")
    parts = [replace(part, geometric_complexity_score=Decimal(score)) for score in ("1.5", "3.5")]
    try:
        card = rate_card_from_data(data)
        return json.dumps([calculation_to_data(calculate(each, card)) for each in parts])
    except InvalidRateCardError:
        return ""
    except InvalidSpecificationError as refusal:
        return str(refusal)


def _figures(value: Any, path: tuple[str, ...]) -> Any:
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, each in entries:
        yield from _figures(each, (*path, str(key)))
    text = str(value)
    if not entries and text.replace(".", "", 1).isdigit() and path != ("id",):
        yield path


TIER = rate_card_to_data(DEFAULT_RATE_CARD)["tiers"]["economy"]


@pytest.mark.parametrize(
    ("place", "value", "finding"),
    [
        ("tiers.standard.margin", "50", ("tiers.standard.margin", "out_of_range")),
        ("tiers.standard.margin", 0.45, ("tiers.standard.margin", "not_a_number")),
        ("overhead", Decimal("NaN"), ("overhead", "not_finite")),
        ("id", "card-7", ("id", "not_a_uuid")),
        ("currency", "EURO", ("currency", "unknown_currency")),
        ("name", " Prices ", ("name", "bad_name")),
        ("name", "two\nlines", ("name", "bad_name")),
        ("materials", {}, ("materials", "empty")),
        ("processes", {}, ("processes", "empty")),
        ("tiers", {}, ("tiers", "empty")),
        ("tiers. overnight", TIER, ("tiers. overnight", "bad_name")),
        ("tiers.ECONOMY", TIER, ("tiers.ECONOMY", "duplicate")),
        ("tiers", {f"tier {number}": TIER for number in range(9)}, ("tiers", "too_many")),
        ("tiers.economy.label", "two\nlines", ("tiers.economy.label", "bad_name")),
        ("tiers.economy.label", 7, ("tiers.economy.label", "not_text")),
        ("customer_discounts.by_tier", {}, ("customer_discounts.by_tier", "empty")),
        (
            "customer_discounts.labels",
            {"gold": "Gold"},
            ("customer_discounts.labels.gold", "unknown_customer_tier"),
        ),
        ("customer_discounts.labels", {"premium": " "}, ("customer_discounts.labels.premium", "not_text")),
        ("materials.steel.cost_per_kg", "1.20", ("materials.steel.cost_per_kg", "one_of")),
        ("materials.steel.cost_per_cm3", None, ("materials.steel.cost_per_cm3", "required")),
        (
            "materials.steel.stock_allowance_mm",
            "1001",
            ("materials.steel.stock_allowance_mm", "out_of_range"),
        ),
        ("materials.steel.aliases", ["1.0037", "Copper"], ("materials.steel.aliases.1", "duplicate")),
        ("processes.cnc.aliases", ["Laser-cutting"], ("processes.cnc.aliases.0", "duplicate")),
        ("finishes.anodized.aliases", ["POWDER  Coated"], ("finishes.anodized.aliases.0", "duplicate")),
        ("materials.steel.aliases", ["--"], ("materials.steel.aliases.0", "bad_name")),
        ("materials.steel.aliases", [" St 37"], ("materials.steel.aliases.0", "bad_name")),
        ("materials.steel.aliases", "St 37", ("materials.steel.aliases", "not_a_list")),
        (
            "materials.steel.aliases",
            [f"St {number}" for number in range(51)],
            ("materials.steel.aliases", "too_many"),
        ),
        ("zone_factors.5", "3", ("zone_factors.5", "unknown_field")),
        ("processes.cnc.materials", [], ("processes.cnc.materials", "empty")),
        ("processes.cnc.materials", ["wood"], ("processes.cnc.materials.0", "unknown_material")),
        ("processes.cnc.materials", ["steel", "steel"], ("processes.cnc.materials.1", "duplicate")),
        (
            "processes.cnc.complexity_multipliers.3",
            "1.6",
            ("processes.cnc.complexity_multipliers.3", "falling"),
        ),
        (
            "processes.cnc.complexity_multipliers",
            ["1", "2", "3", "4"],
            ("processes.cnc.complexity_multipliers", "wrong_length"),
        ),
        ("break_quantities", [1, 10, 10], ("break_quantities", "not_ascending")),
        ("break_quantities", [10, 1], ("break_quantities", "not_ascending")),
        ("adjustments.1.start", "3.0", ("adjustments", "not_ascending")),
        (
            "tiers.economy.volume_discounts.0.start",
            "30",
            ("tiers.economy.volume_discounts", "not_ascending"),
        ),
        (
            "tiers.economy.volume_discounts.3.rate",
            "0.9",
            ("tiers.economy.volume_discounts", "discounts_too_high"),
        ),
        ("finishes.anodized.materials", ["wood"], ("finishes.anodized.materials.0", "unknown_material")),
        ("finishes.anodized.materials", [], ("finishes.anodized.materials", "empty")),
        ("finishes.anodized.per_cm3", "1", ("finishes.anodized.per_cm3", "unknown_field")),
        ("finishes.anodized", [], ("finishes.anodized", "not_an_object")),
        ("finishes.ANODIZED", {}, ("finishes.ANODIZED", "duplicate")),
        ("tolerance_classes. coarse", {}, ("tolerance_classes. coarse", "bad_name")),
        ("tolerance_classes.fine.set_up", "much", ("tolerance_classes.fine.set_up", "not_a_number")),
        ("minimum_per_part", "100", ("minimum_per_part", "one_of")),
        ("minimum_per_part", "0.001", ("minimum_per_part", "too_many_decimals")),
        ("order", {"packing": "0.005"}, ("order.packing", "too_many_decimals")),
        ("order", {"minimum_order_value": "-1"}, ("order.minimum_order_value", "out_of_range")),
        ("order", {"shipping": "free"}, ("order.shipping", "not_allowed")),
        ("order", {"shiping": "per_quote"}, ("order.shiping", "unknown_field")),
        ("order", [], ("order", "not_an_object")),
        ("price_per_piece_digits", "7", ("price_per_piece_digits", "out_of_range")),
        ("price_per_piece_digits", "1.5", ("price_per_piece_digits", "not_an_integer")),
        ("minimum_order_value", "-1", ("minimum_order_value", "out_of_range")),
        ("minimum_order_value", "ten", ("minimum_order_value", "not_a_number")),
        ("finishes", [], ("finishes", "not_an_object")),
    ],
)
def test_each_mistake_has_its_code_and_place(place: str, value: object, finding: Finding) -> None:
    """Proves that a card with one mistake is not to be had, and is refused for that mistake where it stands."""
    found = review(changed((place, value)))
    assert found.card is None
    assert finding in [(each.field, each.code) for each in found.errors]
    assert all(".".join(each.path) == each.field for each in found.errors)


def test_all_mistakes_are_told_beside_what_cannot_be_read() -> None:
    """Proves that an unreadable figure hides neither bounds nor contradictions elsewhere, and makes up none."""
    card = changed(
        ("overhead", "x"),
        ("tiers.standard.margin", "50"),
        ("processes.tube_bending.materials", []),
        ("processes.cnc.complexity_multipliers.2", "1.5x"),
        ("materials.steel", None),
    )
    assert sorted(errors(card)) == [
        ("materials.steel", "required"),
        ("overhead", "not_a_number"),
        ("processes.cnc.complexity_multipliers.2", "not_a_number"),
        ("processes.tube_bending.materials", "empty"),
        ("tiers.standard.margin", "out_of_range"),
    ]


@pytest.mark.parametrize("value", [None, [], "card", 7])
def test_only_an_object_is_a_card(value: object) -> None:
    """Proves that another value has one problem, at the whole."""
    assert errors(value) == [("", "not_an_object")]


def test_what_a_missing_object_should_have_held_is_not_told_too() -> None:
    """Proves that an empty card is told of its thirteen fields and no more."""
    assert len(errors({})) == 13
    assert {code for _, code in errors({})} == {"required"}


@pytest.mark.parametrize(
    ("place", "value", "finding"),
    [
        ("processes.cnc.materials", ["steel"], ("materials.titanium", "material_not_offered")),
        (
            "tiers.economy.volume_discounts.1.rate",
            "0.01",
            ("tiers.economy.volume_discounts.1.rate", "rate_falls"),
        ),
        ("adjustments.1.rate", "0.05", ("adjustments.1.rate", "rate_falls")),
        ("zone_factors.3", "1.1", ("zone_factors.3", "factor_falls")),
        ("tiers.economy.lead_time_days", 5, ("tiers.economy.lead_time_days", "tiers_out_of_order")),
        ("tiers.economy.margin", "0.5", ("tiers.economy.margin", "tiers_out_of_order")),
        ("processes.cnc.rate_per_hour", "8500", ("processes.cnc.rate_per_hour", "far_from_the_others")),
        ("materials.steel.cost_per_cm3", "0.0008", ("materials.steel.cost_per_cm3", "far_from_the_others")),
        (
            "processes.injection_molding.rate_per_hour",
            "2",
            ("processes.injection_molding.rate_per_hour", "far_from_the_others"),
        ),
        ("overhead", "5", ("overhead", "rate_above_one")),
        ("overhead", "1.01", ("overhead", "rate_above_one")),
        ("tiers.expedited.margin", "4.5", ("tiers.expedited.margin", "rate_above_one")),
        ("adjustments.1.rate", "2.5", ("adjustments.1.rate", "rate_above_one")),
        ("least_margin", "0.26", ("tiers.domestic_economy.margin", "below_least_margin")),
        ("finishes.anodized.labour_rate", "8", ("finishes.anodized.labour_rate", "rate_above_one")),
    ],
)
def test_what_is_worth_a_look_is_told_and_does_not_block(place: str, value: object, finding: Finding) -> None:
    """Proves each remark at its place, with the card to be had all the same."""
    card = changed((place, value))
    if finding[1] == "material_not_offered":
        for process in ("turning", "waterjet_cutting", "tube_bending"):
            card["processes"][process]["materials"] = ["steel"]
    assert finding in warnings(card)


def test_figures_that_are_all_in_another_unit_are_told() -> None:
    """None differs from the others then: costs per kg written as per cm³, and hourly rates per minute."""
    dear = ("materials", "material_dearer_than_work")
    per_kg, per_minute = shop(), shop()
    for material in per_kg["materials"].values():
        cost = Decimal(material["cost_per_cm3"]) / Decimal(material["density_kg_per_cm3"])
        material["cost_per_cm3"] = plain(cost.quantize(Decimal("0.01")))
    for process in per_minute["processes"].values():
        process["rate_per_hour"] = plain((Decimal(process["rate_per_hour"]) / 60).quantize(Decimal("0.01")))
    assert (warnings(per_kg), warnings(per_minute), warnings(shop())) == ([dear], [dear], [])
    assert warnings(changed(("overhead", 1))) == []


def test_nothing_in_a_list_is_not_nought() -> None:
    """Labour at that score would be free, without a word."""
    for value, code in ((None, "not_a_number"), ("", "not_a_number"), (True, "not_a_number")):
        place = "processes.cnc.complexity_multipliers.0"
        assert errors(changed((place, value))) == [(place, code)]
        with pytest.raises(InvalidRateCardError):
            rate_card_from_data(changed((place, value)))
    for place in ("processes.cnc.materials.0", "finishes.anodized.materials.0"):
        assert (place, "not_text") in errors(changed((place, None)))
    assert errors(changed(("break_quantities.0", None))) == [("break_quantities.0", "not_a_number")]


def test_a_card_that_was_stored_before_still_reads() -> None:
    """Proves that neither the fields of today nor their bounds make a card of yesterday unusable."""
    old = shop()
    for field in ("minimum_order_value", "finishes", "tolerance_classes"):
        del old[field]
    assert rate_card_from_data(old).finishes == {}
    old["tiers"]["standard"]["margin"] = "50"
    assert rate_card_from_data(old).minimum_order_value is None
    assert errors(old) == [("tiers.standard.margin", "out_of_range")]


def test_a_card_without_an_id_gets_the_new_one() -> None:
    """Proves that only a missing id is filled in, and that an id is kept in lower case."""
    new = "01890a5d-ac96-774b-bcce-b302099a8057"
    found = review({**shop(), "id": None}, new_id=new)
    assert found.card is not None
    assert found.card.id == new
    kept = review({**shop(), "id": new.upper()}, new_id="01890000-0000-7000-8000-000000000009")
    assert kept.card is not None
    assert kept.card.id == new
