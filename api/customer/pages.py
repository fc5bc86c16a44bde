"""The customer's pages as answers."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup
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
    return Response(_accent_rule(f"#{colour}"), media_type="text/css", headers=FOR_EVER)


def _accent_rule(accent: str) -> str:
    return f":root {{ --accent: {accent}; }}\n"


def preview_styles(accent: str) -> tuple[Markup, ...]:
    """The style sheets of a page, to stand within it: a preview is shown wherever it is taken to, and loads nothing."""
    return tuple(map(Markup, (STYLE.content.decode(), _accent_rule(accent))))


def preview_policy(accent: str, *, is_header: bool = False) -> str:
    """The policy of a page with these styles: no script, no form that goes anywhere, and of pictures only what is in it."""
    digests = (b64encode(sha256(style.encode()).digest()).decode() for style in preview_styles(accent))
    styles = " ".join(f"'sha256-{digest}'" for digest in digests)
    policy = f"default-src 'none'; style-src {styles}; img-src data:; form-action 'none'; base-uri 'none'"
    return f"{policy}; frame-ancestors 'none'" if is_header else policy  # that one counts in a header alone


@pass_context
def _href(context: Context, address: str) -> Markup:
    """By which a link leads to the address; of a preview it leads nowhere, and says so."""
    if context["view"].preview_for is not None:
        return Markup('role="link" aria-disabled="true"')
    return Markup('href="{}"').format(address)


TEMPLATES: Final = templates(
    Path(__file__).parent / "templates",
    style_path=STYLE.path,
    script_path=SCRIPT.path,
    accent_path=accent_path,
    preview_styles=preview_styles,
    preview_policy=preview_policy,
    href=_href,
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
