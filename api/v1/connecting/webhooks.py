"""Webhooks: who is told of events by a signed request, and how that went. For keys with the scope `admin`."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Body, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.db.record import webhooks as rows
from adapters.db.record.webhooks import WebhookEndpoint
from api.http.auth import actor_of, administer
from api.http.fields import Uuid
from api.http.pagination import DEFAULT_LIMIT, Cursor, Limit, Page, Position, after, page, read_cursor
from api.json_answer import answered
from api.services import ServicesDep
from api.v1.connecting.answers import (
    ReplayAnswer,
    ReplayBody,
    WebhookAnswer,
    WebhookBody,
    WebhookDeliveryAnswer,
    WebhookPatch,
    WebhookWithSecretAnswer,
)
from api.v1.connecting.endpoints import (
    changed_endpoint,
    counted_endpoint,
    delivery_log,
    made_endpoint,
    removed_endpoint,
    replayed,
    rotated_endpoint,
    tried_endpoint,
)
from api.v1.router import CHANGE, READ, problems, router
from domain.proof.feed_event import WebhookStatus

routes = router("webhooks")
_ADMIN: Final = [Depends(administer)]
_READ: Final = {**READ, **problems(404)}
_CHANGE: Final = {**CHANGE, **problems(404)}
_LIST: Final = {"list": "webhooks"}


@routes.post(
    "/webhooks",
    operation_id="create_webhook",
    summary="Create a webhook",
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
    made, secret = await made_endpoint(services, body, actor=actor_of(request))
    headers = {"Location": f"/api/v1/webhooks/{made.id}", "Cache-Control": "no-store"}
    return answered(WebhookWithSecretAnswer.with_secret(made, secret), HTTPStatus.CREATED, headers)


@routes.get(
    "/webhooks",
    operation_id="list_webhooks",
    summary="List webhooks",
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
    summary="Read a webhook",
    response_model=WebhookAnswer,
    responses=_READ,
    dependencies=_ADMIN,
)
async def get_webhook(services: ServicesDep, webhook_id: Uuid) -> Response:
    """An endpoint, and how much waits for it."""
    async with services.database.read() as r:
        return answered(WebhookAnswer.of(await counted_endpoint(r, webhook_id)))


@routes.patch(
    "/webhooks/{webhook_id}",
    operation_id="change_webhook",
    summary="Change a webhook",
    response_model=WebhookAnswer,
    responses=_CHANGE,
    dependencies=_ADMIN,
)
async def patch_webhook(
    services: ServicesDep, webhook_id: Uuid, body: Annotated[WebhookPatch, Body()]
) -> Response:
    """Another address, other events, or an end for a while. What is not named stays."""
    return answered(WebhookAnswer.of(await changed_endpoint(services, webhook_id, body)))


@routes.delete(
    "/webhooks/{webhook_id}",
    operation_id="delete_webhook",
    summary="Delete a webhook",
    status_code=HTTPStatus.NO_CONTENT,
    responses=_READ,
    dependencies=_ADMIN,
)
async def delete_webhook(services: ServicesDep, webhook_id: Uuid) -> Response:
    """Nothing more is sent there; its log goes with it."""
    await removed_endpoint(services, webhook_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@routes.post(
    "/webhooks/{webhook_id}/rotate-secret",
    operation_id="rotate_webhook_secret",
    summary="Give a webhook a new secret",
    response_model=WebhookWithSecretAnswer,
    responses=_READ,
    dependencies=_ADMIN,
)
async def rotate_secret(services: ServicesDep, webhook_id: Uuid) -> Response:
    """A new secret, shown this once. For a day the one before signs too, so that no request is refused meanwhile."""
    changed, secret = await rotated_endpoint(services, webhook_id)
    headers = {"Cache-Control": "no-store"}
    return answered(WebhookWithSecretAnswer.with_secret(changed, secret), headers=headers)


@routes.post(
    "/webhooks/{webhook_id}/test",
    operation_id="try_webhook",
    summary="Send a test event to a webhook",
    status_code=HTTPStatus.ACCEPTED,
    response_model=WebhookDeliveryAnswer,
    responses=_READ,
    dependencies=_ADMIN,
)
async def try_webhook(services: ServicesDep, webhook_id: Uuid) -> Response:
    """Send an event of the type `webhook.test`; how that goes is in the log."""
    added = await tried_endpoint(services, webhook_id)
    return answered(WebhookDeliveryAnswer.of(added), HTTPStatus.ACCEPTED)


@routes.post(
    "/webhooks/{webhook_id}/replay",
    operation_id="replay_webhook",
    summary="Send events to a webhook again",
    status_code=HTTPStatus.ACCEPTED,
    response_model=ReplayAnswer,
    responses=_CHANGE,
    dependencies=_ADMIN,
)
async def replay_webhook(
    services: ServicesDep, webhook_id: Uuid, body: Annotated[ReplayBody, Body()]
) -> Response:
    """Tell one event again, whether it was told before or not; or a span of time of the log."""
    count = await replayed(services, webhook_id, body)
    return answered(ReplayAnswer(replayed=count), HTTPStatus.ACCEPTED)


@routes.get(
    "/webhooks/{webhook_id}/deliveries",
    operation_id="list_webhook_deliveries",
    summary="List what a webhook was sent",
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
    async with services.database.read() as r:
        shown, following = await delivery_log(r, webhook_id, status=status, limit=limit, cursor=cursor)
    data = [WebhookDeliveryAnswer.of(each) for each in shown]
    return answered(Page(data=data, has_more=following is not None, next_cursor=following))


def _position(endpoint: WebhookEndpoint) -> Position:
    return Position(created_at=endpoint.created_at, id=endpoint.id)
