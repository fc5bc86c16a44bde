"""Who calls: an API key as bearer token, and the scope that each operation takes. The secret is compared, never stored, never
logged.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final

from fastapi.params import Depends as Dependency
from starlette.requests import Request

from adapters import logs
from adapters.db.parties.keys import KeyState, KeyView
from adapters.tokens import ApiKey, read_api_key
from api.http.problem import ProblemError
from api.services import Services, services_of
from domain.people.scopes import Scope

_log = logs.logger(__name__)
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_MAX_LENGTH: Final = 300
_CHALLENGE: Final = 'Bearer realm="firm-offer"'


async def authenticate(request: Request, needed: Scope) -> None:
    """Note the caller in `request.state.actor`, as `key:<public id>`.

    Raises ProblemError: 401 `key_missing` or `key_invalid` (one answer for every way of being wrong), 403
    `forbidden` when the key's scopes do not include the one that is `needed`; DatabaseUnavailableError.
    """
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise ProblemError(
            "key_missing",
            "Send an API key: Authorization: Bearer fo_…",
            headers={"WWW-Authenticate": _CHALLENGE},
        )
    key = read_api_key(text.strip()[:_MAX_LENGTH])
    if key is None:
        raise _refused("unreadable", None)
    services = services_of(request)
    stored, by = await _found(services, key)
    if not needed.is_among(stored.scopes):
        _log.warning("key_lacks_scope", public_id=key.public_id, method=request.method, needed=needed)
        raise ProblemError("forbidden", f"A key with the scope `{needed}` is required.")
    services.keys.used(key.public_id, by)
    request.state.actor = f"{KEY}{key.public_id}"
    logs.bind(actor=request.state.actor)


KEY: Final = "key:"
"""What the actor begins with where a program acts; the key's public id follows."""


def actor_of(request: Request) -> str:
    """Who called, as events name them."""
    actor: str = request.state.actor
    return actor


async def administer() -> None:
    """A dependency of routes that set what all go by: they take the scope `admin`, see `scope_of`."""


def scope_of(methods: Collection[str], dependencies: Sequence[Dependency]) -> Scope:
    """The scope that a route takes: to read, to change, or more where it says so."""
    if any(each.dependency is administer for each in dependencies):
        return Scope.ADMIN
    return Scope.READ if _READS.issuperset(methods) else Scope.QUOTE


async def _found(services: Services, key: ApiKey) -> tuple[KeyView, bytes]:
    """The key as stored, and the hash of the one of its secrets that this is. Looked for anew where the secret is neither: it
    may be newer than what is remembered.
    """
    now = datetime.now(UTC)
    for fresh in (False, True):
        stored = await services.keys.find(key.public_id, fresh=fresh)
        if stored is None:
            raise _refused("unknown", key)
        if services.key_hashes.matches(key, stored.secret_hash):
            return _still_valid(stored, key, now), stored.secret_hash
        old = stored.old_secret_hash
        if old and stored.has_old_secret(now) and services.key_hashes.matches(key, old):
            return _still_valid(stored, key, now), old
    raise _refused("wrong_secret", key)


def _still_valid(stored: KeyView, key: ApiKey, now: datetime) -> KeyView:
    state = stored.state(now)
    if state is not KeyState.LIVE:
        raise _refused(state, key)
    return stored


def _refused(reason: str, key: ApiKey | None) -> ProblemError:
    """The reason is for our log alone: a caller with a wrong key is not told how wrong it is."""
    _log.warning("key_refused", reason=reason, public_id=key.public_id if key else None)
    return ProblemError(
        "key_invalid",
        "The API key is unknown, mistyped, expired or revoked.",
        headers={"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"'},
    )
