"""The statements that store a command. Each does everything that must hold together, at one instant."""

from typing import Final

import sqlalchemy as sa

from adapters.db.inbox.undecided import in_turn
from adapters.db.json_rows import rows_of
from adapters.db.tables import commands, pricing_calculations
from adapters.db.tables.base import listed
from domain.quotes.envelope import CREATE, MEANS_CURRENT
from domain.quotes.status import Action

_GIVEN: Final = [
    *(
        "id",
        "quote_id",
        "name",
        "actor",
        "payload",
        "schema_version",
        "caller",
        "idempotency_key",
        "body_hash",
        "traceparent",
    ),
]
_COMMAND: Final = [*_GIVEN, "expected_state_version", "shown_version"]
_CREATE: Final = [*_GIVEN, "customer_id", "external_id"]
RANDOM_DIGITS: Final = 6
"""Of the quote's id, behind its number in the id of its workflow: a number that is given twice, as after a restore, stays
apart. The last digits of a UUIDv7 are random, the first ones the time.
"""

# Calculations are never removed, so that looking for them here is as good as a foreign key.
_MISSING: Final = f"""
missing AS (
    SELECT asked.id FROM {rows_of(pricing_calculations, ["id"], "calculations", "asked")}
    WHERE NOT EXISTS (SELECT FROM pricing_calculations AS known WHERE known.id = asked.id)
)"""  # noqa: S608 - built from the names in `tables` alone

# The name by itself: a join would be planned for more rows than one, and reads all customers.
_RESULT: Final = """
SELECT stored.*, (SELECT name FROM customers WHERE id = stored.customer_id) AS customer_name, {run} AS run,
    (SELECT count(*) FROM source) AS sources,
    (SELECT count(*) FROM missing) AS missing,
    {older} AS older
FROM (VALUES (1)) AS one
LEFT JOIN stored ON true"""

_OLDER: Final = f"""(
    SELECT jsonb_agg(
        jsonb_build_object(
            'id', id, 'name', name, 'actor', actor, 'payload', payload, 'received_at', received_at,
            'expected_state_version', expected_state_version, 'shown_version', shown_version,
            'schema_version', schema_version, 'traceparent', traceparent
        ) ORDER BY {in_turn()}
    )
    FROM commands WHERE quote_id = (SELECT quote_id FROM new) AND outcome IS NULL
)"""  # noqa: S608 - as above

COUNTED_SECONDS: Final = 10
MOST_COUNTED: Final = 1000

# Waiting is what was stored lately: a quote that is stuck, or hours without a worker, are no backlog of today's work. A next
# attempt is never before that, so that its index finds them.
CLOCK: Final = sa.text(f"""
SELECT clock_timestamp() AS now, (
    SELECT count(*) FROM (
        SELECT FROM commands
        WHERE outcome IS NULL
            AND next_attempt_at > statement_timestamp() - interval '{COUNTED_SECONDS} seconds'
            AND stored_at > statement_timestamp() - interval '{COUNTED_SECONDS} seconds'
        LIMIT {MOST_COUNTED}
    ) AS undecided
) AS waiting
""")  # noqa: S608 - built from the figures above alone
"""Asked once there is a connection: what the request waited until then is known to the process that took it. And how many
commands wait for a decision.
"""

# From there on the server knows it: `clock` is the answer to CLOCK, `waited` what had been waited when it came. Not
# `statement_timestamp()`: a lock is waited for while a statement is read or bound, which is before it begins.
_ARRIVAL: Final = """
arrival AS MATERIALIZED (
    SELECT least(
        greatest(now - CAST(:clock AS timestamptz) + CAST(:waited AS interval), interval '0'),
        CAST(:longest AS interval)
    ) AS waited
    FROM (SELECT clock_timestamp() AS now) AS stamp
)"""


# Two rules of the domain are kept here, because salt and current version are read at the instant of the insert: the
# signer's digest is `domain.proof.verify.signer_digest`, the version that is meant `domain.quotes.envelope.MEANS_CURRENT`.
# An annulment gets a salt of its own. A quote that is not recorded yet has none: its digest is good for nothing but to be refused as a draft's.
STORE: Final = sa.text(f"""
WITH
new AS MATERIALIZED (SELECT * FROM {rows_of(commands, _COMMAND, "new", "given")}),
source AS MATERIALIZED (
    SELECT number, customer_id, salt, current_version FROM quotes WHERE id = (SELECT quote_id FROM new)
    UNION ALL
    SELECT number, customer_id, uuid_send(gen_random_uuid()), 1 FROM commands
    WHERE quote_id = (SELECT quote_id FROM new) AND name = '{CREATE}' AND outcome IS NULL
),
{_MISSING},
{_ARRIVAL},
stored AS (
    INSERT INTO commands (
        id, quote_id, number, customer_id, name, actor, payload, expected_state_version, shown_version,
        schema_version, received_at, waited, caller, idempotency_key, body_hash,
        traceparent
    )
    SELECT new.id, new.quote_id, source.number, source.customer_id, new.name, new.actor,
        CASE new.name WHEN '{Action.ACCEPT}' THEN new.payload || jsonb_build_object(
            'signer', encode(sha256(source.salt || convert_to(:signer, 'UTF8')), 'hex')
        ) WHEN '{Action.ANNUL}' THEN new.payload || jsonb_build_object(
            'salt', encode(uuid_send(gen_random_uuid()), 'hex')
        ) ELSE new.payload END,
        new.expected_state_version,
        CASE WHEN new.name IN ({listed(MEANS_CURRENT)}) THEN coalesce(new.shown_version, source.current_version)
            ELSE new.shown_version END,
        new.schema_version, quote_now(new.quote_id) - arrival.waited, arrival.waited, new.caller, new.idempotency_key,
        new.body_hash, new.traceparent
    FROM new CROSS JOIN (SELECT * FROM source LIMIT 1) AS source CROSS JOIN arrival
    WHERE NOT EXISTS (SELECT FROM missing)
    ON CONFLICT DO NOTHING
    RETURNING *
)
{_RESULT.format(older=_OLDER, run="quote_workflow_id(stored.quote_id)")}
""")  # noqa: S608 - as above

# Asked by the links' names for callers and by the quote. The wall clock counts, which no time machine moves.
_BY_LINK: Final = "caller = :caller"
_OF_DAY: Final = "stored_at > clock_timestamp() - interval '1 day'"
_FREES_IN: Final = "coalesce(ceil(extract(epoch FROM min(stored_at) FILTER (WHERE {}) + interval '1 day' - clock_timestamp())), 0)"
ASKED_BEFORE: Final = sa.text(f"""
SELECT count(*) FILTER (WHERE {_BY_LINK} AND outcome IS NULL) AS undecided,
    count(*) FILTER (WHERE {_BY_LINK} AND {_OF_DAY}) AS of_link, count(*) FILTER (WHERE {_OF_DAY}) AS of_quote,
    CAST({_FREES_IN.format(f"{_BY_LINK} AND {_OF_DAY}")} AS integer) AS link_frees_in,
    CAST({_FREES_IN.format(_OF_DAY)} AS integer) AS quote_frees_in
FROM commands WHERE quote_id = CAST(:quote_id AS uuid) AND name = ANY(CAST(:names AS text[]))
""")  # noqa: S608 - built from the texts above alone

STORE_CREATE: Final = sa.text(f"""
WITH
{_ARRIVAL},
new AS MATERIALIZED (
    SELECT given.*, quote_now(quote_id) - waited AS received_at, waited
    FROM {rows_of(commands, _CREATE, "new", "given")} CROSS JOIN arrival
),
source AS MATERIALIZED (
    SELECT seller.time_zone, coalesce(customers.time_zone, seller.time_zone) AS reminder_zone
    FROM customers CROSS JOIN seller WHERE customers.id = (SELECT customer_id FROM new)
),
{_MISSING},
counted AS MATERIALIZED (
    SELECT source.*, CAST(nextval('quote_numbers') AS text) AS count FROM source
    WHERE NOT EXISTS (SELECT FROM missing)
),
numbered AS MATERIALIZED (
    SELECT counted.*,
        'Q-' || to_char(new.received_at AT TIME ZONE counted.time_zone, 'YYYY')
        || '-' || lpad(count, greatest(5, length(count)), '0') AS number
    FROM counted CROSS JOIN new
),
named AS MATERIALIZED (
    SELECT numbered.*, number || '-' || right(CAST(new.quote_id AS text), {RANDOM_DIGITS}) AS workflow_id
    FROM numbered CROSS JOIN new
),
stored AS (
    INSERT INTO commands (
        id, quote_id, number, workflow_id, customer_id, name, actor, payload, schema_version, received_at,
        waited, external_id, caller, idempotency_key, body_hash, traceparent
    )
    SELECT new.id, new.quote_id, named.number, named.workflow_id, new.customer_id, new.name, new.actor,
        new.payload || jsonb_build_object(
            'quote_id', new.quote_id, 'number', named.number, 'workflow_id', named.workflow_id,
            'customer_id', new.customer_id, 'time_zone', named.time_zone, 'reminder_zone', named.reminder_zone
        ),
        new.schema_version, new.received_at, new.waited, new.external_id, new.caller, new.idempotency_key, new.body_hash,
        new.traceparent
    FROM new CROSS JOIN named
    ON CONFLICT DO NOTHING
    RETURNING *
)
{_RESULT.format(older="CAST(NULL AS jsonb)", run="stored.workflow_id")}
""")  # noqa: S608 - as above
