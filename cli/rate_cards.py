"""`firm-offer rate-cards`: the figures by which parts are priced, as JSON."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from adapters.db.database import Database
from adapters.db.rate_cards import active_card, find_card, store_card
from api.schemas.fields import read_instant
from cli.jsonfile import read_json
from cli.record import on_record
from cli.settings import load_database_url
from cli.stack.errors import StackError
from domain.pricing.card_data import rate_card_from_data, rate_card_to_data
from domain.pricing.errors import InvalidRateCardError

app = typer.Typer(help="Export and import rate cards.", no_args_is_help=True, add_completion=False)


@app.command(name="export")
def export_card(
    card: Annotated[str | None, typer.Argument(help="A card's id; without one, the card valid now.")] = None,
) -> None:
    """Print a rate card as JSON, in the form that `rate-cards import` reads."""
    wanted = _uuid(card) if card else None

    async def read(database: Database) -> dict[str, Any] | None:
        async with database.read() as r:
            if wanted:
                return await find_card(r, wanted)
            active = await active_card(r)
            return active[1] if active else None

    data = on_record(load_database_url(), read)
    if data is None:
        raise StackError(
            "There is no such rate card. `firm-offer migrate` stores a first one where there is none."
        )
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))


@app.command(name="import")
def import_card(
    file: Annotated[Path, typer.Argument(help="A rate card as JSON; - is standard input.")],
    valid_from: Annotated[
        str | None, typer.Option(help="From when: 2027-01-01T00:00:00+01:00. Without: from now.")
    ] = None,
) -> None:
    """Store a new rate card. A stored one is never changed: what was priced by it can always be explained."""
    data = read_card(file)
    begins = _instant(valid_from)

    async def write(database: Database) -> tuple[bool, str | None]:
        async with database.write() as w:
            await store_card(w, str(data["id"]), data, valid_from=begins)
            same = await find_card(w, str(data["id"])) == data
            active = await active_card(w)
        return same, active[0] if active else None

    same, active = on_record(load_database_url(), write)
    if not same:
        raise StackError(
            f"There is another card with the id {data['id']}: give the new one an id of its own."
        )
    typer.echo(f"Card {data['id']} is stored; prices are now made by card {active or 'none'}.")


def read_card(file: Path) -> dict[str, object]:
    """The card in the file as it is stored. Raises `StackError` that names every figure that is wrong."""
    try:
        data = rate_card_to_data(rate_card_from_data(read_json(file)))
    except InvalidRateCardError as error:
        told = "; ".join(f"{each.field or 'the whole'} {each.message}" for each in error.problems)
        raise StackError(f"{file} is no rate card that could be used: {told}.") from error
    return {**data, "id": _uuid(str(data["id"]))}


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise StackError("A rate card's id is a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057.") from None


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return read_instant(text)
    except ValueError:
        raise StackError("--valid-from is a time with its zone, such as 2027-01-01T00:00:00+01:00.") from None
