"""`firm-offer quotes`."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.input.arguments import is_id, no_such_quote
from cli.input.files import read_bytes
from cli.local.errors import StackError
from cli.price.parts import visible
from cli.quotes import shown
from cli.quotes.calling import CallError, Calls, ExitCode
from cli.quotes.login import current
from domain.quotes.commands import AcceptanceMethod
from domain.quotes.record import Direction, SortKey

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

QuoteName = Annotated[
    str, typer.Argument(metavar="QUOTE", help="Its number, such as Q-2026-00012, or its id.")
]
AsJson = Annotated[bool, typer.Option("--json", help="The API's answer, for programs.")]
LOOK_SECONDS = 1.0
_SORTS = [f"{key}-{direction}" for key in SortKey for direction in Direction]
_NEWEST_FIRST = f"{SortKey.CREATED_AT}-{Direction.DESCENDING}"
"""As addresses of the desk's list name an order."""
_ENDED = frozenset({"accepted", "rejected", "cancelled", "expired"})


class RecordedMethod(StrEnum):
    """How a yes came that somebody records: each of `AcceptanceMethod` but online, which is the customer's own act."""

    PHONE = AcceptanceMethod.PHONE.value
    MAIL = AcceptanceMethod.MAIL.value
    PURCHASE_ORDER = AcceptanceMethod.PURCHASE_ORDER.value


@contextmanager
def _calls() -> Iterator[Calls]:
    with Calls(current()) as calls:
        yield calls


def _id(calls: Calls, named: str) -> str:
    if is_id(named):
        return named
    found = calls.get("/quotes", number=named.upper(), limit=1)["data"]
    if not found:
        raise CallError(no_such_quote(named), ExitCode.NOT_FOUND)
    return str(found[0]["id"])


def _told(answer: Any, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=1))
    else:
        shown.quote(answer)


def _sorted_by(text: str) -> str:
    if text not in _SORTS:
        raise typer.BadParameter(f"{visible(text)!r} is not one of {', '.join(_SORTS)}.")
    return text


@app.command(name="list")
def list_quotes(
    *,
    status: Annotated[
        list[str] | None, typer.Option(help="Such as draft, sent or accepted. Again for more.")
    ] = None,
    customer: Annotated[str | None, typer.Option(help="A customer's id.")] = None,
    q: Annotated[
        str | None, typer.Option("--find", help="Number, customer, part, description or purchase order.")
    ] = None,
    delivery: Annotated[str | None, typer.Option(help="How emails fare: ok, trouble or failed.")] = None,
    order_status: Annotated[
        list[str] | None,
        typer.Option(
            help="How handing its order over fares: none, pending, handed_over or failed. Again for more."
        ),
    ] = None,
    sort: Annotated[
        str,
        typer.Option(
            metavar="KEY-asc|desc",
            help="In which order: created_at, updated_at, valid_until or total, then -asc or -desc.",
            callback=_sorted_by,
        ),
    ] = _NEWEST_FIRST,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 25,
    as_json: AsJson = False,
) -> None:
    """List quotes, newest first where nothing else is asked for."""
    key, _, direction = sort.rpartition("-")
    found: list[Any] = []
    with _calls() as calls:
        cursor = None
        while len(found) < limit:
            page = calls.get(
                "/quotes",
                status=status,
                customer_id=customer,
                q=q,
                delivery=delivery,
                order_status=order_status,
                sort=key,
                order=direction,
                limit=min(limit - len(found), 100),
                cursor=cursor,
            )
            found += page["data"]
            cursor = page["next_cursor"]
            if not page["has_more"]:
                break
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    elif found:
        shown.quotes(found)
    else:
        typer.echo("No quotes were found.", err=True)


@app.command()
def show(named: QuoteName, *, as_json: AsJson = False) -> None:
    """Show one quote."""
    with _calls() as calls:
        _told(calls.get(f"/quotes/{_id(calls, named)}"), as_json=as_json)


@app.command()
def create(
    body: Annotated[
        Path | None,
        typer.Argument(help="The body of POST /api/v1/quotes as JSON; - is standard input. Or else:"),
    ] = None,
    *,
    customer: Annotated[str | None, typer.Option(help="The customer's id, email or whole name.")] = None,
    line: Annotated[
        list[str] | None,
        typer.Option(help="A free line: 'DESCRIPTION; QUANTITY; UNIT PRICE'. Again for more."),
    ] = None,
    reference: Annotated[str | None, typer.Option(help="The customer's reference.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a draft: of a file, or of free lines. Parts lists have a command of their own: firm-offer quote."""
    if (body is None) == (customer is None or not line):
        raise StackError("Give either a file, or --customer and at least one --line.")
    with _calls() as calls:
        if body is not None:
            made = calls.post("/quotes", read_bytes(body, str(body)))
        else:
            lines = [*map(_line, line or ())]
            asked: dict[str, Any] = {"customer_id": _customer(calls, customer or ""), "lines": lines}
            made = calls.post("/quotes", asked | ({"customer_reference": reference} if reference else {}))
        _told(made, as_json=as_json)


def _customer(calls: Calls, named: str) -> str:
    if is_id(named):
        return named
    page = calls.get("/customers", q=named, limit=100)
    same = [
        each
        for each in page["data"]
        if named.casefold() in (each["email"].casefold(), each["name"].casefold())
    ]
    if len(same) == 1:
        return str(same[0]["id"])
    if same:
        told = ", ".join(f"{each['id']} ({each['email']})" for each in same)
        raise CallError(
            f"{len(same)} customers are called {named}: name one by its id: {told}.", ExitCode.REFUSED
        )
    raise CallError(f"There is no customer {named}.", ExitCode.NOT_FOUND)


def _line(text: str) -> dict[str, Any]:
    parts = [part.strip() for part in text.rsplit(";", 2)]
    if len(parts) != len(("description", "quantity", "unit price")) or not all(parts):
        raise StackError(f"A line is written 'DESCRIPTION; QUANTITY; UNIT PRICE', and not {visible(text)!r}.")
    description, quantity, price = parts
    whole = int(quantity) if quantity.isdecimal() and quantity.isascii() else quantity
    return {"description": description, "quantity": whole, "unit_price": price}


@app.command()
def send(
    named: QuoteName,
    *,
    to: Annotated[
        list[str] | None, typer.Option(help="An address; without any, whoever read the version before.")
    ] = None,
    read_only: Annotated[list[str] | None, typer.Option(help="An address that may not accept.")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=365, help="How long the offer is open.")] = None,
    until: Annotated[str | None, typer.Option(help="Its last day, such as 2026-12-31, or instant.")] = None,
    message: Annotated[str | None, typer.Option(help="Words for the email.")] = None,
    as_json: AsJson = False,
) -> None:
    """Send the newest version."""
    body = {
        "recipients": to or None,
        "read_only": read_only or None,
        "valid_days": days,
        "valid_until": until,
        "message": message,
    }
    _act(named, "send", body, as_json=as_json)


@app.command()
def accept(
    named: QuoteName,
    *,
    signer: Annotated[str, typer.Option(help="Who said yes.")],
    email: Annotated[str, typer.Option(help="Their address: the confirmation goes there.")],
    method: Annotated[RecordedMethod, typer.Option(help="How it came.")],
    po: Annotated[str | None, typer.Option("--po", help="The purchase order's number.")] = None,
    as_json: AsJson = False,
) -> None:
    """Record a customer's yes that came another way than by the page."""
    body = {"signer_name": signer, "signer_email": email, "method": method, "purchase_order_number": po}
    _act(named, "accept", body, as_json=as_json)


@app.command()
def watch(named: QuoteName) -> None:
    """Tell what happens to a quote as it happens, until it has ended."""
    with _calls() as calls:
        quote_id, cursor = _id(calls, named), None
        while True:
            ended = calls.get(f"/quotes/{quote_id}")["status"] in _ENDED
            cursor = _follow(calls, quote_id, cursor)
            if ended:
                return
            sys.stdout.flush()
            time.sleep(LOOK_SECONDS)


def _follow(calls: Calls, quote_id: str, after: int | None) -> int:
    """Tells the events after that sequence number; the last one."""
    last, cursor = after or 0, None
    while True:
        page = calls.get(f"/quotes/{quote_id}/events", limit=100, cursor=cursor)
        for event in page["data"]:
            if event["sequence"] > last:
                shown.event(event)
                last = event["sequence"]
        if not page["has_more"]:
            return last
        cursor = page["next_cursor"]


@app.command()
def diff(
    named: QuoteName,
    old: Annotated[
        int | None, typer.Argument(help="A version; without it, the one before the newest.")
    ] = None,
    new: Annotated[int | None, typer.Argument(help="A later one; without it, the newest.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell what changed between two versions."""
    with _calls() as calls:
        quote_id = _id(calls, named)
        if new is None:
            quote = calls.get(f"/quotes/{quote_id}")
            new = int(quote["working_version"] or quote["current_version"])
        old = new - 1 if old is None else old
        if old < 1:
            raise StackError("There is one version only, so nothing has changed.")
        path = f"/quotes/{quote_id}/versions/{old}/diff/{new}"
        if as_json:
            typer.echo(json.dumps(calls.get(path), ensure_ascii=False, indent=1))
        else:
            typer.echo(calls.text(path, format="text").rstrip("\n"))


def _act(named: str, action: str, body: dict[str, Any], *, as_json: bool) -> None:
    given = {name: value for name, value in body.items() if value is not None}
    with _calls() as calls:
        _told(calls.post(f"/quotes/{_id(calls, named)}/{action}", given), as_json=as_json)
