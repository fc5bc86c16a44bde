"""The migrations, one file each. Revisions are numbered and follow each other in one line."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import sqlalchemy as sa


@cache
def revisions() -> frozenset[str]:
    """The ids of all revisions, by the files' names: asked by programs that have no need of Alembic."""
    return frozenset(file.name.partition("_")[0] for file in Path(__file__).parent.glob("versions/[0-9]*.py"))


class KeptError(Exception):
    """Why the tables cannot go back, and what a person can do."""


def refuse_to_lose(connection: sa.Connection, revision: str, rows: Mapping[str, str]) -> None:
    """Raise KeptError if there are rows that the tables before `revision` have no place for. `rows` is what they are, in
    words, and from where they are counted, as SQL.
    """
    counted = {
        what: connection.scalar(sa.text(f"SELECT count(*) FROM {source}"))  # noqa: S608 - the migrations' own literals
        for what, source in rows.items()
    }
    if found := ", ".join(f"{what} ({count})" for what, count in counted.items() if count):
        raise KeptError(
            f"The tables cannot go back to before {revision}: they hold {found}, for which the tables "
            "before have no place, and without which the record would not verify; stay with this version, or restore a "
            "backup from before the upgrade."
        )


def head() -> str:
    """The newest revision's id."""
    return max(revisions())
