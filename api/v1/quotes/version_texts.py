"""What a version says as a whole, as it is asked for and answered: its texts, and whom it names."""

from typing import Any, Self

from pydantic import Field

from adapters.db.record.views import VersionView
from api.http.fields import LineOrNone, Paragraphs, RequestBody
from api.json_answer import Answer
from domain.offer.content import VersionContent, texts_of
from domain.presentation.offer import OfferContact, addressee, offer_contact


class TextsBody(RequestBody):
    """Texts of a version. Only staff see `notes`. `customer_reference` is what the enquiry is called in the customer's
    papers; `terms` replace the seller's. `no_tax_reason` says why no tax is charged: the default rate does not apply then.
    """

    notes: Paragraphs | None = None
    customer_reference: LineOrNone | None = None
    introduction: Paragraphs | None = None
    remarks: Paragraphs | None = None
    terms: Paragraphs | None = None
    delivery_terms: Paragraphs | None = None
    no_tax_reason: LineOrNone | None = None


class TextsAnswer(Answer):
    """Texts of a version, as they were written. `untaxed_because` is why lines without a rate have no tax: the version's
    own reason, or the customer's or seller's at that time.
    """

    notes: str | None
    customer_reference: str | None = Field(examples=["ANF-4711"])
    introduction: str | None
    remarks: str | None
    terms: str | None
    delivery_terms: str | None
    no_tax_reason: str | None
    untaxed_because: str | None


def texts_answered(content: VersionContent) -> dict[str, Any]:
    """The fields of `TextsAnswer`."""
    return texts_of(content) | {"untaxed_because": content.untaxed_because}


class OfferContactAnswer(Answer):
    """A person whom a version names."""

    name: str
    phone: str | None
    email: str | None

    @classmethod
    def of(cls, told: OfferContact | None) -> Self | None:
        """As it is shown."""
        return cls(name=told.name, phone=told.phone, email=told.email) if told else None


class PartiesAnswer(Answer):
    """Whom a version named when it was sent: the customer, the customer's contact, and who was in charge in the shop."""

    customer_name: str | None
    address: list[str]
    tax_id: str | None
    contact: OfferContactAnswer | None
    in_charge: OfferContactAnswer | None

    @classmethod
    def of(cls, view: VersionView) -> Self | None:
        """As they are shown; None of a version that was not sent, or before there was a place for them."""
        if view.parties is None:
            return None
        named = addressee(view.parties)
        return cls(
            customer_name=view.customer_name,
            address=[*named.address],
            tax_id=named.tax_id,
            contact=OfferContactAnswer.of(named.contact),
            in_charge=OfferContactAnswer.of(offer_contact(view.parties.get("in_charge"))),
        )
