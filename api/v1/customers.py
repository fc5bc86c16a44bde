"""Customers."""

from http import HTTPStatus
from typing import Annotated, Any, Self

from fastapi import Body, Depends, Query
from pydantic import ConfigDict, Field, model_validator
from starlette.requests import Request
from starlette.responses import Response

from adapters import logs
from adapters.db.database import Writing
from adapters.db.parties.customers import (
    CustomerView,
    NewCustomer,
    change_customer,
    create_customer,
    find_customer,
    list_customers,
)
from adapters.db.parties.merged_customers import MergedElsewhereError, SameCustomerError, merge_customers
from api.http.auth import actor_of, administer
from api.http.fields import (
    AddressLines,
    Email,
    Fraction,
    Language,
    Name,
    OneLine,
    RequestBody,
    TimeZone,
    Uuid,
    refuse,
)
from api.http.idempotency import IdempotencyDep, once
from api.http.pagination import DEFAULT_LIMIT, Cursor, Limit, Page, Position, after, page, read_cursor
from api.http.problem import FieldError, ProblemError, invalid
from api.json_answer import ID, Answer, IdText, InstantText, RateText, answered
from api.services import ServicesDep
from api.v1.pricing.card_of_the_day import known_customer_tier
from api.v1.router import CHANGE, READ, problems, router
from domain import instants
from domain.people.merging import MOST_CONTACTS, TooManyContactsError

_log = logs.logger(__name__)
_EXAMPLE: dict[str, Any] = {
    "name": "ACME Maschinenbau GmbH",
    "email": "einkauf@acme.example.com",
    "customer_tier": "premium",
    "time_zone": "Europe/Vienna",
    "language": "de",
    "address": ["Werkstraße 4", "8020 Graz", "Austria"],
    "tax_id": "ATU12345678",
    "no_tax_reason": "Reverse charge: the recipient owes the tax",
    "contacts": [{"name": "Maria Huber", "email": "maria.huber@acme.example.com", "role": "Purchasing"}],
}


class ContactBody(RequestBody):
    """A contact at the customer."""

    name: Name
    email: Email | None = None
    phone: OneLine | None = None
    role: OneLine | None = None


Contacts = Annotated[list[ContactBody], Field(max_length=MOST_CONTACTS)]


def one_tax(tax_rate: str | None, no_tax_reason: str | None) -> None:
    """Refuses (`one_of`) a rate beside the reason why there is none."""
    if tax_rate is not None and no_tax_reason is not None:
        raise refuse("one_of", "give tax_rate or no_tax_reason, not both", ["tax_rate", "no_tax_reason"])


class CustomerBody(RequestBody):
    """A new customer. Without a time zone, reminders use the seller's. An offer is addressed to the first of the
    contacts unless another is named. `tax_rate`, or `no_tax_reason` for none, holds in place of the seller's for lines that
    name no rate. `rate_card` names the cards by which their quotes are priced, and with them their currency; without it
    they are those named `default`. Which customer tiers there are, the rate card says (`GET /pricing/catalogue`); without one it is
    `standard`, or the first on a card that has no such tier.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: Name
    email: Email
    customer_tier: OneLine | None = None
    time_zone: TimeZone | None = None
    language: Language | None = None
    contacts: Contacts = Field(default_factory=list)
    address: AddressLines = Field(default_factory=list)
    tax_id: OneLine | None = None
    tax_rate: Fraction | None = None
    no_tax_reason: OneLine | None = None
    rate_card: OneLine | None = None

    @model_validator(mode="after")
    def _one_tax(self) -> Self:
        one_tax(self.tax_rate, self.no_tax_reason)
        return self


class CustomerPatch(RequestBody):
    """The fields to change; null removes time zone, language, tax id, tax rate, the reason for none or the rate card. A tax rate takes the
    place of a reason for none, and the other way round.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"customer_tier": "enterprise"}]})

    name: Name | None = None
    email: Email | None = None
    customer_tier: OneLine | None = None
    time_zone: TimeZone | None = None
    language: Language | None = None
    contacts: Contacts | None = None
    address: AddressLines | None = None
    tax_id: OneLine | None = None
    tax_rate: Fraction | None = None
    no_tax_reason: OneLine | None = None
    rate_card: OneLine | None = None

    @model_validator(mode="after")
    def _something_to_change(self) -> Self:
        if not self.model_fields_set:
            raise refuse("required", "name at least one field to change", list(type(self).model_fields))
        emptied = {name for name in self.model_fields_set if getattr(self, name) is None}
        kept = sorted(emptied - {"time_zone", "language", "tax_id", "tax_rate", "no_tax_reason", "rate_card"})
        if kept:
            raise refuse("required", f"{', '.join(kept)} cannot be removed")
        one_tax(self.tax_rate, self.no_tax_reason)
        return self

    def changes(self) -> dict[str, Any]:
        """The given fields as plain data."""
        data = self.model_dump(mode="json", exclude_unset=True)
        if self.contacts is not None:
            data["contacts"] = contacts_data(self.contacts)
        for given, other in (("tax_rate", "no_tax_reason"), ("no_tax_reason", "tax_rate")):
            if data.get(given) is not None:
                data[other] = None
        return data


def contacts_data(contacts: list[ContactBody]) -> tuple[dict[str, Any], ...]:
    """Contacts as plain data, without the fields that were not given."""
    return tuple(contact.model_dump(mode="json", exclude_none=True) for contact in contacts)


async def store_customer(
    writing: Writing, body: CustomerBody, *, customer_id: str | None = None
) -> CustomerView:
    """The new customer; by an id that was given it is made once. Raises ProblemError 422 for a rate card or a tier of customers that is not there."""
    new = NewCustomer(
        name=body.name,
        email=body.email,
        customer_tier=await known_customer_tier(writing, body.customer_tier, body.rate_card),
        time_zone=body.time_zone,
        language=body.language,
        contacts=contacts_data(body.contacts),
        address=tuple(body.address),
        tax_id=body.tax_id,
        tax_rate=body.tax_rate,
        no_tax_reason=body.no_tax_reason,
        rate_card=body.rate_card,
    )
    return await create_customer(writing, new, customer_id=customer_id)


async def rewrite_customer(
    writing: Writing, customer_id: str, body: CustomerBody, *, unchanged_since: str
) -> CustomerView:
    """The customer with all facts as in the body. Raises ProblemError 422 as `store_customer`, CustomerChangedError, and 404
    `customer_not_found`.
    """
    tier = await known_customer_tier(writing, body.customer_tier, body.rate_card)
    facts = {**body.model_dump(), "contacts": contacts_data(body.contacts), "customer_tier": tier}
    return _there(await change_customer(writing, customer_id, facts, unchanged_since=unchanged_since))


class MergeBody(RequestBody):
    """Into which customer: the one that stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"into": ID}]})

    into: Uuid


class ContactAnswer(Answer):
    """A contact at the customer; what was not given is absent."""

    name: str
    email: str | None = None
    phone: str | None = None
    role: str | None = None


class CustomerAnswer(Answer):
    """A stored customer. By the id of one that was merged into another, the one that stayed is answered: its `id` and the header
    `Content-Location` say so.
    """

    id: IdText
    name: str
    email: str
    customer_tier: str
    time_zone: str | None
    language: str | None
    contacts: list[ContactAnswer]
    address: list[str]
    tax_id: str | None
    tax_rate: RateText | None
    no_tax_reason: str | None
    rate_card: str | None
    created_at: InstantText
    updated_at: InstantText

    @classmethod
    def of(cls, view: CustomerView) -> Self:
        """The customer as it is stored."""
        return cls(
            id=view.id,
            name=view.name,
            email=view.email,
            customer_tier=view.customer_tier,
            time_zone=view.time_zone,
            language=view.language,
            contacts=[ContactAnswer(**contact) for contact in view.contacts],
            address=[*view.address],
            tax_id=view.tax_id,
            tax_rate=view.tax_rate,
            no_tax_reason=view.no_tax_reason,
            rate_card=view.rate_card,
            created_at=instants.answered(view.created_at),
            updated_at=instants.answered(view.updated_at),
        )


routes = router("customers")
CustomerSearch = Annotated[
    str | None, Query(min_length=1, max_length=100, description="Part of the name or email.")
]


@routes.post(
    "/customers",
    operation_id="create_customer",
    summary="Create a customer",
    status_code=HTTPStatus.CREATED,
    response_model=CustomerAnswer,
    responses=CHANGE,
)
async def post_customer(
    services: ServicesDep, body: Annotated[CustomerBody, Body()], idempotency: IdempotencyDep
) -> Response:
    """Store a customer."""

    async def work(writing: Writing) -> Response:
        stored = await store_customer(writing, body)
        headers = {"Location": f"/api/v1/customers/{stored.id}"}
        return answered(CustomerAnswer.of(stored), HTTPStatus.CREATED, headers)

    return await once(services, idempotency, work)


@routes.get(
    "/customers",
    operation_id="list_customers",
    summary="List and find customers",
    response_model=Page[CustomerAnswer],
    responses=READ,
)
async def get_customers(
    services: ServicesDep, q: CustomerSearch = None, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """Customers, newest first."""
    filters = {"list": "customers", "q": q}
    position = read_cursor(cursor, filters)
    async with services.database.read() as reading:
        rows = await list_customers(reading, limit=limit + 1, after=after(position), q=q)
    return answered(page(rows, limit, show=CustomerAnswer.of, position=_position, filters=filters))


@routes.get(
    "/customers/{customer_id}",
    operation_id="get_customer",
    summary="Read a customer",
    response_model=CustomerAnswer,
    responses={**READ, **problems(404)},
)
async def get_customer(services: ServicesDep, customer_id: Uuid) -> Response:
    """One customer."""
    async with services.database.read() as reading:
        found = await find_customer(reading, customer_id)
    return _answer(_there(found))


@routes.patch(
    "/customers/{customer_id}",
    operation_id="change_customer",
    summary="Change a customer",
    response_model=CustomerAnswer,
    responses={**CHANGE, **problems(404)},
)
async def patch_customer(
    services: ServicesDep, customer_id: Uuid, body: Annotated[CustomerPatch, Body()]
) -> Response:
    """Change the given fields. Quotes keep the time zone they were created with."""
    async with services.database.write() as writing:
        if {"customer_tier", "rate_card"} & body.model_fields_set:
            was = _there(await find_customer(writing, customer_id))
            rate_card = body.rate_card if "rate_card" in body.model_fields_set else was.rate_card
            await known_customer_tier(writing, body.customer_tier or was.customer_tier, rate_card)
        changed = await change_customer(writing, customer_id, body.changes())
    return _answer(_there(changed))


@routes.post(
    "/customers/{customer_id}/merge",
    operation_id="merge_customer",
    summary="Merge a customer into another",
    response_model=CustomerAnswer,
    responses={**CHANGE, **problems(404, 409)},
    dependencies=[Depends(administer)],
)
async def post_merge(
    request: Request,
    services: ServicesDep,
    customer_id: Uuid,
    body: Annotated[MergeBody, Body()],
    idempotency: IdempotencyDep,
) -> Response:
    """Let this customer be one with another, for good. The answer is the one that stays; it takes over contacts, parts lists and
    what it lacked of address, tax id, language and time zone. Quotes of both are listed under it, versions keep what they
    said, and the old id goes on working everywhere. Merging again changes nothing.
    """

    async def work(writing: Writing) -> Response:
        return _answer(await merged_customer(writing, customer_id, body.into, actor=actor_of(request)))

    return await once(services, idempotency, work)


async def merged_customer(w: Writing, customer_id: str, into: str, *, actor: str) -> CustomerView:
    """The customer that stays. Raises ProblemError 404 or 422 `customer_not_found`, 409 `customer_merged`, 422
    `same_customer`, `too_many`.
    """
    try:
        merged = await merge_customers(w, customer_id, into=into)
    except MergedElsewhereError:
        raise ProblemError(
            "customer_merged", "The customer was merged into another one already. Nothing was changed."
        ) from None
    except SameCustomerError:
        raise invalid(
            FieldError(pointer="/into", code="same_customer", message="must be another customer")
        ) from None
    except TooManyContactsError:
        message = f"would have more than {MOST_CONTACTS} contacts: remove some of them first"
        raise invalid(FieldError(pointer="/into", code="too_many", message=message)) from None
    if merged is None:
        _there(await find_customer(w, customer_id))
        message = "there is no customer with this id"
        raise invalid(FieldError(pointer="/into", code="customer_not_found", message=message))
    _log.info("customers_merged", customer_id=customer_id, into=merged.id, by=actor)
    return merged


def _answer(view: CustomerView) -> Response:
    headers = {"Content-Location": f"/api/v1/customers/{view.id}"}
    return answered(CustomerAnswer.of(view), headers=headers)


def _there(found: CustomerView | None) -> CustomerView:
    if found is None:
        raise ProblemError("customer_not_found", "There is no customer with this id.", status=404)
    return found


def _position(row: CustomerView) -> Position:
    return Position(created_at=row.created_at, id=row.id)
