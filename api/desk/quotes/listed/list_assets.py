"""What lists add to the desk's look."""

from pathlib import Path
from typing import Final

from api.html import Asset

LIST_STYLE: Final = Asset(
    Path(__file__).parent / "static" / "list.css", prefix="/assets", media_type="text/css"
)
