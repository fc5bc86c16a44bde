"""`firm-offer migrate`."""

from typing import Annotated

import asyncpg
import typer
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from adapters.db.database import Database
from adapters.db.migrate import upgrade as apply_migrations
from adapters.db.pricing.rate_cards import has_cards, store_card
from adapters.db.rights import RoleError
from cli.database import MALFORMED, first_line, on_record, unusable
from cli.local.errors import StackError
from cli.settings import load_database_url
from domain.rate_cards.data import rate_card_to_data
from domain.rate_cards.default_card import DEFAULT_RATE_CARD

GrantTo = Annotated[
    str | None,
    typer.Option(envvar="FIRM_OFFER_DATABASE_ROLE", help="The role of API and worker: it gets its rights."),
]


def migrate(grant_to: GrantTo = None) -> None:
    url = load_database_url()
    upgrade(url, role=grant_to or None)
    typer.echo("The database has this version's tables.")
    if grant_to:
        typer.echo(f"The role {grant_to} has in them what API and worker need, and no more.")
    if on_record(url, store_first_card):
        typer.echo(
            f"Stored the rate card “{DEFAULT_RATE_CARD.name}” ({DEFAULT_RATE_CARD.currency}): reference figures, "
            "to be replaced by your own with `firm-offer rate-card import`."
        )


def upgrade(database_url: str, *, role: str | None = None) -> None:
    """Raises `StackError` when the database is away, or belongs to another version of the product, or cannot give
    API's and worker's `role` its rights.
    """
    try:
        apply_migrations(database_url, role=role)
    except RoleError as error:
        raise StackError(
            f"The role {role} (FIRM_OFFER_DATABASE_ROLE) {error}. Nothing was changed. Name one that API and worker "
            "alone log in with; adapters/db/roles.sql makes it."
        ) from error
    except (CommandError, SQLAlchemyError, OSError, asyncpg.PostgresError, *MALFORMED) as error:
        raise StackError(
            unusable(error)
            or f"The database cannot be brought to this version's tables: {first_line(error)}. Choose another "
            "database (locally: another --data-dir), or the version of Firm Offer that wrote it."
        ) from error


async def store_first_card(database: Database) -> bool:
    """Store the default card in a database without any, valid from now; whether it was needed."""
    async with database.write() as w:
        if await has_cards(w):
            return False
        await store_card(w, DEFAULT_RATE_CARD.id, rate_card_to_data(DEFAULT_RATE_CARD))
    return True
