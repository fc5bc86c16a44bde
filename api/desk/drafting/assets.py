"""Style and script of the drafting pages."""

from pathlib import Path
from typing import Final

from api.html import Asset

_STATIC: Final = Path(__file__).parent / "static"
DRAFTING_STYLE: Final = Asset(_STATIC / "drafting.css", prefix="/assets", media_type="text/css")
DRAFTING_SCRIPT: Final = Asset(_STATIC / "drafting.js", prefix="/assets", media_type="text/javascript")
ASSETS: Final = {"drafting_style": DRAFTING_STYLE.path, "drafting_script": DRAFTING_SCRIPT.path}
"""Their addresses, by the names that templates know."""
