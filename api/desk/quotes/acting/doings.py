"""What can be done with a quote: the words and fields of each form, and how it is read."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from adapters.db.inbox.store import NewCommand, NewCreate
from api.customer.choosing import INCLUDED, PREFIX, WITHOUT
from api.desk.quotes.acting import form_commands as asked
from api.desk.quotes.acting.form_commands import FormAsked
from api.desk.quotes.one.facts import QuoteFacts
from api.desk.quotes.one.timeline import METHODS
from domain import wording
from domain.presentation.sheet import SheetLine, offer_sheet
from domain.quotes.commands import AcceptanceMethod
from domain.quotes.guards import allowed_actions, why
from domain.quotes.status import Action

FieldOptions = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedField:
    """A field of a form. `kind` is line, area, choice, file or check; `type` the browser's kind of input."""

    name: str
    label: str
    kind: str = "line"
    hint: str = ""
    is_required: bool = False
    type: str = "text"
    options: FieldOptions = ()
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """`done` is what the quote's page says afterwards."""

    path: str
    action: Action | None
    title: str
    lead: str
    button: str
    done: str
    fields: Callable[[QuoteFacts], tuple[AskedField, ...]]
    read: Callable[[FormAsked], Awaitable[NewCommand | NewCreate]]
    is_grave: bool = False

    def refusal(self, facts: QuoteFacts) -> str | None:
        """Why the quote does not take it now, in words; None where it does."""
        if self.action is None or self.action in allowed_actions(facts.view.quote, facts.view.now):
            return None
        if facts.view.is_expired and facts.view.quote.status.is_open:
            return "The quote's deadline is over."
        return why(self.action, facts.view.quote.status)


def _last_day(facts: QuoteFacts) -> tuple[AskedField, ...]:
    told = wording.instant(facts.view.quote.valid_until, facts.zone)
    hint = f"Until the end of this day, {facts.zone}. Now it is {told}. Sooner is possible too."
    return (AskedField(name="valid_until", label="Last day", hint=hint, is_required=True, type="date"),)


def _reason(label: str, hint: str, *, is_required: bool = False) -> AskedField:
    return AskedField(name="reason", label=label, kind="area", hint=hint, is_required=is_required)


def _methods(*methods: AcceptanceMethod) -> FieldOptions:
    return tuple((str(each), METHODS[each].capitalize()) for each in methods)


def _no(_: QuoteFacts) -> tuple[AskedField, ...]:
    came = _methods(AcceptanceMethod.PHONE, AcceptanceMethod.MAIL)
    return (
        AskedField(name="method", label="How it came", kind="choice", options=came),
        _reason("Why, in the customer's words", "For the shop alone: the customer does not read it."),
    )


def _yes(facts: QuoteFacts) -> tuple[AskedField, ...]:
    came = _methods(AcceptanceMethod.PHONE, AcceptanceMethod.MAIL, AcceptanceMethod.PURCHASE_ORDER)
    contact = facts.view.readers[0].address if facts.view.readers else ""
    return (
        AskedField(name="method", label="How it came", kind="choice", options=came),
        AskedField(name="signer_name", label="Who said yes", is_required=True),
        AskedField(
            name="signer_email",
            label="Their email address",
            hint="The confirmation goes there, and to all readers.",
            is_required=True,
            type="email",
            value=contact,
        ),
        AskedField(name="purchase_order_number", label="Purchase order number"),
        AskedField(
            name=asked.PROOF,
            label="The proof as a file",
            kind="file",
            hint="The purchase order, the email (.eml) or a note: PDF, PNG, JPEG or text, 5 MB at most.",
        ),
    )


def _again(facts: QuoteFacts) -> tuple[AskedField, ...]:
    readers = ", ".join(wording.one_line(each.address) for each in facts.view.readers)
    to_all = f"Empty on both: all readers ({readers})." if readers else "One address a line."
    return (
        AskedField(name="recipients", label="To whom, who may accept", kind="area", hint=to_all),
        AskedField(
            name="read_only",
            label="To whom, who may only read",
            kind="area",
            hint="Added to the readers, without a way to accept.",
        ),
        AskedField(
            name="message", label="A word with it", kind="area", hint="Stands in the email, above the quote."
        ),
    )


def _annulment(_: QuoteFacts) -> tuple[AskedField, ...]:
    return (
        AskedField(name="agreed_with", label="Agreed with whom of the customer's", is_required=True),
        _reason("Why", "The customer reads this.", is_required=True),
    )


def _order(facts: QuoteFacts) -> tuple[AskedField, ...]:
    return (
        AskedField(
            name="reference",
            label="The order's reference",
            hint="Under what the system that makes the order knows it, such as SO-4711.",
            is_required=True,
            value=facts.view.quote.order_reference or "",
        ),
    )


def _copy(facts: QuoteFacts) -> tuple[AskedField, ...]:
    numbers = range(facts.view.quote.latest.number, 0, -1)
    return (
        AskedField(
            name="copied_version",
            label="Which version",
            kind="choice",
            options=tuple((str(number), f"Version {number}") for number in numbers),
        ),
        AskedField(
            name="pricing",
            label="Prices",
            kind="choice",
            options=(
                ("reprice", "By the price list valid now"),
                ("as_it_was", "As they were"),
            ),
        ),
        AskedField(name="keep_overrides", label="Keep prices that were set by hand", kind="check"),
    )


DOINGS: Final[Mapping[str, Doing]] = {
    each.path: each
    for each in (
        Doing(
            path="accept",
            action=Action.ACCEPT,
            title="Record a yes",
            lead="The customer has said yes to you, not on the quote's page. It binds both sides from now on: readers, whoever "
            "said yes, and the shop get the confirmation. The record says who recorded it.",
            button="Record the yes",
            done="The yes is recorded. The confirmation goes out with its certificate.",
            fields=_yes,
            read=asked.accepting,
        ),
        Doing(
            path="reject",
            action=Action.REJECT,
            title="Record a no",
            lead="The customer has declined. The quote closes; a new version opens it again.",
            button="Record the no",
            done="The no is recorded.",
            fields=_no,
            read=asked.rejecting,
        ),
        Doing(
            path="extend",
            action=Action.EXTEND,
            title="Change the deadline",
            lead="All readers of a quote that is on offer are told of the new deadline, and reminded by it.",
            button="Change the deadline",
            done="The deadline is changed.",
            fields=_last_day,
            read=asked.extending,
        ),
        Doing(
            path="resend",
            action=Action.RESEND,
            title="Send it again",
            lead="The same version goes out once more, each reader with a link of their own. Whoever is named here reads along "
            "from now on; nobody is dropped.",
            button="Send it",
            done="It goes out again.",
            fields=_again,
            read=asked.resending,
        ),
        Doing(
            path="cancel",
            action=Action.CANCEL,
            title="Withdraw the quote",
            lead="The offer ends for good. All readers are told, and their links say so.",
            button="Withdraw the quote",
            done="The quote is withdrawn.",
            fields=lambda _: (_reason("Why", "The customer reads this."),),
            read=asked.cancelling,
            is_grave=True,
        ),
        Doing(
            path="delete",
            action=Action.CANCEL,
            title="Delete the draft",
            lead="Nobody has been sent it, and nobody is told. It stays in the record, shown as cancelled.",
            button="Delete the draft",
            done="The draft is deleted.",
            fields=lambda _: (),
            read=asked.deleting,
            is_grave=True,
        ),
        Doing(
            path="order",
            action=Action.HAND_OVER,
            title="Hand the order over",
            lead="Whoever makes the order has taken it. From then on the acceptance cannot be annulled here.",
            button="Keep the reference",
            done="The order's reference is kept.",
            fields=_order,
            read=asked.handing_over,
        ),
        Doing(
            path="copy",
            action=None,
            title="Copy as a new draft",
            lead="A new quote for the same customer, with a number of its own. This one stays as it is.",
            button="Make the copy",
            done="This is the copy: a draft of its own.",
            fields=_copy,
            read=asked.copying,
        ),
        Doing(
            path="annul",
            action=Action.ANNUL,
            title="Annul the acceptance",
            lead="By agreement with the customer the order binds neither side any more. Acceptance, evidence and certificate stay "
            "on record, and both sides are told.",
            button="Annul the acceptance",
            done="The acceptance is annulled. Both sides are told.",
            fields=_annulment,
            read=asked.annulling,
            is_grave=True,
        ),
    )
}
"""By the last part of their addresses."""

DONE: Final[Mapping[str, str]] = {path: doing.done for path, doing in DOINGS.items()} | {
    "order_retried": "The order is being handed over again.",
    "closed": "The link is closed. Whoever opens it reads that it is.",
    "sent": "The quote is sent. Each reader gets an email of their own.",
    "saved": "It is saved, and nobody has been sent it yet.",
    "received": "Received, being decided. This page follows by itself.",
}
"""What a page says after a form that counted, by `?done=`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceAsked:
    """What can be had of a line: `options` are value, what it is, and its price."""

    name: str
    legend: str
    options: tuple[tuple[str, str, str], ...]


def choices_of_page(facts: QuoteFacts) -> tuple[ChoiceAsked, ...]:
    """What is to be chosen with a yes; empty where the version offers one thing."""
    sheet = offer_sheet(facts.view.content)
    asks = (line for line in sheet.lines if line.choices or line.is_optional)
    return tuple(
        ChoiceAsked(
            name=f"{PREFIX}{line.number}",
            legend=f"{line.number}. {line.description}",
            options=_options(line, sheet.currency),
        )
        for line in asks
    )


def _options(line: SheetLine, currency: str) -> tuple[tuple[str, str, str], ...]:
    without = ((WITHOUT, "Without it", ""),) if line.is_optional else ()
    if not line.choices:
        return ((INCLUDED, f"With it, {line.amount}", f"{currency} {line.total}"), *without)
    had = (
        (
            each.key,
            ", ".join(part for part in (each.amount, each.service, each.lead_time) if part),
            f"{currency} {each.total}",
        )
        for each in line.choices
    )
    return (*had, *without)
