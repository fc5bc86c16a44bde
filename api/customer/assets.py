"""What pages load: one style sheet, one script, and the shop's colour. Nothing from elsewhere."""

import re
from hashlib import sha256
from pathlib import Path
from typing import Final

from starlette.responses import Response

from domain.branding import LEAST_CONTRAST, contrast_with_white

_STATIC: Final = Path(__file__).parent / "static"
_COLOUR: Final = re.compile(r"[0-9a-f]{6}")
_FOR_EVER: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
}


def _named(name: str, content: bytes) -> str:
    """The address of a file: it changes with the content, so that a browser may keep it for ever."""
    stem, _, suffix = name.partition(".")
    return f"/q/assets/{stem}.{sha256(content).hexdigest()[:16]}.{suffix}"


STYLE: Final = (_STATIC / "quote.css").read_bytes()
STYLE_PATH: Final = _named("quote.css", STYLE)
SCRIPT: Final = (_STATIC / "quote.js").read_bytes()
SCRIPT_PATH: Final = _named("quote.js", SCRIPT)


def style() -> Response:
    """The one style sheet."""
    return Response(STYLE, media_type="text/css", headers=_FOR_EVER)


def script() -> Response:
    """The one script."""
    return Response(SCRIPT, media_type="text/javascript", headers=_FOR_EVER)


def accent_path(accent: str) -> str:
    """The address of the style sheet that sets the accent colour, #rrggbb: pages have no styles of their own."""
    return f"/q/assets/accent.{accent.removeprefix('#')}.css"


def accent_style(colour: str) -> Response | None:
    """A style sheet with the accent colour, rrggbb; None for what is none, or is too light to be read on white."""
    if _COLOUR.fullmatch(colour) is None or contrast_with_white(f"#{colour}") < LEAST_CONTRAST:
        return None
    return Response(f":root {{ --accent: #{colour}; }}\n", media_type="text/css", headers=_FOR_EVER)
