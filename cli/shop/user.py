"""`firm-offer user`: the shop's people. Offers name them, and those with a role may sign in at the desk."""

from typing import Annotated

import typer
from pydantic import ValidationError

from adapters.db.database import Reading, Writing
from adapters.db.parties.seller import get_seller
from adapters.db.parties.sessions import end_sessions_of
from adapters.db.parties.sign_ins import make_local_link
from adapters.db.parties.staff import StaffUser, has_acted, put_staff, remove_staff
from adapters.db.parties.users import UserView, find_user_at, list_users, put_role
from adapters.tokens import new_token, token_hash
from api.http.fields import Email, Name, OneLine, RequestBody
from api.http.validation import errors_of
from cli.local.errors import StackError
from cli.settings import load_database_url, load_settings, read_record, write_record
from domain import instants
from domain.people.roles import LOCAL_LINK_HOURS, Role

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
PersonAddress = Annotated[str, typer.Argument(help="The person's email address.")]
NO_ROLE = "none"
_ROLES = ", ".join(Role)


class UserBody(RequestBody):
    """One of the shop's people, as an operator writes it."""

    address: Email
    name: Name
    phone: OneLine | None = None


@app.command()
def add(
    address: Annotated[str, typer.Argument(help="The person's email address: the owner of quotes.")],
    name: Annotated[str, typer.Option(help="As customers read it.")],
    role: Annotated[
        str | None,
        typer.Option(
            help=f"What the person may do at the desk: {_ROLES}. Without it, a role stays as it is."
        ),
    ] = None,
    phone: Annotated[str | None, typer.Option(help="Without it, none is shown.")] = None,
) -> None:
    """Add a person, or change name, phone and role. Offers already sent keep theirs."""
    user = read_user(address, name, phone)
    given = None if role is None else read_role(role)

    async def write(w: Writing) -> tuple[UserView, bool]:
        await put_staff(w, user)
        view = await _of(w, user.address)
        if role is not None:
            await put_role(w, view.id, given, keeps_an_admin=False)
        return await _of(w, user.address), bool((await get_seller(w)).email)

    view, can_write = write_record(load_database_url(), write)
    typer.echo(f"Quotes owned by {view.address} name {view.name}. {_may(view)}")
    if view.role and not can_write:
        typer.echo(
            "No sign-in link can be sent yet: the seller has no email address to write from (firm-offer seller set).",
            err=True,
        )


@app.command(name="list")
def list_all() -> None:
    """List the shop's people: address, role, when last at the desk, name, phone."""
    users = read_record(load_database_url(), list_users)
    if not users:
        typer.echo(
            "There is nobody yet: firm-offer user add ADDRESS --name NAME --role admin lets somebody in.",
            err=True,
        )
    for user in users:
        seen = instants.answered(user.seen_at.replace(microsecond=0)) if user.seen_at else ""
        typer.echo("\t".join((user.address, user.role or NO_ROLE, seen, user.name, user.phone or "")))


@app.command()
def role(
    address: PersonAddress,
    role: Annotated[
        str,
        typer.Argument(
            metavar="ROLE", help=f"One of {_ROLES}; {NO_ROLE}: the person cannot sign in any more."
        ),
    ],
) -> None:
    """Change what a person may do at the desk; it counts at once, also where they are signed in."""
    given = read_role(role)

    async def write(w: Writing) -> UserView:
        view = await _of(w, address.lower())
        await put_role(w, view.id, given, keeps_an_admin=False)
        return await _of(w, address.lower())

    typer.echo(_may(write_record(load_database_url(), write)))


@app.command(name="sign-out")
def sign_out(address: PersonAddress) -> None:
    """End all of a person's sessions."""

    async def write(w: Writing) -> None:
        await end_sessions_of(w, (await _of(w, address.lower())).id)

    write_record(load_database_url(), write)
    typer.echo(f"{address.lower()} is signed out everywhere.")


@app.command(name="sign-in-link")
def sign_in_link(address: PersonAddress) -> None:
    """Print a link that signs a person in, in the local run: once, in the first browser that opens it."""
    settings = load_settings()
    if settings.environment != "local":
        raise StackError(
            "Links are printed in the local run alone (FIRM_OFFER_ENV=local). Ask for one at the desk's "
            f"sign-in: {settings.public_url}/desk/sign-in."
        )
    token = new_token()

    async def write(w: Writing) -> None:
        view = await _of(w, address.lower())
        if view.role is None:
            raise StackError(f"{_may(view)} firm-offer user role {view.address} ROLE lets the person in.")
        await make_local_link(w, user_id=view.id, token_hash=token_hash(token))

    write_record(settings.database_url.get_secret_value(), write)
    typer.echo(f"It works for {LOCAL_LINK_HOURS} hours.", err=True)
    typer.echo(f"{settings.public_url}/desk/sign-in/{token}")


@app.command()
def remove(address: PersonAddress) -> None:
    """Remove a person who was added by mistake. Who did something at the desk stays, since the record names them.

    `role ADDRESS none` keeps somebody out who leaves; to forget somebody, see firm-offer forget.
    """

    async def write(w: Writing) -> None:
        view = await _of(w, address.lower())
        if await has_acted(w, view.id):
            raise StackError(
                f"{view.address} stays: what was done at the desk goes by this name. firm-offer user role {view.address} "
                f"{NO_ROLE} keeps the person out and the name; firm-offer forget {view.address} takes the name too."
            )
        await remove_staff(w, view.address)

    write_record(load_database_url(), write)
    typer.echo(f"{address.lower()} is removed.")


def read_user(address: str, name: str, phone: str | None) -> StaffUser:
    """The person. Raises `StackError` that names every field that is wrong."""
    try:
        read = UserBody(address=address, name=name, phone=phone)
    except ValidationError as error:
        told = "; ".join(f"{each.pointer.rpartition('/')[2]} {each.message}" for each in errors_of(error))
        raise StackError(f"Nobody was stored: {told}.") from error
    return StaffUser(address=read.address.lower(), name=read.name, phone=read.phone)


def read_role(text: str) -> Role | None:
    """None for `none`. Raises `StackError` for what is no role."""
    if text == NO_ROLE:
        return None
    if text not in set(Role):
        raise StackError(f"Nothing was changed: a role is one of {_ROLES}, or {NO_ROLE}.")
    return Role(text)


async def _of(r: Reading, address: str) -> UserView:
    view = await find_user_at(r, address)
    if view is None:
        raise _nobody(address)
    return view


def _nobody(address: str) -> StackError:
    return StackError(f"Nobody has the address {address}: firm-offer user list shows everybody.")


def _may(user: UserView) -> str:
    if user.role is None:
        return f"{user.address} cannot sign in at the desk."
    return f"{user.address} may sign in at the desk, as {user.role}."
