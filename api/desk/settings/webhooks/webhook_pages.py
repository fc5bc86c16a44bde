"""What the pages about webhooks tell, in words."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from adapters.db.record.webhooks import CountedEndpoint, WebhookDelivery, WebhookEndpoint
from api.desk.shell.checking import TimeShown, moment
from api.desk.shell.posted import DeskForm
from domain import wording
from domain.proof.feed_event import TEST_EVENT, WebhookStatus
from domain.quotes.events import EventType

WEBHOOKS: Final = "/desk/settings/webhooks"
TYPES: Final = [*map(str, EventType)]
STATES: Final = {
    WebhookStatus.PENDING: "on its way",
    WebhookStatus.DELIVERED: "delivered",
    WebhookStatus.PARKED: "given up",
}
_BADGES: Final = {
    WebhookStatus.PENDING: "warn",
    WebhookStatus.DELIVERED: "good",
    WebhookStatus.PARKED: "bad",
}
_ABOUT: Final = ("url", "description", "types", "snapshot")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRow:
    """An endpoint as the pages show it. `edition` changes with what the form changes, `secret_edition` with the secret."""

    id: str
    path: str
    url: str
    description: str
    types: tuple[str, ...]
    snapshot: bool
    is_enabled: bool
    state: str
    badge: str
    why: str
    waiting: int
    parked: int
    made: TimeShown | None
    old_until: TimeShown | None
    edition: str
    secret_edition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """A line of the log. `quote` is the path of the quote that the event is about, `number` what it is called; only events of quotes can be told again.
    `then` is said where no next attempt is set.
    """

    event_id: str
    type: str
    quote: str
    number: str
    state: str
    badge: str
    attempts: int
    answer: str
    happened: TimeShown | None
    tried: TimeShown | None
    following: TimeShown | None
    then: str
    can_be_told_again: bool


def webhook_row(endpoint: CountedEndpoint, zone: str) -> WebhookRow:
    """The endpoint as it is now."""
    state, badge = _state(endpoint)
    has_old = endpoint.secret_before_until is not None and endpoint.secret_before_until > datetime.now(UTC)
    told = [str(getattr(endpoint, name)) for name in _ABOUT]
    return WebhookRow(
        id=endpoint.id,
        path=f"{WEBHOOKS}/{endpoint.id}",
        url=endpoint.url,
        description=endpoint.description or "",
        types=endpoint.types,
        snapshot=endpoint.snapshot,
        is_enabled=endpoint.disabled_at is None,
        state=state,
        badge=badge,
        why=wording.one_line(endpoint.disabled_reason or ""),
        waiting=endpoint.waiting,
        parked=endpoint.parked,
        made=moment(endpoint.created_at, zone),
        old_until=moment(endpoint.secret_before_until, zone) if has_old else None,
        edition=hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16],
        secret_edition=str(endpoint.secret_before_until or ""),
    )


def delivery_row(delivery: WebhookDelivery, zone: str, *, is_enabled: bool) -> DeliveryRow:
    """How an event's way to the endpoint goes; one that waits goes on once the endpoint `is_enabled`."""
    waits = delivery.status is WebhookStatus.PENDING
    return DeliveryRow(
        event_id=delivery.event_id,
        type=delivery.type,
        quote=f"/desk/quotes/{delivery.quote_id}" if delivery.quote_id else "",
        number=json.loads(delivery.body)["data"]["quote"]["number"] if delivery.quote_id else "",
        state=STATES[delivery.status],
        badge=_BADGES[delivery.status],
        attempts=delivery.attempts,
        answer=_answer(delivery),
        happened=moment(delivery.event_at, zone),
        tried=moment(delivery.last_attempt_at, zone),
        following=moment(delivery.next_attempt_at if waits and is_enabled else None, zone),
        then="" if not waits else "at once" if is_enabled else "when enabled",
        can_be_told_again=delivery.type != TEST_EVENT and not waits,
    )


def form_of(endpoint: WebhookEndpoint) -> DeskForm:
    """The form filled in with what is stored."""
    return DeskForm(
        fields={
            "url": [endpoint.url],
            "description": [endpoint.description or ""],
            "types": [*endpoint.types],
            "snapshot": ["yes"] if endpoint.snapshot else [],
        }
    )


def _state(endpoint: CountedEndpoint) -> tuple[str, str]:
    if endpoint.disabled_at is not None:
        return "disabled", "bad" if endpoint.disabled_reason else "warn"
    return ("trouble", "bad") if endpoint.parked else ("enabled", "good")


def _answer(delivery: WebhookDelivery) -> str:
    told = [f"HTTP {delivery.last_status}"] if delivery.last_status else []
    if delivery.last_error:
        told.append(wording.one_line(delivery.last_error))
    return ": ".join(told)
