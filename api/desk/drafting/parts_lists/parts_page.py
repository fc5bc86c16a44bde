"""What a parts list's page shows: what was understood of it, what is asked, and how that is answered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from adapters.db.parties.customers import CustomerView
from adapters.db.quotes.parts_lists import StoredList
from api.desk.drafting.typed.customer_choice import customers_called
from api.desk.drafting.typed.draft_page import Choosable, DraftOptions
from api.desk.drafting.typed.field_labels import LABELS, in_page_order, in_words, label
from api.desk.drafting.typed.live_price import basis_of
from api.desk.drafting.typed.typed_draft import Tree, branch, branches, text
from api.desk.shell.once import new_form_id
from api.services import Services
from domain import wording
from domain.offer.parts_lists.columns import ListColumn
from domain.offer.parts_lists.part_rows import PartRow, RowKind
from domain.offer.parts_lists.questions import AnswerName
from domain.offer.parts_lists.reading import ListReading
from domain.offer.parts_lists.words import IGNORED, KNOWN_FIELDS, LENGTH_UNITS, SIZES, WEIGHT, letters, shown
from domain.presentation.specification import specification_in_words
from domain.pricing.part_shapes import size_in_words

_MOST_ROWS: Final = 300
_SAMPLES: Final = 3
_LONGEST: Final = 60
_FIELDS: Final = {
    "dimensions": "All sizes in one cell",
    "item": "Customer's row number",
    "name": "Name",
    "level": "Assembly level",
    "quantity_unit": "Unit of the quantity",
    "tier": "Delivery",
    IGNORED: "Leave aside",
}
DEFAULTS: Final = ("material", "process", "geometric_complexity_score", "quantity", "tier")
"""What may be said for all rows on the page, those that lists most often lack."""
_FURTHER: Final = ("surface_finish", "tolerance_class", "special_requirements")
_KINDS: Final = {
    RowKind.PART: ("part", "good"),
    RowKind.OPEN: ("open", "warn"),
    RowKind.ASSEMBLY: ("assembly", ""),
    RowKind.TOTAL: ("total", ""),
    RowKind.HEADING: ("heading", ""),
    RowKind.COMMENT: ("remark", ""),
}
MARKS: Final = (("", "as found"), ("point", "a point: 1.5"), ("comma", "a comma: 1,5"))
QUANTITIES: Final = (("", "not said"), ("per_assembly", "for one assembly"), ("total", "for all of them"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnShown:
    """A column: `field` is what it was taken for, `sure` how that is known, `samples` its first cells."""

    letter: str
    heading: str
    field: str
    sure: str
    is_guess: bool
    unit: str
    has_unit: bool
    samples: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WordShown:
    """A word of the list that the price list does not know; `group` is materials or processes."""

    group: str
    word: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowShown:
    """A row in words."""

    number: int
    kind: str
    badge: str
    description: str
    part_number: str
    size: str
    making: str
    quantity: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListShown:
    """The page. Its `errors` and what was `typed` are by the form's fields, as of a draft's."""

    id: str
    name: str
    summary: str
    file: tuple[tuple[str, str], ...]
    parts: int
    open: int
    quote_id: str | None
    columns: tuple[ColumnShown, ...]
    fields: Choosable
    units: Choosable
    words: tuple[WordShown, ...]
    questions: tuple[str, ...]
    asks_decimal: bool
    asks_quantities: bool
    asks_unit: bool
    answers: Mapping[str, str]
    rows: tuple[RowShown, ...]
    more_rows: str
    typed: Tree
    errors: Mapping[str, str]
    labels: Mapping[str, str]
    options: DraftOptions
    customer: CustomerView | None
    contacts: Choosable
    matches: tuple[CustomerView, ...] | None
    form_id: str
    marks: Choosable = MARKS
    quantities: Choosable = QUANTITIES
    defaults: tuple[str, ...] = (*DEFAULTS, *_FURTHER)

    @property
    def default_labels(self) -> Mapping[str, str]:
        """Of the fields that may be said for all rows."""
        return {name: LABELS.get(name, name) for name in self.defaults}


async def list_shown(
    services: Services,
    stored: StoredList,
    found: ListReading,
    tree: Tree,
    errors: Mapping[str, str] | None = None,
    *,
    finds: bool = False,
) -> ListShown:
    """The list as it is understood now, with what was typed over it. `finds` looks for another customer."""
    wrong = in_page_order(errors or {})
    basis = await basis_of(services, stored.customer_id or "")
    matches = None
    if basis.customer is None or finds:
        matches = tuple(await customers_called(services, text(tree, "customer_q")))
    asked = {question.answer for question in found.questions}
    rows = sorted(found.rows, key=lambda row: (row.kind is not RowKind.OPEN, row.number))
    return ListShown(
        id=stored.id,
        name=wording.one_line(stored.name or "Parts list"),
        summary=found.summary.partition("; mapped so:")[0] + ".",
        file=tuple(_file(found)),
        parts=len(found.parts),
        open=len(found.open),
        quote_id=stored.quote_id,
        columns=tuple(_columns(stored, found)),
        fields=tuple(
            (name, _FIELDS.get(name) or LABELS.get(name) or name) for name in (*KNOWN_FIELDS, IGNORED)
        ),
        units=tuple((each, each) for each in LENGTH_UNITS),
        words=tuple(_words(stored, found)),
        questions=tuple(in_words(question.message) for question in found.questions),
        asks_decimal=AnswerName.DECIMAL in asked or stored.answers.decimal is not None,
        asks_quantities=AnswerName.QUANTITIES in asked or stored.answers.quantities is not None,
        asks_unit=AnswerName.UNITS in asked or "*" in stored.answers.units,
        answers=_said(stored, tree),
        rows=tuple(map(_row, rows[:_MOST_ROWS])),
        more_rows=wording.counted(len(rows) - _MOST_ROWS, "more row") if len(rows) > _MOST_ROWS else "",
        typed=tree,
        errors=wrong,
        labels={name: label(name) for name in wrong},
        options=DraftOptions.of(basis.card),
        customer=None if finds else basis.customer,
        form_id=text(tree, "form_id") or new_form_id(),
        contacts=(),
        matches=matches,
    )


def _file(found: ListReading) -> Iterator[tuple[str, str]]:
    source = found.source
    encoding = f", {source.encoding}{' (assumed)' if source.assumed else ''}" if source.encoding else ""
    yield "Read as", f"{source.format.upper()}{encoding}"
    if source.sheet:
        others = (
            f"; there are also {', '.join(map(shown, source.other_sheets))}" if source.other_sheets else ""
        )
        yield "Sheet", f"{shown(source.sheet)}{others}"
    yield "Headings", f"row {' and '.join(map(str, found.header_rows))}"
    if found.decimal:
        yield "Decimal mark", str(found.decimal)


def _columns(stored: StoredList, found: ListReading) -> Iterator[ColumnShown]:
    below = [row for row in stored.grid.rows if row.number > max(found.header_rows, default=0)]
    for column in found.columns:
        cells = (row.cell(column.index).text.strip() for row in below)
        samples = [shown(cell)[:_LONGEST] for cell in cells if cell][:_SAMPLES]
        if not column.heading and not samples:
            continue
        has_unit = column.field in {*SIZES, WEIGHT, "dimensions"} or column.has_sides
        yield ColumnShown(
            letter=letters(column.index),
            heading=shown(column.heading)[:_LONGEST],
            field=column.field or "",
            sure=_sure(column),
            is_guess=column.is_guess or column.has_sides,
            unit=column.unit or "",
            has_unit=has_unit,
            samples=" · ".join(samples),
        )


def _sure(column: ListColumn) -> str:
    if column.has_sides:
        return "sizes in its text, a guess"
    if column.field is None:
        return "not understood"
    if column.is_guess:
        return f"a guess, {round(column.score * 100)} % sure"
    return {"map": "you said so", "kept": "as for this customer before", "cells": "by its cells"}.get(
        str(column.by), "by its heading"
    )


def _words(stored: StoredList, found: ListReading) -> Iterator[WordShown]:
    for group, singular in (("materials", "material"), ("processes", "process")):
        said: Mapping[str, str] = getattr(stored.answers, group)
        unknown = [word for row in found.open for named, word in row.unknown if named == singular]
        for word in dict.fromkeys((*unknown, *said)):
            yield WordShown(group=group, word=word, said=said.get(word, ""))


def _said(stored: StoredList, tree: Tree) -> dict[str, str]:
    """What was said before, with what is typed now."""
    answers = stored.answers
    told = {f"defaults.{name}": value for name, value in answers.defaults.items()}
    told |= {"decimal": answers.decimal or "", "quantities": answers.quantities or ""}
    told["unit"] = answers.units.get("*", "")
    typed = branch(tree, "defaults")
    told |= {f"defaults.{name}": text(typed, name) for name in typed}
    return told | {name: text(tree, name) for name in ("decimal", "quantities", "unit") if text(tree, name)}


def _row(row: PartRow) -> RowShown:
    kind, badge = _KINDS[row.kind]
    asked = row.specification or {}
    remarks = [f"{_field(each.field)} {in_words(each.message)}" for each in (*row.problems, *row.remarks)]
    return RowShown(
        number=row.number,
        kind=kind,
        badge=badge,
        description=wording.one_line(row.description)[:200],
        part_number=wording.part(row.part_number, row.part_revision) or "",
        size=(size_in_words(asked) or "") if asked else "",
        making=specification_in_words(asked) if asked else "",
        quantity=wording.number(asked["quantity"]) if asked else "",
        remarks=tuple(wording.one_line(each) for each in remarks),
    )


def _field(name: str) -> str:
    return f"{LABELS[name]}:" if name in LABELS else f"{name.replace('_', ' ')}:"


def answers_data(tree: Tree) -> dict[str, Any]:
    """The body of the API's request that the form stands for: what differs from what was understood."""
    columns = branches(tree, "columns")
    mapped = {
        text(each, "letter"): None if text(each, "field") in {"", IGNORED} else text(each, "field")
        for each in columns
        if text(each, "field") != text(each, "was")
    }
    units = {
        text(each, "letter"): text(each, "unit")
        for each in columns
        if text(each, "unit") and text(each, "unit") != text(each, "unit_was")
    }
    if text(tree, "unit"):
        units["*"] = text(tree, "unit")
    typed = branch(tree, "defaults")
    defaults: dict[str, Any] = {name: said for name in (*DEFAULTS, *_FURTHER) if (said := text(typed, name))}
    if str(defaults.get("quantity", "")).isdecimal():
        defaults["quantity"] = int(defaults["quantity"])
    data: dict[str, Any] = {"map": mapped, "units": units, "defaults": defaults}
    for group in ("materials", "processes"):
        words = [each for each in branches(tree, "words") if text(each, "group") == group]
        data[group] = {text(each, "word"): text(each, "is") for each in words if text(each, "is")}
    data = {name: value for name, value in data.items() if value}
    data |= {name: said for name in ("decimal", "quantities") if (said := text(tree, name))}
    if row := text(tree, "header_row"):
        data["header_row"] = int(row) if row.isdecimal() and len(row) < len("1" * 9) else row
    if text(tree, "keep"):
        data["keep"] = True
    return data
