"""What changed between two versions of a quote: specification, lines, prices, discounts, tax, texts and files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from domain.money import exact
from domain.offer.comparison import Change, changes, compared_lines, name_of
from domain.offer.content import Discount, QuoteLine, VersionContent, fields_of, texts_of
from domain.offer.readers import Data

_PLAIN_FIELDS = (
    *("kind", "description", "part_number", "part_revision", "customer_part_number", "quantity", "unit"),
    *("tier", "lead_time_days", "computed_lead_time_days", "optional", "tax_rate", "rate_card_id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountChange:
    """An amount of money that differs, as decimal text; None where a side has none.

    `difference` is new less old, with a missing side as nothing; None between two currencies.
    """

    name: str
    old: str | None
    new: str | None
    difference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedLine:
    """A line that both versions have. `position` is the newer one's; amounts are those that differ."""

    position: int
    old_position: int
    description: str
    fields: tuple[Change, ...]
    specification: tuple[Change, ...]
    amounts: tuple[AmountChange, ...]
    price_lines: tuple[AmountChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDiff:
    """Only what differs: without any difference every part is empty."""

    added: tuple[QuoteLine, ...]
    removed: tuple[QuoteLine, ...]
    changed: tuple[ChangedLine, ...]
    fields: tuple[Change, ...]
    amounts: tuple[AmountChange, ...]
    old_currency: str
    new_currency: str


def diff(old: VersionContent, new: VersionContent) -> VersionDiff:
    """From `old` to `new`, in either order of their numbers."""
    currencies = (old.total.currency, new.total.currency)
    # By part number or description, else by kind and position: a line that was put in before the others does not make
    # all of them look changed, and among several of one name the most alike belong together.
    lines = compared_lines(old.lines, new.lines, (_equal, _alike, _in_place, _named, _at_the_place))
    changed = (_changed(before, after, currencies) for before, after in lines.kept)
    return VersionDiff(
        added=lines.added,
        removed=lines.removed,
        changed=tuple(line for line in changed if line is not None),
        fields=tuple(changes(_as_a_whole(old), _as_a_whole(new))),
        amounts=tuple(_amounts(_totals(old), _totals(new), currencies)),
        old_currency=currencies[0],
        new_currency=currencies[1],
    )


def _as_a_whole(content: VersionContent) -> dict[str, Any]:
    files = {
        f"file {each.name}" + (f" of line {each.line}" if each.line else ""): each.to_data()
        for each in content.files
    }
    # Why there is no tax where it is not the version's own reason.
    default = {"tax_default_reason": content.tax_default.reason if content.tax_default else None}
    return {**texts_of(content), **default, **_discount(content), **files}


def _equal(old: QuoteLine, new: QuoteLine) -> bool:
    return replace(old, position=new.position) == new


def _alike(old: QuoteLine, new: QuoteLine) -> bool:
    return _named(old, new) and (old.specification, old.tier) == (new.specification, new.tier)


def _in_place(old: QuoteLine, new: QuoteLine) -> bool:
    return _named(old, new) and old.position == new.position


def _named(old: QuoteLine, new: QuoteLine) -> bool:
    return (old.kind, name_of(old)) == (new.kind, name_of(new))


def _at_the_place(old: QuoteLine, new: QuoteLine) -> bool:
    return (old.kind, old.position) == (new.kind, new.position)


def _changed(old: QuoteLine, new: QuoteLine, currencies: tuple[str, str]) -> ChangedLine | None:
    change = ChangedLine(
        position=new.position,
        old_position=old.position,
        description=new.description,
        fields=tuple(changes(_told(old), _told(new))),
        specification=tuple(changes(old.specification or {}, new.specification or {})),
        amounts=tuple(_amounts(_prices(old), _prices(new), currencies)),
        price_lines=tuple(_amounts(_breakdown(old), _breakdown(new), currencies)),
    )
    differs = change.fields or change.specification or change.amounts or change.price_lines
    return change if differs else None


def _told(line: QuoteLine) -> dict[str, Any]:
    override = line.override
    return {
        **{name: getattr(line, name) for name in _PLAIN_FIELDS},
        "override": fields_of(override) if override else None,
        "labels": _labels(line),
        **_discount(line),
    }


def _labels(line: QuoteLine) -> dict[str, str] | None:
    """What the customer reads instead of names, by name."""
    return {name: label for labels in (line.labels or {}).values() for name, label in labels.items()} or None


def _discount(priced: QuoteLine | VersionContent) -> dict[str, Any]:
    given: Discount | None = priced.discount
    return {"discount": fields_of(given) if given else None}


def _prices(line: QuoteLine) -> dict[str, str]:
    """The line's own, and by their names those of what the customer may choose."""
    own = {"unit_price": line.unit_price, "subtotal": line.before_discount, "total": line.total}
    return own | {f"total of {each.quantity} {each.tier}": each.total for each in line.alternatives or ()}


def _totals(content: VersionContent) -> dict[str, str]:
    return {
        "subtotal": str(content.subtotal),
        "net_total": str(content.net_total),
        **{f"tax {tax.rate}": tax.amount for tax in content.taxes},
        "total_price": str(content.total),
    }


def _breakdown(line: QuoteLine) -> dict[str, str]:
    """The lines of the explained price; what is taken off is negative."""
    return {_entry_name(entry): _signed(entry) for entry in line.breakdown}


def _entry_name(entry: Data) -> str:
    """With the number of the operation that it belongs to, where there is one."""
    number = entry.get("operation")
    return str(entry["name"]) if number is None else f"{entry['name']} of operation {number}"


def _signed(entry: Data) -> str:
    amount = str(entry["amount"])
    return f"-{amount}" if entry.get("sign") == -1 and Decimal(amount) else amount


def _amounts(
    old: Mapping[str, str], new: Mapping[str, str], currencies: tuple[str, str]
) -> Iterator[AmountChange]:
    same = currencies[0] == currencies[1]
    for name in {**old, **new}:
        before, after = old.get(name), new.get(name)
        if before != after or not same:
            difference = _difference(before, after) if same else None
            yield AmountChange(name=name, old=before, new=after, difference=difference)


def _difference(old: str | None, new: str | None) -> str:
    with exact():
        return format(Decimal(new or "0") - Decimal(old or "0"), "f")
