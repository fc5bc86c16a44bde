"""What a customer has once another was merged into it."""

from typing import Any

import pytest

from domain.people.merging import MOST_CONTACTS, TooManyContactsError, facts_after

NOTHING: dict[str, Any] = {"address": (), "tax_id": None, "language": None, "time_zone": None, "contacts": ()}
STAYS = {**NOTHING, "name": "Nordlicht GmbH", "email": "Office@nord.example.com"}
GOES = {**NOTHING, "name": "Nordlicht", "email": "old@nord.example.com"}
OLD = {"name": "Nordlicht", "email": "old@nord.example.com"}
ADA = {"name": "Ada", "email": "ada@nord.example.com", "role": "Purchasing"}


@pytest.mark.parametrize(
    ("stays", "goes", "changes"),
    [
        ({}, {}, {"contacts": (OLD,)}),
        ({}, {"email": "office@NORD.example.com"}, {}),
        ({"contacts": [OLD]}, {}, {}),
        ({"contacts": [ADA]}, {"contacts": [{**ADA, "role": None}]}, {"contacts": (ADA, OLD)}),
        (
            {"contacts": [{"name": "Eve"}]},
            {"contacts": [{"name": "Eve"}]},
            {"contacts": ({"name": "Eve"}, OLD)},
        ),
        (
            {"tax_id": "DE1"},
            {"tax_id": "DE2", "language": "de", "address": ("Kai 1",)},
            {"contacts": (OLD,), "language": "de", "address": ("Kai 1",)},
        ),
        ({"email": OLD["email"]}, {"customer_tier": "premium", "tax_rate": "0.19", "rate_card": "usd"}, {}),
    ],
)
def test_it_keeps_its_own_and_gets_what_it_lacked(
    stays: dict[str, Any], goes: dict[str, Any], changes: dict[str, Any]
) -> None:
    """Contacts of both, each address once; never what makes a price."""
    assert facts_after(STAYS | stays, GOES | goes) == changes


def test_contacts_have_their_bound() -> None:
    """Nobody is left out silently."""
    many = [{"name": f"No. {n}"} for n in range(MOST_CONTACTS)]
    assert facts_after({**STAYS, "contacts": many[1:]}, GOES)["contacts"] == (*many[1:], OLD)
    with pytest.raises(TooManyContactsError):
        facts_after({**STAYS, "contacts": many}, GOES)
