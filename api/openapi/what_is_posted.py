"""What this installation posts to other systems, for the section `webhooks` of the OpenAPI document."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, WithJsonSchema
from pydantic.json_schema import models_json_schema

from api.http.fields import MoneyText
from api.json_answer import ID, Answer, CurrencyText, DigestText, IdText, InstantText, Ordinal
from api.v1.connecting.feed import FeedEventAnswer
from api.v1.pricing.specification import SpecificationAnswer
from domain.offer.content import LineKind, Unit
from domain.proof.feed_event import TEST_EVENT
from domain.quotes.events import EventType

_ORDER_KEY: Final = f"order_{ID}"
ExactNumber = Annotated[
    int | str,
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^[0-9]+\.[0-9]+$"}],
            "examples": [20, "2.5"],
        }
    ),
]
"""A whole number, or text where it has decimals."""


class EventPost(Answer):
    """An event as it is told to an endpoint. `timestamp` is when it happened."""

    type: EventType
    timestamp: InstantText
    data: FeedEventAnswer


class TestEventAnswer(Answer):
    """What a test is known by; it is of no quote."""

    id: str = Field(examples=[f"test-{ID}"])


class TestPost(Answer):
    """What `POST /webhooks/{webhook_id}/test` sends."""

    type: Annotated[str, WithJsonSchema({"type": "string", "const": TEST_EVENT})]
    timestamp: InstantText
    data: TestEventAnswer


class OrderedQuoteAnswer(Answer):
    """The quote that was accepted, and the version of it."""

    id: IdText
    number: str = Field(examples=["Q-2026-00012"])
    external_id: str | None
    version: Ordinal
    content_hash: DigestText


class OrderingCustomerAnswer(Answer):
    """Who ordered, as the accepted version names it, whatever became of the customer since. `email` is that of the contact whom
    the offer names, or of whoever accepted where it names none. What names a person is null or empty where that person was forgotten.
    """

    id: IdText
    name: str
    email: str | None
    address: list[str]
    tax_id: str | None


class OrderedLineAnswer(Answer):
    """A line as it was ordered; `total` is before the quote's discount and tax. A free line has no tier and no specification.
    Without a `unit` its `quantity` is pieces.
    """

    position: Ordinal
    kind: LineKind
    description: str
    part_number: str | None
    part_revision: str | None
    customer_part_number: str | None
    quantity: ExactNumber
    unit: Unit | None
    unit_price: MoneyText
    total: MoneyText
    tier: str | None
    lead_time_days: int | None
    specification: SpecificationAnswer | None


class OrderedPickAnswer(Answer):
    """What was chosen of one line; of a free line there is no tier."""

    position: Ordinal
    quantity: ExactNumber
    tier: str | None


class OrderedDocumentsAnswer(Answer):
    """The SHA-256 of the offer and of the certificate of its acceptance; null of one that could not be made within ten minutes."""

    quote: DigestText | None
    acceptance: DigestText | None


class OrderDataAnswer(Answer):
    """An order: what was accepted, and by whom. `key` is the same at every attempt, and of no other order. `subtotal` is the sum
    of the lines, `net_total` that less the quote's discount, `accepted_total` with `tax_total`.
    """

    key: str = Field(examples=[_ORDER_KEY])
    quote: OrderedQuoteAnswer
    customer: OrderingCustomerAnswer
    contact: str | None
    purchase_order_number: str | None
    accepted_at: InstantText
    currency: CurrencyText
    subtotal: MoneyText
    net_total: MoneyText
    tax_total: MoneyText
    accepted_total: MoneyText
    selection: list[OrderedPickAnswer]
    lines: list[OrderedLineAnswer]
    documents: OrderedDocumentsAnswer


class OrderPost(Answer):
    """An order as it is handed over. `timestamp` is when it was accepted."""

    type: Literal["order"]
    timestamp: InstantText
    data: OrderDataAnswer


class OrderTakenBody(Answer):
    """What may be answered: the reference under which the order was taken. Without one the quote's number is it."""

    reference: str | int | None = Field(default=None, examples=["SO-4711"])


_HEADERS: Final = {
    "webhook-id": "The same at each attempt, and of nothing else: whoever has seen it has had it.",
    "webhook-timestamp": "When this attempt was made, in seconds since 1970. Refuse what is five minutes off.",
    "webhook-signature": "One or two signatures, `v1,…`, with a space between: HMAC-SHA256 of id, timestamp and body, with dots between.",
}
_ORDER_HEADERS: Final = {**_HEADERS, "Idempotency-Key": "The order's `key`, as in `webhook-id`."}
_AGAIN: Final = (
    "Answer 2xx within 20 seconds, or it is sent again: ten times within 75 hours, later where Retry-After asks for it. "
    "410 ends it for good."
)
_TAKEN: Final[dict[str, Any]] = {
    "2XX": {"description": "It was taken"},
    "410": {"description": "Send nothing more"},
}


def webhooks() -> dict[str, Any]:
    """Every request that is posted, by Standard Webhooks 1.0."""
    order_taken = {**_TAKEN, "2XX": {"description": "The order was taken", "content": _json(OrderTakenBody)}}
    return {
        "event": _posted(
            "receive_event", "An event is told", f"Those of a quote come in their order. {_AGAIN}", EventPost
        ),
        "test": _posted("receive_test", "An endpoint is tried out", f"It is of no quote. {_AGAIN}", TestPost),
        "order": _posted(
            "receive_order",
            "An order is handed over",
            "Where the settings say so, to the one address that they name. Any 2xx takes the order; it is sent for four days "
            "otherwise, under the same key. 410 ends that at once.",
            OrderPost,
            headers=_ORDER_HEADERS,
            responses=order_taken,
        ),
    }


def posted_forms() -> dict[str, Any]:
    """The schemas of what is posted, by name, with those that they refer to."""
    kinds = (EventPost, TestPost, OrderPost, OrderTakenBody)
    _, made = models_json_schema(
        [(kind, "serialization") for kind in kinds], ref_template="#/components/schemas/{model}"
    )
    found: dict[str, Any] = made["$defs"]
    return found


def _json(kind: type[Answer]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}


def _posted(
    name: str,
    summary: str,
    description: str,
    body: type[Answer],
    *,
    headers: dict[str, str] = _HEADERS,
    responses: dict[str, Any] = _TAKEN,
) -> dict[str, Any]:
    parameters = [
        {"name": header, "in": "header", "required": True, "schema": {"type": "string"}, "description": text}
        for header, text in headers.items()
    ]
    return {
        "post": {
            "operationId": name,
            "tags": ["webhooks"],
            "summary": summary,
            "description": description,
            "security": [],
            "parameters": parameters,
            "requestBody": {"required": True, "content": _json(body)},
            "responses": responses,
        }
    }
