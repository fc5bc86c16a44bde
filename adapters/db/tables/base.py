"""What all tables share: names of constraints, and a few kinds of column."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

ID = sa.Uuid(as_uuid=False)
INSTANT = sa.DateTime(timezone=True)
JSON = JSONB(none_as_null=True)
TEXT_JSON = postgresql.JSON(none_as_null=True)
HASH = sa.Text


def stamp(name: str) -> sa.Column[object]:
    """A time that the database's wall clock writes when the row is made. No rule looks at it."""
    return sa.Column(name, INSTANT, nullable=False, server_default=sa.text("clock_timestamp()"))


def one_of(column: str, values: Iterable[str]) -> sa.CheckConstraint:
    """The column holds one of these texts."""
    return sa.CheckConstraint(f"{column} IN ({listed(values)})", name=column)


def listed(values: Iterable[str]) -> str:
    """Words of ours as SQL has them between the brackets of IN."""
    return ", ".join(f"'{value}'" for value in values)
