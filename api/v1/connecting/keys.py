"""API keys: made, rotated and ended by a key with the scope `admin`. A secret is shown once and stored nowhere."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Self

from fastapi import Body, Depends
from pydantic import AfterValidator, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from adapters import logs
from adapters.db.database import Writing
from adapters.db.parties.keys import (
    KeyState,
    KeyView,
    NewKey,
    find_key,
    list_keys,
    revoke_key,
    rotate_key,
    store_key,
)
from adapters.tokens import ApiKey, new_api_key
from api.http.auth import actor_of, administer
from api.http.fields import Instant, Name, RequestBody, WholeNumber, refuse
from api.http.pagination import Page, whole
from api.http.problem import ProblemError
from api.json_answer import Answer, InstantText, answered
from api.services import Services, ServicesDep
from api.v1.router import CHANGE, READ, problems, router
from domain import instants
from domain.people.scopes import LONGEST_OVERLAP_HOURS, OVERLAP_HOURS, Scope

_log = logs.logger(__name__)
LONGEST_NAME = 100


def _to_come(value: datetime) -> datetime:
    if value <= datetime.now(UTC):
        raise refuse("in_past", "must be in the future")
    return value


def _short(name: str) -> str:
    if len(name) > LONGEST_NAME:
        raise refuse("too_long", f"must have at most {LONGEST_NAME} characters")
    return name


def _each_once(scopes: list[Scope]) -> list[Scope]:
    return [scope for scope in Scope if scope in scopes]


class KeyBody(RequestBody):
    """A new key. `read` reads, `quote` also makes and changes quotes and customers, `admin` may do everything. Without
    `expires_at` it works until it is revoked.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "ERP", "scopes": ["quote"], "expires_at": "2027-12-31T23:00:00Z"}]
        }
    )

    name: Annotated[Name, Field(json_schema_extra={"maxLength": LONGEST_NAME}), AfterValidator(_short)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=10), AfterValidator(_each_once)] = Field(
        default_factory=lambda: [Scope.QUOTE]
    )
    expires_at: Annotated[Instant, AfterValidator(_to_come)] | None = None


class RotateBody(RequestBody):
    """For how many hours the secret that is in use goes on working beside the new one; 0 ends it at once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_hours": 48}]})

    overlap_hours: Annotated[WholeNumber, Field(ge=0, le=LONGEST_OVERLAP_HOURS)] = OVERLAP_HOURS


class OldSecretAnswer(Answer):
    """The secret before the newest one, while it works. Nobody uses it any more once `last_used_at` stays as it is."""

    works_until: InstantText
    last_used_at: InstantText | None


class KeyAnswer(Answer):
    """A key without its secret. When it was last used, by either secret, is known to the minute."""

    id: str = Field(examples=["5b7c0f1e2d3a4b5c6d"])
    name: str
    scopes: list[Scope]
    state: KeyState
    created_at: InstantText
    expires_at: InstantText | None
    revoked_at: InstantText | None
    rotated_at: InstantText | None
    last_used_at: InstantText | None
    old_secret: OldSecretAnswer | None

    @classmethod
    def of(cls, view: KeyView, **more: Any) -> Self:
        """The key as it is now."""
        now = datetime.now(UTC)
        old = None
        if view.old_until is not None and view.has_old_secret(now):
            old = OldSecretAnswer(
                works_until=instants.answered(view.old_until),
                last_used_at=instants.answered(view.old_used_at),
            )
        return cls(
            id=view.public_id,
            name=view.name,
            scopes=[Scope(scope) for scope in view.scopes],
            state=view.state(now),
            created_at=instants.answered(view.created_at),
            expires_at=instants.answered(view.expires_at),
            revoked_at=instants.answered(view.revoked_at),
            rotated_at=instants.answered(view.rotated_at),
            last_used_at=instants.answered(view.used_at),
            old_secret=old,
            **more,
        )


class KeyWithSecretAnswer(KeyAnswer):
    """A key with its secret, which no other answer ever has: `key` is what programs send as bearer token."""

    key: str = Field(examples=["fo_live_…"])


class KeyTakenError(Exception):
    """There is a key with this public id."""


async def made_key(
    services: Services, body: KeyBody, *, actor: str, public_id: str | None = None
) -> tuple[KeyView, ApiKey]:
    """A new key, stored; by a `public_id` that was given it is made once. Raises KeyTakenError."""
    key = new_api_key(services.settings.environment)
    if public_id is not None:
        key = replace(key, public_id=public_id)
    new = NewKey(
        public_id=key.public_id,
        secret_hash=services.key_hashes.hash(key),
        name=body.name,
        scopes=tuple(body.scopes),
        expires_at=body.expires_at,
    )
    try:
        async with services.database.write() as w:
            view = await store_key(w, new)
    except ValueError:
        raise KeyTakenError from None
    _log.info("key_made", public_id=view.public_id, scopes=view.scopes, by=actor)
    return view, key


async def rotated_key(
    services: Services, key_id: str, body: RotateBody, *, actor: str
) -> tuple[KeyView, ApiKey]:
    """A key with its new secret. Raises ProblemError 404 `key_not_found`, 409 `key_ended`."""
    fresh = ApiKey(services.settings.environment, key_id, new_api_key("").secret)
    async with services.database.write() as w:
        hashed, overlap = services.key_hashes.hash(fresh), timedelta(hours=body.overlap_hours)
        view = await rotate_key(w, key_id, hashed, overlap=overlap)
        if view is None:
            await _known(w, key_id)
            raise ProblemError(
                "key_ended", "The key is revoked or has expired: make a new one. Nothing was changed."
            )
    services.keys.forget(key_id)
    _log.info("key_rotated", public_id=key_id, overlap_hours=body.overlap_hours, by=actor)
    return view, fresh


async def revoked_key(services: Services, key_id: str, *, actor: str) -> KeyView:
    """A key that has ended, now or before. Raises ProblemError 404 `key_not_found`."""
    async with services.database.write() as w:
        view = await revoke_key(w, key_id)
    if view is None:
        raise _unknown()
    services.keys.forget(key_id)
    _log.info("key_revoked", public_id=key_id, by=actor)
    return view


async def _known(w: Writing, key_id: str) -> KeyView:
    found = await find_key(w, key_id)
    if found is None:
        raise _unknown()
    return found


def _unknown() -> ProblemError:
    return ProblemError("key_not_found", "There is no key with this id.")


routes = router("keys")
_ADMIN = [Depends(administer)]
_UNKEPT = {"Cache-Control": "no-store"}


@routes.get(
    "/keys",
    operation_id="list_keys",
    summary="List API keys",
    response_model=Page[KeyAnswer],
    responses=READ,
    dependencies=_ADMIN,
)
async def get_keys(services: ServicesDep) -> Response:
    """All keys, oldest first, without their secrets; those that have ended too."""
    async with services.database.read() as reading:
        found = await list_keys(reading)
    return answered(whole([KeyAnswer.of(view) for view in found]))


@routes.post(
    "/keys",
    operation_id="create_key",
    summary="Create an API key",
    status_code=HTTPStatus.CREATED,
    response_model=KeyWithSecretAnswer,
    responses=CHANGE,
    dependencies=_ADMIN,
)
async def post_key(request: Request, services: ServicesDep, body: Annotated[KeyBody, Body()]) -> Response:
    """Make a key. Its secret is in this answer and nowhere else, so the answer is not kept for a repeat of the request
    (`Idempotency-Key` has no effect here): a repeat makes another key.
    """
    view, key = await made_key(services, body, actor=actor_of(request))
    headers = {**_UNKEPT, "Location": f"/api/v1/keys/{view.public_id}"}
    return answered(KeyWithSecretAnswer.of(view, key=key.text), HTTPStatus.CREATED, headers)


@routes.get(
    "/keys/{key_id}",
    operation_id="get_key",
    summary="Read an API key",
    response_model=KeyAnswer,
    responses={**READ, **problems(404)},
    dependencies=_ADMIN,
)
async def get_key(services: ServicesDep, key_id: str) -> Response:
    """One key, without its secret."""
    async with services.database.read() as reading:
        found = await find_key(reading, key_id)
    if found is None:
        raise _unknown()
    return answered(KeyAnswer.of(found))


@routes.post(
    "/keys/{key_id}/rotate",
    operation_id="rotate_key",
    summary="Give an API key a new secret",
    response_model=KeyWithSecretAnswer,
    responses={**CHANGE, **problems(404, 409)},
    dependencies=_ADMIN,
)
async def post_rotation(
    request: Request,
    services: ServicesDep,
    key_id: str,
    body: Annotated[RotateBody | None, Body()] = None,
) -> Response:
    """Give a key a new secret, shown this once. The secret that is in use works for `overlap_hours` more. Should this
    answer get lost, rotate again: a secret that was never used makes way, and the one in use goes on working.
    """
    view, key = await rotated_key(services, key_id, body or RotateBody(), actor=actor_of(request))
    return answered(KeyWithSecretAnswer.of(view, key=key.text), headers=_UNKEPT)


@routes.delete(
    "/keys/{key_id}",
    operation_id="revoke_key",
    summary="Revoke an API key",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses={**READ, **problems(404)},
    dependencies=_ADMIN,
)
async def delete_key(request: Request, services: ServicesDep, key_id: str) -> Response:
    """End a key with all its secrets, for good: within two seconds no process takes it. Ending it again changes nothing."""
    await revoked_key(services, key_id, actor=actor_of(request))
    return Response(status_code=HTTPStatus.NO_CONTENT)
