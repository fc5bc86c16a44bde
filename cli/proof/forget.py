"""`firm-offer forget`: what stands of a person in the record, shown first, then blanked."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from adapters.db.database import Database
from adapters.db.forgetting.blanking import NotOwnerError, RecordUnsoundError
from adapters.db.forgetting.blanking import forget as blank
from adapters.db.forgetting.in_words import (
    BEYOND,
    TABLES,
    TEN_YEARS,
    kept,
    listed,
    obstacle,
    read_address,
    read_name,
    unsound,
)
from adapters.db.forgetting.plan import Plan, plan
from cli.local.errors import StackError
from cli.settings import load_database_url, on_record
from domain.proof.forgotten import Reason


def forget(
    address: Annotated[str, typer.Argument(help="The person's email address.", show_default=False)],
    *,
    name: Annotated[
        list[str],
        typer.Option(
            help="A name under which the person stands in the same quotes, beside those that the record has with the "
            "address; can be given several times. The customer's own, where it is the person's."
        ),
    ] = [],  # noqa: B006 - the library's way of a default; never changed
    reason: Annotated[Reason, typer.Option(help="Why, for the log.")] = Reason.REQUEST,
    keep_accepted: Annotated[
        int,
        typer.Option(
            min=0,
            envvar="FIRM_OFFER_KEEP_ACCEPTED_DAYS",
            help="Leave quotes accepted less than so many days ago: business letters often have to be kept by law.",
        ),
    ] = TEN_YEARS,
    also_accepted: Annotated[
        bool, typer.Option("--also-accepted", help="Leave none, however recently accepted.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and stop.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="The local stack's data directory.")] = None,
) -> None:
    who, names = _address(address), [_name(each) for each in name]
    url = load_database_url(data_dir)
    keep = None if also_accepted else timedelta(days=keep_accepted)
    found = on_record(url, partial(_found, who, names, keep))
    _tell(found)
    if not found.blanked:
        typer.echo("Nothing was changed." if found.kept else "The record has nothing of this address.")
        return
    if dry_run:
        typer.echo("Nothing was changed: this was a dry run.")
        return
    if not yes and not typer.confirm("Blank all of this? It cannot be taken back."):
        raise StackError("Nothing was changed.")
    on_record(url, partial(_blanked, who, names, keep, reason))
    typer.echo("Done. `firm-offer verify` names what was blanked, and proves the rest as before.")


async def _found(who: str, names: list[str], keep: timedelta | None, database: Database) -> Plan:
    async with database.read() as r:
        return await plan(r, who, names, keep_accepted=keep)


async def _blanked(
    who: str, names: list[str], keep: timedelta | None, reason: Reason, database: Database
) -> None:
    """Found anew in the transaction that changes it."""
    try:
        async with database.write() as w:
            found = await plan(w, who, names, keep_accepted=keep)
            _refuse(found)
            await blank(w, found, reason)
    except NotOwnerError as error:
        raise StackError(
            "Only the owner of the tables may forget somebody: API and worker must not. Set DATABASE_URL to the owner's, "
            "as for `firm-offer migrate`. Nothing was changed."
        ) from error
    except RecordUnsoundError as error:
        raise StackError(unsound(error)) from error


def _address(text: str) -> str:
    try:
        return read_address(text)
    except ValueError as error:
        raise StackError(f"ADDRESS {error}.") from error


def _name(text: str) -> str:
    try:
        return read_name(text)
    except ValueError as error:
        raise StackError(f"--name: {error}.") from error


def _refuse(found: Plan) -> None:
    if found.is_seller:
        raise StackError(f"{obstacle(found)} `firm-offer seller set` does.")
    if told := obstacle(found):
        raise StackError(told)


def _tell(found: Plan) -> None:
    _refuse(found)
    names = ", ".join(sorted(found.person.names))
    typer.echo(f"{found.person.address}, known as {names}." if names else f"{found.person.address}.")
    if found.quotes:
        typer.echo(f"\nQuotes in which the person stands: {listed(each.number for each in found.quotes)}.")
    if found.blanked:
        typer.echo("\nTo be blanked, in rows:")
        for table, count in found.blanked.items():
            typer.echo(f"{count:6}  {TABLES[table]}")
    if found.kept:
        typer.echo(
            "\nLeft, because they were accepted and are kept for now (--also-accepted takes them as well):"
        )
        for quote in found.kept:
            typer.echo(f"        {kept(quote)}")
    if found.shared:
        typer.echo(
            f"\nNot looked for, because a customer is called so: {', '.join(found.shared)}. Give it with --name, where that "
            "is the person."
        )
    if found.elsewhere:
        typer.echo(
            f"\nLeft, because they have such a name without the address; it may be somebody else's: "
            f"{listed(found.elsewhere)}."
        )
    if found.blanked:
        typer.echo(f"\n{BEYOND}\n")
