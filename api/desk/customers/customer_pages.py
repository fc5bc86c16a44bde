"""What the pages about customers tell, in words; and their form as it was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.db.database import Reading
from adapters.db.parties.customers import CustomerView
from adapters.db.pricing import active_card, card_names
from api.desk.quotes.listed.list_page import FIRST_CHOICE
from api.desk.quotes.one.head import status_of
from api.desk.shell.checking import TimeShown, moment
from api.desk.shell.percentages import fraction, percentage
from api.desk.shell.posted import DeskForm
from domain import wording
from domain.presentation.sheet import is_to_be_chosen
from domain.quotes.record import QuoteView
from domain.rate_cards.data import rate_card_from_data
from domain.rate_cards.dates import DEFAULT_NAME

CUSTOMERS: Final = "/desk/customers"
LABELS: Final = {
    "": "The form",
    "name": "Name",
    "email": "Email address",
    "address": "Postal address",
    "tax_id": "Tax id",
    "contacts": "Contacts",
    "customer_tier": "Kind of customer",
    "rate_card": "Price list",
    "tax_rate": "Tax",
    "no_tax_reason": "Why no tax",
    "language": "Language",
    "time_zone": "Time zone",
    "into": "The customer that stays",
}
CONTACT: Final = {"name": "Name", "email": "Email", "phone": "Telephone", "role": "Role"}
_LINES: Final = (
    "name",
    "email",
    "tax_id",
    "customer_tier",
    "rate_card",
    "no_tax_reason",
    "language",
    "time_zone",
)
_EMPTY_ROWS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """A customer in a list."""

    path: str
    name: str
    email: str
    tier: str
    place: str
    since: TimeShown | None


def customer_row(view: CustomerView, zone: str) -> CustomerRow:
    """The customer by what tells it from others."""
    return CustomerRow(
        path=f"{CUSTOMERS}/{view.id}",
        name=wording.one_line(view.name),
        email=view.email,
        tier=view.customer_tier,
        place=view.address[-1] if view.address else "",
        since=moment(view.created_at, zone),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteOfCustomer:
    """A quote in the list of a customer's. `until` is None where it is no longer open."""

    path: str
    number: str
    status: str
    what: str
    total: str
    total_note: str
    until: TimeShown | None


def quote_row(view: QuoteView, zone: str) -> QuoteOfCustomer:
    """The quote by number, what it is for, and what it is worth."""
    quote = view.quote
    first = view.content.lines[0].description if view.content.lines else ""
    return QuoteOfCustomer(
        path=f"/desk/quotes/{quote.id}",
        number=quote.number,
        status=status_of(view),
        what=wording.one_line(wording.paragraphs(first)[0]) if wording.paragraphs(first) else "",
        total=wording.money(str(view.content.total), view.content.total.currency),
        total_note=FIRST_CHOICE if quote.status.is_open and is_to_be_chosen(view.content) else "",
        until=moment(quote.valid_until if quote.status.is_open else None, zone),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFacts:
    """A customer as its page shows it: names with what they are, and contacts."""

    id: str
    path: str
    name: str
    facts: tuple[tuple[str, tuple[str, ...]], ...]
    contacts: tuple[Mapping[str, str], ...]
    has_email: bool


def customer_facts(view: CustomerView) -> CustomerFacts:
    """What there is to tell; nothing of what nobody said."""
    tax = f"{percentage(view.tax_rate)} %" if view.tax_rate else view.no_tax_reason or "the shop's own rule"
    told: list[tuple[str, tuple[str, ...]]] = [
        (LABELS["email"], (view.email or "was forgotten",)),
        (LABELS["address"], view.address),
        (LABELS["tax_id"], (view.tax_id or "",)),
        (LABELS["customer_tier"], (view.customer_tier,)),
        (LABELS["rate_card"], (view.rate_card or "",)),
        (LABELS["tax_rate"], (tax,)),
        (LABELS["language"], (view.language or "",)),
        (LABELS["time_zone"], (view.time_zone or "the shop's",)),
    ]
    return CustomerFacts(
        id=view.id,
        path=f"{CUSTOMERS}/{view.id}",
        name=wording.one_line(view.name),
        facts=tuple((name, lines) for name, lines in told if any(lines)),
        contacts=tuple(_contact(each) for each in view.contacts),
        has_email=bool(view.email),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerForm:
    """The form's fields as they stand in it; `contacts` has a row for each and some empty ones."""

    values: Mapping[str, str]
    contacts: tuple[Mapping[str, str], ...]
    edition: str = ""
    form_id: str = ""


def form_of(view: CustomerView) -> CustomerForm:
    """The form filled in with what is stored."""
    values = {name: str(getattr(view, name) or "") for name in _LINES}
    values |= {"address": "\n".join(view.address), "tax_rate": percentage(view.tax_rate)}
    rows = tuple(_contact(each) for each in view.contacts)
    return CustomerForm(values=values, contacts=(*rows, *_blank_rows()), edition=view.edition)


def form_typed(form: DeskForm) -> CustomerForm:
    """The form as it was typed; of an empty one nothing stands in it."""
    values = {name: form.text(name) for name in (*_LINES, "address", "tax_rate")}
    return CustomerForm(
        values=values,
        contacts=(*_typed_contacts(form), *_blank_rows()),
        edition=form.text("edition"),
        form_id=form.text("form_id"),
    )


def body_typed(form: DeskForm) -> dict[str, Any]:
    """What was typed, as the API's body of a customer. A tax is typed in percent."""
    typed: dict[str, Any] = {name: said for name in _LINES if (said := form.text(name))}
    typed["address"] = [line.strip() for line in form.text("address").splitlines() if line.strip()]
    if percent := form.text("tax_rate"):
        typed["tax_rate"] = fraction(percent)
    typed["contacts"] = [{name: said for name, said in row.items() if said} for row in _typed_contacts(form)]
    return typed


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedChoices:
    """What a customer's form offers to choose from."""

    tiers: tuple[tuple[str, str], ...]
    cards: tuple[tuple[str, str], ...]


async def choices(r: Reading, card: str, tier: str) -> OfferedChoices:
    """Kinds of customers by the card that is in force under that name, and the names of cards; what was chosen is among them."""
    found = await active_card(r, card or DEFAULT_NAME) or await active_card(r)
    tiers: Sequence[tuple[str, str]] = []
    if found is not None:
        rules = rate_card_from_data(found[1])
        labels = rules.customer_discounts.labels or {}
        tiers = [(name, labels.get(name, name)) for name in rules.customer_discounts.by_tier]
    if tier and tier not in dict(tiers):
        tiers = [*tiers, (tier, f"{tier} (not on the price list)")]
    cards = [(name, name) for name in await card_names(r) if name != DEFAULT_NAME]
    return OfferedChoices(tiers=tuple(tiers), cards=(("", "The shop's own"), *cards))


def _contact(contact: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(contact.get(name) or "") for name in CONTACT}


def _blank_rows() -> tuple[Mapping[str, str], ...]:
    return (dict.fromkeys(CONTACT, ""),) * _EMPTY_ROWS


def _typed_contacts(form: DeskForm) -> list[dict[str, str]]:
    columns = [form.texts(f"contact_{name}") for name in CONTACT]
    rows = (dict(zip(CONTACT, cells, strict=True)) for cells in zip(*columns, strict=False))
    return [row for row in rows if any(row.values())]
