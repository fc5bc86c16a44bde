"""What the pages of one quote load beside the desk's own."""

from pathlib import Path
from typing import Final

from api.html import Asset

_HERE: Final = Path(__file__).parent / "static"
LOOK: Final = Asset(_HERE / "one-quote.css", prefix="/assets", media_type="text/css")
FOLLOW: Final = Asset(_HERE / "follow.js", prefix="/assets", media_type="text/javascript")
