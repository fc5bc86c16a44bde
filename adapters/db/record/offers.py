"""What an offer says, read of the record: mails, documents and pages select these columns and get the same object."""

from datetime import datetime
from typing import Any, Final, TypedDict, Unpack

import sqlalchemy as sa

from adapters.db.database import Reading, Row
from adapters.db.record.rows import instant
from adapters.db.tables import (
    acceptances,
    customers,
    quote_events,
    quote_versions,
    quotes,
    seller,
    staff_users,
)
from adapters.db.tables.base import JSON
from domain.offer.choice import chosen_content, picks_of
from domain.offer.content import content_from_data
from domain.presentation.letterhead import letterhead
from domain.presentation.offer import Offer, addressee, offer_contact
from domain.presentation.sheet import offer_sheet
from domain.proof.counterparties import parties
from domain.quotes.events import EventType
from domain.quotes.payloads import SendPayload
from domain.wording import one_line

# Not named "seller": a version has a column of that name, which PostgreSQL would take for it.
_the_row = seller.alias("the_row")
SELLER_NOW: Final = sa.select(sa.func.to_jsonb(_the_row.table_valued(), type_=JSON)).scalar_subquery()
"""The seller's row as it is now."""

IN_CHARGE_NOW: Final = (
    sa.select(
        sa.func.jsonb_build_object(
            *("name", staff_users.c.name, "phone", staff_users.c.phone, "email", staff_users.c.address),
            type_=JSON,
        )
    )
    .where(staff_users.c.address == sa.func.lower(quotes.c.owner))
    .scalar_subquery()
)
"""The quote's owner among the shop's people, as they are now."""


def named_now(owner: str, customer_id: str) -> str:
    """SQL for what `domain.proof.counterparties.parties` asks for of a quote, as it is now, as JSON."""
    return f"""(
        SELECT jsonb_build_object(
            'seller', to_jsonb(ours) - 'id', 'customer_name', customers.name, 'address', customers.address,
            'tax_id', customers.tax_id, 'contacts', customers.contacts, 'in_charge', (
                SELECT jsonb_build_object('name', staff.name, 'phone', staff.phone, 'email', staff.address)
                FROM staff_users AS staff WHERE staff.address = lower({owner})
            )
        ) FROM customers, seller AS ours WHERE customers.id = {customer_id}
    )"""  # noqa: S608 - names of our own


class Moment(TypedDict, total=False):
    """In what a document, a mail and a page are not of the same moment."""

    seller: sa.ColumnElement[Any]
    seller_otherwise: sa.ColumnElement[Any]
    customer_name: sa.ColumnElement[Any]
    in_charge: sa.ColumnElement[Any]
    valid_until: sa.ColumnElement[Any]
    sent_at: sa.ColumnElement[Any]


def offer_columns(version: sa.FromClause, **moment: Unpack[Moment]) -> tuple[sa.Label[Any], ...]:
    """The columns of `offer_from`, for a row of `quote_versions` joined with its quote and customer. What `moment` does
    not say is as it was when the version was sent.
    """
    v = version.c
    sent_until = _of_sending(version, _event.c.data["valid_until"].as_string())
    as_sent: Moment = {
        "seller": v.seller,
        "seller_otherwise": sa.null(),
        # Names are missing of versions sent before there was a place for them.
        "customer_name": sa.func.coalesce(v.customer_name, customers.c.name),
        "in_charge": v.parties["in_charge"],
        "valid_until": sent_until,
        "sent_at": _of_sending(version, _event.c.at),
    }
    shown = as_sent | moment
    return (
        quotes.c.number.label("offer_number"),
        quotes.c.time_zone.label("offer_time_zone"),
        quotes.c.reminder_zone.label("offer_reader_zone"),
        v.version.label("offer_version"),
        v.content.label("offer_content"),
        _chosen_of(version).label("offer_selection"),
        sent_until.label("offer_sent_until"),
        shown["seller"].label("offer_seller"),
        shown["seller_otherwise"].label("offer_seller_otherwise"),
        shown["customer_name"].label("offer_customer_name"),
        v.parties.label("offer_parties"),
        shown["in_charge"].label("offer_in_charge"),
        shown["valid_until"].label("offer_valid_until"),
        shown["sent_at"].label("offer_sent_at"),
    )


def offer_from(row: Row) -> Offer:
    """The offer in a row with `offer_columns`."""
    sent_until, content = row["offer_sent_until"], content_from_data(row["offer_content"])
    picks = picks_of(row["offer_selection"])
    return Offer(
        number=row["offer_number"],
        version=row["offer_version"],
        customer_name=one_line(row["offer_customer_name"]),
        addressee=addressee(row["offer_parties"]),
        seller=letterhead(row["offer_seller"], row["offer_seller_otherwise"]),
        in_charge=offer_contact(row["offer_in_charge"]),
        sheet=offer_sheet(content),
        ordered=offer_sheet(chosen_content(content, picks)) if picks is not None else None,
        valid_until=instant(row["offer_valid_until"]),
        time_zone=row["offer_time_zone"],
        reader_zone=row["offer_reader_zone"],
        sent_at=row["offer_sent_at"],
        sent_until=instant(sent_until) if sent_until else None,
    )


async def find_offer(r: Reading, quote_id: str, version: int) -> Offer | None:
    """A version as a customer's page shows it: by the seller that sent it, open until the quote's deadline now; None
    for a version that is not there.
    """
    row = await r.row(_SHOWN, {"quote_id": quote_id, "version": version})
    return offer_from(row) if row else None


async def find_offer_to_send(
    r: Reading,
    quote_id: str,
    version: int,
    asked: SendPayload,
    *,
    contact: str | None,
    valid_until: datetime,
    at: datetime,
) -> Offer | None:
    """A version as it would be if it were sent so at that instant: both sides as they are now, for the contact that is
    asked for, else for the `contact` whom the quote is for. None for a version that is not there.
    """
    row = await r.row(_TO_SEND, {"quote_id": quote_id, "version": version})
    if row is None:
        return None
    both = parties(row["named"], contact=asked.contact or contact, recipients=asked.recipients or (), salt="")
    as_sent = {
        "seller": both.seller,
        "customer_name": both.customer_name,
        "parties": both.others,
        "in_charge": both.others["in_charge"],
        "valid_until": valid_until,
        "sent_until": valid_until,
        "sent_at": at,
    }
    return offer_from({**row, **{f"offer_{name}": value for name, value in as_sent.items()}})


_accepted = acceptances.alias("accepted")


def _chosen_of(version: sa.FromClause) -> sa.ColumnElement[Any]:
    """What was chosen of the version that was accepted."""
    return (
        sa.select(_accepted.c.selection)
        .where(_accepted.c.quote_id == version.c.quote_id, _accepted.c.version == version.c.version)
        .scalar_subquery()
    )


_event = quote_events.alias("sending")


def _of_sending(version: sa.FromClause, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Of an event that somebody has tampered with, `verify` tells; customers go on seeing what they were sent."""
    return (
        sa.select(value)
        .where(
            _event.c.quote_id == version.c.quote_id,
            _event.c.type == EventType.SENT,
            _event.c.data["version"].as_string() == sa.cast(version.c.version, sa.Text),
        )
        .limit(1)
        .scalar_subquery()
    )


_v = quote_versions.c
_SHOWN: Final = (
    sa.select(
        *offer_columns(
            quote_versions,
            seller_otherwise=SELLER_NOW,
            valid_until=quotes.c.valid_until,
            sent_at=sa.case((_v.version == quotes.c.last_sent_version, quotes.c.sent_at)),
        )
    )
    .join(quotes, quotes.c.id == _v.quote_id)
    .join(customers, customers.c.id == quotes.c.customer_id)
    .where(_v.quote_id == sa.bindparam("quote_id"), _v.version == sa.bindparam("version"))
)
_TO_SEND: Final = (
    sa.select(
        *offer_columns(quote_versions),
        sa.literal_column(named_now("quotes.owner", "quotes.customer_id"), JSON).label("named"),
    )
    .join(quotes, quotes.c.id == _v.quote_id)
    .join(customers, customers.c.id == quotes.c.customer_id)
    .where(_v.quote_id == sa.bindparam("quote_id"), _v.version == sa.bindparam("version"))
)
