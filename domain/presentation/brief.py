"""A mail in fewer words, for offers whose texts are longer than mail programs show."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

from domain.presentation.message import Message
from domain.presentation.sheet import OfferSheet, SheetLine, Sum

SHORTENED: Final = "Long texts and lists are shortened here; the quote's document has them whole."
_CUT: Final = "…"


@dataclass(frozen=True, slots=True)
class Brevity:
    """How much of each text a mail shows: `characters` of a line of text, and so many `rows` of a text, of files and of sums."""

    characters: int
    rows: int


BREVITIES: Final = (Brevity(400, 10), Brevity(80, 4))
"""From more to less. At the last one even the longest texts that can be stored make a mail that is shown whole."""


class BriefSheet(OfferSheet):
    """A sheet whose texts are shortened. What is to be chosen is counted, and the sums that do not fit are left to the
    document; lines' figures and the total stay.
    """

    @property
    def is_listed_in_mails(self) -> bool:
        """Never: only a number of prices."""
        return False

    @property
    def further_lines(self) -> str | None:
        """In words, what the mail does not show."""
        return " ".join(filter(None, (super().further_lines, SHORTENED)))


def in_brief(message: Message, to: Brevity) -> Message:
    """The same mail with shortened texts. Figures are never cut."""
    offer, told = message.offer, message.told
    return replace(
        message,
        offer=replace(
            offer,
            sheet=_sheet(offer.sheet, to),
            ordered=_sheet(offer.ordered, to) if offer.ordered else None,
        ),
        told=replace(
            told, reason=_texts(told.reason, to), personal_message=_texts(told.personal_message, to)
        ),
    )


def _sheet(sheet: OfferSheet, to: Brevity) -> OfferSheet:
    shortened = replace(
        sheet,
        lines=tuple(_line(line, to) for line in sheet.lines),
        sums=_sums(sheet.sums, to),
        files=tuple(replace(file, name=_text(file.name, to)) for file in sheet.files[: to.rows]),
        no_tax=_text(sheet.no_tax, to) if sheet.no_tax else None,
        conditions=_texts(sheet.conditions, to),
        introduction=_texts(sheet.introduction, to),
        remarks=_texts(sheet.remarks, to),
        terms=_texts(sheet.terms, to),
        delivery_terms=_texts(sheet.delivery_terms, to),
    )
    return BriefSheet(**{each.name: getattr(shortened, each.name) for each in fields(OfferSheet)})


def _line(line: SheetLine, to: Brevity) -> SheetLine:
    def cut(text: str | None) -> str | None:
        return _text(text, to) if text else text

    return replace(
        line,
        description=_text(line.description, to),
        more=_texts(line.more, replace(to, rows=max(1, to.rows - 3))),
        part=cut(line.part),
        customer_part=cut(line.customer_part),
        discount=cut(line.discount),
    )


def _sums(sums: Sequence[Sum], to: Brevity) -> tuple[Sum, ...]:
    return tuple(replace(each, label=_text(each.label, to)) for each in sums[: 3 * to.rows])


def _texts(texts: Sequence[str], to: Brevity) -> tuple[str, ...]:
    kept = tuple(_text(text, to) for text in texts[: to.rows])
    return kept if len(texts) <= to.rows else (*kept, _CUT)


def _text(text: str, to: Brevity) -> str:
    return text if len(text) <= to.characters else text[: to.characters].rstrip() + _CUT
