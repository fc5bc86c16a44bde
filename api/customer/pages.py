"""Pages as answers: templates, and headers that keep a page to itself."""

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.customer.assets import SCRIPT_PATH, STYLE_PATH, accent_path

PRIVATE: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
"""For everything behind a link: kept nowhere, told to nobody, found by no search engine."""

_HEADERS: Final = {
    **PRIVATE,
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}
_HSTS: Final = "max-age=31536000"


def page(
    request: Request, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **data: Any
) -> HTMLResponse:
    """The page `template` with `data`; never kept by a browser, never found by a search engine."""
    own = dict(_HEADERS)
    if request.url.scheme == "https":
        own["Strict-Transport-Security"] = _HSTS
    html = _TEMPLATES.get_template(template).render(**data)
    return HTMLResponse(html, status_code=status, headers=own | (headers or {}))


def notice(
    request: Request,
    status: int,
    title: str,
    text: str,
    *,
    headers: dict[str, str] | None = None,
    back: str | None = None,
) -> HTMLResponse:
    """A page that only says something: there is no quote to show. `back` is the address of one that does."""
    return page(request, "notice.html", status=status, headers=headers, title=title, text=text, back=back)


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"style_path": STYLE_PATH, "script_path": SCRIPT_PATH, "accent_path": accent_path}
    return made


_TEMPLATES: Final = _environment()
