"""The frame around every page of the desk."""

from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from adapters.db.parties.sessions import DeskUser
from api.front.routes import MARK
from api.html import Asset, html_answer, templates
from api.openapi import TITLE
from domain.people.roles import Role

_HERE: Final = Path(__file__).parent
STYLE: Final = Asset(_HERE / "static" / "desk.css", prefix="/assets", media_type="text/css")
SCRIPT: Final = Asset(_HERE / "static" / "desk.js", prefix="/assets", media_type="text/javascript")
HTMX: Final = Asset(_HERE / "static" / "htmx.min.js", prefix="/assets", media_type="text/javascript")

_HEADERS: Final = {"Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin"}
"""Under `no-referrer` browsers would hide the Origin of our own forms, by which those without Fetch Metadata are known."""

KEPT: Final = "kept"
"""The parameter of an address under which a form that outlived its session is found again: see `desk_route.typed_before`."""

_TEMPLATES: Final = templates(
    _HERE.parent,
    style_path=STYLE.path,
    script_path=SCRIPT.path,
    htmx_path=HTMX.path,
    mark_path=MARK.path,
    product=TITLE,
    Role=Role,
)


def rendered(template: str, **data: Any) -> str:
    """`template` (a path below `api/desk`, such as `today/templates/today.html`) with `data`."""
    return _TEMPLATES.get_template(template).render(**data)


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **data: Any,
) -> HTMLResponse:
    """A page, in the frame of whoever is signed in. Templates know `user` (None before sign-in), `path`, and whether somebody
    `is_back` at a form that was kept for them.
    """
    return html_answer(
        request,
        rendered(
            template,
            user=user_of(request),
            path=request.url.path,
            is_back=_is_back(request),
            **data,
        ),
        status=status,
        headers=_HEADERS | (headers or {}),
    )


def _is_back(request: Request) -> bool:
    query = request.query_params
    return request.method == "GET" and KEPT in query and "waits" not in query


def message(request: Request, status: int, title: str, text: str, **more: Any) -> HTMLResponse:
    """A page that says one thing. `more` may hold `kept`: a form to send again, `sign_in`: where one signs in before,
    and `headers`.
    """
    headers = more.pop("headers", None)
    return page(
        request,
        "shell/templates/message.html",
        status=status,
        headers=headers,
        **{"kept": None, "sign_in": None, "title": title, "text": text, **more},
    )


def user_of(request: Request) -> DeskUser | None:
    """Who is signed in, as far as the request has come to know."""
    user: DeskUser | None = getattr(request.state, "desk_user", None)
    return user


def see_other(path: str) -> Response:
    """On to a page after a form that counted, so that reloading it sends nothing again."""
    return RedirectResponse(path, status_code=303, headers={"Cache-Control": "no-store"})
