"""The product's own address, for whoever opens it in a browser."""

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.front.pages import MARK, STYLE, page, rendered
from api.front.reference import reference
from api.front.welcome import welcome
from api.html import html_answer
from api.services import ServicesDep

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
