"""The migrations, one file each. Revisions are numbered and follow each other in one line."""

from functools import cache
from pathlib import Path


@cache
def head() -> str:
    """The newest revision's id, by the files' names: asked by programs that have no need of Alembic."""
    return max(file.name.partition("_")[0] for file in Path(__file__).parent.glob("versions/[0-9]*.py"))
