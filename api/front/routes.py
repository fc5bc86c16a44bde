"""The product's own address, for whoever opens it in a browser."""

import re
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.customer.pages import STYLE as CUSTOMER_STYLE
from api.front.reference import reference
from api.front.welcome import welcome
from api.html import Asset, html_answer, templates
from api.openapi import OPENAPI_PATH, TITLE
from api.services import ServicesDep

_BLANK_LINE: Final = re.compile(r"\n\s*\n")
_CODE: Final = re.compile(r"`([^`\n]+)`")


def prose(text: str) -> Markup:
    """Escaped, so that whatever stands in a description stays text."""
    return Markup("\n").join(
        Markup("<p>{}</p>").format(_inline(part)) for part in _BLANK_LINE.split(text.strip()) if part
    )


def _inline(text: str) -> Markup:
    *pairs, last = _CODE.split(text)
    told = (
        Markup("{}<code>{}</code>").format(before, code)
        for before, code in zip(pairs[::2], pairs[1::2], strict=True)
    )
    return Markup("").join([*told, escape(last)])


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


routes: Final = APIRouter(include_in_schema=False)

_READS: Final = ["GET", "HEAD"]


@routes.api_route("/", methods=_READS)
async def front(request: Request, services: ServicesDep) -> Response:
    """What this is, whether it is well, and where to go on. Always 200: `/readyz` is what monitors ask."""
    return page(request, "welcome.html", welcome=await welcome(services))


@routes.api_route("/docs", methods=_READS)
async def docs(request: Request) -> Response:
    """The reference of the interface, made once per process from the OpenAPI document."""
    state: Any = request.app.state
    if not hasattr(state, "reference_page"):
        state.reference_page = rendered("reference.html", reference=reference(request.app.openapi()))
    return html_answer(request, state.reference_page)


@routes.api_route("/openapi.json", methods=_READS)
async def openapi(request: Request) -> Response:
    """The OpenAPI document where tools look for it."""
    return JSONResponse(request.app.openapi())


@routes.api_route(STYLE.path, methods=_READS)
async def style() -> Response:
    """The front pages' own style sheet."""
    return STYLE.answer()


@routes.api_route(MARK.path, methods=_READS)
async def mark() -> Response:
    """The product's mark."""
    return MARK.answer()
