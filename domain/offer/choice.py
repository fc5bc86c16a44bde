"""What a customer can choose of a version, and what a choice comes to: by the same sums as everything else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.errors import InvalidQuoteOperationError, RefusalCode
from domain.offer import readers
from domain.offer.amounts import Amounts, amounts
from domain.offer.content import QuoteLine, VersionContent, quantity_to_data
from domain.offer.line_request import DiscountRequest, read_quantity
from domain.offer.order_level import charge_lines, charge_rate, charges
from domain.offer.readers import Data


@dataclass(frozen=True, slots=True, kw_only=True)
class PickRequest:
    """What is asked for of one line; None where the first that fits is meant."""

    position: int
    quantity: int | str | None = None
    tier: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """What was chosen of one line: its quantity (text where it has decimals), and its tier, None of a free line."""

    position: int
    quantity: int | str
    tier: str | None

    def to_data(self) -> dict[str, Any]:
        """The stored form."""
        return {"position": self.position, "quantity": self.quantity, "tier": self.tier}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One quantity at one tier, and what it costs before the version's discount and tax, as decimal text. `order` is what
    its card says of quotes as a whole.
    """

    quantity: int | str
    tier: str | None
    total: str
    order: Data | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedLine:
    """What a line can be had as; the first is meant where nothing is said. One that `is_optional` can be left out."""

    position: int
    is_optional: bool
    tax_rate: str | None
    options: tuple[Option, ...]
    rate_card_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """All that can be chosen of the content with that hash, and what makes a sum of it: figures, and nothing of a person.

    The discount is by its rate where it has one, else by its amount; None where there is none.
    """

    content_hash: str
    currency: str
    discount_rate: str | None
    discount_amount: str | None
    lines: tuple[OfferedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Had:
    """A line that is had, or what is charged on all of them."""

    total: str
    tax_rate: str | None
    tier: str | None = None
    rate_card_id: str | None = None
    labels: Data | None = None
    order: Data | None = None


def choices_of(content: VersionContent) -> Choices:
    """What can be chosen of it: one thing of each line where it offers no choice."""
    discount = content.discount
    return Choices(
        content_hash=content.content_hash,
        currency=content.total.currency,
        discount_rate=discount.rate if discount else None,
        discount_amount=discount.amount if discount and discount.rate is None else None,
        lines=tuple(
            OfferedLine(
                position=line.position,
                is_optional=line.is_optional,
                tax_rate=line.tax_rate,
                options=tuple(
                    Option(
                        quantity=quantity_to_data(each.quantity),
                        tier=each.tier,
                        total=each.total,
                        order=each.order,
                    )
                    for each in line.alternatives or (line,)
                ),
                rate_card_id=line.rate_card_id,
            )
            for line in content.lines
            if not line.is_charge
        ),
    )


def choose(choices: Choices, wishes: Sequence[PickRequest] | None) -> tuple[tuple[Pick, ...], Amounts]:
    """What the wishes come to, in the lines' order. A line that none of them names is had as its first option, and left
    out where it is optional.

    Raises InvalidQuoteOperationError: `choice_not_offered` for what cannot be had, `nothing_chosen` where no line is left,
    `choice_too_small` where the discount is more than what was chosen, or credits are.
    """
    asked = {wish.position: wish for wish in wishes or ()}
    if len(asked) != len(wishes or ()):
        _refuse(RefusalCode.CHOICE_NOT_OFFERED, "a line is chosen twice")
    unknown = asked.keys() - {line.position for line in choices.lines}
    if unknown:
        _refuse(RefusalCode.CHOICE_NOT_OFFERED, f"line {min(unknown)}: there is no such line")
    had = [
        (line, _option(line, asked.get(line.position)))
        for line in choices.lines
        if line.position in asked or not line.is_optional
    ]
    if not had:
        _refuse(RefusalCode.NOTHING_CHOSEN, "every line is optional: choose at least one")
    lines = [
        _Had(
            total=option.total,
            tax_rate=line.tax_rate,
            tier=option.tier,
            rate_card_id=line.rate_card_id,
            order=option.order,
        )
        for line, option in had
    ]
    charged = [
        _Had(total=each.amount, tax_rate=charge_rate(lines)) for each in charges(lines, choices.currency)
    ]
    picks = tuple(Pick(position=line.position, quantity=o.quantity, tier=o.tier) for line, o in had)
    try:
        sums = amounts(
            [*lines, *charged],
            _discount(choices.discount_rate, choices.discount_amount),
            choices.currency,
        )
    except InvalidQuoteOperationError as why:
        raise InvalidQuoteOperationError(str(why), code=RefusalCode.CHOICE_TOO_SMALL) from why
    return picks, sums


def all_of(content: VersionContent) -> tuple[Pick, ...]:
    """Every line as it stands: what was ordered where there was nothing to choose."""
    return tuple(
        Pick(position=line.position, quantity=quantity_to_data(line.quantity), tier=line.tier)
        for line in content.lines
        if not line.is_charge
    )


def chosen_content(content: VersionContent, picks: Sequence[Pick]) -> VersionContent:
    """The content as it was ordered: its lines as they were chosen, without the others and their files, and what they come to.

    Raises InvalidQuoteOperationError as `choose`.
    """
    wishes = [PickRequest(position=pick.position, quantity=pick.quantity, tier=pick.tier) for pick in picks]
    picked, sums = choose(choices_of(content), wishes)
    by_position = {line.position: line for line in content.lines if not line.is_charge}
    had = {pick.position for pick in picked}
    lines = tuple(_chosen_line(by_position[pick.position], pick) for pick in picked)
    return replace(
        content,
        lines=(*lines, *charge_lines(lines, content.total.currency, after=max(by_position))),
        total=sums.total,
        discount=replace(content.discount, amount=sums.discount.amount)
        if content.discount and sums.discount
        else content.discount,
        taxes=sums.taxes,
        files=tuple(file for file in content.files if file.line is None or file.line in had),
    )


def _chosen_line(line: QuoteLine, pick: Pick) -> QuoteLine:
    """As if nothing else had been offered. Of a line that stands for others its breakdown explains the first one alone."""
    found = next(
        each
        for each in line.alternatives or (line,)
        if (quantity_to_data(each.quantity), each.tier) == (pick.quantity, pick.tier)
    )
    is_first = (line.quantity, line.tier) == (found.quantity, found.tier)
    specification = line.specification and {**line.specification, "quantity": found.quantity}
    return replace(
        line,
        quantity=found.quantity,
        tier=found.tier,
        lead_time_days=found.lead_time_days,
        unit_price=found.unit_price,
        subtotal=found.subtotal,
        discount=found.discount,
        total=found.total,
        pricing_calculation_id=found.pricing_calculation_id,
        specification=specification,
        breakdown=line.breakdown if is_first else (),
        labels=found.labels,
        order=found.order,
        alternatives=None,
        optional=None,
    )


def read_selection(data: Data) -> tuple[PickRequest, ...] | None:
    """The `selection` of an acceptance's payload; None where there is none. Raises MalformedCommandError."""
    found = data.get("selection")
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise readers.bad("selection", "must be a list of objects")
    return tuple(map(_pick_request, found))


def picks_of(data: Sequence[Data] | None) -> tuple[Pick, ...] | None:
    """What `Pick.to_data` wrote."""
    return None if data is None else tuple(Pick(**each) for each in data)


def _pick_request(data: Data) -> PickRequest:
    position, quantity = readers.optional_whole(data, "position"), data.get("quantity")
    if not position:
        raise readers.bad("selection", "each must name the position of a line")
    if quantity is not None:
        try:
            quantity = quantity_to_data(read_quantity(quantity))
        except ValueError:
            raise readers.bad("selection", f"line {position}: its quantity must be a number") from None
    return PickRequest(position=position, quantity=quantity, tier=readers.optional_text(data, "tier"))


def _option(line: OfferedLine, wish: PickRequest | None) -> Option:
    if wish is None:
        return line.options[0]
    for option in line.options:
        if wish.quantity in {None, option.quantity} and wish.tier in {None, option.tier}:
            return option
    offered = "; ".join(map(_told, line.options))
    asked = " ".join(str(each) for each in (wish.quantity, wish.tier) if each is not None)
    _refuse(RefusalCode.CHOICE_NOT_OFFERED, f"line {line.position}: {asked} is not on offer, but {offered}")
    raise AssertionError("refused")


def _told(option: Option) -> str:
    return f"{option.quantity} {option.tier}" if option.tier else str(option.quantity)


def _discount(rate: str | None, amount: str | None) -> DiscountRequest | None:
    if rate is None and amount is None:
        return None
    return DiscountRequest(reason="", rate=rate, amount=None if rate is not None else amount)


def _refuse(code: RefusalCode, detail: str) -> None:
    raise InvalidQuoteOperationError(detail, code=code)
