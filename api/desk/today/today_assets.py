"""What the first page adds to the desk's look."""

from pathlib import Path
from typing import Final

from api.html import Asset

TODAY_STYLE: Final = Asset(
    Path(__file__).parent / "static" / "today.css", prefix="/assets", media_type="text/css"
)
