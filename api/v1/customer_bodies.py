"""Bodies of the requests about customers."""

from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from api.http.fields import Body, Email, Language, Line, Name, TimeZone, refuse
from domain.rate_cards.rate_card import CustomerTier

_EXAMPLE: dict[str, Any] = {
    "name": "ACME Maschinenbau GmbH",
    "email": "einkauf@acme.example.com",
    "customer_tier": "premium",
    "time_zone": "Europe/Vienna",
    "language": "de",
    "contacts": [{"name": "Maria Huber", "email": "maria.huber@acme.example.com", "role": "Purchasing"}],
}


class ContactBody(Body):
    """A person at the customer's."""

    name: Name
    email: Email | None = None
    phone: Line | None = None
    role: Line | None = None


Contacts = Annotated[list[ContactBody], Field(max_length=50)]


class CustomerBody(Body):
    """A new customer. Without a time zone reminders go by the seller's."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: Name
    email: Email
    customer_tier: CustomerTier = CustomerTier.STANDARD
    time_zone: TimeZone | None = None
    language: Language | None = None
    contacts: Contacts = Field(default_factory=list)


class CustomerPatch(Body):
    """The fields to change; null takes the time zone or the language away."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customer_tier": "enterprise"}]})

    name: Name | None = None
    email: Email | None = None
    customer_tier: CustomerTier | None = None
    time_zone: TimeZone | None = None
    language: Language | None = None
    contacts: Contacts | None = None

    @model_validator(mode="after")
    def _something_to_change(self) -> Self:
        if not self.model_fields_set:
            raise refuse("required", "name at least one field to change", list(type(self).model_fields))
        emptied = {name for name in self.model_fields_set if getattr(self, name) is None}
        kept = sorted(emptied - {"time_zone", "language"})
        if kept:
            raise refuse("required", f"{', '.join(kept)} cannot be taken away")
        return self

    def changes(self) -> dict[str, Any]:
        """The given fields as plain data."""
        data = self.model_dump(mode="json", exclude_unset=True)
        if self.contacts is not None:
            data["contacts"] = contacts_data(self.contacts)
        return data


def contacts_data(contacts: list[ContactBody]) -> tuple[dict[str, Any], ...]:
    """Contacts as plain data, without the fields that were not given."""
    return tuple(contact.model_dump(mode="json", exclude_none=True) for contact in contacts)
