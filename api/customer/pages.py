"""The customer's pages as answers."""

import re
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.html import FOR_EVER, Asset, html_answer, templates
from domain import instants, wording
from domain.presentation.branding import LEAST_CONTRAST, contrast_with_white

_STATIC: Final = Path(__file__).parent / "static"
_PREFIX: Final = "/q/assets"
_COLOUR: Final = re.compile(r"[0-9a-f]{6}")

STYLE: Final = Asset(_STATIC / "quote.css", prefix=_PREFIX, media_type="text/css")
SCRIPT: Final = Asset(_STATIC / "quote.js", prefix=_PREFIX, media_type="text/javascript")


def accent_path(accent: str) -> str:
    """The address of the style sheet that sets the accent colour, #rrggbb: pages have no styles of their own."""
    return f"{_PREFIX}/accent.{accent.removeprefix('#')}.css"


def accent_style(colour: str) -> Response | None:
    """A style sheet with the accent colour, rrggbb; None for what is none, or is too light to be read on white."""
    if _COLOUR.fullmatch(colour) is None or contrast_with_white(f"#{colour}") < LEAST_CONTRAST:
        return None
    return Response(f":root {{ --accent: #{colour}; }}\n", media_type="text/css", headers=FOR_EVER)


TEMPLATES: Final = templates(
    Path(__file__).parent / "templates",
    style_path=STYLE.path,
    script_path=SCRIPT.path,
    accent_path=accent_path,
)
TEMPLATES.filters |= {"day": wording.day, "instant": wording.instant}
TEMPLATES.filters |= {"stored": instants.stored, "to_the_millisecond": instants.to_the_millisecond}


def page(
    request: Request, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **data: Any
) -> HTMLResponse:
    """The page `template` with `data`; never kept by a browser, never found by a search engine."""
    html = TEMPLATES.get_template(template).render(**data)
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
