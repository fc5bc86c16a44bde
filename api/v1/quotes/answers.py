"""Answers as the OpenAPI document shows them. Routes write them as plain data, tests hold them to this."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

from api.http.fields import Money

_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
_AT = "2026-11-24T06:43:12.123456Z"
Item = TypeVar("Item")


class FieldErrorAnswer(BaseModel):
    """One field that is wrong, by its JSON pointer into body, query, path or header."""

    pointer: str = Field(examples=["/lines/0/specification/material"])
    code: str = Field(examples=["pair_not_offered"])
    message: str
    place: str = Field(alias="in", examples=["body"])
    allowed: list[str] = Field(default_factory=list)


class ProblemAnswer(BaseModel):
    """A problem (RFC 9457). `code` is stable; 409 and 412 also carry what the quote allows now."""

    type: str = Field(examples=["urn:firm-offer:problem:quote_expired"])
    title: str = Field(examples=["The offer is no longer open"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["the offer was open until 2026-12-24 22:59:59 UTC"])
    instance: str = Field(examples=[f"/api/v1/quotes/{_ID}/accept"])
    code: str = Field(examples=["quote_expired"])
    request_id: str = Field(examples=[_ID])
    errors: list[FieldErrorAnswer] | None = None
    current_status: str | None = Field(default=None, examples=["expired"])
    allowed_actions: list[str] | None = Field(default=None, examples=[["cancel", "revise", "extend"]])
    command_id: str | None = Field(default=None, description="The refused command, where one was stored.")


class DiscountAnswer(BaseModel):
    """A discount: money off, worked out from the rate where there is one. The customer reads the reason."""

    reason: str
    amount: Money
    rate: str | None = Field(examples=["0.05"])


class TaxAnswer(BaseModel):
    """The tax of one rate, on its lines less their share of the quote's discount."""

    rate: str = Field(examples=["0.19"])
    base: Money
    amount: Money


class OverrideAnswer(BaseModel):
    """A price that a person set, `unit_price` or `total`, beside the computed one, who, and why."""

    reason: str
    by: str
    computed_unit_price: Money
    computed_total: Money
    unit_price: Money | None
    total: Money | None


class OverrideFateAnswer(BaseModel):
    """What became of an override of the version before: `kept`, `replaced` or `dropped`, and why."""

    position: int
    fate: str = Field(examples=["kept"])
    reason: str
    unit_price: Money | None
    total: Money | None


class QuantityPriceAnswer(BaseModel):
    """What a quantity of the same part costs, all together and per piece."""

    quantity: int
    unit_price: Money
    total: Money


class LineAnswer(BaseModel):
    """A priced line of a quote: a `part`, or a `free` line without tier, calculation and specification.

    `total` is `subtotal` less the line's discount, before the quote's discount and tax. `quantity_breaks` are
    there where the line has the computed price.
    """

    position: int
    kind: str
    description: str
    part_number: str | None
    part_revision: str | None
    specification: dict[str, Any] | None
    pricing_calculation_id: str | None
    rate_card_id: str | None
    tier: str | None
    quantity: int
    unit_price: Money
    subtotal: Money
    override: OverrideAnswer | None
    discount: DiscountAnswer | None
    total: Money
    tax_rate: str | None
    quantity_breaks: list[QuantityPriceAnswer]
    lead_time_days: int | None


class NextEventAnswer(BaseModel):
    """What time will bring: a reminder to the customer, or the expiry."""

    kind: str = Field(examples=["reminder"])
    at: str = Field(examples=[_AT])
    days_left: int | None = None


class AmountsAnswer(BaseModel):
    """Totals: `subtotal` (the lines) less `discount` is `net_total`; with `tax_total` it is `total_price`."""

    total_price: Money
    currency: str
    subtotal: Money
    discount: DiscountAnswer | None
    net_total: Money
    taxes: list[TaxAnswer]
    tax_total: Money


class QuoteAnswer(AmountsAnswer):
    """A quote as recorded; its lines are the current version's.

    `price_basis` is `outdated` where the newest version was priced by another rate card than the one valid now.
    """

    id: str = Field(examples=[_ID])
    number: str = Field(examples=["Q-2026-00012"])
    customer_id: str
    customer_name: str
    status: str
    current_version: int
    working_version: int | None
    price_basis: str = Field(examples=["current"])
    created_at: str
    updated_at: str
    valid_until: str
    time_zone: str
    is_expired: bool
    sent_at: str | None
    decided_at: str | None
    owner: str | None
    external_id: str | None
    notes: str | None
    lines: list[LineAnswer]
    warnings: list[dict[str, Any]]
    override_fates: list[OverrideFateAnswer]
    allowed_actions: list[str]
    next_events: list[NextEventAnswer]
    state_version: int
    links: dict[str, str | None]


class CommandAnswer(BaseModel):
    """A command and how it ended. `workflow` (in a 202) is what the quote's run said: `decided`, `waiting`,
    `unknown` or `no_answer`.
    """

    command_id: str
    quote_id: str
    name: str | None = None
    number: str | None = None
    status: str = Field(examples=["pending"])
    code: str | None = None
    detail: str | None = None
    current_status: str | None = None
    allowed_actions: list[str] | None = None
    received_at: str | None = None
    decided_at: str | None = None
    workflow: str | None = None
    quote: QuoteAnswer | None = None
    links: dict[str, str]


class LiveAnswer(BaseModel):
    """The workflow's own view of its quote, asked for just now."""

    quote_id: str
    status: str | None
    state_version: int | None
    current_version: int | None
    valid_until: str | None
    is_expired: bool
    waiting_commands: list[dict[str, Any]]
    deliveries: list[str]
    next_due: str | None
    next_what: str
    workflow_id: str
    temporal_ui_url: str | None


class VersionAnswer(AmountsAnswer):
    """An immutable version, with the explained price of every line: staff only."""

    version: int
    created_at: str
    content_hash: str
    notes: str | None
    lines: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    override_fates: list[OverrideFateAnswer]


class MessageAnswer(BaseModel):
    """A mail and how its delivery stands."""

    id: str
    kind: str
    audience: str
    recipient: str
    version: int
    message_id: str
    status: str
    attempts: int
    last_error: str | None
    created_at: str
    sent_at: str | None


class CustomerAnswer(BaseModel):
    """A stored customer."""

    id: str
    name: str
    email: str
    customer_tier: str
    time_zone: str | None
    language: str | None
    contacts: list[dict[str, Any]]
    created_at: str
    updated_at: str


class Page(BaseModel, Generic[Item]):
    """A page of a list; `next_cursor` leads on while `has_more`."""

    data: list[Item]
    has_more: bool
    next_cursor: str | None


class HealthAnswer(BaseModel):
    """Whether the process, or all that it needs, is well."""

    status: str
    checks: dict[str, str] | None = None
