"""`firm-offer migrate`."""

import asyncio
from typing import Annotated

import typer

from adapters.db.database import Writing
from adapters.db.migrate import NotMigratedError, bring_up_to_date
from adapters.db.pricing import has_cards, store_card
from adapters.settings import DEFAULT_ADDRESS, DEFAULT_NAMESPACE
from adapters.temporal.prepare import NotPreparedError, named_in_environment
from cli.local.errors import mendable
from cli.settings import load_database_url, write_record
from domain.rate_cards.data import rate_card_to_data
from domain.rate_cards.default_card import DEFAULT_RATE_CARD

GrantTo = Annotated[
    str | None,
    typer.Option(
        envvar="FIRM_OFFER_DATABASE_ROLE", help="The role of API and worker, to be granted its rights."
    ),
]


def migrate(grant_to: GrantTo = None) -> None:
    url = load_database_url()
    upgrade(url, role=grant_to or None)
    typer.echo("The database has this version's tables.")
    if grant_to:
        typer.echo(f"The role {grant_to} has the rights in them that API and worker need, and no more.")
    if write_record(url, store_first_card):
        typer.echo(
            f"Stored the rate card “{DEFAULT_RATE_CARD.name}” ({DEFAULT_RATE_CARD.currency}): reference "
            "figures, which you replace with your own using `firm-offer rate-card import`."
        )


def upgrade(database_url: str, *, role: str | None = None) -> None:
    """As `bring_up_to_date`. Raises `StackError`."""
    with mendable(NotMigratedError):
        bring_up_to_date(database_url, role=role)


async def store_first_card(w: Writing) -> bool:
    """Store the default card in a database without any, valid from now; whether it was needed."""
    if await has_cards(w):
        return False
    return await store_card(w, DEFAULT_RATE_CARD.id, rate_card_to_data(DEFAULT_RATE_CARD))


PATIENCE = 60.0


def temporal_setup() -> None:
    with mendable(NotPreparedError):
        preparation = named_in_environment(address=DEFAULT_ADDRESS, namespace=DEFAULT_NAMESPACE)
        asyncio.run(preparation.within(PATIENCE, lambda line: typer.echo(line, err=True)))
    typer.echo(f"Quotes can now run in {preparation.where}.")
