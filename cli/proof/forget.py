"""`firm-offer forget`: what stands of a person in the record, shown first, then blanked."""

import re
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from adapters.db.database import Database
from adapters.db.forgetting.blanking import NotOwnerError, RecordUnsoundError
from adapters.db.forgetting.blanking import forget as blank
from adapters.db.forgetting.places import InQuote
from adapters.db.forgetting.plan import SHORTEST_NAME, Plan, plan
from cli.local.errors import StackError
from cli.settings import load_database_url, on_record
from domain import wording
from domain.proof.forgotten import Reason

_ADDRESS: Final = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_TEN_YEARS: Final = 3653

TABLES: Final = {
    "acceptances": "evidence of acceptances: name, address, link, IP address and browser of the signer",
    "parts_lists": "parts lists",
    "kept_list_answers": "what was said about a customer's parts lists",
    "answered_requests": "answers kept for repeated requests: removed",
    "api_keys": "names of API keys",
    "commands": "what was asked for: signers, recipients, reasons; answers kept for repeated requests",
    "customer_links": "customers' links: recipients; the links are closed",
    "customers": "customers: address, contacts, and name, postal address and tax id where they are the person's",
    "documents": "documents and certificates: emptied, their digest stays",
    "messages": "emails in the outbox: recipients, names and words",
    "pricing_calculations": "stored calculations: texts",
    "files": "drawings and models that went with quotes: emptied, their digest stays",
    "proofs": "files kept as proof of an acceptance: emptied, their digest stays",
    "quote_versions": "versions: texts, contacts, and the customer's name, address and tax id where they are the person's",
    "staff_users": "the shop's people: removed, with their sessions at the desk",
    "quotes": "quotes: owner, contact and external id; a new salt, so that nobody can try addresses on digests",
}
"""What is blanked in each table, for people."""

BEYOND: Final = (
    "Not touched: backups made before (they forget when you delete them), emails that were sent, the mail server's and "
    "other programs' logs, and Temporal's histories until their retention is over. See docs/privacy.md."
)


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
    ] = _TEN_YEARS,
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
        number, mismatch = min(error.found.items())
        raise StackError(
            f"The record of {_numbers(sorted(error.found))} does not match, and blanking would hide it ({number}: "
            f"{mismatch}). Nothing was changed. Look at it with `firm-offer verify {number}` first."
        ) from error


def _address(text: str) -> str:
    if _ADDRESS.fullmatch(text.strip()) is None:
        raise StackError("ADDRESS must be one email address, such as ada@example.com.")
    return text.strip()


def _name(text: str) -> str:
    if len(found := " ".join(text.split())) < SHORTEST_NAME:
        raise StackError(
            f"--name: a name needs {SHORTEST_NAME} characters or more, or it would be found everywhere."
        )
    return found


def _refuse(found: Plan) -> None:
    if found.is_seller:
        raise StackError(
            "This is the seller's own address, and stands on every document. Change it with `firm-offer seller set`."
        )
    if found.open:
        numbers = _numbers([quote.number for quote in found.open])
        raise StackError(
            f"The person stands in quotes that are open, or have something under way: {numbers}. End these first (cancel "
            "them, or wait until they are accepted, rejected or expired and their emails are out). Nothing was changed."
        )


def _tell(found: Plan) -> None:
    _refuse(found)
    names = ", ".join(sorted(found.person.names))
    typer.echo(f"{found.person.address}, known as {names}." if names else f"{found.person.address}.")
    if found.quotes:
        typer.echo(
            f"\nQuotes in which the person stands: {_numbers([each.number for each in found.quotes])}."
        )
    if found.blanked:
        typer.echo("\nTo be blanked, in rows:")
        for table, count in found.blanked.items():
            typer.echo(f"{count:6}  {TABLES[table]}")
    if found.kept:
        typer.echo(
            "\nLeft, because they were accepted and are kept for now (--also-accepted takes them as well):"
        )
        for quote in found.kept:
            typer.echo(f"        {_accepted(quote)}")
    if found.shared:
        typer.echo(
            f"\nNot looked for, because a customer is called so: {', '.join(found.shared)}. Give it with --name, where that "
            "is the person."
        )
    if found.elsewhere:
        typer.echo(
            f"\nLeft, because they have such a name without the address; it may be somebody else's: "
            f"{_numbers(list(found.elsewhere))}."
        )
    if found.blanked:
        typer.echo(f"\n{BEYOND}\n")


def _accepted(quote: InQuote) -> str:
    return (
        f"{quote.number}, accepted on {wording.utc_minute(quote.accepted_at)}"
        if quote.accepted_at
        else quote.number
    )


def _numbers(numbers: list[str]) -> str:
    return ", ".join(numbers)
