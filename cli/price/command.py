"""`firm-offer price`: what the parts in a CSV file cost, without storing anything."""

from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from adapters.db.database import Reading
from adapters.db.pricing import active_card, why_no_card
from cli.local.errors import StackError
from cli.price.parts import Sheet, priced, read_text
from cli.price.telling import Json, Table, Telling, refusal
from cli.settings import load_database_url, read_record
from cli.shop.rate_cards import read_card
from domain import wording
from domain.rate_cards.data import rate_card_from_data
from domain.rate_cards.dates import DEFAULT_NAME
from domain.rate_cards.rate_card import RateCard


def price(
    parts: Annotated[
        Path, typer.Argument(help="A CSV file whose first line names the fields; - is standard input.")
    ],
    *,
    card: Annotated[
        Path | None, typer.Option(help="A rate card as YAML or JSON, used instead of the database.")
    ] = None,
    rate_card: Annotated[
        str, typer.Option(help="The name of the rate cards to price by; of those, the one valid now.")
    ] = DEFAULT_NAME,
    tier: Annotated[str | None, typer.Option(help="Price one tier instead of all.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object instead of a table.")
    ] = False,
) -> None:
    if str(parts) == str(card) == "-":
        raise StackError("Parts and rate card cannot both come from standard input.")
    sheet = Sheet(read_text(parts), str(parts))
    rates = rate_card_from_data(read_card(card)) if card else _card_of_the_day(rate_card)
    if tier is not None and tier not in rates.tiers:
        raise StackError(f"--tier: the rate card has no such tier. It has {', '.join(rates.tiers)}.")
    tiers = [tier] if tier else list(rates.tiers)
    if _tell(sheet, rates, Json(rates, tiers) if as_json else Table(rates, tiers)):
        raise typer.Exit(1)


def _tell(sheet: Sheet, card: RateCard, form: Json | Table) -> int:
    """Price and print; how many rows were refused. Raises `StackError` where there is none at all."""
    counts = {True: 0, False: 0}
    parts = priced(sheet, card)
    first = next(parts, None)
    if first is None:
        raise StackError("The file has column names but no parts below them.")
    telling = Telling(len(sheet.text))
    with telling.begun():
        telling.out(form.head(), at=0)
        for part in chain((first,), parts):
            counts[part.calculation is not None] += 1
            telling.out(form.part(part), at=part.row.end)
            if part.problems:
                telling.err(refusal(part))
        telling.out(form.tail(counts[True], counts[False]), at=len(sheet.text))
    telling.err(f"{wording.number(counts[True])} priced, {wording.number(counts[False])} refused.")
    return counts[False]


def _card_of_the_day(name: str) -> RateCard:
    async def read(r: Reading) -> RateCard:
        found = await active_card(r, name)
        if found is None:
            raise StackError(
                f"{await why_no_card(r, name)} Store one with `firm-offer rate-card import FILE`."
            )
        return rate_card_from_data(found[1])

    return read_record(load_database_url(), read)
