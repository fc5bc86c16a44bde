"""Who is at the desk, and what they may do there. Every route of the desk names a role by one of the types below."""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Annotated, Any, Final

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from adapters import logs
from adapters.db.database import DatabaseUnavailableError
from adapters.db.parties.sessions import DeskUser, Session, find_session, see_session
from adapters.settings import Settings
from adapters.tokens import token_hash
from api.services import services_of
from domain.people.roles import LONGEST_DAYS, USER, Role


class NotSignedInError(Exception):
    """Nobody is signed in; `session` is one that is over, where the browser still has it."""

    def __init__(self, session: Session | None) -> None:
        super().__init__("not signed in")
        self.session = session


class RoleLacksError(Exception):
    """The user may not do this; `needed` may."""

    def __init__(self, user: DeskUser, needed: Role) -> None:
        super().__init__(f"needs the role {needed}")
        self.user = user
        self.needed = needed


def is_secure(settings: Settings) -> bool:
    """Whether browsers reach this installation by TLS."""
    return settings.public_url.startswith("https://")


def session_cookie(settings: Settings) -> str:
    """Its name: bound to this host where browsers know how (RFC 6265bis), which they do over TLS alone."""
    return cookie_name(settings, "desk")


def cookie_name(settings: Settings, name: str) -> str:
    """As browsers keep it."""
    return f"__Host-{name}" if is_secure(settings) else name


def set_cookie(response: Response, settings: Settings, name: str, value: str, *, seconds: int) -> None:
    """For this host alone, never for scripts, nor with a form that another site posts; empty to take it back."""
    response.set_cookie(
        cookie_name(settings, name),
        value,
        max_age=seconds if value else 0,
        path="/",
        secure=is_secure(settings),
        httponly=True,
        samesite="lax",
    )


def set_session(response: Response, settings: Settings, token: str) -> None:
    """The browser is signed in with the session of that token from now on; with none where it is empty."""
    set_cookie(response, settings, "desk", token, seconds=LONGEST_DAYS * 24 * 3600)


def is_by_script(request: Request) -> bool:
    """Whether a script of a page asks, and not whoever reads it (Fetch Metadata)."""
    return request.headers.get("sec-fetch-dest") == "empty"


async def session_of(request: Request) -> Session | None:
    """The session that the browser brought, also one that is over. Raises DatabaseUnavailableError."""
    services = services_of(request)
    token = request.cookies.get(session_cookie(services.settings))
    if not token:
        return None
    async with services.database.read() as reading:
        return await find_session(reading, token_hash(token))


def needs(role: Role) -> Callable[[Request], Coroutine[Any, Any, DeskUser]]:
    """A dependency: the signed-in user, who has that role or one above it.

    Raises NotSignedInError, RoleLacksError, DatabaseUnavailableError; `DeskRoute` makes pages of them.
    """

    async def user(request: Request) -> DeskUser:
        session = await session_of(request)
        if session is None or session.is_over:
            raise NotSignedInError(session)
        request.state.desk_user = session.user
        request.state.desk_session = session
        logs.bind(actor=actor_of(session.user))
        await _see(request, session)
        if not session.user.role.includes(role):
            raise RoleLacksError(session.user, role)
        return session.user

    user.role = role  # type: ignore[attr-defined]  # for the test of all routes
    return user


async def _see(request: Request, session: Session) -> None:
    """A page that follows by itself keeps no session going. Nor does a record that cannot be written close the desk."""
    if session.was_seen_lately or is_by_script(request):
        return
    with suppress(DatabaseUnavailableError):
        async with services_of(request).database.write() as w:
            await see_session(w, session.id)


def actor_of(user: DeskUser) -> str:
    """The user as commands and events name them."""
    return f"{USER}{user.id}"


Viewer = Annotated[DeskUser, Depends(needs(Role.VIEWER))]
Sales = Annotated[DeskUser, Depends(needs(Role.SALES))]
Manager = Annotated[DeskUser, Depends(needs(Role.MANAGER))]
Admin = Annotated[DeskUser, Depends(needs(Role.ADMIN))]

SIGN_IN: Final = "/desk/sign-in"
