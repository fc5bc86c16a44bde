"""The front pages as answers, in the hand of the customer's page."""

from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.customer.assets import STYLE as CUSTOMER_STYLE
from api.front.prose import prose
from api.html import Asset, html_answer, templates
from api.openapi import OPENAPI_PATH, TITLE

_HERE: Final = Path(__file__).parent
STYLE: Final = Asset(_HERE / "static" / "front.css", prefix="/assets", media_type="text/css")
MARK: Final = Asset(_HERE / "static" / "mark.svg", prefix="/assets", media_type="image/svg+xml")

_TEMPLATES: Final = templates(
    _HERE / "templates",
    customer_style_path=CUSTOMER_STYLE.path,
    style_path=STYLE.path,
    mark_path=MARK.path,
    openapi_path=OPENAPI_PATH,
    product=TITLE,
)
_TEMPLATES.filters["prose"] = prose


def rendered(template: str, **data: Any) -> str:
    """The page `template` with `data`."""
    return _TEMPLATES.get_template(template).render(**data)


def page(request: Request, template: str, **data: Any) -> HTMLResponse:
    """That page as an answer."""
    return html_answer(request, rendered(template, **data))
