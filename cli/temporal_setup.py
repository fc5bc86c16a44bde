"""`firm-offer temporal-setup`: brings a Temporal server to where quotes can live on it."""

import asyncio

import typer

from cli.temporal_prepare import named_in_environment

PATIENCE = 60.0


def temporal_setup() -> None:
    preparation = named_in_environment()
    asyncio.run(preparation.within(PATIENCE, lambda line: typer.echo(line, err=True)))
    typer.echo(f"Quotes can live in {preparation.where}.")
