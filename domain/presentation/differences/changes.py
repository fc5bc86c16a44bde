"""What changed between two versions as a customer read them.

It works on sheets alone: what only staff may know is on neither side, so it cannot cross over.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.offer.comparison import Change, changes, compared_lines
from domain.presentation.sheet import DISCOUNT, OfferSheet, PricedChoice, SheetLine

_WORDS: Sequence[tuple[str, Callable[[SheetLine], str | None]]] = (
    ("Description", lambda line: line.description),
    ("Details", lambda line: " ".join(line.more)),
    ("Part", lambda line: line.part),
    ("Your part number", lambda line: line.customer_part),
    ("Specification", lambda line: line.specification),
    ("Pieces", lambda line: line.quantity if line.in_pieces else None),
    ("Quantity", lambda line: None if line.in_pieces else line.amount),
    ("Service", lambda line: line.service),
    ("Lead time", lambda line: line.lead_time),
    ("Price each", lambda line: line.unit_price),
    ("Discount", lambda line: line.discount),
    ("Line total", lambda line: line.total),
)
_OF_ONE = {"Pieces", "Quantity", "Service", "Lead time", "Price each", "Discount", "Line total"}
# What makes two lines the same thing, the surest sign first. Each must be there on both sides.
_SIGNS: Sequence[Callable[[SheetLine], object]] = (
    lambda line: (line.part, line.description) if line.part else None,
    lambda line: line.part,
    lambda line: (line.description, line.specification),
    lambda line: line.description,
    lambda line: line.specification,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedSheetLine:
    """A line that both sheets have, by its newer description."""

    description: str
    fields: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetChanges:
    """Only what differs. `discounts` are those on the whole, by label; `texts` are those of the whole, by what they are
    called, `files` by name; `total` is with currency.
    """

    added: tuple[SheetLine, ...]
    removed: tuple[SheetLine, ...]
    changed: tuple[ChangedSheetLine, ...]
    discounts: tuple[Change, ...]
    files: tuple[Change, ...]
    texts: tuple[Change, ...]
    total: Change | None

    @property
    def is_empty(self) -> bool:
        """Whether both sheets read the same."""
        told = (self.added, self.removed, self.changed, self.discounts, self.files, self.texts, self.total)
        return not any(told)


def sheet_changes(old: OfferSheet, new: OfferSheet) -> SheetChanges:
    """From `old` to `new`. Prices of other quantities are left out: they offer, they are not ordered."""
    lines = compared_lines(old.lines, new.lines, [_same(sign) for sign in _SIGNS])
    told = ((after.description, tuple(changes(_words(was), _words(after)))) for was, after in lines.kept)
    return SheetChanges(
        added=lines.added,
        removed=lines.removed,
        changed=tuple(ChangedSheetLine(description=of, fields=fields) for of, fields in told if fields),
        discounts=tuple(changes(_discounts(old), _discounts(new))),
        files=tuple(changes(_files(old), _files(new))),
        texts=tuple(changes(_texts(old), _texts(new))),
        total=next(changes(_total(old), _total(new)), None),
    )


def _same(sign: Callable[[SheetLine], object]) -> Callable[[SheetLine, SheetLine], bool]:
    return lambda old, new: bool(sign(new)) and sign(old) == sign(new)


def _total(sheet: OfferSheet) -> dict[str, str]:
    return {"Total": sheet.total or "to be chosen"}


def _words(line: SheetLine) -> dict[str, str | None]:
    """Of a line with choices the prices of all of them, and none of its own: they are the first one's."""
    told = {label: word(line) or None for label, word in _WORDS if not line.choices or label not in _OF_ONE}
    prices = {_choice(each): each.total for each in line.choices}
    return {**told, "Optional": "yes" if line.is_optional else None, **prices}


def _choice(each: PricedChoice) -> str:
    return f"{each.amount}, {each.service} service" if each.service else each.amount


def _discounts(sheet: OfferSheet) -> dict[str, str]:
    """Subtotal, net and taxes follow from the rest, and are left to the total."""
    told = {row.label: row.amount for row in sheet.sums if row.label.startswith(DISCOUNT)}
    return told | {each: "on what is chosen" for each in sheet.conditions if each.startswith(DISCOUNT)}


def _files(sheet: OfferSheet) -> dict[str, str]:
    """Another file under the same name shows by its digest."""
    return {f"File {each.name}": f"{each.about}, SHA-256 {each.sha256[:8]}…" for each in sheet.files}


def _texts(sheet: OfferSheet) -> dict[str, str | None]:
    """What holds for the whole; the introduction is a greeting, and is not compared."""
    told = {
        "Your reference": sheet.customer_reference,
        "Tax": sheet.no_tax,
        "Remarks": " ".join(sheet.remarks),
        "Delivery": " ".join(sheet.delivery_terms),
        "Terms": " ".join(sheet.terms),
    }
    return {label: text or None for label, text in told.items()}
