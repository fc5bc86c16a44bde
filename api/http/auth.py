"""Who calls: an API key as bearer token. The secret is compared, never stored, never logged."""

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request

from adapters import logs
from adapters.db.parties.keys import KeyView
from adapters.tokens import ApiKey, read_api_key
from api.http.problem import ProblemError
from api.services import services_of

_log = logs.logger(__name__)
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_MAX_LENGTH: Final = 300
_CHALLENGE: Final = 'Bearer realm="firm-offer"'


async def authenticate(request: Request) -> None:
    """Note the caller in `request.state.actor`, as `key:<public id>`.

    Raises ProblemError: 401 `key_missing` or `key_invalid` (one answer for every way of being wrong), 403
    `forbidden` when the key's scopes do not allow the method; DatabaseUnavailableError.
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
    stored = await services.keys.find(key.public_id)
    if stored is None or not services.key_hashes.matches(key, stored.secret_hash):
        raise _refused("unknown" if stored is None else "wrong_secret", key)
    _still_valid(stored, key)
    if not _allows(stored.scopes, request.method):
        _log.warning("key_lacks_scope", public_id=key.public_id, method=request.method)
        raise ProblemError("forbidden", "This key is read-only: a key with the scope `quote` is required.")
    request.state.actor = f"key:{key.public_id}"
    request.state.scopes = stored.scopes
    logs.bind(actor=request.state.actor)


def actor_of(request: Request) -> str:
    """Who called, as events name them."""
    actor: str = request.state.actor
    return actor


async def administer(request: Request) -> None:
    """For routes that set what all go by. Raises ProblemError 403 `forbidden` without the scope `admin`."""
    if "admin" not in request.state.scopes:
        _log.warning("key_lacks_scope", actor=actor_of(request), method=request.method)
        raise ProblemError("forbidden", "A key with the scope `admin` is required.")


def _still_valid(stored: KeyView, key: ApiKey) -> None:
    if stored.revoked_at is not None:
        raise _refused("revoked", key)
    if stored.expires_at is not None and stored.expires_at <= datetime.now(UTC):
        raise _refused("expired", key)


def _allows(scopes: tuple[str, ...], method: str) -> bool:
    needed = {"read", "quote", "admin"} if method in _READS else {"quote", "admin"}
    return not needed.isdisjoint(scopes)


def _refused(reason: str, key: ApiKey | None) -> ProblemError:
    """The reason is for our log alone: a caller with a wrong key is not told how wrong it is."""
    _log.warning("key_refused", reason=reason, public_id=key.public_id if key else None)
    return ProblemError(
        "key_invalid",
        "The API key is unknown, mistyped, expired or revoked.",
        headers={"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"'},
    )
