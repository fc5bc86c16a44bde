"""What the pages about the price list tell, in words."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from adapters.db.pricing import CardView
from api.desk.shell.checking import TimeShown, moment
from api.v1.rate_cards.card_file import CardFile
from domain import wording
from domain.presentation.repricing import QuotedPart, Repriced, repriced
from domain.rate_cards.dates import DEFAULT_NAME
from domain.rate_cards.problems import Problem
from domain.rate_cards.rate_card import RateCard

PRICE_LIST: Final = "/desk/price-list"
_MOST_SHOWN: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRow:
    """A card in the history. `card_name` is the one under which it is in force; empty for the shop's own."""

    path: str
    name: str
    card_name: str
    version: str
    currency: str
    begins: TimeShown | None
    ends: TimeShown | None
    state: str
    badge: str
    is_coming: bool


def card_row(view: CardView, zone: str, *, now_begun: bool) -> CardRow:
    """The card by its dates. `now_begun`: whether it has begun."""
    state, badge = ("in force", "good") if view.active else ("over", "") if now_begun else ("to come", "warn")
    return CardRow(
        path=f"{PRICE_LIST}/{view.id}",
        name=wording.one_line(str(view.data["name"])),
        card_name="" if view.name == DEFAULT_NAME else wording.one_line(view.name),
        version=str(view.data["version"]),
        currency=str(view.data["currency"]),
        begins=moment(view.valid_from, zone),
        ends=moment(view.holds_until, zone),
        state=state,
        badge=badge,
        is_coming=not view.active and not now_begun,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFinding:
    """What the check says of a place in a file."""

    place: str
    words: str


def findings(problems: Sequence[Problem], read: CardFile | None) -> list[CardFinding]:
    """Each with its line where it has one, in the order of the file."""
    found = [(read.line_of(each.path) if read else None, each) for each in problems]
    return [
        CardFinding(
            place=f"Line {line}" if line else "The card",
            words=f"{_place(each, read) or 'The whole'} {each.message}",
        )
        for line, each in sorted(found, key=lambda pair: pair[0] or 0)
    ]


def _place(problem: Problem, read: CardFile | None) -> str:
    """The field in words; an entry of a list by its number, counted from 1."""
    at: Any = read.data if read else None
    steps = []
    for step in problem.path or problem.field.split("."):
        in_list = isinstance(at, list) and step.isdecimal() and int(step) < len(at)
        steps.append(f"entry {int(step) + 1}" if in_list else step)
        at = at[int(step)] if in_list else at.get(step) if isinstance(at, dict) else None
    return ": ".join(steps).replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPart:
    """A part that would have another price."""

    path: str
    number: str
    what: str
    tier: str
    now: str
    then: str
    difference: str
    rate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a new card changes of what was quoted lately."""

    changed: tuple[ChangedPart, ...]
    more: int
    parts: int
    quotes: int
    together: str
    is_first: bool = False
    """Whether there is no card in force to compare with."""


async def difference(parts: Sequence[QuotedPart], in_force: RateCard, new: RateCard) -> Difference:
    """One part after the other, with a turn for other requests between; see `api.v1.pricing.batch.price_each`."""
    found: list[Repriced] = []
    for part in parts:
        found.append(repriced(part, in_force, new))
        await asyncio.sleep(0)
    changed = [each for each in found if each.has_changed]
    changed.sort(
        key=lambda each: abs(each.rate) if each.rate is not None else Decimal("Infinity"), reverse=True
    )
    same = in_force.currency == new.currency
    both = [each for each in found if each.difference is not None]
    now = sum((each.now for each in both if each.now is not None), Decimal(0))
    then = sum((each.then for each in both if each.then is not None), Decimal(0))
    together = ""
    if both and same:
        old, fresh = (wording.money(str(each), new.currency) for each in (now, then))
        together = f"All together they cost {old} by the card in force and {fresh} by the new one"
        together += f", {_signed_rate((then - now) / now)}." if now else "."
    return Difference(
        changed=tuple(_changed(each, in_force, new, same=same) for each in changed[:_MOST_SHOWN]),
        more=max(0, len(changed) - _MOST_SHOWN),
        parts=len(found),
        quotes=len({each.part.quote_id for each in found}),
        together=together,
    )


def _changed(each: Repriced, in_force: RateCard, new: RateCard, *, same: bool) -> ChangedPart:
    lines = wording.paragraphs(each.part.description)
    then = "not offered" if each.then is None else wording.money(str(each.then), new.currency)
    return ChangedPart(
        path=f"/desk/quotes/{each.part.quote_id}",
        number=each.part.number,
        what=wording.one_line(lines[0]) if lines else f"Line {each.part.position}",
        tier=wording.service(each.part.tier, new.labels),
        now="not offered" if each.now is None else wording.money(str(each.now), in_force.currency),
        then=f"{then}: {each.why_not}" if each.why_not else then,
        difference=_signed(each.difference) if same and each.difference is not None else "",
        rate=_signed_rate(each.rate) if same and each.rate is not None else "",
    )


def _signed(amount: Decimal) -> str:
    return f"+{wording.number(amount)}" if amount > 0 else wording.number(amount)


def _signed_rate(rate: Decimal) -> str:
    return f"{_signed((rate * 100).quantize(Decimal('0.1')))} %"
