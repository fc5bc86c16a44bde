"""Two customers that are one: what the one that stays has afterwards."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

MOST_CONTACTS: Final = 50
_FILLED: Final = ("address", "tax_id", "language", "time_zone")
"""What the one that goes lends where the other has nothing. Never what makes a price: tier, rate card and tax are those of the
one that stays."""


class TooManyContactsError(Exception):
    """The two have more contacts than one customer may have."""


def facts_after(stays: Mapping[str, Any], goes: Mapping[str, Any]) -> dict[str, Any]:
    """What changes for the one that stays: the contacts of both, the other's email among them, and what it lacked.

    Raises TooManyContactsError.
    """
    changes = {name: goes[name] for name in _FILLED if goes[name] and not stays[name]}
    contacts = [*stays["contacts"]]
    addresses = {stays["email"].casefold(), *_addresses(contacts)}
    for contact in (*goes["contacts"], {"name": goes["name"], "email": goes["email"]}):
        address = (contact.get("email") or "").casefold()
        if (address and address not in addresses) or (not address and contact not in contacts):
            contacts.append(dict(contact))
            addresses.add(address)
    if len(contacts) > MOST_CONTACTS:
        raise TooManyContactsError
    if contacts != [*stays["contacts"]]:
        changes["contacts"] = tuple(contacts)
    return changes


def _addresses(contacts: Sequence[Mapping[str, Any]]) -> set[str]:
    return {address.casefold() for contact in contacts if (address := contact.get("email"))}
