"""Signing in by a link, and out again."""

import re
from enum import Enum
from typing import Annotated, Final
from urllib.parse import quote, urlsplit

from fastapi import Path
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from adapters import logs
from adapters.db.database import DatabaseUnavailableError
from adapters.db.parties.sessions import begin_session, end_session
from adapters.db.parties.sign_ins import SignInLink, bind_link, find_link, use_link
from adapters.tokens import new_token, token_hash
from api.desk.shell.desk_route import desk_router
from api.desk.shell.pages import page, see_other
from api.desk.shell.posted import read_desk_form
from api.desk.shell.signed_in import SIGN_IN, actor_of, cookie_name, session_of, set_cookie, set_session
from api.desk.sign_in.asking import AskedLink
from api.http.fields import Email
from api.http.validation import errors_of
from api.services import Services, ServicesDep, services_of
from domain.people.roles import LINK_MINUTES

HOME: Final = "/desk"
_BROWSER: Final = "desk-browser"
"""The cookie by which a link knows the browser that asked for it."""
_BROWSER_SECONDS: Final = 3600
_MOST_BYTES: Final = 16 * 1024
"""Of a form that anybody may send."""
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_LONGEST_NEXT: Final = 2000
_NEXT: Final = re.compile(r"/desk(?:[/?][!-\[\]-~]*)?")
_DOTS: Final = frozenset({".", ".."})
_DOORS: Final = (SIGN_IN, "/desk/sign-out")
_EMAIL: Final = TypeAdapter[str](Email)
_log = logs.logger(__name__)
routes: Final = desk_router()
LinkText = Annotated[str, Path(max_length=200)]


class NoWay(Enum):
    """Why a link does not sign in: the status of the page, its title, and what it says."""

    UNKNOWN = (404, "This link is not known", "It may have been cut off on its way, or it is long over.")
    USED = (410, "This link was used before", "Each link signs in once.")
    EXPIRED = (410, "This link has expired", f"A link works for {LINK_MINUTES} minutes after it was sent.")
    ELSEWHERE = (
        403,
        "This link belongs to another browser",
        "A link works only in the browser that asked for it. Open it there, or ask for one here.",
    )


def where_to(asked: str) -> str:
    """`asked` where it is an address of the desk that one may be led to after signing in; else the first page."""
    if not _NEXT.fullmatch(asked) or len(asked) > _LONGEST_NEXT:
        return HOME
    path = urlsplit(asked).path
    segments = path.lower().replace("%2e", ".").split("/")
    if "//" in path or not _DOTS.isdisjoint(segments) or path.startswith(_DOORS):
        return HOME
    return asked


@routes.api_route("/sign-in", methods=["GET", "HEAD"])
async def ask(request: Request) -> Response:
    """The page that asks for an address."""
    leads_to = where_to(request.query_params.get("next", ""))
    try:
        session = await session_of(request)
    except DatabaseUnavailableError:
        session = None
    if session is not None and not session.is_over:
        return see_other(leads_to)
    return _ask(request, leads_to=leads_to, is_out=request.query_params.get("done") == "out")


@routes.post("/sign-in")
async def asked(request: Request, services: ServicesDep) -> Response:
    """The same answer, as quick, for every address: what is done about it is done afterwards."""
    form = await read_desk_form(request, most_bytes=_MOST_BYTES)
    leads_to = where_to(form.text("next") or request.query_params.get("next", ""))
    try:
        address = _EMAIL.validate_python(form.text("address")).lower()
    except ValidationError as wrong:
        error, *_ = errors_of(wrong)
        return _ask(
            request, leads_to=leads_to, address=form.text("address"), errors={"address": error.message}
        )
    browser = _browser_of(request, services) or new_token()
    services.sign_ins.ask(AskedLink(address=address, browser_hash=token_hash(browser), leads_to=leads_to))
    answer = see_other(f"{SIGN_IN}/sent?next={quote(leads_to)}")
    set_cookie(answer, services.settings, _BROWSER, browser, seconds=_BROWSER_SECONDS)
    return answer


@routes.api_route("/sign-in/sent", methods=["GET", "HEAD"])
async def sent(request: Request, services: ServicesDep) -> Response:
    """What happens next, if the address was let in."""
    return page(
        request,
        "sign_in/templates/sent.html",
        leads_to=where_to(request.query_params.get("next", "")),
        minutes=LINK_MINUTES,
        inbox=services.settings.mail_url,
    )


@routes.api_route("/sign-in/{token}", methods=["GET", "HEAD"])
async def opened(request: Request, services: ServicesDep, token: LinkText) -> Response:
    """A button, since programs that look through mails open links too. Nothing is used up by looking."""
    link = await _find(request, services, token)
    if isinstance(link, NoWay):
        return await _no_way(request, link)
    answer = page(request, "sign_in/templates/confirm.html", name=link.user.name, address=link.user.address)
    if link.browser_hash is None:
        # The one that the local run prints.
        browser = _browser_of(request, services) or new_token()
        if request.method == "GET":
            async with services.database.write() as w:
                await bind_link(w, token_hash=token_hash(token), browser_hash=token_hash(browser))
        set_cookie(answer, services.settings, _BROWSER, browser, seconds=_BROWSER_SECONDS)
    return answer


@routes.post("/sign-in/{token}")
async def enter(request: Request, services: ServicesDep, token: LinkText) -> Response:
    """Begins a session with a token of its own, whatever the browser had before."""
    link = await _find(request, services, token)
    if isinstance(link, NoWay):
        return await _no_way(request, link)
    if link.browser_hash is None:  # the local run's, which no browser has opened yet
        return await _no_way(request, NoWay.ELSEWHERE)
    before = await session_of(request)
    session = new_token()
    browser_hash = token_hash(_browser_of(request, services) or "")
    async with services.database.write() as w:
        is_used = await use_link(w, token_hash=token_hash(token), browser_hash=browser_hash)
        if is_used:
            if before is not None:
                await end_session(w, before.id, user_id=before.user.id)
            words = browser_words(request.headers.get("user-agent", ""))
            await begin_session(w, user_id=link.user.id, token_hash=token_hash(session), browser=words)
    if not is_used:  # by another request, just now
        return await _no_way(request, NoWay.USED)
    _log.info("signed_in", actor=actor_of(link.user))
    answer = see_other(where_to(link.leads_to))
    set_session(answer, services.settings, session)
    set_cookie(answer, services.settings, _BROWSER, "", seconds=0)
    return answer


@routes.post("/sign-out")
async def sign_out(request: Request, services: ServicesDep) -> Response:
    """Also for who is not signed in any more: the way out is always open."""
    session = await session_of(request)
    if session is not None:
        async with services.database.write() as w:
            await end_session(w, session.id, user_id=session.user.id)
    answer = see_other(f"{SIGN_IN}?done=out")
    set_session(answer, services.settings, "")
    return answer


async def _find(request: Request, services: Services, token: str) -> SignInLink | NoWay:
    """A link that works in this browser now, or why it does not."""
    async with services.database.read() as r:
        link = await find_link(r, token_hash(token))
    if link is None:
        return NoWay.UNKNOWN
    if link.is_used:
        return NoWay.USED
    if link.is_expired:
        return NoWay.EXPIRED
    if link.browser_hash is None:
        return link if services.settings.environment == "local" else NoWay.ELSEWHERE
    browser = _browser_of(request, services)
    return link if browser and token_hash(browser) == link.browser_hash else NoWay.ELSEWHERE


async def _no_way(request: Request, why: NoWay) -> Response:
    """Whoever is signed in by now need not hear it."""
    session = await session_of(request)
    if session is not None and not session.is_over:
        return see_other(HOME)
    status, title, text = why.value
    return _ask(request, status=status, title=title, text=text)


def _browser_of(request: Request, services: Services) -> str | None:
    """What this browser is known by to its links."""
    token = request.cookies.get(cookie_name(services.settings, _BROWSER), "")
    return token if _TOKEN.fullmatch(token) else None


def _ask(
    request: Request,
    *,
    status: int = 200,
    title: str = "Sign in",
    text: str = "",
    leads_to: str = HOME,
    address: str = "",
    errors: dict[str, str] | None = None,
    is_out: bool = False,
) -> Response:
    return page(
        request,
        "sign_in/templates/ask.html",
        status=422 if errors else status,
        title=title,
        text=text,
        leads_to=leads_to,
        address=address,
        errors=errors or {},
        is_out=is_out,
        minutes=LINK_MINUTES,
        is_local=services_of(request).settings.environment == "local",
    )


_SYSTEMS: Final = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}
_BROWSERS: Final = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
"""What the first word found in a browser's own name means: most claim to be several."""


def browser_words(user_agent: str) -> str:
    """Such as "Firefox on Windows", so that people know their sessions apart; nothing is decided by it."""
    browser = next((told for word, told in _BROWSERS.items() if word in user_agent), "A browser")
    system = next((told for word, told in _SYSTEMS.items() if word in user_agent), "")
    return f"{browser} on {system}" if system else browser
