"""The steps from a customer's file to what is asked of a draft, for the API and the desk alike."""

import asyncio
from dataclasses import dataclass
from typing import Final

from adapters.db.database import Reading, Writing
from adapters.db.quotes.parts_lists import (
    StoredList,
    change_list,
    find_list,
    find_list_customer,
    keep_answers,
    store_list,
)
from adapters.spreadsheets.bounded import read_spreadsheet
from api.http.problem import FieldError, ProblemError, invalid
from api.http.validation import pointer
from api.services import Services
from api.v1.parts_lists.said import ListAnswersBody, ListQuoteBody
from api.v1.pricing.card_of_the_day import card_of_the_day
from api.v1.quotes.lines import MAX_LINES
from domain.offer.parts_lists.answers import ListAnswers
from domain.offer.parts_lists.grid import Grid, ListFileError
from domain.offer.parts_lists.reading import InvalidAnswersError, ListContext, ListReading, read_list
from domain.quotes.payloads import CreatePayload
from domain.wording import number

_MOST_TOLD: Final = 40
_LONGEST_NOTE: Final = 5_000
Understood = tuple[StoredList, ListReading]
"""A list, and what is understood of it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """A customer's file, and what is understood of it. Nothing is priced, and nothing stored yet."""

    grid: Grid
    answers: ListAnswers
    found: ListReading
    customer_id: str | None


async def read_file(
    services: Services,
    content: bytes,
    *,
    customer_id: str | None,
    sheet: str | None = None,
    header_row: int | None = None,
    place: str = "body",
) -> ReadFile:
    """Takes seconds, in which no transaction should be open. `place` is where a customer is named. Raises ProblemError."""
    if not content:
        raise ProblemError("file_empty", "The file is empty.")
    answers = ListAnswers(header_row=header_row)
    async with services.database.read() as reading:
        context = await _context(reading, customer_id, place=place)
    try:
        async with services.list_turn:
            grid = await read_spreadsheet(content, sheet)
            found = await _read(grid, answers, context)
    except ListFileError as error:
        raise _refused(error) from None
    return ReadFile(grid=grid, answers=answers, found=found, customer_id=customer_id)


async def keep_file(writing: Writing, read: ReadFile, *, name: str | None, stored_by: str) -> StoredList:
    """Store the list."""
    return await store_list(
        writing, read.grid, customer_id=read.customer_id, name=name, answers=read.answers, stored_by=stored_by
    )


async def as_understood(services: Services, list_id: str) -> Understood:
    """The list by the rate card valid now and all that has been said. Raises ProblemError."""
    async with services.database.read() as reading:
        stored = _there(await find_list(reading, list_id))
        context = await _context(reading, stored.customer_id)
    async with services.list_turn:
        found = await _read(stored.grid, stored.answers, context)
    return stored, found


async def with_answers(services: Services, list_id: str, body: ListAnswersBody) -> Understood:
    """Add what is said, and read the list again. Raises ProblemError."""
    async with services.list_turn, services.database.write() as writing:
        before = _there(await find_list(writing, list_id, lock=True))
        customer_id = body.customer_id or before.customer_id
        context = await _context(writing, customer_id)
        answers = body.added_to(before.answers)
        found = await _read(before.grid, answers, context)
        stored = await change_list(writing, list_id, answers=answers, customer_id=customer_id)
        if body.keep:
            await keep_answers(writing, _customer(customer_id), context.kept.with_more(answers).to_keep)
    return stored or before, found


async def draft_asked(services: Services, list_id: str, body: ListQuoteBody) -> tuple[str, CreatePayload]:
    """Whose draft it is, and what is asked for: a line for each row that is a part. Raises ProblemError."""
    async with services.list_turn, services.database.write() as writing:
        before = _there(await find_list(writing, list_id, lock=True))
        customer_id = _customer(body.customer_id or before.customer_id)
        context = await _context(writing, customer_id)
        answers = body.added_to(before.answers)
        found = await _read(before.grid, answers, context)
        _check_parts(found)
        await change_list(writing, list_id, answers=answers, customer_id=customer_id)
        if body.keep:
            await keep_answers(writing, customer_id, context.kept.with_more(answers).to_keep)
    return customer_id, CreatePayload(
        lines=[row.line() for row in found.parts],
        discount=body.discount.to_data() if body.discount else None,
        copied_from=None,
        notes=notes_of(found, before.name, body.notes),
        files=None,
        customer_reference=body.customer_reference,
        introduction=body.introduction,
        remarks=body.remarks,
        terms=body.terms,
        delivery_terms=body.delivery_terms,
        no_tax_reason=body.no_tax_reason,
        contact=body.contact,
        owner=body.owner,
        external_id=body.external_id,
        valid_days=body.valid_days,
        valid_until=body.valid_until,
    )


async def note_draft(services: Services, list_id: str, quote_id: str) -> None:
    """Which quote the list became."""
    async with services.database.write() as writing:
        await change_list(writing, list_id, quote_id=quote_id)


async def _context(reading: Reading, customer_id: str | None, *, place: str = "body") -> ListContext:
    if customer_id is None:
        return ListContext(card=await card_of_the_day(reading))
    customer = await find_list_customer(reading, customer_id)
    if customer is None:
        message = "no customer with this id"
        error = FieldError(pointer="/customer_id", code="customer_not_found", message=message, place=place)
        raise invalid(error, detail="There is no customer with this id; nothing was stored.")
    card = await card_of_the_day(reading, customer.rate_card)
    return ListContext(card=card, customer_tier=customer.tier, kept=customer.kept)


async def _read(grid: Grid, answers: ListAnswers, context: ListContext) -> ListReading:
    """In a thread: a long list takes a second, in which others are answered. Raises ProblemError."""
    try:
        return await asyncio.to_thread(read_list, grid, answers, context)
    except InvalidAnswersError as error:
        errors = [
            FieldError(pointer=pointer(each.path), code=each.code, message=each.message, allowed=each.allowed)
            for each in error.problems[:_MOST_TOLD]
        ]
        raise ProblemError(
            "invalid_answers", "Some answers cannot be used; nothing was changed.", errors=errors
        ) from None
    except ListFileError as error:
        raise _refused(error) from None


def _refused(error: ListFileError) -> ProblemError:
    told = FieldError(pointer="", code=error.code, message=str(error), place="file")
    return ProblemError("parts_list_refused", f"{error} Nothing was stored.", errors=[told])


def _there(found: StoredList | None) -> StoredList:
    if found is None:
        raise ProblemError("parts_list_not_found", "There is no parts list with this id.")
    return found


def _customer(customer_id: str | None) -> str:
    if customer_id is None:
        message = "is required: the list has no customer yet"
        raise invalid(FieldError(pointer="/customer_id", code="required", message=message))
    return customer_id


def _check_parts(found: ListReading) -> None:
    if len(found.parts) > MAX_LINES:
        raise ProblemError(
            "parts_list_open",
            f"The list has {number(len(found.parts))} parts, and a quote takes {MAX_LINES}. Split it into smaller lists.",
        )
    if not found.parts:
        errors = [
            FieldError(
                pointer=f"/{question.answer}",
                code="question",
                message=question.message,
                allowed=question.allowed,
            )
            for question in found.questions
        ]
        raise ProblemError(
            "parts_list_open", f"No row can be priced yet: {found.summary} No quote was made.", errors=errors
        )


def notes_of(found: ListReading, name: str | None, said: str | None) -> str:
    """The draft's notes, which only staff see: where it is from, and which rows are not in it."""
    listed = f"the parts list {name}" if name else "a parts list"
    told = [f"From {listed}: {len(found.parts)} of {len(found.parts) + len(found.open)} parts."]
    told += [
        f"Row {row.number} ({row.description[:80]}) is left out: its {row.problems[0].field} {row.problems[0].message}."
        for row in found.open[:_MOST_TOLD]
    ]
    if len(found.open) > _MOST_TOLD:
        told.append(f"And {len(found.open) - _MOST_TOLD} more rows.")
    own = "\n".join(told)
    return f"{said}\n\n{own}"[:_LONGEST_NOTE] if said else own[:_LONGEST_NOTE]
