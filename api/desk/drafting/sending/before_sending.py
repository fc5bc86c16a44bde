"""Before an offer goes out: to whom, with which words, until when; and what of it has to be confirmed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from adapters.db.parties.customers import CustomerView, find_customer
from adapters.db.quotes.repository import PgQuotes
from api.desk.drafting.typed.field_labels import in_page_order, label
from api.desk.drafting.typed.typed_draft import told
from api.desk.shell.posted import DeskForm
from api.http.problem import FieldError, ProblemError
from api.services import Services
from api.v1.quotes.actions import sending_asked
from api.v1.quotes.bodies import SendBody
from api.v1.router import quote_or_problem
from domain import wording
from domain.offer.content import VersionContent
from domain.presentation.sheet import offer_sheet
from domain.quotes.guards import allowed_actions
from domain.quotes.record import QuoteView
from domain.quotes.status import Action

ACCEPTS, READS, NOT = "accepts", "reads", ""
CHOICES: Final = ((NOT, "not sent"), (ACCEPTS, "may accept"), (READS, "may only read"))
FRAMES: Final = (("page", "Their page"), ("pdf", "PDF"), ("mail", "Email"))
"""What can be looked at, by the last part of its address."""
_TEXTS: Final = ("message", "contact", "valid_until")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderRow:
    """Somebody to whom it may go: `who` says where the address is from, `chosen` is one of CHOICES."""

    address: str
    who: str
    chosen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A warning that holds the sending up until somebody confirms it."""

    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeSending:
    """The page: the quote, who may get it, what was typed, and what is wrong with that."""

    quote: QuoteView
    customer: CustomerView
    version: int
    total: str
    lines: str
    readers: tuple[ReaderRow, ...]
    contacts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    to_confirm: tuple[Confirmation, ...]
    confirmed: tuple[str, ...]
    typed: Mapping[str, str]
    errors: Mapping[str, str]
    labels: Mapping[str, str]
    form_id: str
    deadline: str
    frames: tuple[tuple[str, str], ...] = FRAMES
    choices: tuple[tuple[str, str], ...] = CHOICES

    @property
    def may_send(self) -> bool:
        """Whether the quote can be sent as it stands."""
        return Action.SEND in allowed_actions(self.quote.quote, self.quote.now)


async def before_sending(
    services: Services,
    quote_id: str,
    form: DeskForm | None,
    form_id: str,
    errors: Mapping[str, str] | None = None,
) -> BeforeSending:
    """The page with what was typed; without a form, with whom it would go to if nobody said anything. Raises ProblemError."""
    async with services.database.read() as reading:
        view = await quote_or_problem(reading, quote_id)
        customer = await find_customer(reading, view.quote.customer_id)
        number = view.quote.working_version or view.quote.current_version
        version = await PgQuotes(reading).version(quote_id, number)
    if customer is None or version is None:
        raise ProblemError("quote_not_found", "The quote's customer no longer exists.")
    content, wrong = version.content, in_page_order(errors or {})
    usual = await _usual(services, quote_id) if form is None else _chosen(form)
    return BeforeSending(
        quote=view,
        customer=customer,
        version=number,
        total=offer_sheet(content).price,
        lines=wording.counted(len([line for line in content.lines if not line.is_charge]), "line"),
        readers=tuple(_rows(view, customer, usual)),
        contacts=tuple(_contacts(customer)),
        warnings=tuple(_warnings(content)),
        to_confirm=to_be_confirmed(content),
        confirmed=tuple(form.texts("confirm")) if form else (),
        typed={}
        if form is None
        else {name: form.text(name) for name in (*_TEXTS, "typed", "typed_as", "valid_days")},
        errors=wrong,
        labels={name: label(name) for name in wrong},
        form_id=form_id,
        deadline=wording.instant(view.quote.valid_until, view.quote.time_zone),
    )


def to_be_confirmed(content: VersionContent) -> tuple[Confirmation, ...]:
    """The warnings of a version without whose confirmation it is not sent: each by its code, with all that it says."""
    return tuple(
        Confirmation(
            code=code,
            words=" ".join(_warning(each) for each in content.warnings if each["code"] == code),
        )
        for code in content.to_confirm
    )


def _warning(warning: Mapping[str, Any]) -> str:
    at = f"Line {warning['line']}: " if warning.get("line") else ""
    return f"{at}{warning['message']}."


def _warnings(content: VersionContent) -> Iterator[str]:
    held = {each.code for each in to_be_confirmed(content)}
    for warning in content.warnings:
        if warning["code"] not in held:
            yield _warning(warning)


async def _usual(services: Services, quote_id: str) -> dict[str, str]:
    """To whom it goes where nobody is named."""
    try:
        asked = await sending_asked(services, quote_id, SendBody())
    except ProblemError:  # nobody is left: somebody is to be named
        return {}
    return {each: ACCEPTS if asked.may_accept(each) else READS for each in asked.recipients or ()}


def _chosen(form: DeskForm) -> dict[str, str]:
    return dict(zip(form.texts("address"), form.texts("as"), strict=False))


def _rows(view: QuoteView, customer: CustomerView, chosen: Mapping[str, str]) -> Iterator[ReaderRow]:
    """Everybody who is known, each once."""
    known: dict[str, tuple[str, str]] = {}
    for reader in view.readers:
        known.setdefault(reader.address.casefold(), (reader.address, "has the version sent before"))
    for each in customer.contacts:
        if each.get("email"):
            role = f", {each['role']}" if each.get("role") else ""
            who = wording.one_line(f"{each['name']}{role}")
            known.setdefault(str(each["email"]).casefold(), (str(each["email"]), who))
    if customer.email:
        known.setdefault(
            customer.email.casefold(), (customer.email, f"{wording.one_line(customer.name)}, main address")
        )
    said = {address.casefold(): how for address, how in chosen.items()}
    for address in chosen:
        known.setdefault(address.casefold(), (address, "named before"))
    for key, (address, who) in known.items():
        yield ReaderRow(address=address, who=who, chosen=said.get(key, NOT))


def _contacts(customer: CustomerView) -> Iterator[tuple[str, str]]:
    for each in customer.contacts:
        if each.get("name"):
            yield str(each["name"]), wording.one_line(str(each["name"]))


def sending_data(form: DeskForm) -> dict[str, Any]:
    """The body of the API's request that the form stands for."""
    chosen = [(address, how) for address, how in _chosen(form).items() if how in {ACCEPTS, READS}]
    how = form.text("typed_as") or ACCEPTS
    chosen += [(each, how) for each in form.text("typed").replace(",", " ").replace(";", " ").split()]
    data: dict[str, Any] = {
        "recipients": [address for address, _ in chosen],
        "read_only": [address for address, how in chosen if how == READS],
    }
    data |= {name: said for name in _TEXTS if (said := form.text(name).replace("\r\n", "\n"))}
    if days := form.text("valid_days"):
        data["valid_days"] = int(days) if days.isdecimal() and len(days) < len("1" * 7) else days
    if codes := form.texts("confirm"):
        data["confirm"] = codes
    return data


def wrong_fields(errors: Mapping[str, str], form: DeskForm) -> dict[str, str]:
    """What the API says is wrong, by this form's fields: which of many addresses is one that was typed."""
    known = sum(1 for how in _chosen(form).values() if how)
    found: dict[str, str] = {}
    for name, words in errors.items():
        head, _, rest = name.partition(".")
        if head in {"recipients", "read_only"}:
            was_typed = rest.isdecimal() and int(rest) >= known and head == "recipients"
            found.setdefault("typed" if was_typed or not known else "recipients", words)
        else:
            found.setdefault(head, words)
    return found


def told_of(errors: tuple[FieldError, ...], form: DeskForm) -> dict[str, str]:
    """The same of a problem's errors."""
    return wrong_fields(told(errors), form)
