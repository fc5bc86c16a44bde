"""What is done with webhooks: the steps that the API's routes and the desk's pages share. An endpoint that is not there is
ProblemError 404 `webhook_not_found` in all of them.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from uuid6 import uuid7

from adapters.db.database import Reading, Writing
from adapters.db.record import webhooks as rows
from adapters.db.record.feed import find_event
from adapters.db.record.webhook_trouble import end_disabled
from adapters.db.record.webhooks import CountedEndpoint, WebhookDelivery, WebhookEndpoint
from adapters.webhooks.signed_post import new_secret
from adapters.webhooks.targets import RefusedAddressError, read_networks, read_target
from api.dispatch.runs import RunsUnavailableError
from api.http.pagination import read_key, refusing, write_key
from api.http.problem import FieldError, ProblemError, invalid
from api.services import Services
from api.v1.connecting.answers import ReplayBody, WebhookBody, WebhookPatch
from domain import instants
from domain.proof.feed_event import (
    SEALED_OTHERWISE,
    TEST_EVENT,
    WebhookStatus,
    read_event_id,
    webhook_body,
)
from domain.uuids import read_uuid

OVERLAP: Final = timedelta(hours=24)
"""For so long the secret before signs beside the new one."""


_Endpoint = TypeVar("_Endpoint", bound=WebhookEndpoint)


class WebhookTakenError(Exception):
    """There is an endpoint with this id."""


async def made_endpoint(
    services: Services, body: WebhookBody, *, actor: str, endpoint_id: str | None = None
) -> tuple[CountedEndpoint, str]:
    """A new endpoint, told what happens from now on, and the secret that signs; by an id that was given it is made once.

    Raises WebhookTakenError, ProblemError 422 `address_refused`.
    """
    _check(services, body.url)
    secret, id_ = new_secret(), endpoint_id or str(uuid7())
    fields = {
        "id": id_,
        "url": body.url,
        "description": body.description,
        "types": body.types or None,
        "snapshot": body.snapshot,
        "secret": services.webhook_secrets.seal(secret, id_),
        "created_by": actor,
    }
    async with services.database.write() as w:
        made = await rows.add_endpoint(w, fields)
    if made is None:
        raise WebhookTakenError
    return made, secret


async def found_endpoint(r: Reading, webhook_id: str) -> WebhookEndpoint:
    """The endpoint, without a look at its log."""
    return _there(await rows.find_endpoint(r, webhook_id))


async def counted_endpoint(r: Reading, webhook_id: str) -> CountedEndpoint:
    """The endpoint, and how much waits for it."""
    return _there(await rows.count_endpoint(r, webhook_id))


def _there(found: _Endpoint | None) -> _Endpoint:
    if found is None:
        raise ProblemError("webhook_not_found", "There is no webhook with this id.")
    return found


async def changed_endpoint(services: Services, webhook_id: str, body: WebhookPatch) -> CountedEndpoint:
    """Another address, other events, or an end for a while; what the body does not name stays. Raises as `made_endpoint`."""
    given = body.model_dump(exclude_unset=True)
    if body.url is not None:
        _check(services, body.url)
    enabled = given.pop("enabled", None)
    fields = {name: value for name, value in given.items() if name == "description" or value is not None}
    if "types" in fields:
        fields["types"] = fields["types"] or None
    if enabled is not None:
        fields |= {"disabled_at": None if enabled else datetime.now(UTC), "disabled_reason": None}
    async with services.database.write() as w:
        await found_endpoint(w, webhook_id)
        if enabled is not None:
            await end_disabled(w, webhook_id)
        if fields:
            await rows.change_endpoint(w, webhook_id, fields)
        changed = await counted_endpoint(w, webhook_id)
    await _wake(services, webhook_id)
    return changed


async def removed_endpoint(services: Services, webhook_id: str) -> None:
    """Nothing more is sent there; its log goes with it."""
    async with services.database.write() as w:
        await found_endpoint(w, webhook_id)
        await rows.remove_endpoint(w, webhook_id)
    await _wake(services, webhook_id)


async def rotated_endpoint(services: Services, webhook_id: str) -> tuple[CountedEndpoint, str]:
    """The endpoint and its new secret. For a day the one before signs too, so that no request is refused meanwhile. One that
    was disabled because its secret could not be opened is enabled.
    """
    secret = new_secret()
    async with services.database.write() as w:
        found = await found_endpoint(w, webhook_id)
        fields: dict[str, Any] = {
            "secret": services.webhook_secrets.seal(secret, webhook_id),
            "secret_before": found.secret,
            "secret_before_until": datetime.now(UTC) + OVERLAP,
        }
        is_mended = found.disabled_reason == SEALED_OTHERWISE
        if is_mended:
            await end_disabled(w, webhook_id)
            fields |= {"disabled_at": None, "disabled_reason": None}
        await rows.change_endpoint(w, webhook_id, fields)
        changed = await counted_endpoint(w, webhook_id)
    if is_mended:
        await _wake(services, webhook_id)
    return changed, secret


async def tried_endpoint(services: Services, webhook_id: str) -> WebhookDelivery:
    """An event of the type `webhook.test` on its way; how that goes is in the log."""
    event_id = f"test-{uuid7()}"
    async with services.database.write() as w:
        await found_endpoint(w, webhook_id)
        body = webhook_body(TEST_EVENT, datetime.now(UTC), {"id": event_id})
        added = await rows.add_delivery(w, webhook_id, event_id, TEST_EVENT, body)
    await _wake(services, webhook_id)
    return added


async def replayed(services: Services, webhook_id: str, body: ReplayBody) -> int:
    """How many events will be told again: one, whether it was told before or not, or a span of time of the log.

    Raises ProblemError 422 `event_or_span`, `not_after`, `unknown_event`.
    """
    beside = [name for name in ("since", "until", "delivered") if getattr(body, name)]
    if body.event_id is not None and beside:
        message = "is of a span of time: must not be given beside event_id"
        raise invalid(
            *(FieldError(pointer=f"/{name}", code="event_or_span", message=message) for name in beside)
        )
    if body.since is not None and body.until is not None and body.since >= body.until:
        raise invalid(FieldError(pointer="/until", code="not_after", message="must be after since"))
    if (body.event_id is None) == (body.since is None or body.until is None):
        message = "must be given, or both since and until"
        raise invalid(FieldError(pointer="/event_id", code="event_or_span", message=message))
    async with services.database.write() as w:
        endpoint = await found_endpoint(w, webhook_id)
        if body.since is not None and body.until is not None:
            of = {WebhookStatus.PARKED} | ({WebhookStatus.DELIVERED} if body.delivered else set())
            count = await rows.tell_span_again(w, webhook_id, body.since, body.until, of)
        else:
            count = await _replay_one(w, endpoint, body.event_id or "")
    await _wake(services, webhook_id)
    return count


async def delivery_log(
    r: Reading, webhook_id: str, *, status: WebhookStatus | None, limit: int, cursor: str | None
) -> tuple[list[WebhookDelivery], str | None]:
    """A page of the log, newest first, and the cursor that leads on. Raises ProblemError 422 `bad_cursor`."""
    filters = {"list": "webhook-deliveries", "webhook": webhook_id, "status": status}
    position = None
    if cursor is not None:
        with refusing():
            at, event_id = read_key(cursor, filters)
            position = (instants.read(at), str(event_id))
    await found_endpoint(r, webhook_id)
    found = await rows.list_deliveries(r, webhook_id, status=status, limit=limit + 1, after=position)
    shown, has_more = found[:limit], len(found) > limit
    last = shown[-1] if has_more else None
    return shown, write_key((instants.compared(last.created_at), last.event_id), filters) if last else None


async def _replay_one(w: Writing, endpoint: WebhookEndpoint, event_id: str) -> int:
    event = None
    with suppress(ValueError):
        quote_id, sequence = read_event_id(event_id)
        event = await find_event(w, read_uuid(quote_id), min(sequence, 2**31 - 1))
    if event is None:
        message = "must be the id of an event"
        raise invalid(FieldError(pointer="/event_id", code="unknown_event", message=message))
    await rows.tell_again(w, endpoint, event)
    return 1


def _check(services: Services, url: str) -> None:
    try:
        read_target(url, read_networks(services.settings.webhook_allow))
    except RefusedAddressError as refused:
        raise invalid(FieldError(pointer="/url", code="address_refused", message=str(refused))) from None


async def _wake(services: Services, webhook_id: str) -> None:
    """At once, if Temporal is there; else it is looked after within a minute."""
    with suppress(RunsUnavailableError):
        await services.runs.wake_webhook(webhook_id)
