"""`firm-offer rate-card`: the figures by which parts are priced, as YAML or JSON."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from uuid6 import uuid7

from adapters.db.database import Reading, Writing
from adapters.db.pricing import (
    CardView,
    active_card,
    check_dates,
    find_card,
    gaps_in_time,
    list_cards,
    store_card,
    why_no_card,
)
from api.http.fields import read_instant
from api.v1.rate_cards.card_file import CardFile
from cli.input.files import read_card_file
from cli.local.errors import StackError
from cli.settings import load_database_url, read_record, write_record
from domain import wording
from domain.pricing import reference_part
from domain.rate_cards.check import NAME_RULE, is_fit
from domain.rate_cards.data import rate_card_from_data, rate_card_to_data
from domain.rate_cards.dates import DEFAULT_NAME
from domain.rate_cards.problems import InvalidRateCardError, Problem
from domain.rate_cards.rate_card import RateCard
from domain.rate_cards.review import CardReview, review
from domain.uuids import EXAMPLE, read_uuid

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
CardPath = Annotated[Path, typer.Argument(help="A rate card as YAML or JSON; - is standard input.")]
FromOption = Annotated[
    str | None,
    typer.Option(help="When it becomes valid, such as 2027-01-01T00:00:00+01:00; without it, now."),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        help="When it stops being valid, that instant excluded; without it, when the next card begins."
    ),
]

NameOption = Annotated[
    str, typer.Option("--name", help="The name under which it is in force, beside cards of other names.")
]

_MOST_LISTED = 1000
_DATES = {"valid_from": "--valid-from", "valid_until": "--valid-until"}


@app.command()
def check(
    file: CardPath,
    valid_from: FromOption = None,
    valid_until: UntilOption = None,
    name: NameOption = DEFAULT_NAME,
) -> None:
    """Report every error and warning by line; exit code 1 if there is an error. Without errors, also show what a
    reference part costs by this card and, if DATABASE_URL leads to one, by the card in force.

    With a date, it is also checked against the stored cards (needs DATABASE_URL).
    """
    read = read_card_file(file)
    found = _reviewed(read)
    errors, warnings = list(found.errors), list(found.warnings)
    if valid_from or valid_until:
        begins, ends = _instant(valid_from, "--valid-from"), _instant(valid_until, "--valid-until")
        wrong, gaps = read_record(
            load_database_url(),
            lambda r: check_dates(r, "of this file", name=name, valid_from=begins, valid_until=ends),
        )
        errors += wrong
        warnings += gaps
    for problem in errors:
        typer.echo(f"{_place(read, problem)}: {_told(problem)}")
    for problem in warnings:
        typer.echo(f"{_place(read, problem)}: warning: {_told(problem)}")
    if found.card is not None and not errors:
        _tell_prices(found.card, _in_force(name))
    typer.echo(f"{read.name}: {_count(errors, 'error')}, {_count(warnings, 'warning')}")
    if errors:
        raise typer.Exit(1)


@app.command(name="import")
def import_card(
    file: CardPath,
    valid_from: FromOption = None,
    valid_until: UntilOption = None,
    name: NameOption = DEFAULT_NAME,
) -> None:
    """Store a new rate card. A stored card never changes, so that what was priced by it can always be explained."""
    read = read_card_file(file)
    card, remarks = _usable(read)
    begins, ends = _instant(valid_from, "--valid-from"), _instant(valid_until, "--valid-until")
    _fit(name)

    async def write(w: Writing) -> tuple[bool, Any, str | None, list[Problem]]:
        new = await store_card(
            w, card.id, rate_card_to_data(card), name=name, valid_from=begins, valid_until=ends
        )
        active = await active_card(w, name)
        stored = await find_card(w, card.id)
        return new, stored, active[0] if active else None, await gaps_in_time(w, name)

    try:
        new, stored, active, gaps = write_record(load_database_url(), write)
    except InvalidRateCardError as error:
        told = "; ".join(map(_told, error.problems))
        raise StackError(f"The rate card cannot be stored: {told}.") from error
    if not new and rate_card_from_data(stored) != card:
        raise StackError(f"There is already another card with the id {card.id}: give the new one its own id.")
    for problem in (*remarks, *gaps):
        typer.echo(f"{_place(read, problem)}: warning: {_told(problem)}", err=True)
    what = "is stored" if new else "was already stored, and keeps its dates"
    under = "" if name == DEFAULT_NAME else f" under the name {name}"
    typer.echo(f"Card {card.id} {what}; the card valid now{under} is {active or 'none'}.")


@app.command(name="list")
def list_all() -> None:
    """Print the name, currency and dates of every stored card, the last stored first; * marks those valid now."""

    async def read(r: Reading) -> list[CardView]:
        return await list_cards(r, limit=_MOST_LISTED)

    for card in read_record(load_database_url(), read):
        until = wording.listed(card.holds_until) if card.holds_until else ""
        typer.echo(
            f"{'*' if card.active else ' '} {card.id}  {card.data['currency']}  {wording.listed(card.valid_from)}  "
            f"{until:<17}  {card.name}: {card.data['name']}, version {card.data['version']}"
        )


@app.command(name="export")
def export_card(
    card: Annotated[str | None, typer.Argument(help="A card's id; without it, the card valid now.")] = None,
    *,
    name: NameOption = DEFAULT_NAME,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print YAML instead of JSON.")] = False,
) -> None:
    """Print a rate card in the format that `rate-card import` reads."""
    wanted = _uuid(card) if card else None

    async def read(r: Reading) -> dict[str, Any]:
        if wanted:
            found = await find_card(r, wanted)
            if found is None:
                raise StackError("There is no such rate card.")
            return found
        active = await active_card(r, name)
        if active is None:
            raise StackError(f"{await why_no_card(r, name)} Name a card by its id, or store one.")
        return active[1]

    stored = read_record(load_database_url(), read)
    data = rate_card_to_data(rate_card_from_data(stored))  # in the order of people, not of the database
    if as_yaml:
        typer.echo(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), nl=False)
    else:
        typer.echo(json.dumps(data, indent=2, ensure_ascii=False))


def read_card(file: Path) -> dict[str, object]:
    """The data of the card in the file. Raises `StackError` that names every figure that is wrong."""
    return rate_card_to_data(_usable(read_card_file(file))[0])


def _in_force(name: str) -> RateCard | None:
    """The card that prices are made by now; None where there is none, or no record in reach."""
    try:
        found = read_record(load_database_url(), lambda r: active_card(r, name))
    except StackError:
        return None
    return rate_card_from_data(found[1]) if found else None


def _tell_prices(card: RateCard, in_force: RateCard | None) -> None:
    beside = "and by the card in force" if in_force else "alone: no card in force was found"
    typer.echo(f"One of {reference_part.SHOWN}, by this card {beside}:")
    for pair in reference_part.pairs(card):
        costs = [_cost(each, pair) for each in (card, in_force) if each is not None]
        typer.echo(f"  {', '.join(pair)}: {' / '.join(costs)}")


def _cost(card: RateCard, pair: reference_part.Pair) -> str:
    price = reference_part.reference_price(card, pair)
    return "not offered" if price is None else f"{price} {card.currency}"


def _reviewed(read: CardFile) -> CardReview:
    if read.problems and read.data is None:
        return CardReview(None, read.problems)
    found = review(read.data, new_id=str(uuid7()))
    errors = (*read.problems, *found.errors)
    return CardReview(None if errors else found.card, errors, found.warnings)


def _usable(read: CardFile) -> tuple[RateCard, tuple[Problem, ...]]:
    """The card in the file, and what is worth a look. Raises `StackError` that names every figure that is wrong."""
    found = _reviewed(read)
    if found.card is None:
        told = "\n".join(f"{_place(read, each)}: {_told(each)}" for each in found.errors)
        raise StackError(f"{read.name} cannot be used as a rate card.\n{told}")
    return found.card, found.warnings


def _told(problem: Problem) -> str:
    if problem.code == "gap_in_time":  # of all cards together
        return f"{problem.message} ({problem.code})"
    option = _DATES.get(problem.field)
    if problem.code == "unknown_field" and option:
        return f"{problem.field} is not part of a card: give it with {option} ({problem.code})"
    return f"{problem.field or 'the whole'} {problem.message} ({problem.code})"


def _place(read: CardFile, problem: Problem) -> str:
    of_the_card = problem.field not in _DATES or problem.code == "unknown_field"
    line = read.line_of(problem.path) if of_the_card else None
    return f"{read.name}:{line}" if line else read.name


def _count(found: Sequence[Problem], what: str) -> str:
    number = len(found)
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _fit(name: str) -> None:
    if not is_fit(name):
        raise StackError(f"--name {NAME_RULE}.")


def _uuid(text: str) -> str:
    try:
        return read_uuid(text)
    except ValueError:
        raise StackError(f"A rate card's id must be {EXAMPLE}.") from None


def _instant(text: str | None, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        return read_instant(text)
    except ValueError:
        raise StackError(
            f"{option} must be a time with its zone, such as 2027-01-01T00:00:00+01:00."
        ) from None
