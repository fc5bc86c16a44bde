"""Seller and customer as a version that was sent names them, and what its event holds of that.

They are of the moment of sending, not of the version's content: an address that is corrected until then is right, and
nobody who is forgotten takes a content's hash along.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from domain.canonical import sha256_hex
from domain.offer.readers import Data
from domain.quotes.events import Event, Sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """`seller` is the seller's row. `others` are the customer's address, tax id and contact, and the shop's person in
    charge, as plain JSON data; and the salt of the digest (hexadecimal digits), which is another one once somebody in
    them was forgotten.
    """

    seller: Data
    customer_name: str
    others: Data

    @property
    def digest(self) -> str:
        """What `quote.sent` holds of them: SHA-256 over canonical JSON with the salt; of the logo over its digest."""
        logo = self.seller.get("logo")
        seller = {name: value for name, value in self.seller.items() if name != "logo"}
        seller["logo_sha256"] = hashlib.sha256(logo.encode()).hexdigest() if isinstance(logo, str) else None
        return digest_of(seller, self.customer_name, self.others)

    def sealed(self, events: Sequence[Event]) -> list[Event]:
        """The events, that of the sending with the digest."""
        digest = self.digest
        return [
            replace(event, data={**event.data, "parties_sha256": digest}) if event.kind is Sent else event
            for event in events
        ]


def digest_of(seller: object, customer_name: object, others: object) -> str:
    """The digest over what is stored, of the seller's logo over its digest. Raises TypeError for what is no such data."""
    return sha256_hex({"seller": seller, "customer_name": customer_name, "others": others})


def parties(found: Data, *, contact: str | None, recipients: Iterable[str], salt: str) -> Parties:
    """Of what the record has at the moment of sending: the seller's row, name, address, tax id and contacts of the
    customer, and who is in charge.
    """
    chosen = contact_of(found["contacts"], contact, recipients)
    others = {
        "address": [*found["address"]],
        "tax_id": found["tax_id"],
        "contact": {name: chosen.get(name) for name in ("name", "phone", "email")} if chosen else None,
        "in_charge": found["in_charge"],
        "salt": salt,
    }
    return Parties(seller=found["seller"], customer_name=found["customer_name"], others=others)


def contact_of(contacts: Sequence[Data], asked: str | None, recipients: Iterable[str] = ()) -> Data | None:
    """Whom an offer is for: the contact that was asked for by name or address, else the first to whom it goes, else the
    first of all.
    """
    return named_contact(contacts, asked) or next(
        (each for each in (at_address(contacts, to) for to in recipients) if each),
        contacts[0] if contacts else None,
    )


def named_contact(contacts: Sequence[Data], asked: str | None) -> Data | None:
    """The one of this name or address, in capitals or not."""
    wanted = (asked or "").strip().casefold()
    known = ((each, (each.get("name"), each.get("email"))) for each in contacts)
    return next(
        (each for each, told in known if wanted and wanted in ((one or "").casefold() for one in told)), None
    )


def at_address(contacts: Sequence[Data], address: str) -> Data | None:
    """The contact whom an email to this address reaches."""
    return next(
        (each for each in contacts if (each.get("email") or "").casefold() == address.casefold()), None
    )
