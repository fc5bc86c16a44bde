"""The one place where rows become objects of the domain and objects become what is stored."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from adapters.db.database import Row
from adapters.db.record.views import CommandView, EventView, VersionView
from domain import instants
from domain.money import Money
from domain.offer.choice import picks_of
from domain.offer.content import content_from_data
from domain.presentation.message import Failure, Hearing, server_words
from domain.proof.evidence import Acceptance
from domain.quotes.envelope import Envelope
from domain.quotes.events import Event, EventType
from domain.quotes.notices import ABOUT, UNFINISHED, Audience, DeliveryStatus, HeldLink, MessageKind, Refusal
from domain.quotes.payloads import for_decision
from domain.quotes.quote import AcceptanceRef, Quote, VersionRef
from domain.quotes.record import QuoteView
from domain.quotes.status import CommandStatus, QuoteStatus
from domain.wording import one_line


def instant(value: datetime | str) -> datetime:
    """A time of a column, or of a row that PostgreSQL has written as JSON."""
    return value if isinstance(value, datetime) else instants.read(value)


def text_of(value: datetime | None) -> str | None:
    """A time as it stands in JSON."""
    return instants.stored(value) if value else None


def quote_from(row: Row, prefix: str = "") -> Quote:
    """The quote in a row of `quotes` whose columns are named with `prefix`."""

    def get(name: str) -> Any:
        return row[prefix + name]

    acceptance, expired_from = get("acceptance"), get("expired_from")
    return Quote(
        id=str(get("id")),
        number=get("number"),
        customer_id=str(get("customer_id")),
        time_zone=get("time_zone"),
        reminder_zone=get("reminder_zone"),
        status=QuoteStatus(get("status")),
        versions=tuple(_version_ref(version) for version in get("versions")),
        current_version=get("current_version"),
        working_version=get("working_version"),
        last_sent_version=get("last_sent_version"),
        valid_until=get("valid_until"),
        created_at=get("created_at"),
        updated_at=get("updated_at"),
        sent_at=get("sent_at"),
        decided_at=get("decided_at"),
        reminders_from=get("reminders_from"),
        expired_from=QuoteStatus(expired_from) if expired_from else None,
        acceptance=_acceptance_ref(acceptance) if acceptance else None,
        order_reference=get("order_reference"),
        state_version=get("state_version"),
    )


def quote_data(quote: Quote) -> dict[str, Any]:
    """A quote as plain JSON data, by the columns of `quotes`."""
    acceptance = quote.acceptance
    return {
        "id": quote.id,
        "number": quote.number,
        "customer_id": quote.customer_id,
        "time_zone": quote.time_zone,
        "reminder_zone": quote.reminder_zone,
        "status": str(quote.status),
        "versions": [_version_data(version) for version in quote.versions],
        "current_version": quote.current_version,
        "working_version": quote.working_version,
        "last_sent_version": quote.last_sent_version,
        "valid_until": text_of(quote.valid_until),
        "created_at": text_of(quote.created_at),
        "updated_at": text_of(quote.updated_at),
        "sent_at": text_of(quote.sent_at),
        "decided_at": text_of(quote.decided_at),
        "reminders_from": text_of(quote.reminders_from),
        "expired_from": str(quote.expired_from) if quote.expired_from else None,
        "acceptance": _acceptance_ref_data(acceptance) if acceptance else None,
        "order_reference": quote.order_reference,
        "state_version": quote.state_version,
    }


def _acceptance_ref(data: Row) -> AcceptanceRef:
    total = data.get("total")
    return AcceptanceRef(
        command_id=data["command_id"],
        version=data["version"],
        signer=data["signer"],
        selection=picks_of(data.get("selection")),
        total=Money.parse(total, data["currency"]) if total is not None else None,
    )


def _acceptance_ref_data(acceptance: AcceptanceRef) -> dict[str, Any]:
    data: dict[str, Any] = {
        "command_id": acceptance.command_id,
        "version": acceptance.version,
        "signer": acceptance.signer,
    }
    if acceptance.selection is not None:
        data["selection"] = [pick.to_data() for pick in acceptance.selection]
    if acceptance.total is not None:
        data |= {"total": str(acceptance.total), "currency": acceptance.total.currency}
    return data


def acceptance_data(acceptance: Acceptance) -> dict[str, Any]:
    """An acceptance as plain JSON data, by the columns of `acceptances`."""
    return {
        **{each.name: getattr(acceptance, each.name) for each in fields(acceptance)},
        "total": str(acceptance.total),
        "received_at": text_of(acceptance.received_at),
        "page_opened_at": text_of(acceptance.page_opened_at),
    }


def _version_ref(data: Row) -> VersionRef:
    return VersionRef(
        number=data["number"],
        total=Money.parse(data["total"], data["currency"]),
        content_hash=data["content_hash"],
        created_at=instant(data["created_at"]),
        has_choices=data.get("has_choices", False),
        to_confirm=tuple(data.get("to_confirm", ())),
    )


def _version_data(version: VersionRef) -> dict[str, Any]:
    return {
        "number": version.number,
        "total": str(version.total),
        "currency": version.total.currency,
        "content_hash": version.content_hash,
        "created_at": text_of(version.created_at),
        **({"has_choices": True} if version.has_choices else {}),
        **({"to_confirm": list(version.to_confirm)} if version.to_confirm else {}),
    }


def quote_view(row: Row) -> QuoteView:
    """A quote with its current content; see `quotes.repository._view`."""
    return QuoteView(
        quote=quote_from(row),
        workflow_id=row["workflow_id"],
        owner=row["owner"],
        external_id=row["external_id"],
        contact=row["contact"],
        customer_name=row["customer_name"],
        content=content_from_data(row["content"]),
        now=row["now"],
        purchase_order_number=row["purchase_order_number"],
    )


def held_link(row: Row) -> HeldLink:
    """A row of `customer_links` that is not closed, or what `open_links` gives of it."""
    return HeldLink(**{name: row[name] for name in HeldLink.__dataclass_fields__})


def open_links(quote_id: str) -> str:
    """SQL for all links of a quote that are not closed, oldest first, as JSON; each is read by `held_link`."""
    names = ", ".join(f"'{name}', {name}" for name in HeldLink.__dataclass_fields__)
    return f"""(
        SELECT jsonb_agg(jsonb_build_object({names}) ORDER BY created_at, id)
        FROM customer_links WHERE quote_id = {quote_id} AND revoked_at IS NULL
    )"""  # noqa: S608 - names of our own


def hearing_from(mails: Sequence[Row]) -> Hearing:
    """Of one that nobody has tried yet the shop is told as of those that were told: it is under way."""
    failed = [mail for mail in mails if mail["status"] in {DeliveryStatus.FAILED, DeliveryStatus.SKIPPED}]
    waiting = [mail for mail in mails if mail["status"] in UNFINISHED and mail["last_error"]]
    rest = [mail for mail in mails if mail not in failed and mail not in waiting]
    told, later, never = (
        tuple(one_line(mail["recipient"]) for mail in group) for group in (rest, waiting, failed)
    )
    return Hearing(told=told, waiting=later, failed=never)


def failure_from(row: Row) -> Failure:
    """Of what a mail tells that another one failed, in the columns `failed_…` and `unheard`."""
    return Failure(
        about=ABOUT[MessageKind(row["failed_kind"])],
        recipient=one_line(row["failed_recipient"]),
        is_shops=row["failed_audience"] == Audience.SELLER,
        has_link=row["failed_link_id"] is not None,
        refused=Refusal(row["failed_refused"]) if row["failed_refused"] else None,
        words=server_words(row["failed_error"]),
        unheard=one_line(row["unheard"] or "") or None,
    )


def version_view(row: Row) -> VersionView:
    """A row of `quote_versions`."""
    return VersionView(
        quote_id=row["quote_id"],
        number=row["version"],
        content=content_from_data(row["content"]),
        content_hash=row["content_hash"],
        created_at=row["created_at"],
        seller=row["seller"],
        customer_name=row["customer_name"],
        parties=row["parties"],
    )


def event_view(row: Row) -> EventView:
    """A row of `quote_events`."""
    return EventView(
        quote_id=row["quote_id"],
        sequence=row["sequence"],
        event=Event(type=EventType(row["type"]), at=row["at"], actor=row["actor"], data=row["data"]),
        previous_hash=row["previous_hash"],
        hash=row["hash"],
    )


def envelope_from(row: Row) -> Envelope:
    """The command in a row of `commands`, as it leaves the record: with what its decision depends on, and no more."""
    return for_decision(whole_envelope(row))


def whole_envelope(row: Row) -> Envelope:
    """The same with all that was asked. It stays here."""
    return Envelope(
        name=row["name"],
        command_id=str(row["id"]),
        received_at=instant(row["received_at"]),
        actor=row["actor"],
        expected_state_version=row["expected_state_version"],
        shown_version=row["shown_version"],
        payload=row["payload"],
        schema_version=row["schema_version"],
    )


def command_view(row: Row) -> CommandView:
    """A row of `commands` with its outcome."""
    status = row["current_status"]
    return CommandView(
        id=row["id"],
        quote_id=row["quote_id"],
        name=row["name"],
        status=CommandStatus(row["outcome"] or CommandStatus.PENDING),
        code=row["code"],
        detail=row["detail"],
        current_status=QuoteStatus(status) if status else None,
        allowed_actions=tuple(row["allowed_actions"] or ()),
        received_at=row["received_at"],
        decided_at=row["decided_at"],
    )
