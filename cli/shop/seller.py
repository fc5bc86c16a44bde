"""`firm-offer seller`: the one seller of this installation, whom customers see on every page and mail."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from adapters.db.database import Writing
from adapters.db.parties.seller import Seller, get_seller, put_seller
from adapters.db.pricing import active_card
from api.desk.settings.seller.seller_body import SellerBody
from api.http.validation import field_errors
from cli.input.files import read_json
from cli.local.errors import StackError
from cli.settings import load_database_url, read_record, write_record

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.command()
def show() -> None:
    """Print the seller as JSON, in the format that `seller set` reads."""
    seller = read_record(load_database_url(), get_seller)
    typer.echo(json.dumps(asdict(seller), indent=2, ensure_ascii=False))


@app.command(name="set")
def put(
    file: Annotated[
        Path, typer.Argument(help="A JSON file with all the seller's fields; - is standard input.")
    ],
) -> None:
    """Replace the seller. Fields that the file leaves out go back to their defaults; offers already sent keep theirs."""
    seller = read_seller(file)

    async def write(w: Writing) -> str | None:
        await put_seller(w, seller)
        card = await active_card(w)
        return str(card[1]["currency"]) if card else None

    card_currency = write_record(load_database_url(), write)
    typer.echo(f"The seller is {seller.name}; emails come from {seller.email}.")
    if card_currency not in {None, seller.currency}:
        typer.echo(
            f"The seller's currency is {seller.currency}, but the rate card valid now is in "
            f"{card_currency}: prices are in the card's currency.",
            err=True,
        )


def read_seller(file: Path) -> Seller:
    """The seller in the file. Raises `StackError` that names every field that is wrong."""
    try:
        read = SellerBody.model_validate(read_json(file))
    except ValidationError as error:
        wrong = field_errors({**each, "loc": ("file", *each["loc"])} for each in error.errors())
        told = "; ".join(f"{each.pointer.lstrip('/') or 'the whole'} {each.message}" for each in wrong)
        raise StackError(f"The seller was not changed, because of {file}: {told}.") from error
    return Seller(**read.model_dump())
