"""`firm-offer staff`: the shop's people, whom offers name as the customer's contact."""

from dataclasses import replace
from typing import Annotated

import typer
from pydantic import ValidationError

from adapters.db.database import Writing
from adapters.db.parties.staff import StaffUser, list_staff, put_staff, remove_staff
from api.http.fields import Email, Name, OneLine, RequestBody
from api.http.validation import field_errors
from cli.local.errors import StackError
from cli.settings import load_database_url, read_record, write_record

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


class StaffBody(RequestBody):
    """One of the shop's people, as an operator writes it."""

    address: Email
    name: Name
    phone: OneLine | None = None


@app.command(name="list")
def list_all() -> None:
    """List the shop's people: address, name, phone."""
    staff = read_record(load_database_url(), list_staff)
    if not staff:
        typer.echo("There is nobody yet: firm-offer staff set ADDRESS --name NAME.", err=True)
    for user in staff:
        typer.echo("\t".join((user.address, user.name, user.phone or "")))


@app.command(name="set")
def put(
    address: Annotated[str, typer.Argument(help="The person's email address: the owner of quotes.")],
    name: Annotated[str, typer.Option(help="As customers read it.")],
    phone: Annotated[str | None, typer.Option(help="Without it, none is shown.")] = None,
) -> None:
    """Add a person, or change name and phone. Offers already sent keep theirs."""
    user = read_staff(address, name, phone)
    write_record(load_database_url(), lambda w: put_staff(w, user))
    typer.echo(f"Quotes owned by {user.address} name {user.name}.")


@app.command()
def remove(
    address: Annotated[str, typer.Argument(help="The person's email address.")],
) -> None:
    """Remove a person. Offers already sent keep the name; to forget somebody, see firm-offer forget."""

    async def write(w: Writing) -> bool:
        return await remove_staff(w, address.lower())

    if not write_record(load_database_url(), write):
        raise StackError(f"Nobody has the address {address}: firm-offer staff list shows everybody.")
    typer.echo(f"{address.lower()} is removed.")


def read_staff(address: str, name: str, phone: str | None) -> StaffUser:
    """The person. Raises `StackError` that names every field that is wrong."""
    try:
        read = StaffBody(address=address, name=name, phone=phone)
    except ValidationError as error:
        told = "; ".join(
            f"{each.pointer.rpartition('/')[2]} {each.message}"
            for each in field_errors({**each, "loc": ("body", *each["loc"])} for each in error.errors())
        )
        raise StackError(f"Nobody was stored: {told}.") from error
    return replace(StaffUser(**read.model_dump()), address=read.address.lower())
