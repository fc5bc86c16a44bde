"""The migrations, one file each. Revisions are numbered and follow each other in one line."""

from functools import cache
from pathlib import Path


@cache
def revisions() -> frozenset[str]:
    """The ids of all revisions, by the files' names: asked by programs that have no need of Alembic."""
    return frozenset(file.name.partition("_")[0] for file in Path(__file__).parent.glob("versions/[0-9]*.py"))


def head() -> str:
    """The newest revision's id."""
    return max(revisions())
