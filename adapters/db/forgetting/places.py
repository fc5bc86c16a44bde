"""A quote's rows, gone through for a person."""

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from adapters.db import tables as t
from adapters.db.database import Reading, Row
from domain.presentation.document import DocumentKind
from domain.proof.forgotten import MARK, Person
from domain.quotes.commands import LINK
from domain.quotes.notices import UNFINISHED
from domain.quotes.status import Action, QuoteStatus

_WRITTEN: Final = (
    *("signer_name", "signer_email", "link_id", "recipient"),
    *("ip", "user_agent", "reason", "message"),
)
"""Of what a person sends by a link or signs: taken out whatever it says."""
_PEOPLE: Final = ("contact", "in_charge")
_EVIDENCE: Final = ("signer_name", "signer_email", "link_id", "recipient", "ip", "user_agent")
_KEPT_ANSWER: Final = dict.fromkeys(
    ("caller", "idempotency_key", "body_hash", "answer_status", "answer_headers", "answer_body")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """A row that is to be blanked: `values` come into the row with this `key`; none, and it is deleted."""

    table: sa.Table
    key: Mapping[str, Any]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class InQuote:
    """Where the person stands in a quote. `waits` says that it has commands or mails that are not done with; `links` are
    those to close, `proof` is the digest of a proof to empty, `files` are those of files that go with it. `is_named`: its customer has the person's name.
    `calculations` are those that it was priced by.
    """

    id: str
    number: str
    status: QuoteStatus
    accepted_at: datetime | None
    waits: bool
    changes: tuple[RowChange, ...]
    links: tuple[str, ...] = ()
    proof: str | None = None
    files: tuple[str, ...] = ()
    is_named: bool = False
    calculations: tuple[str, ...] = ()

    @property
    def blanked(self) -> dict[str, int]:
        """How many rows of each table."""
        counted = Counter(change.table.name for change in self.changes)
        counted += Counter(proofs=bool(self.proof), files=len(self.files))
        return dict(sorted(counted.items()))

    @property
    def has_something(self) -> bool:
        """Whether anything is to be blanked."""
        return bool(self.changes or self.proof or self.files)


async def in_quote(r: Reading, person: Person, quote_id: str) -> InQuote | None:
    """Where the person stands in a quote; None for one in which nothing is to be blanked."""
    asked = {"quote_id": quote_id}
    quote = await r.row(_QUOTE, {**asked, "address": person.address.lower()})
    if quote is None:
        return None
    rows = {
        table.name: await r.rows(sa.select(table).where(table.c.quote_id == quote_id))
        for table in (t.commands, t.customer_links, t.messages, t.quote_versions, t.acceptances)
    }
    rows |= {"documents": await r.rows(_DOCUMENTS, asked)}
    named = await r.rows(_FILES, {**asked, "address": person.address.lower()})
    found = _QuoteRows(person, quote, rows).found(tuple(row["sha256"] for row in named))
    return found if found.has_something or found.is_named else None


def in_commands(person: Person, rows: Sequence[Row]) -> Iterator[RowChange]:
    """Where the person stands in commands of which no quote came."""
    return _QuoteRows(person, {}, {}).commands(rows, set(), blanks=False)


def changed(table: sa.Table, row: Row, values: Mapping[str, Any]) -> Iterator[RowChange]:
    """The change of a row into these `values`; none where it has them already."""
    new = {name: value for name, value in values.items() if value != row[name]}
    if new:
        yield RowChange(table=table, key={c.name: row[c.name] for c in table.primary_key}, values=new)


@dataclass
class _QuoteRows:
    """One quote's rows, gone through."""

    person: Person
    quote: Row
    rows: Mapping[str, Sequence[Row]]
    spoiled: set[tuple[int, str]] = field(default_factory=set)

    def found(self, files: tuple[str, ...]) -> InQuote:
        """What is to be blanked of it, beside these files."""
        links = [row for row in self.rows["customer_links"] if self.person.is_at(row["recipient"])]
        sent = {
            row["id"] for row in self.rows["commands"] if self._is_by(row, {link["id"] for link in links})
        }
        accepted = next(iter(self.rows["acceptances"]), None)
        changes = [*self._links(links), *self._versions(), *self._acceptance(sent), *self._messages(sent)]
        changes += [
            *self.commands(self.rows["commands"], sent, blanks=bool(changes)),
            *self._documents(),
            *self._row(sent),
        ]
        names_proof = (
            accepted is not None
            and accepted["proof_sha256"] is not None
            and (self.quote["proof_names"] or any(change.table is t.acceptances for change in changes))
        )
        return InQuote(
            id=self.quote["id"],
            number=self.quote["number"],
            status=QuoteStatus(self.quote["status"]),
            accepted_at=accepted["received_at"] if accepted else None,
            waits=any(row["outcome"] is None for row in self.rows["commands"])
            or any(row["status"] in UNFINISHED for row in self.rows["messages"]),
            changes=tuple(changes),
            links=tuple(link["id"] for link in links if link["revoked_at"] is None),
            proof=accepted["proof_sha256"] if accepted is not None and names_proof else None,
            files=files,
            is_named=self.person.stands_in(self.quote["customer_name"]),
            calculations=tuple(self._calculations()),
        )

    def _calculations(self) -> Iterator[str]:
        for row in self.rows["quote_versions"]:
            ids = (line.get("pricing_calculation_id") for line in row["content"]["lines"])
            yield from (id_ for id_ in ids if id_)

    def _is_by(self, row: Row, links: set[str]) -> bool:
        told = row["payload"]
        by = row["actor"].startswith(LINK) and row["actor"].removeprefix(LINK) in links
        addresses = (told.get("recipient"), told.get("signer_email"))
        named = self.person.stands_in(told.get("signer_name"))
        return by or named or any(map(self.person.is_at, addresses))

    def _links(self, rows: Sequence[Row]) -> Iterator[RowChange]:
        for row in rows:
            yield from changed(t.customer_links, row, {"recipient": f"{MARK} {row['id']}"})

    def _versions(self) -> Iterator[RowChange]:
        for row in self.rows["quote_versions"]:
            values = {name: self.person.taken_out_of(row[name]) for name in ("content", "customer_name")}
            values["parties"] = self._parties(row)
            changes = [*changed(t.quote_versions, row, values)]
            # Names are missing of versions sent before there was a place for them: they have the customer's.
            if changes or self.person.stands_in(row["customer_name"] or self.quote["customer_name"]):
                self.spoiled |= {(row["version"], kind) for kind in DocumentKind}
            yield from changes

    def _parties(self, row: Row) -> Any:
        """A contact goes as a whole; a customer that is the person, with address and tax id."""
        if row["parties"] is None:
            return None
        kept = {
            name: None if self.person.stands_in(row["parties"][name]) else row["parties"][name]
            for name in _PEOPLE
        }
        theirs: dict[str, Any] = (
            {"address": [], "tax_id": None} if self.person.stands_in(row["customer_name"]) else {}
        )
        blanked = self.person.taken_out_of({**row["parties"], **kept, **theirs})
        if blanked != row["parties"]:
            blanked["salt"] = secrets.token_hex(16)
        return blanked

    def _acceptance(self, sent: set[str]) -> Iterator[RowChange]:
        for row in self.rows["acceptances"]:
            values = {
                name: self.person.taken_out_of(row[name])
                for name in ("purchase_order_number", "consent_text")
            }
            people = {name: row[name] for name in _EVIDENCE}
            if row["command_id"] in sent or self.person.stands_in(people):
                values |= dict.fromkeys(_EVIDENCE)
            changes = [*changed(t.acceptances, row, values)]
            if changes:
                self.spoiled.add((row["version"], DocumentKind.ACCEPTANCE))
            yield from changes

    def _messages(self, sent: set[str]) -> Iterator[RowChange]:
        for row in self.rows["messages"]:
            values = {name: self.person.taken_out_of(row[name]) for name in ("data", "last_error")}
            if row["cause"] in sent:
                gone = {"reason", "asked_by", "signer_name", "signer_email", "personal_message"}
                values["data"] = {k: None if k in gone else v for k, v in values["data"].items()}
            if self.person.is_at(row["recipient"]):
                values |= {"recipient": f"{MARK} {row['id']}", "last_error": row["last_error"] and MARK}
            if self.person.stands_in([row["recipient"], row["key"]]):
                values["key"] = f"{MARK} {row['id']}"
            yield from changed(t.messages, row, values)

    def commands(self, rows: Sequence[Row], sent: set[str], *, blanks: bool) -> Iterator[RowChange]:
        """Of these. Kept answers tell of the whole quote: all of them go where anything does."""
        for row in rows:
            told = row["payload"]
            if row["id"] in sent:
                # A digest of the signer is needed of the acceptance alone: an event tells it.
                gone = _WRITTEN if row["id"] == self._accepted_by() else (*_WRITTEN, "signer")
                told = {key: value for key, value in told.items() if key not in gone}
            blanked = self.person.taken_out_of(told)
            if row["name"] == Action.ANNUL and blanked != told:
                # Another, not none: seals hold digests too, of what still names somebody else.
                blanked["salt"] = secrets.token_hex(16)
            names = ("detail", "external_id", "priced")
            detail, external, priced = (self.person.taken_out_of(row[name]) for name in names)
            values = {"payload": blanked, "detail": detail, "priced": priced}
            values["external_id"] = None if external == MARK else external
            changes = [*changed(t.commands, row, values)]
            if (
                changes
                or blanks
                or self.person.stands_in(bytes(row["answer_body"] or b"").decode(errors="replace"))
            ):
                yield from changed(t.commands, row, {**values, **_KEPT_ANSWER})

    def _documents(self) -> Iterator[RowChange]:
        for row in self.rows["documents"]:
            if (row["version"], row["kind"]) in self.spoiled and row["size"]:
                key = {name: row[name] for name in ("quote_id", "version", "kind")}
                yield RowChange(table=t.documents, key=key, values={"content": b""})

    def _row(self, sent: set[str]) -> Iterator[RowChange]:
        """The quote's own: with another salt nobody can try addresses on the digests that events hold. Not where somebody
        else has signed, whose evidence these prove.
        """
        given = {
            name: None
            for name in ("owner", "external_id", "contact")
            if self.person.stands_in(self.quote[name])
        }
        fresh = {"salt": sa.func.uuid_send(sa.func.gen_random_uuid())} if self._accepted_by() in sent else {}
        if given or fresh:
            yield RowChange(table=t.quotes, key={"id": self.quote["id"]}, values=given | fresh)

    def _accepted_by(self) -> str | None:
        return next((row["command_id"] for row in self.rows.get("acceptances", ())), None)


NAMES_PROOF: Final = """(media_type = 'message/rfc822' OR media_type LIKE 'text/%')
    AND strpos(lower(encode(content, 'escape')), :address) > 0"""
"""Whether a file has the address in plain text, as a condition on `proofs`."""

ENCLOSED: Final = """quote_versions CROSS JOIN jsonb_path_query(quote_versions.content, '$.files[*]') AS named
    JOIN files ON files.sha256 = named->>'sha256'"""
"""Versions with the files that they name, as a table."""
NAMES_FILE: Final = """files.media_type IN ('image/vnd.dxf', 'model/step')
    AND strpos(lower(encode(files.content, 'escape')), :address) > 0"""
"""Whether a file has the address in plain text: the head of a STEP file says who made it."""

_FILES: Final = sa.text(f"""
SELECT DISTINCT files.sha256 FROM {ENCLOSED} WHERE quote_id = CAST(:quote_id AS uuid) AND {NAMES_FILE} ORDER BY 1
""")  # noqa: S608 - as above
_QUOTE: Final = sa.text(f"""
SELECT CAST(quotes.id AS text) AS id, number, status, owner, external_id, contact, customers.name AS customer_name, EXISTS (
    SELECT FROM acceptances JOIN proofs ON sha256 = proof_sha256 WHERE quote_id = quotes.id AND {NAMES_PROOF}
) AS proof_names
FROM quotes JOIN customers ON customers.id = customer_id WHERE quotes.id = CAST(:quote_id AS uuid)
""")  # noqa: S608 - as above
_d: Final = t.documents.c
_DOCUMENTS: Final = sa.select(
    *(_d[name] for name in ("quote_id", "version", "kind")), sa.func.octet_length(_d.content).label("size")
).where(_d.quote_id == sa.bindparam("quote_id"))
