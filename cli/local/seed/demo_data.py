"""A shop that could exist: seller, people, customers, and quotes at different points of their lives."""

from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from adapters.db.parties.seller import Seller
from adapters.db.parties.staff import StaffUser

_LOGO: Final = (Path(__file__).parents[1] / "demo" / "logo.png").read_bytes()

SELLER: Final = Seller(
    name="Feinwerk Lindner GmbH",
    email="quotes@feinwerk-lindner.example",
    phone="+49 7141 555 01 20",
    address=("Gerberstraße 14", "71634 Ludwigsburg", "Germany"),
    tax_id="DE 811 555 019",
    logo=f"data:image/png;base64,{b64encode(_LOGO).decode()}",
    time_zone="Europe/Berlin",
    currency="EUR",
    language="en",
    tax_rate="0.19",
    terms="Prices are net, ex works Ludwigsburg. Payment within 30 days. Tolerances to ISO 2768-m where not stated.",
)

OWNER: Final = StaffUser(
    address="jana.lindner@feinwerk-lindner.example", name="Jana Lindner", phone="+49 7141 555 01 23"
)
"""Who runs the shop, and is in charge of most of them."""

ESTIMATOR: Final = StaffUser(
    address="tobias.kern@feinwerk-lindner.example", name="Tobias Kern", phone="+49 7141 555 01 24"
)
"""Who is in charge of the others, and may sell."""

_EXPORT: Final = "Export: exempt from VAT"
CUSTOMERS: Final[dict[str, dict[str, Any]]] = {
    "bergmann": {
        "name": "Bergmann Pumpen AG",
        "email": "einkauf@bergmann-pumpen.example",
        "customer_tier": "premium",
        "time_zone": "Europe/Zurich",
        "contacts": [
            {
                "name": "Regula Bergmann",
                "email": "einkauf@bergmann-pumpen.example",
                "phone": "+41 52 555 01 40",
            },
            {"name": "Urs Frei", "email": "urs.frei@bergmann-pumpen.example", "role": "Engineering"},
        ],
        "address": ["Technikumstrasse 9", "8400 Winterthur", "Switzerland"],
        "tax_id": "CHE-123.456.788 MWST",
        "no_tax_reason": _EXPORT,
    },
    "nordlicht": {
        "name": "Nordlicht Robotics",
        "email": "purchasing@nordlicht-robotics.example",
        "time_zone": "Europe/Oslo",
        "contacts": [{"name": "Anna Berg", "email": "purchasing@nordlicht-robotics.example"}],
        "address": ["Industrigata 12", "0357 Oslo", "Norway"],
        "tax_id": "NO 987 654 321 MVA",
        "no_tax_reason": _EXPORT,
    },
    "harlow": {
        "name": "Harlow Instruments Inc.",
        "email": "sourcing@harlow-instruments.example",
        "customer_tier": "enterprise",
        "time_zone": "America/New_York",
        "contacts": [{"name": "Dana Whitfield", "email": "sourcing@harlow-instruments.example"}],
        "address": ["48 Foundry Street", "Rochester, NY 14607", "USA"],
        "no_tax_reason": _EXPORT,
    },
    "okada": {
        "name": "Okada Precision",
        "email": "buyer@okada-precision.example",
        "time_zone": "Asia/Tokyo",
        "address": ["2-14-5 Kamata, Ota-ku", "Tokyo 144-0052", "Japan"],
        "no_tax_reason": _EXPORT,
    },
}


def _part(size: tuple[str, str, str], score: str, quantity: int, **more: Any) -> dict[str, Any]:
    sides = dict(zip(("length_mm", "width_mm", "height_mm"), size, strict=True))
    return {**sides, "geometric_complexity_score": score, "quantity": quantity, **more}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoQuote:
    """A quote and what happened to it: one part, or `lines`; `steps` are commands of the API with their bodies, in order.

    `asks` is the change that its customer then asks for on the page of the offer; `opened_days_ago` is how long ago, by the
    quote's own clock, somebody there opened it.
    """

    customer: str
    description: str = ""
    part_number: str = ""
    specification: dict[str, Any] = field(default_factory=dict)
    lines: tuple[dict[str, Any], ...] = ()
    owner: StaffUser = OWNER
    tier: str = "standard"
    revision: str = "A"
    valid_days: int = 30
    said: dict[str, str] = field(default_factory=dict)
    steps: tuple[tuple[str, dict[str, Any]], ...] = ()
    asks: str = ""
    opened_days_ago: int = 0


_ALU, _STEEL, _STAINLESS = (
    {"material": name, "process": "cnc"} for name in ("aluminum", "steel", "stainless_steel")
)
_SEND: Final[tuple[str, dict[str, Any]]] = ("send", {})

QUOTES: Final = (
    DemoQuote(
        customer="bergmann",
        description="Pump housing cover",
        part_number="BP-20417",
        revision="C",
        specification=_part(("180", "120", "35"), "3.2", 40, **_ALU),
    ),
    DemoQuote(
        customer="nordlicht",
        description="Gripper finger, left",
        part_number="NR-0093-L",
        specification=_part(("86", "24", "18"), "2.5", 12, **_ALU),
        tier="expedited",
        valid_days=14,
    ),
    DemoQuote(
        customer="okada",
        description="Spindle flange",
        part_number="OK-771",
        revision="B",
        specification=_part(("95", "95", "22"), "3.8", 60, **_STAINLESS, shipping_distance_zone=4),
        steps=(("revise", {"tier": "economy", "notes": "Customer asked for a longer lead time."}),),
    ),
    DemoQuote(
        customer="bergmann",
        description="Bearing block",
        part_number="BP-11802",
        revision="D",
        specification=_part(("100", "50", "20"), "2.5", 20, **_ALU),
        said={
            "customer_reference": "ANF-2026-0187",
            "introduction": "Thank you for your enquiry and the drawings.\n\n"
            "We are glad to offer the bearing block from material in stock, with a first sample for you to measure.",
            "remarks": "Holes to the drawing's tolerance H7, checked with a plug gauge. Edges broken 0.3 mm.",
            "delivery_terms": "DAP Winterthur (Incoterms 2020), packed on a pallet.",
        },
        steps=(_SEND,),
    ),
    DemoQuote(
        customer="harlow",
        description="Sensor bracket",
        part_number="HI-5520-3",
        specification=_part(
            ("64", "40", "3"),
            "1.5",
            250,
            material="aluminum",
            process="laser_cutting",
            shipping_distance_zone=4,
        ),
        steps=(("send", {"message": "Thank you for your enquiry of last week."}),),
    ),
    DemoQuote(
        customer="nordlicht",
        description="Cable guide",
        part_number="NR-0140",
        specification=_part(("70", "45", "30"), "2.0", 15, material="plastic_petg", process="3d_printing"),
        steps=(_SEND, ("revise", {"tier": "expedited", "notes": "Needed in three days."})),
    ),
    DemoQuote(
        customer="okada",
        description="Shim plate, 1.5 mm",
        part_number="OK-802",
        specification=_part(
            ("120", "80", "1.5"),
            "1.0",
            100,
            material="brass",
            process="waterjet_cutting",
            shipping_distance_zone=4,
        ),
        steps=(_SEND, ("extend", {"valid_days": 60})),
    ),
    DemoQuote(
        customer="bergmann",
        description="Impeller shaft",
        part_number="BP-30011",
        revision="F",
        specification=_part(("240", "32", "32"), "3.0", 8, **_STAINLESS),
        steps=(
            _SEND,
            (
                "accept",
                {
                    "signer_name": "Regula Bergmann",
                    "signer_email": "einkauf@bergmann-pumpen.example",
                    "method": "purchase_order",
                    "purchase_order_number": "PO-26-1187",
                },
            ),
        ),
    ),
    DemoQuote(
        customer="harlow",
        description="Instrument chassis",
        part_number="HI-5400-1",
        revision="B",
        specification=_part(("320", "210", "60"), "3.5", 10, **_ALU, shipping_distance_zone=4),
        tier="expedited",
        steps=(
            _SEND,
            (
                "accept",
                {
                    "signer_name": "Dana Whitfield",
                    "signer_email": "sourcing@harlow-instruments.example",
                    "method": "phone",
                },
            ),
        ),
    ),
    DemoQuote(
        customer="nordlicht",
        description="Rotor disc",
        part_number="NR-0201",
        specification=_part(("150", "150", "12"), "4.2", 5, material="titanium", process="cnc"),
        steps=(_SEND, ("reject", {"reason": "Over budget; we will redesign in steel.", "method": "mail"})),
    ),
    DemoQuote(
        customer="okada",
        description="Clamp jaw",
        part_number="OK-640",
        specification=_part(("60", "40", "25"), "2.8", 30, **_STEEL),
        steps=(("expire", {}),),
    ),
    DemoQuote(
        customer="harlow",
        description="Calibration stand",
        part_number="HI-7001-1",
        specification=_part(("200", "200", "150"), "2.2", 2, **_STEEL),
        steps=(_SEND, ("cancel", {"reason": "Superseded by the enquiry for HI-7001-2."})),
    ),
    DemoQuote(
        customer="nordlicht",
        owner=ESTIMATOR,
        lines=(
            {
                "description": "Guide block",
                "part_number": "NR-0155",
                "part_revision": "B",
                "specification": _part(("86", "40", "30"), "2.5", 10, **_ALU),
                "quantities": [10, 25, 100],
                "tiers": ["standard", "expedited"],
            },
            {
                "description": "Material certificate 3.1 (EN 10204)",
                "quantity": 1,
                "unit_price": "45.00",
                "optional": True,
            },
        ),
        steps=(_SEND,),
    ),
    DemoQuote(
        customer="bergmann",
        owner=ESTIMATOR,
        description="Valve seat carrier",
        part_number="BP-41020",
        revision="A",
        specification=_part(("110", "70", "45"), "3.4", 25, **_STAINLESS),
        steps=(_SEND,),
        asks="We need 50 pieces now, not 25. Could you also deliver the first ten within two weeks?",
    ),
    DemoQuote(
        customer="harlow",
        owner=ESTIMATOR,
        description="Optics mount",
        part_number="HI-5610-2",
        specification=_part(("140", "90", "40"), "3.6", 16, **_ALU, shipping_distance_zone=4),
        tier="expedited",
        steps=(_SEND,),
        opened_days_ago=4,
    ),
    DemoQuote(
        customer="okada",
        owner=ESTIMATOR,
        description="Guide bush plate",
        part_number="OK-655",
        specification=_part(("80", "60", "30"), "2.6", 40, **_STEEL, shipping_distance_zone=4),
        valid_days=5,
        steps=(_SEND,),
    ),
    DemoQuote(
        customer="bergmann",
        owner=ESTIMATOR,
        lines=(
            {
                "description": "Seal ring carrier, first lot",
                "part_number": "BP-50233",
                "specification": _part(("120", "120", "18"), "3.0", 30, **_STAINLESS),
                "tier": "standard",
                "override": {"unit_price": "290.00", "reason": "To win the series of next year."},
            },
        ),
    ),
)
