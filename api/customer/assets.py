"""What pages load: one style sheet, one script, and the shop's colour. Nothing from elsewhere."""

import re
from pathlib import Path
from typing import Final

from starlette.responses import Response

from api.html import FOR_EVER, Asset
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
