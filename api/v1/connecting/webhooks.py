"""Webhooks: who is told of events by a signed request, and how that went. For keys with the scope `admin`."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Body, Depends, Query
from starlette.requests import Request
from starlette.responses import Response
from uuid6 import uuid7

from adapters.db.database import Reading, Writing
from adapters.db.record import webhooks as rows
from adapters.db.record.feed import find_event
from adapters.db.record.webhooks import WebhookEndpoint
from adapters.webhooks.signed_post import new_secret
from adapters.webhooks.targets import RefusedAddressError, read_networks, read_target
from api.dispatch.runs import RunsUnavailableError
from api.http.auth import actor_of, administer
from api.http.fields import Uuid
from api.http.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    Position,
    after,
    page,
    read_cursor,
    read_key,
    refusing,
    write_key,
)
from api.http.problem import FieldError, ProblemError, invalid
from api.json_answer import answered
from api.services import Services, ServicesDep
from api.v1.connecting.answers import (
    ReplayAnswer,
    ReplayBody,
    WebhookAnswer,
    WebhookBody,
    WebhookDeliveryAnswer,
    WebhookPatch,
    WebhookWithSecretAnswer,
)
from api.v1.router import CHANGE, READ, problems, router
from domain import instants
from domain.proof.feed_event import TEST_EVENT, WebhookStatus, read_event_id, webhook_body
from domain.uuids import read_uuid

OVERLAP: Final = timedelta(hours=24)
"""For so long the secret before signs beside the new one."""

routes = router("webhooks")
_ADMIN: Final = [Depends(administer)]
_READ: Final = {**READ, **problems(404)}
_CHANGE: Final = {**CHANGE, **problems(404)}
_LIST: Final = {"list": "webhooks"}


@routes.post(
    "/webhooks",
    operation_id="create_webhook",
    status_code=HTTPStatus.CREATED,
    response_model=WebhookWithSecretAnswer,
    responses=CHANGE,
    dependencies=_ADMIN,
)
async def post_webhook(
    request: Request, services: ServicesDep, body: Annotated[WebhookBody, Body()]
) -> Response:
    """A new endpoint, told what happens from now on. The answer holds the secret that signs, and is not kept: a repeated
    request makes another endpoint.
    """
    _check(services, body.url)
    secret, id_ = new_secret(), str(uuid7())
    fields = {
        "id": id_,
        "url": body.url,
        "description": body.description,
        "types": body.types or None,
        "snapshot": body.snapshot,
        "secret": services.webhook_secrets.seal(secret, id_),
        "created_by": actor_of(request),
    }
    async with services.database.write() as w:
        made = await rows.add_endpoint(w, fields)
    headers = {"Location": f"/api/v1/webhooks/{id_}", "Cache-Control": "no-store"}
    return answered(WebhookWithSecretAnswer.with_secret(made, secret), HTTPStatus.CREATED, headers)


@routes.get(
    "/webhooks",
    operation_id="list_webhooks",
    response_model=Page[WebhookAnswer],
    responses=READ,
    dependencies=_ADMIN,
)
async def get_webhooks(
    services: ServicesDep, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """Endpoints, newest first."""
    position = read_cursor(cursor, _LIST)
    async with services.database.read() as r:
        found = await rows.list_endpoints(r, limit=limit + 1, after=after(position))
    shown = page(found, limit, show=WebhookAnswer.of, position=_position, filters=_LIST)
    return answered(shown)


@routes.get(
    "/webhooks/{webhook_id}",
    operation_id="get_webhook",
    response_model=WebhookAnswer,
    responses=_READ,
    dependencies=_ADMIN,
)
async def get_webhook(services: ServicesDep, webhook_id: Uuid) -> Response:
    """An endpoint, and how much waits for it."""
    async with services.database.read() as r:
        return answered(WebhookAnswer.of(await _found(r, webhook_id)))


@routes.patch(
    "/webhooks/{webhook_id}",
    operation_id="change_webhook",
    response_model=WebhookAnswer,
    responses=_CHANGE,
    dependencies=_ADMIN,
)
async def patch_webhook(
    services: ServicesDep, webhook_id: Uuid, body: Annotated[WebhookPatch, Body()]
) -> Response:
    """Another address, other events, or an end for a while. What is not named stays."""
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
        await _found(w, webhook_id)
        if fields:
            await rows.change_endpoint(w, webhook_id, fields)
        changed = await rows.endpoint_there(w, webhook_id)
    await _wake(services, webhook_id)
    return answered(WebhookAnswer.of(changed))


@routes.delete(
    "/webhooks/{webhook_id}",
    operation_id="delete_webhook",
    status_code=HTTPStatus.NO_CONTENT,
    responses=_CHANGE,
    dependencies=_ADMIN,
)
async def delete_webhook(services: ServicesDep, webhook_id: Uuid) -> Response:
    """Nothing more is sent there; its log goes with it."""
    async with services.database.write() as w:
        await _found(w, webhook_id)
        await rows.remove_endpoint(w, webhook_id)
    await _wake(services, webhook_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@routes.post(
    "/webhooks/{webhook_id}/rotate-secret",
    operation_id="rotate_webhook_secret",
    response_model=WebhookWithSecretAnswer,
    responses=_CHANGE,
    dependencies=_ADMIN,
)
async def rotate_secret(services: ServicesDep, webhook_id: Uuid) -> Response:
    """A new secret, shown this once. For a day the one before signs too, so that no request is refused meanwhile."""
    secret = new_secret()
    async with services.database.write() as w:
        found = await _found(w, webhook_id)
        fields = {
            "secret": services.webhook_secrets.seal(secret, webhook_id),
            "secret_before": found.secret,
            "secret_before_until": datetime.now(UTC) + OVERLAP,
        }
        await rows.change_endpoint(w, webhook_id, fields)
        changed = await rows.endpoint_there(w, webhook_id)
    headers = {"Cache-Control": "no-store"}
    return answered(WebhookWithSecretAnswer.with_secret(changed, secret), headers=headers)


@routes.post(
    "/webhooks/{webhook_id}/test",
    operation_id="try_webhook",
    status_code=HTTPStatus.ACCEPTED,
    response_model=WebhookDeliveryAnswer,
    responses=_CHANGE,
    dependencies=_ADMIN,
)
async def try_webhook(services: ServicesDep, webhook_id: Uuid) -> Response:
    """Send an event of the type `webhook.test`; how that goes is in the log."""
    event_id = f"test-{uuid7()}"
    async with services.database.write() as w:
        await _found(w, webhook_id)
        body = webhook_body(TEST_EVENT, datetime.now(UTC), {"id": event_id})
        await rows.add_delivery(w, webhook_id, event_id, TEST_EVENT, body)
        [added] = await rows.list_deliveries(w, webhook_id, status=None, limit=1)
    await _wake(services, webhook_id)
    return answered(WebhookDeliveryAnswer.of(added), HTTPStatus.ACCEPTED)


@routes.post(
    "/webhooks/{webhook_id}/replay",
    operation_id="replay_webhook",
    status_code=HTTPStatus.ACCEPTED,
    response_model=ReplayAnswer,
    responses=_CHANGE,
    dependencies=_ADMIN,
)
async def replay_webhook(
    services: ServicesDep, webhook_id: Uuid, body: Annotated[ReplayBody, Body()]
) -> Response:
    """Tell one event again, whether it was told before or not; or a span of time of the log."""
    if (body.event_id is None) == (body.since is None or body.until is None):
        message = "must be given, or both since and until"
        raise invalid(FieldError(pointer="/event_id", code="event_or_span", message=message))
    async with services.database.write() as w:
        endpoint = await _found(w, webhook_id)
        if body.since is not None and body.until is not None:
            of = {WebhookStatus.PARKED} | ({WebhookStatus.DELIVERED} if body.delivered else set())
            count = await rows.tell_span_again(w, webhook_id, body.since, body.until, of)
        else:
            count = await _replay_one(w, endpoint, body.event_id or "")
    await _wake(services, webhook_id)
    return answered(ReplayAnswer(replayed=count), HTTPStatus.ACCEPTED)


@routes.get(
    "/webhooks/{webhook_id}/deliveries",
    operation_id="list_webhook_deliveries",
    response_model=Page[WebhookDeliveryAnswer],
    responses=_READ,
    dependencies=_ADMIN,
)
async def get_deliveries(
    services: ServicesDep,
    webhook_id: Uuid,
    status: Annotated[WebhookStatus | None, Query()] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """The log, newest first; what has come to its end is kept for 30 days."""
    filters = {"list": "webhook-deliveries", "webhook": webhook_id, "status": status}
    position = None
    if cursor is not None:
        with refusing():
            at, event_id = read_key(cursor, filters)
            position = (instants.read(at), str(event_id))
    async with services.database.read() as r:
        await _found(r, webhook_id)
        found = await rows.list_deliveries(r, webhook_id, status=status, limit=limit + 1, after=position)
    shown, has_more = found[:limit], len(found) > limit
    last = shown[-1] if has_more else None
    following = write_key((instants.compared(last.created_at), last.event_id), filters) if last else None
    data = [WebhookDeliveryAnswer.of(each) for each in shown]
    return answered(Page(data=data, has_more=has_more, next_cursor=following))


async def _found(r: Reading, webhook_id: str) -> WebhookEndpoint:
    found = await rows.find_endpoint(r, webhook_id)
    if found is None:
        raise ProblemError("webhook_not_found", "There is no webhook with this id.")
    return found


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


def _position(endpoint: WebhookEndpoint) -> Position:
    return Position(created_at=endpoint.created_at, id=endpoint.id)
