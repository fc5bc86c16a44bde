"""Style and script of the drafting pages."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from api.html import Asset

_STATIC: Final = Path(__file__).parent / "static"
_STYLE: Final = Asset(_STATIC / "drafting.css", prefix="/assets", media_type="text/css")
_SCRIPT: Final = Asset(_STATIC / "drafting.js", prefix="/assets", media_type="text/javascript")
ASSETS: Final = {"drafting_style": _STYLE.path, "drafting_script": _SCRIPT.path}
"""Their addresses, by the names that templates know."""

asset_routes = APIRouter(include_in_schema=False)


@asset_routes.api_route(_STYLE.path, methods=["GET", "HEAD"])
async def drafting_style() -> Response:
    """The style sheet of the drafting pages."""
    return _STYLE.answer()


@asset_routes.api_route(_SCRIPT.path, methods=["GET", "HEAD"])
async def drafting_script() -> Response:
    """The script of the drafting pages, which they can do without."""
    return _SCRIPT.answer()
