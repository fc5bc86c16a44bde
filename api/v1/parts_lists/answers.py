"""Answers about parts lists: what was understood, and what is asked."""

from typing import Any, Self

from pydantic import Field

from adapters.db.quotes.parts_lists import StoredList
from api.http.problem import FieldErrorAnswer
from api.json_answer import Answer, IdText, InstantText
from api.v1.pricing.specification import SpecificationAnswer
from api.v1.router import PREFIX
from domain import instants
from domain.offer.parts_lists.columns import KnownBy, ListColumn
from domain.offer.parts_lists.grid import ListSource
from domain.offer.parts_lists.part_rows import PartRow, RowKind
from domain.offer.parts_lists.questions import AnswerName, Question
from domain.offer.parts_lists.reading import ListReading
from domain.offer.parts_lists.readings import Mark
from domain.offer.parts_lists.words import IGNORED, letters, shown
from domain.rate_cards.problems import Problem


class ListFileAnswer(Answer):
    """How the file was read. `encoding_assumed` says that nothing in the file states its encoding; `decimal_mark` is null where
    nothing shows it; `header_rows` are the rows that name the columns.
    """

    format: str = Field(examples=["csv"])
    encoding: str | None = Field(examples=["Windows-1252"])
    encoding_assumed: bool
    delimiter: str | None = Field(examples=[";"])
    sheet: str | None
    other_sheets: list[str]
    decimal_mark: Mark | None
    header_rows: list[int]
    empty_rows: int

    @classmethod
    def of(cls, reading: ListReading) -> Self:
        """How the file was read."""
        source: ListSource = reading.source
        return cls(
            format=source.format,
            encoding=source.encoding,
            encoding_assumed=source.assumed,
            delimiter=source.delimiter,
            sheet=shown(source.sheet) if source.sheet else None,
            other_sheets=[shown(name) for name in source.other_sheets],
            decimal_mark=reading.decimal,
            header_rows=list(reading.header_rows),
            empty_rows=reading.empty,
        )


class ListColumnAnswer(Answer):
    """A column: its letter and heading, what it was taken for and how sure that is (`score` from 0 to 1; `guess` below 0.9) by what
    (`map`, `kept`, `heading`, `guess`, `cells`). `field` is null for one that nobody understands. `has_sizes`: sizes were
    found in its text. Characters that cannot be seen are escaped in `heading`.
    """

    column: str = Field(examples=["D"])
    heading: str = Field(examples=["Länge (mm)"])
    field: str | None = Field(examples=["length_mm"])
    score: float
    guess: bool
    by: KnownBy | None
    unit: str | None = Field(examples=["mm"])
    unit_from: str | None = Field(examples=["heading"])
    has_sizes: bool

    @classmethod
    def of(cls, column: ListColumn) -> Self:
        """The column as it was understood."""
        return cls(
            column=letters(column.index),
            heading=shown(column.heading),
            field=column.field,
            score=column.score,
            guess=column.is_guess or column.has_sides,
            by=column.by,
            unit=column.unit,
            unit_from=column.unit_from,
            has_sizes=column.has_sides,
        )


class QuestionAnswer(Answer):
    """Something to be answered: `answer` is the member of a change in which it belongs, `keys` what to say there (fields, columns or
    the list's own words), `allowed` what would be taken, `rows` how many rows wait for it.
    """

    answer: AnswerName
    message: str
    keys: list[str]
    allowed: list[str]
    rows: int

    @classmethod
    def of(cls, question: Question) -> Self:
        """The question as it is asked."""
        return cls(
            answer=question.answer,
            message=question.message,
            keys=list(question.keys),
            allowed=list(question.allowed),
            rows=question.rows,
        )


class ListRowAnswer(Answer):
    """A row, by its number in the file. `kind`: `part`, `open` (then `problems` say what is), `assembly`, `total`, `heading` or
    `comment`. `remarks` tell what was guessed or left out. A part has the `specification` that its line will have.
    """

    row: int
    kind: RowKind
    description: str
    item: str | None = None
    part_number: str | None = None
    part_revision: str | None = None
    tier: str | None = None
    specification: SpecificationAnswer | None = None
    problems: list[FieldErrorAnswer] | None = None
    remarks: list[FieldErrorAnswer] | None = None

    @classmethod
    def of(cls, row: PartRow) -> Self:
        """The row as it was understood."""
        named = {
            "item": row.item,
            "part_number": row.part_number,
            "part_revision": row.part_revision,
            "tier": row.tier,
            "specification": SpecificationAnswer(**row.specification)
            if row.specification is not None
            else None,
            "problems": [_told(problem) for problem in row.problems] or None,
            "remarks": [_told(remark) for remark in row.remarks] or None,
        }
        given: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
        return cls(row=row.number, kind=row.kind, description=row.description, **given)


def _told(problem: Problem) -> FieldErrorAnswer:
    rest: dict[str, Any] = {"in": "file"}
    if problem.allowed:
        rest["allowed"] = list(problem.allowed)
    return FieldErrorAnswer(pointer=f"/{problem.field}", code=problem.code, message=problem.message, **rest)


class PartsListAnswer(Answer):
    """A parts list as it was understood. `parts` rows can be priced, of `open` ones something is open; `questions` are what a
    person can answer for all of them at once; `answers` are what was said. `summary` says it in a sentence.
    """

    id: IdText
    customer_id: IdText | None
    name: str | None
    quote_id: IdText | None
    created_at: InstantText
    updated_at: InstantText
    summary: str
    parts: int
    open: int
    file: ListFileAnswer
    columns: list[ListColumnAnswer]
    not_understood: list[str]
    questions: list[QuestionAnswer]
    answers: dict[str, Any]
    rows: list[ListRowAnswer]
    links: dict[str, str]

    @classmethod
    def of(cls, stored: StoredList, reading: ListReading) -> Self:
        """The list, read by what has been said about it."""
        path = list_path(stored.id)
        return cls(
            id=stored.id,
            customer_id=stored.customer_id,
            name=stored.name,
            quote_id=stored.quote_id,
            created_at=instants.answered(stored.created_at),
            updated_at=instants.answered(stored.updated_at),
            summary=reading.summary,
            parts=len(reading.parts),
            open=len(reading.open),
            file=ListFileAnswer.of(reading),
            columns=[
                ListColumnAnswer.of(column)
                for column in reading.columns
                if column.field != IGNORED or column.heading
            ],
            not_understood=[
                shown(column.heading) for column in reading.columns if column.field is None and column.heading
            ],
            questions=[QuestionAnswer.of(question) for question in reading.questions],
            answers=stored.answers.to_data(),
            rows=[ListRowAnswer.of(row) for row in reading.rows],
            links={"self": path, "quote": f"{path}/quote"},
        )


def list_path(list_id: str) -> str:
    """Where a parts list is read."""
    return f"{PREFIX}/parts-lists/{list_id}"
