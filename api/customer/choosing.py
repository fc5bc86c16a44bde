"""What a customer chooses on the page: the fields of its form, the sum that follows, and the selection that is accepted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from domain.errors import InvalidQuoteOperationError, RefusalCode
from domain.offer.choice import Pick, chosen_content
from domain.offer.content import QuoteLine, VersionContent, quantity_to_data
from domain.presentation.sheet import OfferSheet, choice_key, is_to_be_chosen, offer_sheet

PREFIX: Final = "line-"
"""How the name of a line's field begins; its position follows."""
WITHOUT: Final = "none"
"""What the field of an optional line says that is left out; one that is not there says the same."""
INCLUDED: Final = "yes"
SHOWN_TOTAL: Final = "shown_total"
"""The field with the total that the customer saw, as it read."""

_PROBLEMS: Final[Mapping[str, str]] = {
    RefusalCode.NOTHING_CHOSEN: "Please choose at least one item.",
    RefusalCode.CHOICE_TOO_SMALL: "This choice is less than the discount on the quote. Please choose more, or ask for a change.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenView:
    """What was chosen so far. `sheet` is what that comes to, None while something is missing, and `problem` then says in
    words why it comes to nothing; `missing` are the fields, with what to do.
    """

    selection: tuple[Pick, ...] = ()
    sheet: OfferSheet | None = None
    problem: str | None = None
    missing: Mapping[str, str] = field(default_factory=dict)

    def to_data(self) -> list[dict[str, Any]]:
        """The selection as a command carries it."""
        return [pick.to_data() for pick in self.selection]


def choice_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """Of a form's fields those that choose, as they came."""
    return {name: value for name, value in fields.items() if name.startswith(PREFIX)}


def chosen(content: VersionContent, fields: Mapping[str, str]) -> ChosenView | None:
    """What a form's fields choose of the content; None where there is nothing to choose. What is not on offer is taken for
    nothing chosen.
    """
    if not content.has_choices:
        return None
    missing: dict[str, str] = {}
    selection = tuple(_picked(content, fields, missing))
    if missing:
        return ChosenView(missing=missing)
    try:
        return ChosenView(selection=selection, sheet=offer_sheet(chosen_content(content, selection)))
    except InvalidQuoteOperationError as why:
        return ChosenView(problem=_PROBLEMS.get(why.code, str(why)))


def unread_total(content: VersionContent, view: ChosenView, fields: Mapping[str, str]) -> str | None:
    """What is to be said to a customer who accepts a sum that the page had not shown; None where it had."""
    total = view.sheet.total if view.sheet else None
    if total is None or fields.get(SHOWN_TOTAL) == total:
        return None
    had_sum = not is_to_be_chosen(content) or fields.get(SHOWN_TOTAL)
    told = (
        "Your choice has changed since the page showed a total" if had_sum else "Please check the total first"
    )
    return f"{told}: what you chose comes to {total}. Accept once more if that is right."


def _picked(content: VersionContent, fields: Mapping[str, str], missing: dict[str, str]) -> Iterator[Pick]:
    for line in content.lines:
        if line.is_charge:  # it follows from the others
            continue
        given = fields.get(f"{PREFIX}{line.position}", "")
        picks = dict(_keys(line))
        if given in picks:
            yield picks[given]
        elif line.is_optional:
            continue
        elif line.alternatives:
            name = line.description.splitlines()[0] if line.description.strip() else f"line {line.position}"
            missing[f"{PREFIX}{line.position}"] = (
                f"Please choose a quantity and service for {line.position}. {name}."
            )
        else:
            yield from picks.values()


def _keys(line: QuoteLine) -> Iterator[tuple[str, Pick]]:
    for each in line.alternatives or (line,):
        quantity = quantity_to_data(each.quantity)
        key = choice_key(each.quantity, each.tier) if line.alternatives else INCLUDED
        yield key, Pick(position=line.position, quantity=quantity, tier=each.tier)
