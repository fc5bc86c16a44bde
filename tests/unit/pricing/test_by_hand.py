"""Ten parts worked out by hand, step by step, by the reference card and by a shop's own, to the cent."""

from decimal import Decimal
from typing import Any

import pytest

from domain.pricing import DEFAULT_RATE_CARD, PartSpecification, RateCard, calculate
from tests.unit.pricing.parts import SHOP_CARD

PREMIUM, ENTERPRISE = {"customer_tier": "premium"}, {"customer_tier": "enterprise"}
Case = tuple[RateCard, str, str, str, dict[str, Any], str]
# Card, tier, material and process, sizes in mm with complexity and quantity, the rest, the lines and the price.
BY_HAND: list[Case] = [
    # 1. v = 100 x 50 x 20 / 1000 = 100 cm3; s = 2 x (5000 + 2000 + 1000) / 100 = 160 cm2.
    # hours 0.5 + 0.8 x 0.16 + 0.2 x 1 = 0.828; factor between 1.3 and 1.7 at 2.5: 1.5
    # material 20 x 100 x 0.15 x 1.15 = 345; labour 20 x 0.828 x 1.5 x 85 = 2111.4; set-up 25 + 1.5 x 85 = 152.5
    # overhead 0.15 x 2608.9 = 391.335, a tie: up; base 3000.235; margin 45 % = 1350.10575; both 4350.34075
    # weight 100 x 0.0027 x 1.15 = 0.3105 kg; shipping 15 + 20 x 0.3105 x 4.25 = 41.3925; 3 % from 10: 130.51...
    (
        *(DEFAULT_RATE_CARD, "standard", "aluminum cnc", "100 50 20 2.5 20", {}),
        "345.00 2111.40 0.00 152.50 391.34 1350.11 41.39 0.00 130.51 0.00 = 4261.23",
    ),
    # 2. The same anodized and fine, expedited, zone 2, premium.
    # finish 20 x 160 x 0.018 + 45 = 57.6 + 45 = 102.6; tolerance 0.15 x 2111.4 + 40.25 = 316.71 + 40.25 = 356.96
    # cost 2608.9 + 102.6 + 356.96 = 3068.46; overhead 460.269; base 3528.729; margin 65 % = 2293.67385
    # both 5822.40285; shipping (35 + 20 x 0.3105 x 8.5) x 1.3 = 87.785 x 1.3 = 114.1205; 2 % = 116.448...; 5 % = 291.12...
    (
        *(SHOP_CARD, "expedited", "aluminum cnc", "100 50 20 2.5 20"),
        {"surface_finish": "anodized", "tolerance_class": "fine", "shipping_distance_zone": 2, **PREMIUM},
        "345.00 2111.40 0.00 152.50 102.60 356.96 460.27 2293.67 114.12 0.00 116.45 291.12 = 5528.95",
    ),
    # 3. One small printed piece: v = 60; hours 1 + 0.1 x 0.6 + 0.5 x 0.3 = 1.21; factor 1
    # material 60 x 0.04 x 1.05 = 2.52; labour 1.21 x 25 = 30.25; set-up 5 + 0.5 x 25 = 17.5; overhead 0.15 x 50.27 = 7.5405
    # base 57.8105; margin 25 % = 14.452625; the parts by volume 60 x 0.003 = 0.18 outdo 0.08556 kg x 1.85: 5 + 0.18
    # sum 2.52 + 30.25 + 17.5 + 7.54 + 14.45 + 5.18 = 77.44; up to 150: 72.56
    (
        *(SHOP_CARD, "domestic_economy", "plastic_pla 3d_printing", "50 40 30 1 1", {}),
        "2.52 30.25 0.00 17.50 7.54 14.45 5.18 0.00 0.00 0.00 72.56 = 150.00",
    ),
    # 4. v = 1000; s = 700; hours 0.5 + 0.56 + 2 = 3.06; factor 2.2 at 4; material 5 x 1000 x 2.5 x 1.25 = 15625
    # labour 5 x 3.06 x 2.2 x 85 = 2861.1; 25 % from 4: 715.275, a tie: up; set-up 100 + 127.5; cost 19428.875
    # overhead 2914.33125; base 22343.20625; margin 65 % = 14523.084...; both 36866.2903125; surcharge 20 % = 7373.258...
    # 5.1865 kg x 8.5 = 44.08525; (35 + 5 x 44.08525) x 2.5 = 638.565625; no volume discount; enterprise 8 % = 2949.30...
    (
        *(SHOP_CARD, "expedited", "titanium cnc", "200 100 50 4 5"),
        {"shipping_distance_zone": 4, **ENTERPRISE},
        "15625.00 2861.10 715.28 227.50 2914.33 14523.08 638.57 7373.26 0.00 2949.30 = 41928.82",
    ),
    # 5. A sheet: v = 200; s = 2 x (100000 + 800 + 500) / 100 = 2026; hours 0.2 + 0.3 x 2.026 = 0.8078; factor 1.1
    # material 100 x 200 x 0.08 x 1.2 = 1920; labour 100 x 0.8078 x 1.1 x 65 = 5775.77; set-up 30 + 0.8 x 65 = 82
    # finish 100 x 2026 x 0.0125 + 0.03 x 5775.77 + 60.5 = 2532.5 + 173.2731 + 60.5 = 2766.2731
    # cost 10544.0431; overhead 1581.606...; base 12125.649565; margin 30 % = 3637.69...; both 15763.3444345
    # 1.8055 kg x 2.75 = 4.965125; (8 + 496.5125) x 1.8 = 908.1225; 16 % = 2522.135...; 5 % + 2 % = 1103.434...
    (
        *(SHOP_CARD, "economy", "steel sheet_cutting", "400 250 2 1.5 100"),
        {"surface_finish": "powder coated", "shipping_distance_zone": 3, **PREMIUM},
        "1920.00 5775.77 0.00 82.00 2766.27 1581.61 3637.69 908.12 0.00 2522.14 1103.43 = 13045.89",
    ),
    # 6. v = 180; s = 1230; hours 0.2 + 0.369 = 0.569; factor between 1.3 and 1.6 at 3.5: 1.45; given 1.5 kg
    # material 50 x 180 x 0.25 x 1.15 = 2587.5; labour 50 x 0.569 x 1.45 x 75 = 3093.9375; 10 % from 3: 309.39375
    # set-up 35 + 0.3 x 75 = 57.5; cost 6048.33125; overhead 907.249...; base 6955.5809375; margin 45 % = 3130.01...
    # both 10085.592...; (15 + 50 x 1.5 x 4.25) x 1.3 = 333.75 x 1.3 = 433.875, a tie: up; 9 % from 50 = 907.70...
    (
        *(SHOP_CARD, "standard", "stainless_steel laser_cutting", "300 200 3 3.5 50"),
        {"part_weight_kg": Decimal("1.5"), "shipping_distance_zone": 2},
        "2587.50 3093.94 309.39 57.50 907.25 3130.01 433.88 0.00 907.70 0.00 = 9611.77",
    ),
    # 7. v = 1500; hours 1 + 0.5 x 15 = 8.5; factor 1.4 at 3; material 10 x 1500 x 1.8 x 1.3 = 35100
    # labour 10 x 8.5 x 1.4 x 90 = 10710; 10 % = 1071; set-up 80 + 45 = 125; cost 47006; overhead 7050.9; base 54056.9
    # margin 25 % = 13514.225, a tie: up; both 67571.125; 2.67375 kg x 1.85 = 4.9464375; 5 + 49.464375 = 54.464375
    # 5 % from 10 = 3378.55625; enterprise 8 % = 5405.69
    (
        *(SHOP_CARD, "domestic_economy", "carbon_fiber waterjet_cutting", "500 300 10 3 10", ENTERPRISE),
        "35100.00 10710.00 1071.00 125.00 7050.90 13514.23 54.46 0.00 3378.56 5405.69 = 58841.34",
    ),
    # 8. v = 1600; hours 1 + 8 = 9; factor between 2.2 and 3 at 4.5: 2.6; material 25 x 1600 x 0.45 x 1.2 = 21600
    # labour 25 x 9 x 2.6 x 70 = 40950; 25 % = 10237.5; set-up 45 + 84 = 129; tolerance 0.005 x 40950 = 204.75
    # cost 73121.25; overhead 10968.1875; base 84089.4375; margin 30 % = 25226.83...; both 109316.26875
    # surcharge 10 % from 4.5 = 10931.626...; 16.4864 kg x 2.75 = 45.3376; (8 + 1133.44) x 2.5 = 2853.6; 8 % = 8745.30...
    (
        *(SHOP_CARD, "economy", "copper tube_bending", "1000 40 40 4.5 25"),
        {"tolerance_class": "iso 2768-F", "shipping_distance_zone": 4},
        "21600.00 40950.00 10237.50 129.00 204.75 10968.19 25226.83 2853.60 10931.63 8745.30 0.00 = 114356.20",
    ),
    # 9. v = 384; hours 1 + 1.92 = 2.92; factor 5 at 5; material 250 x 384 x 0.05 x 1.1 = 5280
    # labour 250 x 2.92 x 5 x 120 = 438000; 25 % = 109500; set-up 10 + 960 = 970; cost 553750; overhead 83062.5
    # base 636812.5; margin 25 % = 159203.125, a tie: up; both 796015.625; the parts by volume 384 x 0.003 = 1.152
    # outdo 0.46368 kg x 1.85; 5 + 288 = 293; surcharge 5 % = 39800.78...; 20 % = 159203.125, a tie; 5 % + 2 % = 55721.09...
    (
        *(SHOP_CARD, "domestic_economy", "plastic_abs injection_molding", "120 80 40 5 250", PREMIUM),
        "5280.00 438000.00 109500.00 970.00 83062.50 159203.13 293.00 39800.78 159203.13 55721.09 = 621185.19",
    ),
    # 10. v = 4; s = 16; hours 0.5 + 0.8 x 0.016 + 0.2 x 0.04 = 0.5208; factor 1.3; material 4 x 0.35 x 1.18 = 1.652
    # labour 0.5208 x 1.3 x 85 = 57.5484; set-up 40 + 127.5; polished 0.35 x 57.5484 = 20.14194; cost 246.84234
    # overhead 37.026351; base 283.868691; margin 30 % = 85.16...; 0.0391 kg x 2.75 = 0.107525; 8 + 0.107525
    (
        *(SHOP_CARD, "economy", "brass cnc", "20 20 10 2 1", {"surface_finish": "polished"}),
        "1.65 57.55 0.00 167.50 20.14 37.03 85.16 8.11 0.00 0.00 0.00 = 377.14",
    ),
]


@pytest.mark.parametrize(("card", "tier", "pair", "figures", "more", "expected"), BY_HAND)
def test_every_line_agrees_with_the_hand(
    card: RateCard, tier: str, pair: str, figures: str, more: dict[str, Any], expected: str
) -> None:
    """Proves six processes and more, all tiers, zones and kinds of customer, six ties, finishes and a minimum."""
    material, process = pair.split()
    length, width, height, score, quantity = map(Decimal, figures.split())
    specification = PartSpecification(
        material=material,
        process=process,
        length_mm=length,
        width_mm=width,
        height_mm=height,
        geometric_complexity_score=score,
        quantity=int(quantity),
        **more,
    )
    price = calculate(specification, card).tiers[tier]
    lines = " ".join(str(line.amount) for line in price.lines)
    assert f"{lines} = {price.total_price}" == expected
