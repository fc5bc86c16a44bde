"""Answers as the OpenAPI document shows them. Routes write them as plain data, tests hold them to this."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

from api.schemas.fields import Money

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


class LineAnswer(BaseModel):
    """A priced line of a quote."""

    position: int
    kind: str
    description: str
    part_number: str | None
    part_revision: str | None
    specification: dict[str, Any]
    pricing_calculation_id: str
    rate_card_id: str
    tier: str
    quantity: int
    unit_price: Money
    total: Money
    lead_time_days: int


class NextEventAnswer(BaseModel):
    """What time will bring: a reminder to the customer, or the expiry."""

    kind: str = Field(examples=["reminder"])
    at: str = Field(examples=[_AT])
    days_left: int | None = None


class QuoteAnswer(BaseModel):
    """A quote as recorded; its lines are the current version's."""

    id: str = Field(examples=[_ID])
    number: str = Field(examples=["Q-2026-00012"])
    customer_id: str
    customer_name: str
    status: str
    current_version: int
    working_version: int | None
    total_price: Money
    currency: str
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


class VersionAnswer(BaseModel):
    """An immutable version, with the explained price of every line: staff only."""

    version: int
    created_at: str
    content_hash: str
    total_price: Money
    currency: str
    notes: str | None
    lines: list[dict[str, Any]]
    warnings: list[dict[str, Any]]


class EventAnswer(BaseModel):
    """A fact of the audit log, chained to the one before by its hash."""

    sequence: int
    type: str
    at: str
    actor: str
    data: dict[str, Any]
    previous_hash: str
    hash: str


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
