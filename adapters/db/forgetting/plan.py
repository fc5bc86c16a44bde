"""What forgetting a person takes, found without changing anything."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa

from adapters.db import tables as t
from adapters.db.database import Reading
from adapters.db.forgetting.places import (
    ENCLOSED,
    NAMES_FILE,
    NAMES_PROOF,
    InQuote,
    RowChange,
    changed,
    in_commands,
    in_quote,
)
from domain.proof.forgotten import Person
from domain.quotes.status import OPEN

SHORTEST_NAME: Final = 3
"""A shorter one would be found everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done. `open` quotes stand in the way; `kept` are accepted ones that are to be kept for now; `beside` are
    rows of no single quote. `elsewhere` are quotes that have a name of the person without the address, `shared` names beside
    the address that are a customer's as well, and so are not looked for.
    """

    person: Person
    quotes: tuple[InQuote, ...] = ()
    open: tuple[InQuote, ...] = ()
    kept: tuple[InQuote, ...] = ()
    beside: tuple[RowChange, ...] = ()
    elsewhere: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    is_seller: bool = False

    @property
    def blanked(self) -> dict[str, int]:
        """How many rows of each table."""
        counted = Counter(change.table.name for change in self.beside)
        for quote in self.quotes:
            counted += Counter(quote.blanked)
        return dict(sorted(counted.items()))


async def plan(
    r: Reading, address: str, names: Iterable[str] = (), *, keep_accepted: timedelta | None
) -> Plan:
    """What forgetting the person at `address` takes. Names are those that the record has beside the address, unless a
    customer is called so, and `names`; they count where the address stands too. `keep_accepted`: quotes accepted less long ago are kept; None keeps none.
    """
    asked = {"address": address.lower()}
    scope = sorted({row["id"] for statement in _SCOPE for row in await r.rows(statement, asked)})
    customers = [row["name"] for row in await r.rows(_THEIR_NAMES, {**asked, "ids": scope})]
    known = {name for row in await r.rows(_NAMES, asked) if len(name := row["name"].strip()) >= SHORTEST_NAME}
    shared = {name for name in known if Person(address=address, names=frozenset([name])).stands_in(customers)}
    person = Person(address=address, names=frozenset(known - shared | {*names}))
    found = [each for id_ in scope if (each := await in_quote(r, person, id_))]
    now = await r.value(sa.text("SELECT clock_timestamp()"))
    kept = [
        each
        for each in found
        if keep_accepted and each.accepted_at and each.accepted_at + keep_accepted > now
    ]
    rest = [each for each in found if each not in kept]
    open_ = [each for each in rest if each.waits or each.status in OPEN]
    rest = [each for each in rest if each.has_something]
    others = {"ids": scope, "names": [name.lower() for name in person.names]}
    return Plan(
        person=person,
        quotes=tuple(each for each in rest if each not in open_),
        open=tuple(open_),
        kept=tuple(kept),
        beside=tuple([each async for each in _beside(r, person, rest, {each.id for each in kept})]),
        elsewhere=tuple(row["number"] for row in await r.rows(_ELSEWHERE, others)),
        shared=tuple(sorted(shared - person.names)),
        is_seller=person.is_at(await r.value(sa.select(t.seller.c.email))),
    )


async def _beside(
    r: Reading, person: Person, quotes: Sequence[InQuote], kept: set[str]
) -> AsyncIterator[RowChange]:
    """What belongs to no single quote. A customer's name stays as long as a quote is kept that may tell it."""
    asked = {"address": person.address.lower()}
    texts = {"texts": [asked["address"], *(name.lower() for name in person.names)]}
    calculations = {"calculations": sorted({id_ for quote in quotes for id_ in quote.calculations})}
    async for change in _customers(r, person, kept):
        yield change
    for table, columns, rows in (
        (
            t.pricing_calculations,
            ("specification", "data"),
            await r.rows(_CALCULATIONS, asked | calculations),
        ),
        (t.api_keys, ("name",), await r.rows(_KEYS, asked)),
    ):
        for row in rows:
            for change in changed(table, row, {name: person.taken_out_of(row[name]) for name in columns}):
                yield change
    for row in await r.rows(_STAFF, asked):
        yield RowChange(table=t.staff_users, key={"address": row["address"]}, values={})
    async for change in _in_lists(r, person, texts):
        yield change
    async for change in _in_answers(r, person, texts):
        yield change
    for change in in_commands(person, await r.rows(_WITHOUT_QUOTE, asked)):
        yield change
    async for change in _loose(r, asked):
        yield change


async def _loose(r: Reading, asked: Mapping[str, str]) -> AsyncIterator[RowChange]:
    """Files that belong to nothing."""
    for table, statement in ((t.proofs, _LOOSE_PROOFS), (t.files, _LOOSE_FILES)):
        for row in await r.rows(statement, asked):
            yield RowChange(table=table, key={"sha256": row["sha256"]}, values={"content": b""})


async def _customers(r: Reading, person: Person, kept: set[str]) -> AsyncIterator[RowChange]:
    for row in await r.rows(_CUSTOMERS, {"address": person.address.lower()}):
        is_kept = bool(kept & set(row["quote_ids"]))
        values = {
            "email": "" if person.is_at(row["email"]) else person.taken_out_of(row["email"]),
            "name": row["name"] if is_kept else person.taken_out_of(row["name"]),
            "contacts": [
                person.taken_out_of(each) for each in row["contacts"] if not person.is_at(each.get("email"))
            ],
            "address": person.taken_out_of(row["address"]),
            "no_tax_reason": person.taken_out_of(row["no_tax_reason"]),
        }
        if values["name"] != row["name"]:
            values |= {"address": [], "tax_id": None}
        for change in changed(t.customers, row, values):
            yield change


async def _in_lists(r: Reading, person: Person, texts: dict[str, list[str]]) -> AsyncIterator[RowChange]:
    """Where the person stands in parts lists, and in what was said about them."""
    for table, names, statement in (
        (t.parts_lists, ("name", "grid", "answers"), _LISTS),
        (t.kept_list_answers, ("answers",), _KEPT),
    ):
        for row in await r.rows(statement, texts):
            values = {name: _keyless(person, person.taken_out_of(row[name])) for name in names}
            for change in changed(table, row, values):
                yield change


async def _in_answers(r: Reading, person: Person, texts: dict[str, list[str]]) -> AsyncIterator[RowChange]:
    """Answers that were kept for requests which are sent again: they go as a whole."""
    for row in await r.rows(_ANSWERS, texts):
        if person.stands_in(bytes(row["answer_body"] or b"").decode(errors="replace")):
            key = {name: row[name] for name in ("caller", "idempotency_key")}
            yield RowChange(table=t.answered_requests, key=key, values={})


def _keyless(person: Person, value: Any) -> Any:
    """Without what is said of a heading or a word in which the person stands: it is a key there."""
    if not isinstance(value, Mapping):
        return value
    return {key: _keyless(person, each) for key, each in value.items() if not person.stands_in(key)}


def _has(*columns: str) -> str:
    texts = ", ".join(f"CAST({column} AS text)" for column in columns)
    return f"strpos(lower(concat_ws(' ', {texts})), :address) > 0"


_NAMES: Final = sa.text("""
SELECT signer_name AS name FROM acceptances WHERE lower(signer_email) = :address AND signer_name IS NOT NULL
UNION SELECT payload->>'signer_name' FROM commands
    WHERE lower(payload->>'signer_email') = :address AND payload->>'signer_name' IS NOT NULL
UNION SELECT contact->>'name' FROM customers, jsonb_array_elements(contacts) AS contact
    WHERE lower(contact->>'email') = :address AND contact->>'name' IS NOT NULL
UNION SELECT name FROM staff_users WHERE address = :address
UNION SELECT told->>'name' FROM quote_versions, unnest(ARRAY[parties->'contact', parties->'in_charge']) AS people (told)
    WHERE lower(told->>'email') = :address AND told->>'name' IS NOT NULL
""")
# Whatever may name the person: what does, is looked at row by row. One statement a table: each has its own time.
_SCOPE: Final = tuple(
    sa.text(f"SELECT DISTINCT CAST({id_} AS text) AS id FROM {table} WHERE {condition}")  # noqa: S608 - names of ours alone
    for id_, table, condition in (
        ("quote_id", "customer_links", _has("recipient")),
        ("quote_id", "messages", _has("key", "recipient", "data", "last_error")),
        ("quote_id", "commands", _has("payload", "detail", "external_id")),
        (
            "quote_id",
            "acceptances",
            _has("signer_email", "recipient", "purchase_order_number", "consent_text"),
        ),
        ("quote_id", "acceptances JOIN proofs ON sha256 = proof_sha256", NAMES_PROOF),
        ("quote_id", ENCLOSED, NAMES_FILE),
        ("quote_id", "quote_versions", _has("content", "customer_name", "parties")),
        ("id", "quotes", _has("owner", "external_id", "contact")),
        (
            "quotes.id",
            "quotes JOIN customers ON customers.id = customer_id",
            _has("email", "contacts", "customers.name", "address"),
        ),
    )
)
_CUSTOMERS: Final = sa.text(f"""
SELECT CAST(id AS text) AS id, name, email, contacts, address, tax_id, no_tax_reason,
    ARRAY(
        SELECT CAST(quotes.id AS text) FROM quotes JOIN customers AS same ON same.id = quotes.customer_id
        WHERE coalesce(same.merged_into, same.id) = coalesce(customers.merged_into, customers.id)
    ) AS quote_ids
FROM customers WHERE {_has("email", "contacts", "name", "address")}
""")  # noqa: S608 - as above
_THEIR_NAMES: Final = sa.text(f"""
SELECT name FROM customers
WHERE {_has("email", "contacts")} OR id IN (SELECT customer_id FROM quotes WHERE CAST(id AS text) = ANY(:ids))
""")  # noqa: S608 - as above
_WITHOUT_QUOTE: Final = (
    sa.select(t.commands)
    .where(sa.text(_has("payload", "detail", "external_id")), t.commands.c.outcome.is_not(None))
    .where(~sa.exists().where(t.quotes.c.id == t.commands.c.quote_id))
)
"""Of creations that were refused."""
_CALCULATIONS: Final = sa.text(f"""
SELECT CAST(id AS text) AS id, specification, data FROM pricing_calculations
WHERE {_has("specification", "data")} OR CAST(id AS text) = ANY(:calculations)
""")  # noqa: S608 - as above
_KEYS: Final = sa.text(f"SELECT public_id, name FROM api_keys WHERE {_has('name')}")  # noqa: S608 - as above
_STAFF: Final = sa.select(t.staff_users.c.address).where(t.staff_users.c.address == sa.bindparam("address"))
_NAMED: Final = """EXISTS (
    SELECT FROM unnest(CAST(:texts AS text[])) AS one (told) WHERE strpos(lower(concat_ws(' ', {columns})), told) > 0
)"""
_LISTS: Final = sa.text(
    "SELECT CAST(id AS text) AS id, name, grid, answers FROM parts_lists WHERE "  # noqa: S608 - names of ours alone
    + _NAMED.format(columns="name, CAST(grid AS text), CAST(answers AS text)")
)
_KEPT: Final = sa.text(
    "SELECT CAST(customer_id AS text) AS customer_id, answers FROM kept_list_answers WHERE "  # noqa: S608 - as above
    + _NAMED.format(columns="CAST(answers AS text)")
)
_ANSWERS: Final = sa.text("""
SELECT caller, idempotency_key, answer_body FROM answered_requests
WHERE EXISTS (
    SELECT FROM unnest(CAST(:texts AS text[])) AS one (told)
    WHERE strpos(lower(convert_from(answer_body, 'UTF8')), told) > 0
)
""")
_LOOSE_PROOFS: Final = sa.text(f"""
SELECT sha256 FROM proofs WHERE {NAMES_PROOF} AND NOT EXISTS (SELECT FROM acceptances WHERE proof_sha256 = sha256)
""")  # noqa: S608 - as above
_LOOSE_FILES: Final = sa.text(f"""
SELECT sha256 FROM files WHERE {NAMES_FILE} AND NOT EXISTS (
    SELECT FROM quote_versions WHERE quote_versions.content->'files' @> jsonb_build_array(jsonb_build_object('sha256', files.sha256))
)
""")  # noqa: S608 - as above
_ELSEWHERE: Final = sa.text("""
SELECT DISTINCT number FROM commands JOIN unnest(CAST(:names AS text[])) AS one (told)
    ON strpos(lower(CAST(payload AS text)), told) > 0
WHERE quote_id <> ALL(CAST(:ids AS uuid[])) ORDER BY number
""")
