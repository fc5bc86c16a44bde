"""What the role of API and worker may do in each table: no more than the programs do.

It owns nothing. What is written once it may add and read; a trigger cannot be switched off by it, a row not be taken
back. `firm-offer migrate` gives these rights after each change of the tables, and takes back every other.
"""

from typing import Final

import sqlalchemy as sa

Rights = dict[str, tuple[str, ...]]
"""The columns of each privilege; none for the whole table."""

_NONE: Final[Rights] = {}
_ADD: Final[Rights] = {"INSERT": ()}
_CHANGE: Final[Rights] = {"UPDATE": ()}

TABLES: Final[dict[str, Rights]] = {
    "alembic_version": _NONE,
    "seller": _CHANGE,
    "customers": _ADD | _CHANGE,
    "staff_users": _ADD | _CHANGE | {"DELETE": ()},
    "staff_sign_ins": _ADD | {"UPDATE": ("used_at", "browser_hash"), "DELETE": ()},
    "staff_sessions": _ADD | {"UPDATE": ("seen_at", "ended_at"), "DELETE": ()},
    "staff_forms": _ADD | {"DELETE": ()},
    "api_keys": _ADD
    | {
        "UPDATE": (
            *("revoked_at", "last_used_at"),
            *("secret_hash", "rotated_at", "old_secret_hash", "old_until", "old_used_at"),
        )
    },
    "rate_cards": _ADD,
    "pricing_calculations": _ADD,
    "quotes": _ADD | _CHANGE,
    # Seller and customer come into a version when it is sent: once, which a trigger sees to.
    "quote_versions": _ADD | {"UPDATE": ("seller", "customer_name", "parties")},
    "quote_events": _ADD,
    "feed_epochs": _ADD,
    "quote_search": _ADD | {"UPDATE": ("words",)},
    "acceptances": _ADD,
    "documents": _ADD,
    "files": _ADD,
    "proofs": _ADD,
    # The list itself is never changed, but what is said about it is.
    "parts_lists": _ADD | {"UPDATE": ("customer_id", "answers", "quote_id", "updated_at")},
    "kept_list_answers": _ADD | {"UPDATE": ("answers", "updated_at")},
    # Not what was asked, by whom and when: a price until it is decided upon, signalling, the outcome, an external id
    # that is free again, and the answer, which is forgotten in time.
    "commands": _ADD
    | {
        "UPDATE": (
            *("external_id", "priced"),
            *("attempts", "last_attempt_at", "next_attempt_at"),
            *(
                "outcome",
                "decided_at",
                "base_state_version",
                "code",
                "detail",
                "current_status",
                "allowed_actions",
            ),
            *("caller", "idempotency_key", "body_hash", "answer_status", "answer_headers", "answer_body"),
        )
    },
    "messages": _ADD
    | {"UPDATE": ("status", "attempts", "last_error", "sent_at", "failed_at", "refused", "data")},
    "customer_links": _ADD | {"UPDATE": ("viewed_at", "revoked_at")},
    "answered_requests": _ADD | _CHANGE | {"DELETE": ()},
    "webhook_endpoints": _ADD | _CHANGE | {"DELETE": ()},
    "webhook_deliveries": _ADD | _CHANGE | {"DELETE": ()},
    "webhook_trouble": _ADD
    | {"UPDATE": ("status", "attempts", "last_error", "next_attempt_at"), "DELETE": ()},
    "orders": _ADD | {"UPDATE": ("status", "attempts", "last_error", "asked_at", "ended_at", "wake_at")},
    # The time machine's: the local run alone has one, and there the owner moves it.
    "clock_offsets": _NONE,
}
"""Beside SELECT, which it has everywhere."""

SEQUENCES: Final = ("quote_numbers",)
_COUNT: Final = ("USAGE", "SELECT")
"""To take the next number, and to write the sequence into a backup."""


class RoleError(Exception):
    """The role cannot be the one of API and worker; its words say why, without the article."""


def grant(connection: sa.Connection, role: str) -> None:
    """Give `role` these rights in the schema of the tables and no others, in the connection's transaction.

    Raises RoleError for a role that is not there, or one whom no right could bound: a superuser, or whoever
    owns the tables.
    """
    found = connection.execute(_ROLE, {"role": role}).one_or_none()
    if found is None:
        raise RoleError("is not there")
    if found.rolsuper:
        raise RoleError("is a superuser, who may do everything")
    if found.owner:
        raise RoleError("owns the tables, or is a member of the role that does")
    name = connection.dialect.identifier_preparer.quote(role)
    connection.exec_driver_sql(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}")
    connection.exec_driver_sql(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {name}")
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {name}")
    for table, rights in TABLES.items():
        listed = [f"{right} ({', '.join(names)})" if names else right for right, names in rights.items()]
        connection.exec_driver_sql(f"GRANT {', '.join(['SELECT', *listed])} ON {table} TO {name}")
    for sequence in SEQUENCES:
        connection.exec_driver_sql(f"GRANT {', '.join(_COUNT)} ON SEQUENCE {sequence} TO {name}")


_OWNER: Final = """
EXISTS (
    SELECT FROM (SELECT relowner FROM pg_class WHERE oid = to_regclass('quotes')
        UNION SELECT datdba FROM pg_database WHERE datname = current_database()) AS owners (owner)
    WHERE pg_has_role(oid, owner, 'MEMBER')
)
"""
_ROLE: Final = sa.text(f"SELECT rolsuper, {_OWNER} AS owner FROM pg_roles WHERE rolname = :role")  # noqa: S608 - a literal
STANDING: Final = sa.text(
    f"SELECT rolname, rolsuper, {_OWNER} AS owner FROM pg_roles WHERE rolname = current_user"  # noqa: S608 - as above
)
"""Who asks, and whether no right bounds it."""

MISSING: Final = sa.text("""
SELECT "table", "right", "column"
FROM unnest(CAST(:tables AS text[]), CAST(:rights AS text[]), CAST(:columns AS text[])) AS needed ("table", "right", "column")
WHERE NOT CASE
    WHEN "table" = ANY(CAST(:sequences AS text[])) THEN has_sequence_privilege("table", "right")
    WHEN "column" IS NULL THEN has_table_privilege("table", "right")
    ELSE has_column_privilege("table", "column", "right")
END
""")
"""Which of `needed()` the asking role lacks."""


EXCESS: Final = sa.text("""
SELECT DISTINCT relname AS "table", "right"
FROM pg_class
JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS asked ("right")
WHERE pg_class.oid IN (SELECT to_regclass(name) FROM unnest(CAST(:tables AS text[])) AS ours (name))
    AND NOT relname = ANY(CAST(:sequences AS text[]))
    AND CASE WHEN "right" IN ('DELETE', 'TRUNCATE') THEN has_table_privilege(pg_class.oid, "right")
        ELSE has_column_privilege(pg_class.oid, attnum, "right") END
    AND NOT EXISTS (
        SELECT FROM unnest(CAST(:tables AS text[]), CAST(:rights AS text[]), CAST(:columns AS text[])) AS given ("table", needs, "column")
        WHERE "table" = relname AND needs = "right" AND ("column" IS NULL OR "column" = attname)
    )
ORDER BY 1, 2
""")
"""What the asking role may change in the tables beyond `needed()`."""


def needed() -> dict[str, list[str | None]]:
    """All rights, as MISSING wants them."""
    listed: list[tuple[str, str, str | None]] = [
        (name, right, None) for name in SEQUENCES for right in _COUNT
    ]
    for table, rights in TABLES.items():
        for right, names in ({"SELECT": ()} | rights).items():
            listed += [(table, right, name) for name in names or (None,)]
    return {
        "tables": [table for table, _, _ in listed],
        "rights": [right for _, right, _ in listed],
        "columns": [column for _, _, column in listed],
        "sequences": [*SEQUENCES],
    }
