"""What the pages of a draft show: what was typed, what may be chosen, and what it costs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from adapters.db.parties.customers import CustomerView
from api.desk.drafting.typed.field_labels import in_page_order, label, short_label
from api.desk.drafting.typed.live_price import Basis, live_price
from api.desk.drafting.typed.prices_shown import PricesShown, prices_shown
from api.desk.drafting.typed.typed_draft import Tree, branch, branches, folded, text
from api.desk.shell.once import new_form_id
from api.desk.shell.pages import page
from api.services import services_of
from domain import wording
from domain.offer.content import Unit
from domain.offer.enclosures import FileAudience
from domain.presentation.specification import MATERIALS, PROCESSES
from domain.pricing.part_shapes import Shape
from domain.rate_cards.rate_card import RateCard

Choosable = tuple[tuple[str, str], ...]
_MOST_OPEN: Final = 12
"""Lines that are shown with all their fields; of more, each is a row until somebody opens it."""
_SHAPES: Final = ((Shape.BOX, "Box"), (Shape.ROUND, "Round bar"), (Shape.SHEET, "Sheet"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftOptions:
    """What the price list offers, as pairs of name and label."""

    materials: Choosable = ()
    processes: Choosable = ()
    tiers: Choosable = ()
    customer_tiers: Choosable = ()
    finishes: tuple[str, ...] = ()
    tolerance_classes: tuple[str, ...] = ()
    zones: Choosable = ()
    shapes: Choosable = _SHAPES
    units: Choosable = tuple((each.value, each.value) for each in Unit if each is not Unit.PIECE)
    part_units: Choosable = tuple(
        (each.value, f"{each.value}s") for each in Unit if each.is_whole and each is not Unit.PIECE
    )
    audiences: Choosable = (
        (FileAudience.INTERNAL, "the shop alone"),
        (FileAudience.CUSTOMER, "the customer too"),
    )

    @classmethod
    def of(cls, card: RateCard | None) -> "DraftOptions":
        """Of a card; where none is valid, nothing can be chosen."""
        if card is None:
            return cls()
        return cls(
            materials=_named(card.materials, card.labels.get("materials", {}), MATERIALS),
            processes=_named(card.processes, card.labels.get("processes", {}), PROCESSES),
            tiers=tuple(
                (name, f"{wording.service(name, card.labels)}, {wording.lead_time(rules.lead_time_days)}")
                for name, rules in card.tiers.items()
            ),
            customer_tiers=tuple(
                (
                    name,
                    card.labels.get("customer_tiers", {}).get(name) or f"{name.replace('_', ' ')} customers",
                )
                for name in card.customer_discounts.by_tier
            ),
            finishes=tuple(card.finishes),
            tolerance_classes=tuple(card.tolerance_classes),
            zones=tuple((str(zone), f"{zone}") for zone in sorted(card.zone_factors)),
        )


def _named(
    rules: Sequence[str] | Mapping[str, Any], labels: Mapping[str, str], usual: Mapping[str, str]
) -> Choosable:
    found = ((name, labels.get(name) or usual.get(name) or name.replace("_", " ")) for name in rules)
    return tuple((name, words[:1].upper() + words[1:]) for name, words in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShown:
    """A line of the form. A `folded` one is a row, and all of it one field."""

    index: int
    kind: str
    typed: Tree
    title: str
    folded: str = ""
    more_open: bool = False
    more_said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftShown:
    """A draft's form."""

    typed: Tree
    lines: tuple[LineShown, ...]
    files: tuple[Tree, ...]
    options: DraftOptions
    customer: CustomerView | None
    contacts: Choosable
    matches: tuple[CustomerView, ...] | None
    prices: PricesShown
    errors: Mapping[str, str]
    labels: Mapping[str, str]
    form_id: str
    currency: str
    tax_note: str

    @property
    def line_options(self) -> Choosable:
        """The lines that a file may belong to."""
        return tuple(
            (str(each.index + 1), f"line {each.index + 1}, {each.title}"[:60]) for each in self.lines
        )


async def draft_shown(
    request: Request,
    basis: Basis,
    tree: Tree,
    *,
    errors: Mapping[str, str] | None = None,
    matches: Sequence[CustomerView] | None = None,
) -> DraftShown:
    """The form with its prices as they are now."""
    wrong = in_page_order(errors or {})
    if basis.card is not None:
        _say_tiers(tree, basis.card)
    prices = prices_shown(await live_price(services_of(request), basis, tree))
    return DraftShown(
        typed=tree,
        lines=_lines(tree, wrong),
        files=tuple(branches(tree, "files")),
        options=DraftOptions.of(basis.card),
        customer=basis.customer,
        contacts=_contacts(basis.customer),
        matches=tuple(matches) if matches is not None else None,
        prices=prices,
        errors=wrong,
        labels={name: label(name) for name in wrong},
        form_id=text(tree, "form_id") or new_form_id(),
        currency=basis.card.currency if basis.card else basis.currency,
        tax_note=_tax(basis),
    )


def _say_tiers(tree: Tree, card: RateCard) -> None:
    """A part names the tier that counts: which is the first of a choice must be seen."""
    for line in branches(tree, "lines"):
        if text(line, "kind") == "part" and not text(line, "tier"):
            line["tier"] = card.default_tier


def _tax(basis: Basis) -> str:
    default = basis.tax_default
    if default is None:
        return "none"
    return f"{wording.number(default.rate)}" if default.rate else (default.reason or "none")


def _contacts(customer: CustomerView | None) -> Choosable:
    if customer is None:
        return ()
    found = []
    for each in customer.contacts:
        name = str(each.get("name") or "")
        if name:
            role = f", {each['role']}" if each.get("role") else ""
            found.append((name, wording.one_line(f"{name}{role}")))
    return tuple(found)


def _lines(tree: Tree, wrong: Mapping[str, str]) -> tuple[LineShown, ...]:
    typed = branches(tree, "lines")
    folds = len(typed) > _MOST_OPEN
    named = {int(parts[1]) for name in wrong if (parts := name.split("."))[0] == "lines" and len(parts) > 1}
    return tuple(
        LineShown(
            index=index,
            kind=text(line, "kind") or "part",
            typed=line,
            title=wording.one_line(text(line, "description"))[:80]
            or _UNNAMED.get(text(line, "kind"), "Part"),
            folded=folded(line) if folds and index not in named and not text(line, "open") else "",
            more_open=any(f"lines.{index}.{name}" in wrong for name in _MORE_FIELDS),
            more_said=", ".join(_said_below(line)),
        )
        for index, line in enumerate(typed)
    )


def _said_below(line: Tree) -> Iterator[str]:
    """What is said in the fields that are folded away."""
    for name in _MORE:
        if text(line, name):
            yield short_label(name).lower()
    if line.get("also"):
        yield "several tiers"
    for name in _MORE_OF_PART:
        # What everybody has, and the record always says, is nothing to be pointed at.
        usual = {
            "shipping_distance_zone": {"", "1"},
            "customer_tier": {text(branch(line, "specification"), name)},
        }
        if text(branch(line, "specification"), name) not in usual.get(name, {""}):
            yield short_label(name).lower()
    for name, said in (("discount", "discount"), ("override", "price set by hand")):
        if any(text(branch(line, name), each) for each in ("figure", "reason")):
            yield said


_MORE: Final = (
    "part_revision",
    "customer_part_number",
    "lead_time_days",
    "tax_rate",
    "optional",
)
_MORE_OF_PART: Final = (
    *("volume_cm3", "surface_cm2", "part_weight_kg", "shipping_distance_zone", "customer_tier"),
    *("surface_finish", "tolerance_class", "special_requirements"),
)
_MORE_FIELDS: Final = (
    *(*_MORE, "unit"),
    *(f"specification.{name}" for name in _MORE_OF_PART),
    *(f"{name}.{part}" for name in ("discount", "override") for part in ("figure", "reason", "by")),
)
_UNNAMED: Final = {"part": "Part", "free": "Free line", "calculation": "Stored calculation"}


def show_draft(
    request: Request, shown: DraftShown, template: str, *, status: int = 200, **more: Any
) -> Response:
    """The page with the form."""
    return page(request, f"drafting/templates/{template}.html", status=status, draft=shown, **more)
