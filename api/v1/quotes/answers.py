"""Answers about quotes."""

from enum import StrEnum
from typing import Any, Self

from pydantic import Field

from adapters.db.record.views import VersionView
from adapters.settings import Settings
from api.http.fields import MoneyText
from api.http.problem import VersionWarningAnswer
from api.json_answer import Answer, Count, CurrencyText, DigestText, IdText, InstantText, Ordinal, as_recorded
from api.v1.drawings import EnclosureAnswer
from api.v1.quotes.line_answers import (
    DiscountAnswer,
    ExplainedLineAnswer,
    LineAnswer,
    OverrideFateAnswer,
    PickAnswer,
    TaxAnswer,
)
from api.v1.quotes.version_texts import PartiesAnswer, TextsAnswer, texts_answered
from api.v1.router import PREFIX
from domain import instants
from domain.offer.choice import all_of, chosen_content
from domain.offer.content import VersionContent
from domain.pricing.advice.limits import PriceLimit
from domain.quotes import reminders
from domain.quotes.guards import allowed_actions
from domain.quotes.notices import DeliveryState
from domain.quotes.record import OrderStatus, QuoteView
from domain.quotes.status import Action, QuoteStatus
from workflows.contract import LiveView


class NextEventKind(StrEnum):
    """What happens to an open quote by itself."""

    REMINDER = "reminder"
    EXPIRY = "expiry"


class PriceBasis(StrEnum):
    """Whether the newest version was priced by the rate card valid now."""

    CURRENT = "current"
    OUTDATED = "outdated"


class NextEventAnswer(Answer):
    """What will happen by itself: a reminder to the customer, or the expiry."""

    kind: NextEventKind
    at: InstantText
    days_left: int | None = None


class ReaderAnswer(Answer):
    """Somebody who holds a link to the version sent last; by one that is not `may_accept` it can only be read."""

    address: str = Field(examples=["buyer@example.com"])
    may_accept: bool


class OrderAnswer(Answer):
    """How the order of an accepted quote fares with the system that makes it: `none` where none is to be told, `pending` while
    it is being handed over, `failed` once that was given up. `at` is when it came to this, `last_error` what the last attempt
    came to, `reference` under what the order was taken.
    """

    status: OrderStatus
    reference: str | None = Field(examples=["SO-4711"])
    at: InstantText | None
    last_error: str | None

    @classmethod
    def of(cls, view: QuoteView) -> Self:
        """By the quote's own reference."""
        order = view.order
        return cls(
            status=order.status,
            reference=view.quote.order_reference,
            at=instants.answered(order.at),
            last_error=order.last_error,
        )


class AmountsAnswer(Answer):
    """Totals: `subtotal` (the lines) less `discount` is `net_total`; with `tax_total` it is `total_price`."""

    total_price: MoneyText
    currency: CurrencyText
    subtotal: MoneyText
    discount: DiscountAnswer | None
    net_total: MoneyText
    taxes: list[TaxAnswer]
    tax_total: MoneyText


class QuoteAnswer(AmountsAnswer, TextsAnswer):
    """A quote as recorded; its lines are the current version's.

    `price_basis` is `outdated` where the newest version was priced by another rate card than the one valid now. `readers`
    are told what becomes of the quote. `delivery` is `trouble` where an email waits or has been tried and failed for now,
    `failed` where one was refused for good or given up and its reader has not been reached since; `delivery_reason` then
    says which and why. Where the customer may choose, `total_price` is what it comes to without a choice. Of an accepted quote
    `accepted_version`, `accepted_total`, `accepted_lines` and `selection` are what was ordered, chosen or not, and
    `purchase_order_number` is the customer's own number of the order; null before. `to_confirm` are the
    codes of the warnings that sending its newest version asks to be confirmed.
    """

    id: IdText
    number: str = Field(examples=["Q-2026-00012"])
    customer_id: IdText
    customer_name: str
    status: QuoteStatus
    current_version: Ordinal
    working_version: Ordinal | None
    price_basis: PriceBasis
    order_reference: str | None = Field(
        examples=["SO-4711"], description="Under what the order was handed over to the system that makes it."
    )
    order: OrderAnswer
    created_at: InstantText
    updated_at: InstantText
    valid_until: InstantText
    time_zone: str
    is_expired: bool
    sent_at: InstantText | None
    decided_at: InstantText | None
    owner: str | None
    contact: str | None
    readers: list[ReaderAnswer]
    external_id: str | None
    accepted_version: int | None
    accepted_total: MoneyText | None
    purchase_order_number: str | None = Field(examples=["4500012345"])
    accepted_lines: list[LineAnswer] | None
    selection: list[PickAnswer] | None
    delivery: DeliveryState
    delivery_reason: str | None
    lines: list[LineAnswer]
    files: list[EnclosureAnswer]
    warnings: list[VersionWarningAnswer]
    to_confirm: list[PriceLimit]
    override_fates: list[OverrideFateAnswer]
    allowed_actions: list[Action]
    next_events: list[NextEventAnswer]
    state_version: Count
    links: dict[str, str | None]

    @classmethod
    def of(cls, view: QuoteView, settings: Settings) -> Self:
        """The quote with the lines of its current version."""
        quote, content = view.quote, view.content
        accepted = quote.acceptance
        chosen = accepted.selection if accepted else None
        picks = (chosen or all_of(content)) if accepted else None
        ordered = (chosen_content(content, chosen) if chosen else content) if accepted else None
        return cls(
            id=quote.id,
            number=quote.number,
            customer_id=quote.customer_id,
            customer_name=view.customer_name,
            status=quote.status,
            current_version=quote.current_version,
            working_version=quote.working_version,
            **_amounts(content),
            price_basis=PriceBasis.OUTDATED if view.price_is_outdated else PriceBasis.CURRENT,
            order_reference=quote.order_reference,
            order=OrderAnswer.of(view),
            created_at=instants.answered(quote.created_at),
            updated_at=instants.answered(quote.updated_at),
            valid_until=instants.answered(quote.valid_until),
            time_zone=quote.time_zone,
            is_expired=view.is_expired,
            sent_at=instants.answered(quote.sent_at),
            decided_at=instants.answered(quote.decided_at),
            owner=view.owner,
            contact=view.contact,
            readers=[ReaderAnswer(address=each.address, may_accept=each.may_accept) for each in view.readers],
            external_id=view.external_id,
            accepted_version=accepted.version if accepted else None,
            accepted_total=str(ordered.total) if ordered else None,
            purchase_order_number=view.purchase_order_number,
            accepted_lines=[LineAnswer.of(line) for line in ordered.lines] if ordered else None,
            selection=[PickAnswer.of(pick) for pick in picks] if picks is not None else None,
            delivery=view.delivery.state,
            delivery_reason=view.delivery.reason,
            **texts_answered(content),
            lines=[LineAnswer.of(line) for line in content.lines],
            files=[EnclosureAnswer.of(each) for each in content.files],
            warnings=[VersionWarningAnswer.of(warning) for warning in content.warnings],
            to_confirm=[as_recorded(PriceLimit, code) for code in quote.next_sent.to_confirm],
            override_fates=[OverrideFateAnswer.of(fate) for fate in content.override_fates],
            allowed_actions=list(allowed_actions(quote, view.now)),
            next_events=next_events(view),
            state_version=quote.state_version,
            links=_links(view, settings),
        )


class WaitingCommandAnswer(Answer):
    """A command that the workflow has taken and not decided yet."""

    command_id: IdText
    name: str = Field(examples=["accept"])
    received_at: InstantText


class LiveAnswer(Answer):
    """The workflow's own view of its quote, at this moment."""

    quote_id: IdText
    status: QuoteStatus | None
    state_version: Count | None
    current_version: Ordinal | None
    valid_until: InstantText | None
    is_expired: bool
    waiting_commands: list[WaitingCommandAnswer]
    deliveries: list[str]
    next_due: InstantText | None
    next_what: str
    workflow_id: str
    temporal_ui_url: str | None

    @classmethod
    def of(cls, live: LiveView, recorded: QuoteView, settings: Settings) -> Self:
        """What the run knows, and beside it what depends on now, from the record's clock."""
        quote = live.quote
        return cls(
            quote_id=recorded.quote.id,
            status=quote.status if quote else None,
            state_version=quote.state_version if quote else None,
            current_version=quote.current_version if quote else None,
            valid_until=instants.answered(quote.valid_until) if quote else None,
            is_expired=recorded.is_expired,
            waiting_commands=[
                WaitingCommandAnswer(
                    command_id=each.command_id,
                    name=each.name,
                    received_at=instants.answered(each.received_at),
                )
                for each in live.waiting
            ],
            deliveries=list(live.delivering),
            next_due=instants.answered(live.next_due),
            next_what=live.next_what,
            workflow_id=recorded.workflow_id,
            temporal_ui_url=temporal_ui_url(recorded.workflow_id, settings),
        )


class VersionAnswer(AmountsAnswer, TextsAnswer):
    """An immutable version, with the explained price of every line: staff only. `parties` are those whom it named when it
    was sent, null before.
    """

    version: Ordinal
    created_at: InstantText
    content_hash: DigestText
    parties: PartiesAnswer | None
    lines: list[ExplainedLineAnswer]
    files: list[EnclosureAnswer]
    warnings: list[VersionWarningAnswer]
    override_fates: list[OverrideFateAnswer]

    @classmethod
    def of(cls, view: VersionView) -> Self:
        """The version with the explained price of every line."""
        content = view.content
        return cls(
            version=view.number,
            created_at=instants.answered(view.created_at),
            content_hash=view.content_hash,
            parties=PartiesAnswer.of(view),
            **_amounts(content),
            **texts_answered(content),
            lines=[ExplainedLineAnswer.of(line) for line in content.lines],
            files=[EnclosureAnswer.of(each) for each in content.files],
            warnings=[VersionWarningAnswer.of(warning) for warning in content.warnings],
            override_fates=[OverrideFateAnswer.of(fate) for fate in content.override_fates],
        )


def next_events(view: QuoteView) -> list[NextEventAnswer]:
    """What time will bring: reminders still to come, then the expiry; nothing for a closed quote."""
    quote = view.quote
    if not quote.status.is_open:
        return []
    to_come = [
        NextEventAnswer(
            kind=NextEventKind.REMINDER, at=instants.answered(reminder.due), days_left=reminder.days_left
        )
        for reminder in reminders.plan(quote)
        if reminder.due > view.now
    ]
    return [*to_come, NextEventAnswer(kind=NextEventKind.EXPIRY, at=instants.answered(quote.valid_until))]


def temporal_ui_url(workflow_id: str, settings: Settings) -> str | None:
    """A quote's workflow in the Temporal Web UI, None where no address of it is set."""
    if not settings.temporal_ui_url:
        return None
    base = settings.temporal_ui_url.rstrip("/")
    return f"{base}/namespaces/{settings.temporal_namespace}/workflows/{workflow_id}"


def _amounts(content: VersionContent) -> dict[str, Any]:
    """AmountsAnswer's fields, for the place where an answer has them."""
    amounts = AmountsAnswer(
        total_price=str(content.total),
        currency=content.total.currency,
        subtotal=str(content.subtotal),
        discount=DiscountAnswer.of(content.discount) if content.discount else None,
        net_total=str(content.net_total),
        taxes=[TaxAnswer.of(tax) for tax in content.taxes],
        tax_total=str(content.tax_total),
    )
    return vars(amounts)


def _links(view: QuoteView, settings: Settings) -> dict[str, str | None]:
    quote = f"{PREFIX}/quotes/{view.quote.id}"
    return {
        "self": quote,
        "customer": f"{PREFIX}/customers/{view.quote.customer_id}",
        "live": f"{quote}/live",
        "versions": f"{quote}/versions",
        "events": f"{quote}/events",
        "messages": f"{quote}/messages",
        "temporal_ui": temporal_ui_url(view.workflow_id, settings),
    }
