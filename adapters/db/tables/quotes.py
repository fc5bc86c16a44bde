"""Quotes: what they are priced by, the snapshot, the versions and events behind it, the evidence of acceptance; mails
with their links, documents and proofs.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR, ExcludeConstraint

from adapters.db.tables.base import HASH, ID, INSTANT, JSON, TEXT_JSON, listed, metadata, one_of, stamp
from domain.presentation.document import DocumentKind
from domain.quotes.commands import AcceptanceMethod
from domain.quotes.notices import UNFINISHED, UNSENT, WISHES, Audience, DeliveryStatus, MessageKind, Refusal
from domain.quotes.status import QuoteStatus
from domain.rate_cards.dates import DEFAULT_NAME

# A card without an end holds until the next one of its name begins, so it takes up its first instant alone: two may
# not begin at once, and none may begin within the stated validity of another.
_STATED = (
    "tstzrange(valid_from, coalesce(valid_until, valid_from), "
    "CASE WHEN valid_until IS NULL THEN '[]' ELSE '[)' END)"
)
# GiST has ranges of numbers and not texts, unless an extension is there: names are compared by 64 bits of them.
_OF_NAME = "int8range(hashtextextended(name, 0), hashtextextended(name, 0), '[]')"

rate_cards = sa.Table(
    "rate_cards",
    metadata,
    sa.Column("id", ID, primary_key=True),
    # As it was written: `jsonb` would forget in which order a card has its tiers.
    sa.Column("data", TEXT_JSON, nullable=False),
    sa.Column("valid_from", INSTANT, nullable=False, server_default=sa.text("clock_timestamp()")),
    sa.Column("valid_until", INSTANT),
    sa.Column("name", sa.Text, nullable=False, server_default=DEFAULT_NAME),
    stamp("created_at"),
    sa.Index(None, "valid_from"),
    sa.Index(None, "created_at", "id"),
    sa.CheckConstraint("valid_until > valid_from", name="validity"),
    ExcludeConstraint(
        (sa.text(_OF_NAME), "&&"), (sa.text(_STATED), "&&"), using="gist", name="ex_rate_cards_validity"
    ),
)

pricing_calculations = sa.Table(
    "pricing_calculations",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("rate_card_id", ID, sa.ForeignKey("rate_cards.id"), nullable=False),
    sa.Column("specification", JSON, nullable=False),
    sa.Column("data", JSON, nullable=False),
    stamp("created_at"),
    sa.Index(None, "rate_card_id"),
)


MONEY = sa.Numeric(20, 4)
_PRICE = "coalesce(acceptance ->> '{0}', versions -> (current_version - 1) ->> '{0}')"

# What the events add up to (`domain.quotes.quote`), and beside it what only the record knows: the owner, the
# caller's reference, whom of the customer's contacts it is for, the salt of digests, and the end of the chain of events, kept here so that the row's
# lock guards it and no search for the last event is needed.
quotes = sa.Table(
    "quotes",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("customer_id", ID, sa.ForeignKey("customers.id"), nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("external_id", sa.Text),
    sa.Column("contact", sa.Text),
    sa.Column("salt", sa.LargeBinary, nullable=False, server_default=sa.text("uuid_send(gen_random_uuid())")),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("reminder_zone", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("versions", JSON, nullable=False),
    sa.Column("current_version", sa.Integer, nullable=False),
    sa.Column("working_version", sa.Integer),
    sa.Column("last_sent_version", sa.Integer),
    sa.Column("valid_until", INSTANT, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("updated_at", INSTANT, nullable=False),
    sa.Column("sent_at", INSTANT),
    sa.Column("decided_at", INSTANT),
    sa.Column("reminders_from", INSTANT),
    sa.Column("expired_from", sa.Text),
    sa.Column("acceptance", JSON),
    sa.Column("order_reference", sa.Text),
    sa.Column("state_version", sa.Integer, nullable=False),
    sa.Column("last_sending", sa.Text),  # by which programs before 0018 choose who is told
    sa.Column("last_sequence", sa.Integer, nullable=False),
    sa.Column("last_hash", HASH, nullable=False),
    # `Quote.price`: what was accepted, or what the current version comes to.
    sa.Column("total", MONEY, sa.Computed(_PRICE.format("total") + "::numeric", persisted=True)),
    sa.Column("currency", sa.Text, sa.Computed(_PRICE.format("currency"), persisted=True)),
    sa.UniqueConstraint("number"),
    one_of("status", QuoteStatus),
    sa.CheckConstraint("(status = 'expired') = (expired_from IS NOT NULL)", name="expired_from"),
    # An acceptance that was annulled stays, and one whose order was handed over is not annulled.
    sa.CheckConstraint(
        "CASE status WHEN 'accepted' THEN acceptance IS NOT NULL WHEN 'cancelled' THEN true ELSE acceptance IS NULL END",
        name="acceptance",
    ),
    sa.CheckConstraint("order_reference IS NULL OR status = 'accepted'", name="order_reference"),
    sa.CheckConstraint("working_version IS NULL OR status IN ('sent', 'expired')", name="working_version"),
    sa.CheckConstraint("current_version BETWEEN 1 AND jsonb_array_length(versions)", name="current_version"),
    sa.CheckConstraint("state_version >= 1 AND last_sequence >= state_version", name="state_version"),
    sa.Index(None, "created_at", "id"),
    sa.Index(None, "customer_id", "created_at", "id"),
    # In each order that a list may have, a status at a time: lists of several are merged of these.
    sa.Index(None, "status", "created_at", "id"),
    sa.Index(None, "status", "updated_at", "id"),
    sa.Index(None, "status", "valid_until", "id"),
    sa.Index(None, "status", "currency", "total", "id", postgresql_include=["owner"]),
    sa.Index(None, "decided_at", postgresql_include=["status", "sent_at", "owner", "currency", "total"]),
    sa.Index("ix_quotes_owner", sa.text("lower(owner)"), "created_at", "id"),
    sa.Index("ix_quotes_in_revision", "updated_at", postgresql_where=sa.text("working_version IS NOT NULL")),
    # A draft that is discarded gives its external id back: `Quote.is_discarded`.
    sa.Index(
        "uq_quotes_external_id",
        "external_id",
        unique=True,
        postgresql_where=sa.text(f"NOT (status = '{QuoteStatus.CANCELLED}' AND last_sent_version IS NULL)"),
    ),
    sa.Index("ix_quotes_number_prefix", "number", postgresql_ops={"number": "text_pattern_ops"}),
    sa.Index(
        "ix_quotes_external_id_prefix", "external_id", postgresql_ops={"external_id": "text_pattern_ops"}
    ),
)

# What stands in other tables, as words by which quotes are found: of the lines of all versions, external ids,
# purchase order numbers and recipients. Triggers fill it.
quote_search = sa.Table(
    "quote_search",
    metadata,
    sa.Column("quote_id", ID, sa.ForeignKey("quotes.id"), primary_key=True),
    sa.Column("words", TSVECTOR, nullable=False),
    sa.Index("ix_quote_search_words", "words", postgresql_using="gin"),
)

# Written once; a trigger lets nothing change but `seller`, `customer_name` and `parties`, once, when the version is sent.
quote_versions = sa.Table(
    "quote_versions",
    metadata,
    sa.Column("quote_id", ID, sa.ForeignKey("quotes.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", JSON, nullable=False),
    sa.Column("content_hash", HASH, nullable=False),
    sa.Column("total", MONEY, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("seller", JSON),
    sa.Column("customer_name", sa.Text),
    sa.Column("parties", JSON),
    sa.CheckConstraint("version >= 1", name="version"),
    sa.CheckConstraint("length(content_hash) = 64", name="content_hash"),
)

# Transactions are counted by a server: where the record has come to another one, or back to an earlier state, an epoch
# begins with the first event that is written there. Events of before 0032 are of epoch 0.
feed_epochs = sa.Table(
    "feed_epochs",
    metadata,
    sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("cluster", sa.Text, nullable=False),
)

_PLACE = ("feed_epoch", "feed_transaction", "quote_id", "sequence")
"""An event's place among those of all quotes. A trigger gives it none before its predecessor in the quote."""

# Written once; a trigger refuses every change. `cause`, `recorded_at` and the place in the feed are bookkeeping and stand
# outside the hash.
quote_events = sa.Table(
    "quote_events",
    metadata,
    sa.Column("quote_id", ID, sa.ForeignKey("quotes.id"), primary_key=True),
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("at", INSTANT, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("data", JSON, nullable=False),
    sa.Column("previous_hash", HASH, nullable=False),
    sa.Column("hash", HASH, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    stamp("recorded_at"),
    sa.Column("feed_epoch", sa.Integer, nullable=False, server_default=sa.text("feed_epoch()")),
    sa.Column(
        "feed_transaction", sa.BigInteger, nullable=False, server_default=sa.text("feed_transaction()")
    ),
    sa.UniqueConstraint("quote_id", "cause", "type"),
    sa.Index("ix_quote_events_feed", *_PLACE),
    sa.Index("ix_quote_events_feed_by_type", "type", *_PLACE),
    sa.CheckConstraint("sequence >= 1", name="sequence"),
    sa.CheckConstraint("(sequence = 1) = (previous_hash = '')", name="previous_hash"),
    sa.CheckConstraint("length(hash) = 64", name="hash"),
    # What the customer has asked for, of all quotes: what is open among it is asked for again and again.
    sa.Index("ix_quote_events_requests", "at", postgresql_where=sa.text(f"type IN ({listed(WISHES)})")),
)

# Written once; a trigger lets nothing change but the people's part, which may be blanked when somebody is to be
# forgotten. The chain of events holds digests only.
acceptances = sa.Table(
    "acceptances",
    metadata,
    sa.Column("quote_id", ID, sa.ForeignKey("quotes.id"), primary_key=True),
    sa.Column("command_id", ID, sa.ForeignKey("commands.id"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("content_hash", HASH, nullable=False),
    sa.Column("total", MONEY, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("signer", HASH, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("received_at", INSTANT, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("signer_name", sa.Text),
    sa.Column("signer_email", sa.Text),
    sa.Column("purchase_order_number", sa.Text),
    sa.Column("consent_text", sa.Text),
    sa.Column("link_id", sa.Text),
    sa.Column("recipient", sa.Text),
    sa.Column("ip", sa.Text),
    sa.Column("user_agent", sa.Text),
    sa.Column("page_opened_at", INSTANT),
    sa.Column("recorded_by", sa.Text),
    sa.Column("proof_sha256", HASH),
    sa.Column("selection", JSON),
    one_of("method", AcceptanceMethod),
    sa.ForeignKeyConstraint(["quote_id", "version"], ["quote_versions.quote_id", "quote_versions.version"]),
    sa.UniqueConstraint("command_id"),
)

clock_offsets = sa.Table(
    "clock_offsets",
    metadata,
    sa.Column("quote_id", ID, sa.ForeignKey("quotes.id"), primary_key=True),
    sa.Column("ahead", sa.Interval, nullable=False),
    sa.CheckConstraint("ahead >= interval '0'", name="ahead"),
)


_VERSION = ["quote_versions.quote_id", "quote_versions.version"]

# One link per recipient of one sending; `cause` is the sending's command. Who holds one that is not closed is a reader.
customer_links = sa.Table(
    "customer_links",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("quote_id", ID, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("token_hash", sa.Text, nullable=False),
    stamp("created_at"),
    sa.Column("viewed_at", INSTANT),
    sa.Column("revoked_at", INSTANT),
    sa.Column("may_accept", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.ForeignKeyConstraint(["quote_id", "version"], _VERSION),
    sa.UniqueConstraint("quote_id", "cause", "recipient"),
    sa.UniqueConstraint("token_hash"),
    sa.CheckConstraint("length(token_hash) = 64", name="token_hash"),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("quote_id", ID, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("link_id", ID, sa.ForeignKey("customer_links.id")),
    sa.Column("data", JSON, nullable=False),
    sa.Column("status", sa.Text, nullable=False, server_default=DeliveryStatus.PENDING),
    sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("last_error", sa.Text),
    stamp("created_at"),
    sa.Column("sent_at", INSTANT),
    sa.Column("failed_at", INSTANT),
    sa.Column("refused", sa.Text),
    sa.ForeignKeyConstraint(["quote_id", "version"], _VERSION),
    sa.UniqueConstraint("key"),
    sa.Index(None, "quote_id", "cause"),
    sa.Index("ix_messages_unsent", "quote_id", postgresql_where=sa.text(f"status IN ({listed(UNSENT)})")),
    # Among those of all time that failed: what the relay asks for again and again.
    sa.Index(
        "ix_messages_unfinished", "quote_id", postgresql_where=sa.text(f"status IN ({listed(UNFINISHED)})")
    ),
    one_of("kind", MessageKind),
    one_of("audience", Audience),
    one_of("status", DeliveryStatus),
    one_of("refused", Refusal),
    sa.CheckConstraint(f"(status = '{DeliveryStatus.SENT}') = (sent_at IS NOT NULL)", name="sent_at"),
)


# As they were made and sent. Written once; triggers refuse every change.
documents = sa.Table(
    "documents",
    metadata,
    sa.Column("quote_id", ID, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("sha256", HASH, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    stamp("created_at"),
    sa.ForeignKeyConstraint(["quote_id", "version"], ["quote_versions.quote_id", "quote_versions.version"]),
    sa.CheckConstraint("length(sha256) = 64", name="sha256"),
    one_of("kind", DocumentKind),
)


def _by_digest(name: str) -> sa.Table:
    """Files that are written once, each known by the SHA-256 of its bytes."""
    return sa.Table(
        name,
        metadata,
        sa.Column("sha256", HASH, primary_key=True),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("stored_by", sa.Text, nullable=False),
        stamp("created_at"),
        sa.CheckConstraint("length(sha256) = 64", name="sha256"),
    )


# Drawings and models that go with offers.
files = _by_digest("files")

# What the shop was given as proof of a yes that did not come online: a purchase order, a mail, a note.
proofs = _by_digest("proofs")

# A customer's list of parts as it was read, and what people said about it; `quote_id` is of the quote that was last made of it,
# named before it is recorded.
parts_lists = sa.Table(
    "parts_lists",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("customer_id", ID, sa.ForeignKey("customers.id")),
    sa.Column("name", sa.Text),
    sa.Column("grid", JSON, nullable=False),
    sa.Column("answers", JSON, nullable=False),
    sa.Column("quote_id", ID),
    sa.Column("stored_by", sa.Text, nullable=False),
    stamp("created_at"),
    stamp("updated_at"),
    sa.Index(None, "created_at", "id"),
    sa.Index(None, "customer_id"),
)

# What was said about a customer's lists and holds for the next one.
kept_list_answers = sa.Table(
    "kept_list_answers",
    metadata,
    sa.Column("customer_id", ID, sa.ForeignKey("customers.id"), primary_key=True),
    sa.Column("answers", JSON, nullable=False),
    stamp("updated_at"),
)
