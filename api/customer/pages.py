"""The customer's pages as answers."""

from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.customer.assets import SCRIPT, STYLE, accent_path
from api.html import html_answer, templates

_TEMPLATES: Final = templates(
    Path(__file__).parent / "templates",
    style_path=STYLE.path,
    script_path=SCRIPT.path,
    accent_path=accent_path,
)


def page(
    request: Request, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **data: Any
) -> HTMLResponse:
    """The page `template` with `data`; never kept by a browser, never found by a search engine."""
    html = _TEMPLATES.get_template(template).render(**data)
    return html_answer(request, html, status=status, headers=headers)


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
