"""Bodies and answers about webhooks."""

from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    WithJsonSchema,
    model_validator,
)
from typing_extensions import TypeAliasType

from adapters.db.record.webhooks import CountedEndpoint, WebhookDelivery
from api.http.fields import Instant, OneLine, RequestBody, refuse
from api.json_answer import Answer, Count, IdText, InstantText, as_recorded
from domain import instants
from domain.proof.feed_event import TEST_EVENT, WebhookStatus
from domain.quotes.events import EventType

_TYPES: Final = [*map(str, EventType)]
WebhookEventType = TypeAliasType(
    "WebhookEventType", Annotated[str, WithJsonSchema({"type": "string", "enum": [*_TYPES, TEST_EVENT]})]
)
"""What an endpoint can be told."""


class WebhookAnswer(Answer):
    """An endpoint. `types` are all where it is empty. One that is disabled is told nothing; `disabled_reason` is null where a
    person did it. `waiting` events are to be told, `parked` ones were given up and can be replayed.
    """

    id: IdText
    url: str = Field(examples=["https://erp.example.com/firm-offer"])
    description: str | None
    types: list[EventType]
    snapshot: bool = Field(description="Whether each event comes with the quote as it was then.")
    enabled: bool
    disabled_at: InstantText | None
    disabled_reason: str | None
    waiting: Count
    parked: Count
    secret_before_until: InstantText | None = Field(description="Until when the secret before signs too.")
    created_at: InstantText

    @classmethod
    def of(cls, endpoint: CountedEndpoint) -> Self:
        """As it stands; no secret is in it."""
        return cls(**cls._fields_of(endpoint))

    @staticmethod
    def _fields_of(endpoint: CountedEndpoint) -> dict[str, Any]:
        return {
            "id": endpoint.id,
            "url": endpoint.url,
            "description": endpoint.description,
            "types": [as_recorded(EventType, each) for each in endpoint.types],
            "snapshot": endpoint.snapshot,
            "enabled": endpoint.disabled_at is None,
            "disabled_at": instants.answered(endpoint.disabled_at),
            "disabled_reason": endpoint.disabled_reason,
            "waiting": endpoint.waiting,
            "parked": endpoint.parked,
            "secret_before_until": instants.answered(endpoint.secret_before_until),
            "created_at": instants.answered(endpoint.created_at),
        }


class WebhookWithSecretAnswer(WebhookAnswer):
    """With the secret that signs, which is shown this once."""

    secret: str = Field(examples=["whsec_…"])

    @classmethod
    def with_secret(cls, endpoint: CountedEndpoint, secret: str) -> Self:
        """For whoever made it."""
        return cls(**cls._fields_of(endpoint), secret=secret)


class WebhookDeliveryAnswer(Answer):
    """An event on its way to an endpoint, and how the last attempt went."""

    event_id: str
    type: WebhookEventType
    time: InstantText
    quote_id: IdText | None
    status: WebhookStatus
    attempts: Count
    next_attempt_at: InstantText | None
    last_attempt_at: InstantText | None
    last_status: int | None = Field(description="The HTTP status of the last answer.")
    last_error: str | None

    @classmethod
    def of(cls, delivery: WebhookDelivery) -> Self:
        """As it stands in the log."""
        return cls(
            event_id=delivery.event_id,
            type=delivery.type,
            time=instants.answered(delivery.event_at),
            quote_id=delivery.quote_id,
            status=delivery.status,
            attempts=delivery.attempts,
            next_attempt_at=instants.answered(delivery.next_attempt_at),
            last_attempt_at=instants.answered(delivery.last_attempt_at),
            last_status=delivery.last_status,
            last_error=delivery.last_error,
        )


class ReplayAnswer(Answer):
    """How many events will be told again."""

    replayed: Count


def _known_types(types: Any) -> Any:
    texts = isinstance(types, list) and all(isinstance(each, str) for each in types)
    if texts and not set(types) <= set(_TYPES):
        raise refuse("unknown_type", "must be types of events", _TYPES)
    return types


_Url = Annotated[str, Field(min_length=1, max_length=2_000, examples=["https://erp.example.com/firm-offer"])]
_TypesField = Annotated[
    list[EventType],
    Field(max_length=len(_TYPES)),
    BeforeValidator(_known_types),
    AfterValidator(lambda types: sorted(set(types))),
]


class WebhookBody(RequestBody):
    """A new endpoint. Without `types` it is told everything."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"url": "https://erp.example.com/firm-offer", "types": ["quote.accepted"]}]
        }
    )

    url: _Url
    description: OneLine | None = None
    types: _TypesField = Field(default_factory=list)
    snapshot: StrictBool = True


class WebhookPatch(RequestBody):
    """What is to be changed; null takes the description away. To enable one again tells it what waited."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"enabled": True}]})

    url: _Url | None = None
    description: OneLine | None = None
    types: _TypesField | None = None
    snapshot: StrictBool | None = None
    enabled: StrictBool | None = None

    @model_validator(mode="after")
    def _something_to_change(self) -> Self:
        if not self.model_fields_set:
            raise refuse("required", "name at least one field to change", list(type(self).model_fields))
        emptied = {name for name in self.model_fields_set - {"description"} if getattr(self, name) is None}
        if emptied:
            raise refuse("required", f"{', '.join(sorted(emptied))} cannot be removed")
        return self


class ReplayBody(RequestBody):
    """Either one event by its id, or what the log has from `since` on and before `until`: what was parked, or with
    `delivered` all of it.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"since": "2026-11-24T00:00:00Z", "until": "2026-11-25T00:00:00Z"}]}
    )

    event_id: Annotated[str, Field(max_length=100)] | None = None
    since: Instant | None = None
    until: Instant | None = None
    delivered: StrictBool = False
