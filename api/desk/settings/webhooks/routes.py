"""Webhooks for admins: who is told, how it goes, and what was given up told again."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from adapters import logs
from adapters.db.parties.seller import get_seller
from adapters.db.parties.sessions import DeskUser
from adapters.db.record.webhooks import CountedEndpoint, count_endpoint, list_endpoints
from api.desk.settings.webhooks.webhook_pages import (
    STATES,
    TYPES,
    WEBHOOKS,
    delivery_row,
    form_of,
    webhook_row,
)
from api.desk.shell.checking import Errors, checked, refused
from api.desk.shell.desk_route import desk_router, nothing_here, typed_before
from api.desk.shell.once import id_once, new_form_id
from api.desk.shell.pages import page, see_other
from api.desk.shell.posted import DeskForm, read_desk_form
from api.desk.shell.signed_in import Admin, actor_of
from api.http.pagination import Position, after, read_cursor, write_cursor
from api.http.problem import ProblemError
from api.services import Services, ServicesDep
from api.v1.connecting.answers import ReplayBody, WebhookBody, WebhookPatch
from api.v1.connecting.endpoints import (
    WebhookTakenError,
    changed_endpoint,
    delivery_log,
    made_endpoint,
    removed_endpoint,
    replayed,
    rotated_endpoint,
    tried_endpoint,
)
from domain.proof.feed_event import WebhookStatus
from domain.uuids import is_uuid

_READS: Final = ["GET", "HEAD"]
_PER_PAGE: Final = 50
_LONGEST_ID: Final = 100
_ALWAYS: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LIST: Final = {"list": "desk-webhooks"}
_LABELS: Final = {
    "": "The form",
    "url": "Address",
    "description": "What it is",
    "snapshot": "The quote as it was then",
    "types": "Which events",
    "event_id": "Event",
}
_DONE: Final = {
    "saved": "Saved.",
    "enabled": "It is told again, also what waited.",
    "disabled": "Nothing is sent there until you enable it. What happens meanwhile waits.",
    "tested": "A test event is on its way. The log below shows how it goes; reload the page in a moment.",
    "replayed": "It is told again; the log below shows how it goes.",
    "deleted": "The webhook is deleted, and its log with it.",
}
_ROTATED: Final = (
    "The secret was replaced meanwhile, here or by somebody else. Nothing was changed by this form."
)
_CHANGED: Final = (
    "Somebody has changed this webhook meanwhile; nothing of yours was stored. What you typed stands below: "
    "saving it now takes its place."
)
_log = logs.logger(__name__)
routes: Final = desk_router()


@routes.api_route("/settings/webhooks", methods=_READS)
async def webhooks(request: Request, services: ServicesDep, user: Admin) -> Response:
    """All webhooks with their state, newest first, and a form that makes one more."""
    return await _list(request, services, await typed_before(request, user.id))


@routes.post("/settings/webhooks")
async def make_webhook(request: Request, services: ServicesDep, user: Admin) -> Response:
    """A new webhook; the page that answers shows its secret, and a repeat of the form does not."""
    form = await read_desk_form(request)
    body = checked(WebhookBody, _typed(form))
    if isinstance(body, dict):
        return await _list(request, services, form, _by_field(body))
    try:
        made, secret = await made_endpoint(
            services,
            body,
            actor=actor_of(user),
            endpoint_id=id_once(user, form.text("form_id"), _typed(form)),
        )
    except WebhookTakenError:
        gone = {
            "": "it has made a webhook already, which the list shows. Its secret was shown once: replace it there."
        }
        return await _list(request, services, None, gone)
    except ProblemError as problem:
        return await _list(request, services, form, refused(problem))
    _log.info("webhook_made", webhook=made.id, by=actor_of(user))
    return await _secret(request, services, made, secret)


@routes.api_route("/settings/webhooks/{webhook_id}", methods=_READS)
async def one_webhook(request: Request, services: ServicesDep, user: Admin, webhook_id: str) -> Response:
    """One webhook: how it goes, its log, and what can be done with it."""
    return await _one(request, services, webhook_id, await typed_before(request, user.id))


@routes.post("/settings/webhooks/{webhook_id}")
async def change_webhook(request: Request, services: ServicesDep, user: Admin, webhook_id: str) -> Response:
    """What the pressed button says. What somebody else did to the webhook meanwhile is shown first."""
    form = await read_desk_form(request)
    endpoint = await _find(services, webhook_id)
    if endpoint is None:
        return nothing_here(request)
    does = form.text("do")
    try:
        if does == "rotate":
            return await _rotated(request, services, endpoint, form, user)
        if does == "save":
            return await _saved(request, services, endpoint, form, user)
        done = await _done(services, endpoint, form)
    except ProblemError as problem:
        if problem.status == 404:  # noqa: PLR2004 - somebody deleted it just now
            return nothing_here(request)
        return await _one(request, services, webhook_id, form if does == "save" else None, refused(problem))
    _log.info("webhook_changed", webhook=endpoint.id, what=done, by=actor_of(user))
    return see_other(f"{WEBHOOKS}?done=deleted" if done == "deleted" else _path(endpoint, done))


async def _done(services: Services, endpoint: CountedEndpoint, form: DeskForm) -> str:
    """Do what has no fields of its own; the word for the page that follows."""
    match form.text("do"):
        case "enable" | "disable" as does:
            await changed_endpoint(services, endpoint.id, WebhookPatch(enabled=does == "enable"))
            return f"{does}d"
        case "test":
            await tried_endpoint(services, endpoint.id)
            return "tested"
        case "replay":
            one = ReplayBody(event_id=form.text("event_id")[:_LONGEST_ID] or None)
            await replayed(services, endpoint.id, one)
            return "replayed"
        case "replay-parked":
            parked = ReplayBody(since=_ALWAYS, until=datetime.now(UTC) + timedelta(days=1))
            await replayed(services, endpoint.id, parked)
            return "replayed"
        case "delete":
            await removed_endpoint(services, endpoint.id)
            return "deleted"
        case _:
            return ""


async def _rotated(
    request: Request, services: Services, endpoint: CountedEndpoint, form: DeskForm, user: DeskUser
) -> Response:
    if form.text("secret_edition") != webhook_row(endpoint, "UTC").secret_edition:
        return await _one(request, services, endpoint.id, meanwhile=_ROTATED)
    changed, secret = await rotated_endpoint(services, endpoint.id)
    _log.info("webhook_rotated", webhook=endpoint.id, by=actor_of(user))
    return await _secret(request, services, changed, secret)


async def _saved(
    request: Request, services: Services, endpoint: CountedEndpoint, form: DeskForm, user: DeskUser
) -> Response:
    if form.text("edition") != webhook_row(endpoint, "UTC").edition:
        return await _one(request, services, endpoint.id, form, meanwhile=_CHANGED)
    body = checked(WebhookPatch, _typed(form))
    if isinstance(body, dict):
        return await _one(request, services, endpoint.id, form, _by_field(body))
    await changed_endpoint(services, endpoint.id, body)
    _log.info("webhook_changed", webhook=endpoint.id, what="saved", by=actor_of(user))
    return see_other(_path(endpoint, "saved"))


def _typed(form: DeskForm) -> dict[str, Any]:
    """What was typed, as the API's body of a webhook."""
    return {
        "url": form.text("url"),
        "description": form.text("description") or None,
        "types": form.texts("types"),
        "snapshot": bool(form.text("snapshot")),
    }


def _by_field(errors: Errors) -> Errors:
    """Those of one of the types stand at all of them."""
    return {name.partition("-")[0]: words for name, words in errors.items()}


def _path(endpoint: CountedEndpoint, done: str) -> str:
    return f"{WEBHOOKS}/{endpoint.id}?done={done}"


async def _find(services: Services, webhook_id: str) -> CountedEndpoint | None:
    if not is_uuid(webhook_id):
        return None
    async with services.database.read() as r:
        return await count_endpoint(r, webhook_id)


async def _list(
    request: Request, services: Services, typed: DeskForm | None, errors: Mapping[str, str] | None = None
) -> Response:
    form = typed or DeskForm(fields={"snapshot": ["yes"]})
    try:
        position = read_cursor(request.query_params.get("cursor") or None, _LIST)
    except ProblemError:
        position = None
    async with services.database.read() as r:
        zone = (await get_seller(r)).time_zone
        found = await list_endpoints(r, limit=_PER_PAGE + 1, after=after(position))
    last = found[_PER_PAGE - 1] if len(found) > _PER_PAGE else None
    return page(
        request,
        "settings/webhooks/templates/webhooks.html",
        status=422 if errors else 200,
        webhooks=[webhook_row(each, zone) for each in found[:_PER_PAGE]],
        older=write_cursor(Position(created_at=last.created_at, id=last.id), _LIST) if last else None,
        is_first=position is None,
        form=form,
        form_id=form.text("form_id") or new_form_id(),
        types=TYPES,
        errors=errors or {},
        labels=_LABELS,
        done=_word(request),
    )


async def _one(
    request: Request,
    services: Services,
    webhook_id: str,
    typed: DeskForm | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    meanwhile: str = "",
) -> Response:
    endpoint = await _find(services, webhook_id)
    if endpoint is None:
        return nothing_here(request)
    asked = request.query_params.get("status", "")
    status = WebhookStatus(asked) if asked in set(WebhookStatus) else None
    cursor = request.query_params.get("cursor") or None
    async with services.database.read() as r:
        zone = (await get_seller(r)).time_zone
        log, is_first = delivery_log, cursor is None
        try:
            shown, older = await log(r, endpoint.id, status=status, limit=_PER_PAGE, cursor=cursor)
        except ProblemError:  # a cursor of another list, or one typed by hand
            shown, older = await log(r, endpoint.id, status=status, limit=_PER_PAGE, cursor=None)
            is_first = True
    row = webhook_row(endpoint, zone)
    return page(
        request,
        "settings/webhooks/templates/webhook.html",
        status=409 if meanwhile else 422 if errors else 200,
        hook=row,
        log=[delivery_row(each, zone, is_enabled=row.is_enabled) for each in shown],
        status_asked=status or "",
        states=[("", "All"), *STATES.items()],
        older=older,
        is_first=is_first,
        form=typed or form_of(endpoint),
        edition=row.edition if meanwhile or typed is None else typed.text("edition"),
        types=TYPES,
        errors=errors or {},
        labels=_LABELS,
        meanwhile=meanwhile,
        done=_word(request),
    )


async def _secret(request: Request, services: Services, endpoint: CountedEndpoint, secret: str) -> Response:
    async with services.database.read() as r:
        zone = (await get_seller(r)).time_zone
    return page(
        request,
        "settings/webhooks/templates/webhook_secret.html",
        hook=webhook_row(endpoint, zone),
        secret=secret,
    )


def _word(request: Request) -> str:
    return _DONE.get(request.query_params.get("done", ""), "")
