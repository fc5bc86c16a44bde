"""UUIDs as text: what one looks like where it is checked, and how one is read where it is looked up."""

import re
from typing import Final
from uuid import UUID

_USUAL: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
EXAMPLE: Final = "a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057"
"""For messages to whoever has given something else."""


def is_uuid(text: str) -> bool:
    """Whether `text` is a UUID in its usual form, in capitals or small letters."""
    return _USUAL.fullmatch(text) is not None


def read_uuid(text: str) -> str:
    """A UUID in its usual form and small letters, from any form that Python reads (also without hyphens, in
    braces, as a URN). Raises ValueError.
    """
    return str(UUID(text))
