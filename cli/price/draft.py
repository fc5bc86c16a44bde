"""`firm-offer quote`."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final

import typer
from temporalio.service import RPCError

from adapters.db.database import Database, Reading
from adapters.db.inbox.outcomes import Outcomes
from adapters.db.inbox.store import NewCreate
from adapters.db.parties.customers import find_customer, list_customers
from adapters.db.pricing import active_card, why_no_card
from adapters.db.quotes.parts_lists import change_list, find_list_customer, keep_answers, store_list
from adapters.db.quotes.repository import PgQuotes
from adapters.settings import Settings
from adapters.spreadsheets.bounded import read_spreadsheet
from adapters.spreadsheets.delimited import write_delimited
from adapters.temporal.client import connect
from api.dispatch.backlog import Backlog
from api.dispatch.breaker import Breaker
from api.dispatch.runs import QuoteRuns, RunsUnavailableError
from api.dispatch.submit import CommandDispatcher, Undecided
from api.http.file_body import MAX_FILE_BYTES
from api.v1.parts_lists.steps import notes_of
from api.v1.quotes.lines import MAX_LINES
from cli.input.arguments import is_id
from cli.input.files import read_bytes
from cli.local.errors import StackError
from cli.price.list_telling import RowPrice, RowPrices, as_json, filled, to_confirm, told, words
from cli.price.parts import visible
from cli.settings import load_database_url, load_settings, read_record
from domain import wording
from domain.offer.content import VersionContent
from domain.offer.parts_lists.answers import ListAnswers, QuantityBasis
from domain.offer.parts_lists.grid import Grid, ListFileError
from domain.offer.parts_lists.reading import InvalidAnswersError, ListContext, ListReading, read_list
from domain.offer.parts_lists.readings import Mark
from domain.pricing.calculation import calculate
from domain.pricing.calculation_data import limits_of
from domain.pricing.specification_data import specification_from_data
from domain.quotes.payloads import CreatePayload
from domain.quotes.status import CommandStatus
from domain.rate_cards.data import rate_card_from_data
from domain.rate_cards.dates import DEFAULT_NAME
from domain.rate_cards.rate_card import RateCard

ACTOR: Final = "operator:firm-offer-quote"
"""Who asks, as events name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whose:
    id: str
    name: str


def quote(  # noqa: PLR0913 - the options of a command
    file: Annotated[Path, typer.Argument(help="A parts list as CSV, TSV, XLSX or ODS; - is standard input.")],
    *,
    customer: Annotated[
        str | None, typer.Option(help="The customer's id, email or whole name; not needed with --dry-run.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what was understood and what it costs, and store nothing.")
    ] = False,
    mapped: Annotated[
        list[str] | None,
        typer.Option("--map", help="What a column holds: HEADING=FIELD, or LETTER=FIELD. Again for more."),
    ] = None,
    unit: Annotated[
        list[str] | None, typer.Option(help="The unit of a column: HEADING=mm; '*=mm' for all sizes.")
    ] = None,
    default: Annotated[
        list[str] | None, typer.Option(help="What holds for rows that do not say it: FIELD=VALUE.")
    ] = None,
    material: Annotated[
        list[str] | None, typer.Option(help="The rate card's name for a word of the list: WORD=NAME.")
    ] = None,
    process: Annotated[list[str] | None, typer.Option(help="The same for processes: WORD=NAME.")] = None,
    decimal: Annotated[Mark | None, typer.Option(help="The list's decimal mark.")] = None,
    quantities: Annotated[
        str | None,
        typer.Option(help="Whether quantities of an assembly's parts are per_assembly or total."),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook.")] = None,
    header_row: Annotated[
        int | None, typer.Option(help="The row that names the columns; without it, it is found.", min=1)
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep these answers for the customer's next list.")
    ] = False,
    valid_days: Annotated[
        int | None, typer.Option(help="For how many days the offer is open.", min=0)
    ] = None,
    csv_out: Annotated[
        Path | None, typer.Option("--csv", help="Write the list's own rows there, with prices beside them.")
    ] = None,
    json_out: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="The local stack's data directory.")] = None,
) -> None:
    if not dry_run and customer is None:
        raise StackError("Say whose list it is by --customer, or try it first with --dry-run.")
    answers = ListAnswers(
        map={key: field or None for key, field in _pairs(mapped, "--map").items()},
        units=_pairs(unit, "--unit"),
        defaults=_pairs(default, "--default"),
        materials=_pairs(material, "--material"),
        processes=_pairs(process, "--process"),
        decimal=decimal,
        quantities=_quantities(quantities),
        header_row=header_row,
    )
    grid = _grid(file, sheet)
    url = load_database_url(data_dir)
    whose, context = read_record(url, lambda r: _context(r, customer))
    reading = _reading(grid, answers, context)
    prices = _prices(reading, context)
    made: dict[str, str] | None = None
    if not json_out:
        for line in words(reading):
            typer.echo(line)
    if not dry_run and whose is not None:
        _check(reading)
        wish = _Wish(grid, answers, reading, whose, None if str(file) == "-" else file.name[:200], valid_days)
        made, content = _drafted(load_settings(data_dir), wish, context.kept if keep else None)
        prices = _prices_of(reading, content) if content else prices
    if csv_out is not None:
        _write(csv_out, write_delimited(filled(grid, reading, prices), grid.source.delimiter or ","))
    _told(reading, prices, made, json_out=json_out)
    if reading.open or not reading.parts:
        raise typer.Exit(1)


def _told(reading: ListReading, prices: RowPrices, made: dict[str, str] | None, *, json_out: bool) -> None:
    if json_out:
        typer.echo(as_json(reading, prices, made))
        return
    total = sum((Decimal(price.total) for price in prices.values()), Decimal(0))
    currency = next((price.currency for price in prices.values()), "")
    typer.echo(told(len(prices), wording.number(f"{total:f}") if prices else None, currency))
    for line in to_confirm(prices):
        typer.echo(line)
    if made:
        typer.echo(visible(f"Draft {made['number']} for {made['customer']}: its id is {made['id']}."))


def _pairs(given: Sequence[str] | None, option: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in given or ():
        key, equals, value = each.rpartition("=")
        if not equals or not key.strip():
            raise StackError(f"{option} takes NAME=VALUE, such as {option} 'Length=length_mm'.")
        if key.strip() in found:
            raise StackError(f"{option} names {visible(key.strip())} twice. Say once what it is.")
        found[key.strip()] = value.strip()
    return found


def _quantities(given: str | None) -> QuantityBasis | None:
    try:
        return None if given is None else QuantityBasis(given)
    except ValueError:
        raise StackError(f"--quantities is {' or '.join(QuantityBasis)}.") from None


def _grid(file: Path, sheet: str | None) -> Grid:
    raw = read_bytes(file, str(file), MAX_FILE_BYTES, " Split it into smaller files.")
    if not raw:
        raise StackError(f"{file} is empty.")
    try:
        return asyncio.run(read_spreadsheet(raw, sheet))
    except ListFileError as error:
        raise StackError(visible(f"{file}: {error}")) from None


async def _context(r: Reading, customer: str | None) -> tuple[_Whose | None, ListContext]:
    if customer is None:
        return None, ListContext(card=await _card(r, DEFAULT_NAME))
    whose = await _customer(r, customer)
    known = await find_list_customer(r, whose.id)
    if known is None:
        raise StackError("There is no such customer any more.")
    card = await _card(r, known.rate_card or DEFAULT_NAME)
    return whose, ListContext(card=card, customer_tier=known.tier, kept=known.kept)


async def _card(r: Reading, name: str) -> RateCard:
    found = await active_card(r, name)
    if found is None:
        raise StackError(f"{await why_no_card(r, name)} Store one with `firm-offer rate-card import FILE`.")
    return rate_card_from_data(found[1])


async def _customer(r: Reading, wanted: str) -> _Whose:
    if is_id(wanted):
        found = await find_customer(r, wanted)
        matching = [found] if found else []
    else:
        sought = wanted.strip().casefold()
        listed = await list_customers(r, limit=100, q=wanted.strip()[:100] or None)
        matching = [each for each in listed if sought in {each.email.casefold(), each.name.casefold()}]
    if len(matching) != 1:
        raise StackError(
            "There is no customer with this id, email or name."
            if not matching
            else f"{len(matching)} customers have this email or name: give the id of one."
        )
    return _Whose(id=matching[0].id, name=matching[0].name)


def _reading(grid: Grid, answers: ListAnswers, context: ListContext) -> ListReading:
    try:
        return read_list(grid, answers, context)
    except ListFileError as error:
        raise StackError(visible(str(error))) from None
    except InvalidAnswersError as error:
        told_ = (
            f"{' '.join(each.path)} {each.message}{f' (one of {chr(44).join(each.allowed)})' if each.allowed else ''}"
            for each in error.problems
        )
        raise StackError(visible(f"An answer cannot be used: {'; '.join(told_)}.")) from None


def _prices(reading: ListReading, context: ListContext) -> RowPrices:
    found = {}
    for row in reading.parts:
        asked = specification_from_data(
            row.specification, card=context.card, default_customer_tier=context.customer_tier
        )
        made = calculate(asked, context.card)
        tier = row.tier or context.card.default_tier
        price = made.tiers[tier]
        found[row.number] = RowPrice(
            unit_price=format(price.price_per_piece, "f"),
            total=format(price.total_price, "f"),
            currency=made.currency,
            lead_time_days=price.lead_time_days,
            to_confirm=(passed,) if (passed := limits_of(made).get(tier)) else (),
        )
    return found


def _prices_of(reading: ListReading, content: VersionContent) -> RowPrices:
    """Of the draft itself, whose lines are the parts in their order, with charges below them."""
    lines = [line for line in content.lines if not line.is_charge]
    return {
        row.number: RowPrice(
            unit_price=line.unit_price,
            total=line.total,
            currency=content.total.currency,
            lead_time_days=line.lead_time_days,
            to_confirm=tuple(
                (each["code"], each["message"])
                for each in content.warnings
                if each["line"] == line.position and each.get("needs_confirmation")
            ),
        )
        for row, line in zip(reading.parts, lines, strict=True)
    }


def _check(reading: ListReading) -> None:
    if not reading.parts:
        raise StackError("No row can be priced yet, and no quote was made. Answer what is asked above.")
    if len(reading.parts) > MAX_LINES:
        raise StackError(f"The list has {len(reading.parts)} parts, and a quote takes {MAX_LINES}. Split it.")


@dataclass(frozen=True, slots=True)
class _Wish:
    grid: Grid
    answers: ListAnswers
    reading: ListReading
    customer: _Whose
    name: str | None
    valid_days: int | None

    @property
    def payload(self) -> CreatePayload:
        return CreatePayload(
            lines=[row.line() for row in self.reading.parts],
            discount=None,
            copied_from=None,
            notes=notes_of(self.reading, self.name, None),
            files=None,
            owner=None,
            external_id=None,
            contact=None,
            **dict.fromkeys(
                ("customer_reference", "introduction", "remarks", "terms", "delivery_terms", "no_tax_reason")
            ),
            valid_days=self.valid_days,
            valid_until=None,
        )


def _drafted(
    settings: Settings, wish: _Wish, kept: ListAnswers | None
) -> tuple[dict[str, str], VersionContent | None]:
    try:
        return asyncio.run(_draft(settings, wish, kept))
    except (RunsUnavailableError, RPCError) as error:
        raise StackError(
            f"Temporal at {settings.temporal_address} (TEMPORAL_ADDRESS) is not responding; `firm-offer doctor` says "
            "what is wrong."
        ) from error


async def _draft(
    settings: Settings, wish: _Wish, kept: ListAnswers | None
) -> tuple[dict[str, str], VersionContent | None]:
    database = Database.connect(settings.database_url.get_secret_value(), pool_size=3)
    outcomes = Outcomes(database)
    await outcomes.start()
    try:
        runs = QuoteRuns(await connect(settings), task_queue=settings.task_queue)
        commands = CommandDispatcher(
            database=database,
            outcomes=outcomes,
            runs=runs,
            breaker=Breaker(time.monotonic),
            backlog=Backlog(time.monotonic),
            clock=time.monotonic,
        )
        async with database.write() as w:
            stored = await store_list(
                w,
                wish.grid,
                customer_id=wish.customer.id,
                name=wish.name,
                answers=wish.answers,
                stored_by=ACTOR,
            )
            if kept is not None:
                await keep_answers(w, wish.customer.id, kept.with_more(wish.answers).to_keep)
        new = NewCreate(asked=wish.payload, customer_id=wish.customer.id, actor=ACTOR, idempotency=None)
        verdict = await commands.submit(new, arrived=time.monotonic())
        if isinstance(verdict, Undecided):
            return {"id": verdict.quote_id, "number": verdict.number, "customer": wish.customer.name}, None
        if verdict.command.status is CommandStatus.REFUSED:
            raise StackError(f"No quote was made: {verdict.command.detail or verdict.command.code}.")
        async with database.write() as w:
            await change_list(w, stored.id, quote_id=verdict.command.quote_id)
            view = await PgQuotes(w).find(verdict.command.quote_id)
        if view is None:
            raise LookupError("an applied command without a recorded quote")
        return {"id": view.quote.id, "number": view.number, "customer": wish.customer.name}, view.content
    finally:
        await outcomes.close()
        await database.close()


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise StackError(f"{file} cannot be written: {error.strerror}.") from error
