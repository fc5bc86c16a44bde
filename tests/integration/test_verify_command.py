"""`firm-offer verify` on a real record: sound ones pass, and whatever somebody changed by force is named."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
import sqlalchemy as sa
from typer.testing import Result

from adapters.db.database import Database
from adapters.db.quotes import verification
from adapters.db.quotes.archive import keep_document
from adapters.db.quotes.links import Confirmed, close_link, list_links, record_view
from adapters.db.record import outbox
from adapters.db.record.outbox import list_messages
from cli.local import devenv
from cli.local.free_ports import free_ports
from cli.local.postgres.server import Postgres
from domain.presentation.document import DocumentKind
from domain.proof.verify import signer_digest, verify
from tests.integration.db.desk import LINES, SIGNER, Desk
from tests.integration.db.test_acceptance import FULL
from tests.shell import firm_offer


@pytest_asyncio.fixture
async def quote_id(desk: Desk) -> str:
    """A quote with five events, two versions and an acceptance."""
    quote_id = await desk.draft()
    await desk.do(quote_id, "revise", {"lines": LINES})
    await desk.do(quote_id, "send", {"recipients": ["a@acme.example"]})
    await desk.do(quote_id, "extend", {"valid_days": 60})
    await desk.do(quote_id, "accept", FULL)
    return quote_id


async def run(database: Database, tmp_path: Path, *arguments: str) -> Result:
    """The command as a person calls it, with the database as it is."""
    devenv.write(tmp_path, {"DATABASE_URL": database.url})
    words = ["verify", "--data-dir", str(tmp_path), *arguments]
    return await firm_offer(*words)


async def force(database: Database, change: str, **values: Any) -> None:
    """Change a row as a superuser can, whose session obeys no trigger and no foreign key."""
    async with database.write() as w:
        await w.run(sa.text("SET LOCAL session_replication_role = replica"))
        assert await w.run(sa.text(change), values) > 0


async def test_a_sound_record_passes(desk: Desk, database: Database, quote_id: str, tmp_path: Path) -> None:
    """All quotes, or one by number or id: exit code 0 and what was looked at."""
    await desk.draft()
    number = (await desk.found(quote_id)).number
    everything = await run(database, tmp_path)
    assert (everything.exit_code, everything.stdout) == (
        0,
        "2 quote(s), 6 event(s), 3 version(s) checked: everything matches.\n",
    )
    for name in (number, quote_id):
        one = await run(database, tmp_path, name)
        assert (one.exit_code, one.stdout.split(" event")[0]) == (0, "1 quote(s), 5")


EVENT, VERSION, QUOTE, ACCEPTANCE = (
    f"UPDATE {table} SET {{}} WHERE {key} = :id{more}"  # noqa: S608 - names from below
    for table, key, more in (
        ("quote_events", "quote_id", " AND sequence = 3"),
        ("quote_versions", "quote_id", " AND version = 2"),
        ("quotes", "id", ""),
        ("acceptances", "quote_id", ""),
    )
)
CHANGES = {
    EVENT.format("data = data || '{\"recipients\": 2}'"): "event 3 (quote.sent): its content does not",
    EVENT.format("actor = 'key:tesu'"): "event 3 (quote.sent): its content does not",
    EVENT.format("at = at + interval '1 microsecond'"): "event 3 (quote.sent): its content does not",
    EVENT.format("type = 'quote.lost'"): "event 3 (quote.lost): its content does not",
    EVENT.format("data = '[1.5]'"): "event 3 (quote.sent): its content does not",
    EVENT.format("hash = reverse(hash)"): "event 3 (quote.sent): its content does not",
    EVENT.format("previous_hash = reverse(hash)"): "event 3 (quote.sent): its previous hash",
    "DELETE FROM quote_events WHERE quote_id = :id AND sequence = 2": "event 2: it is missing",
    "DELETE FROM quote_events WHERE quote_id = :id AND sequence = 5": "event 5: it is missing",
    VERSION.format("content = jsonb_set(content, '{lines,0,quantity}', '11')"): "version 2: its content",
    VERSION.format("content = jsonb_set(content, '{lines,0,quantity}', '1.5')"): "version 2: its content",
    VERSION.format("content_hash = reverse(content_hash)"): "version 2: its content does not",
    VERSION.format("total = total + 1"): "version 2: total does not match its event",
    "DELETE FROM quote_versions WHERE quote_id = :id AND version = 1": "version 1: it is missing",
    QUOTE.format(
        "valid_until = valid_until + interval '1 second'"
    ): "the quote's row: valid_until does not match",
    QUOTE.format("state_version = 1"): "the quote's row: state_version does not match",
    QUOTE.format(
        "versions = jsonb_set(versions, '{0,total}', '\"1.00\"')"
    ): "the quote's row: version 1's total",
    QUOTE.format("versions = jsonb_set(versions, '{0,total}', '1')"): "the quote's row: it cannot be read",
    QUOTE.format("last_hash = reverse(last_hash)"): "end of the chain: the last hash in the quote's row",
    QUOTE.format("last_sequence = 6"): "event 6: it is missing",
    ACCEPTANCE.format("version = 1"): "acceptance: version does not match its event",
    ACCEPTANCE.format("total = 0"): "acceptance: total does not match its event",
    ACCEPTANCE.format("signer_email = 'eve@buyer.example'"): "acceptance: the signer's address and link",
    **{
        ACCEPTANCE.format(f"{column} = {value}"): "acceptance: signer, order, consent, link"
        for column, value in {
            "signer_name": "'Eve'",
            "purchase_order_number": "'PO-8'",
            "consent_text": "'I agree to anything.'",
            "recipient": "'eve@buyer.example'",
            "ip": "'198.51.100.1'",
            "user_agent": "NULL",
            "page_opened_at": "page_opened_at - interval '1 second'",
            "recorded_by": "'key:eve'",
        }.items()
    },
    "DELETE FROM acceptances WHERE quote_id = :id": "acceptance: its evidence is missing",
}


@pytest.mark.parametrize("change", list(CHANGES))
async def test_what_was_changed_is_named(
    desk: Desk, database: Database, quote_id: str, tmp_path: Path, change: str
) -> None:
    """One byte, one column, one row: the quote's number and the place come first, and the exit code is 1."""
    await force(database, change, id=quote_id)
    number = (await number_of(database, quote_id)) or ""
    found = await run(database, tmp_path)
    assert found.exit_code == 1
    assert found.stdout.startswith(f"{number}: {CHANGES[change]}"), found.stdout
    assert "mismatches in 1 quote(s)" in found.stdout
    assert "Traceback" not in found.output


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "UPDATE documents SET content = set_byte(content, 3, get_byte(content, 3) # 1) WHERE quote_id = :id",
            "quote document of version 2: its bytes do not match its event",
        ),
        (
            "UPDATE documents SET sha256 = reverse(sha256) WHERE quote_id = :id",
            "quote document of version 2: its stored digest",
        ),
        ("DELETE FROM documents WHERE quote_id = :id", "quote document of version 2: it is missing"),
    ],
)
async def test_a_changed_document_is_named(
    database: Database, quote_id: str, tmp_path: Path, change: str, told: str
) -> None:
    """One bit of a PDF, its digest, or the whole row; before that the record is sound."""
    async with database.write() as w:
        await keep_document(w, quote_id, 2, DocumentKind.QUOTE, b"%PDF-1.7 of the test")
    assert (await run(database, tmp_path)).exit_code == 0
    await force(database, change, id=quote_id)
    found = await run(database, tmp_path)
    assert (found.exit_code, told in found.stdout) == (1, True), found.stdout


async def number_of(database: Database, quote_id: str) -> str | None:
    async with database.read() as r:
        number: str | None = await r.value(
            sa.text("SELECT number FROM quotes WHERE id = :id"), {"id": quote_id}
        )
    return number


async def test_two_swapped_events_are_named(database: Database, quote_id: str, tmp_path: Path) -> None:
    """The extension before the sending: neither hash fits its new place."""
    swap = "UPDATE quote_events SET sequence = {} WHERE quote_id = :id AND sequence = {}"
    for to, at in ((90, 3), (3, 4), (4, 90)):
        await force(database, swap.format(to, at), id=quote_id)
    found = await run(database, tmp_path, quote_id)
    assert found.exit_code == 1
    assert ": event 3 (quote.extended): its previous hash is not the hash of the event" in found.stdout


async def test_a_quote_that_is_gone_is_named(database: Database, quote_id: str, tmp_path: Path) -> None:
    """Whoever removes all of a quote forgets the inbox, which says that it was created."""
    number = await number_of(database, quote_id)
    for table, key in (("quote_events", "quote_id"), ("quote_versions", "quote_id"), ("quotes", "id")):
        await force(database, f"DELETE FROM {table} WHERE {key} = :id", id=quote_id)  # noqa: S608 - names from above
    found = await run(database, tmp_path)
    assert found.exit_code == 1
    assert found.stdout.startswith(f"{number}: the quote: the inbox says that it was created")


async def test_json_holds_the_whole_values(database: Database, quote_id: str, tmp_path: Path) -> None:
    """For programs: counts, and for each broken quote its first mismatch with both values in full."""
    await force(database, EVENT.format("actor = 'key:tesu'"), id=quote_id)
    found = await run(database, tmp_path, "--json")
    assert found.exit_code == 1
    report = json.loads(found.stdout)
    (broken,) = report["broken"]
    assert (report["quotes"], broken["quote_id"], broken["place"]) == (1, quote_id, "event 3 (quote.sent)")
    assert len(broken["expected"]) == len(broken["found"]) == 64


async def test_all_quotes_are_read_in_batches(desk: Desk, database: Database) -> None:
    """Each quote once, oldest first, whatever the batch."""
    ids = [await desk.draft() for _ in range(5)]
    for batch in (1, 2, 5, 100):
        read = [record.quote_id async for record in verification.all_records(database, batch=batch)]
        assert read == ids


async def test_an_acceptance_from_before_the_record_is_no_mismatch(desk: Desk, database: Database) -> None:
    """Accepted while nobody decided: its digest was made by a salt that is not the quote's."""
    create = await desk.store_create()
    quote_id = create.quote_id
    send = await desk.store(quote_id, "send", {"recipients": ["a@acme.example"]})
    accept = await desk.store(quote_id, "accept", SIGNER)
    for command in (create, send, accept):
        await desk.save(await desk.request(quote_id, command.envelope))
    async with database.read() as r:
        record = await verification.find_record(r, quote_id)
    assert record is not None
    assert record.acceptance is not None
    assert record.acceptance.stored_at is not None
    assert record.recorded_at is not None
    assert record.acceptance.stored_at < record.recorded_at
    other = signer_digest(record.salt, SIGNER["signer_email"], record.acceptance.link_id)
    assert record.acceptance.signer != other
    assert verify(record) == []


async def test_a_quote_that_there_is_not(database: Database, tmp_path: Path) -> None:
    """A sentence, and where to find its number."""
    for name in ("Q-1999-00001", str(uuid4())):
        found = await run(database, tmp_path, name)
        assert (found.exit_code, found.stdout) == (1, "")
        assert found.stderr.startswith(f"firm-offer: There is no quote {name}.")


async def test_a_database_that_cannot_be_used(postgres: Postgres, tmp_path: Path) -> None:
    """Away, or without tables: a sentence each."""
    away = Database.connect(f"postgresql://a:b@127.0.0.1:{free_ports(1)[0]}/c")
    empty = Database.connect(await postgres.create_database(f"empty_{uuid4().hex}"))
    for database, words in ((away, "cannot be used"), (empty, "run `firm-offer migrate` first")):
        found = await run(database, tmp_path)
        assert found.exit_code == 1
        assert words in found.stderr
        assert "Traceback" not in found.output


@pytest_asyncio.fixture
async def told_of(desk: Desk, database: Database) -> str:
    """A quote with a refused command, an answered request, a look, a closed link, and mails sent and given up."""
    quote_id = await desk.sent("a@acme.example", "b@acme.example")
    await desk.do(quote_id, "send", {"recipients": ["a@acme.example"]})
    await desk.do(quote_id, "request_change", {"reason": "thicker"}, actor="link:1", shown_version=1)
    async with database.read() as r:
        looked, closed = await list_links(r, quote_id)
        sent, failed = await list_messages(r, quote_id)
    async with database.write() as w:
        assert await record_view(w, looked, Confirmed.FORM)
    async with database.write() as w:
        assert await close_link(w, closed.id, actor="key:test")
    async with database.write() as w:
        assert await outbox.mark_sent(w, sent.id)
    async with database.write() as w:
        assert await outbox.mark_failed(w, failed.id, "550 no such user")
    await desk.do(quote_id, "accept", FULL)
    await desk.do(quote_id, "accept", FULL)
    return quote_id


class TakenBackError(Exception):
    """Ends a transaction that is to leave nothing."""


COMMAND, LINK, MAIL = (
    f"UPDATE {table} SET {{}} WHERE quote_id = :id AND {{}}"  # noqa: S608 - names from here
    for table in ("commands", "customer_links", "messages")
)
ACCEPT, REFUSED = "name = 'accept'", "outcome = 'refused'"
BESIDE = {
    COMMAND.format(
        "received_at = received_at - interval '1 hour'", ACCEPT
    ): "(accept): received_at does not match event",
    COMMAND.format(
        "received_at = received_at + interval '1 second'", "name = 'send'"
    ): "(send): received_at does not",
    COMMAND.format(
        "actor = 'key:eve'", "name = 'create'"
    ): "(create): actor does not match event 1 (quote.created)",
    COMMAND.format(
        'payload = payload || \'{"consent_text": "I agree to anything."}\'', ACCEPT
    ): "(accept): signer, order, consent, link and request do not match the digest in event",
    COMMAND.format(
        'payload = payload || \'{"page_opened_at": "long ago"}\'', ACCEPT
    ): "(accept): signer, order, consent, link and request do not",
    COMMAND.format(
        'payload = payload || \'{"signer": "somebody"}\'', ACCEPT
    ): "(accept): signer does not match event",
    COMMAND.format("payload = '[1]'", ACCEPT): "(accept): signer does not match event",
    COMMAND.format(
        "outcome = NULL, decided_at = NULL", "name = 'accept'"
    ): "(accept): outcome does not match event",
    COMMAND.format(
        "code = 'quote_expired'", REFUSED
    ): "(send): code does not match event 3 (quote.command_refused)",
    COMMAND.format("outcome = 'applied', code = NULL", REFUSED): "(send): outcome does not match event 3",
    COMMAND.format(
        "name = 'extend'", REFUSED
    ): "(extend): name does not match event 3 (quote.command_refused)",
    COMMAND.format(
        "received_at = received_at - interval '1 day'", "name = 'request_change'"
    ): "(request_change): received_at does not match event 4",
    "DELETE FROM commands WHERE quote_id = :id AND outcome = 'refused'": "event 3 (quote.command_refused): its command is not",
    "DELETE FROM commands WHERE quote_id = :id AND name = 'create'": "event 1 (quote.created): its command is not",
    (
        "INSERT INTO commands (id, quote_id, number, customer_id, name, actor, payload, schema_version, received_at, "
        "outcome, decided_at) SELECT gen_random_uuid(), quote_id, number, customer_id, 'cancel', actor, '{}', 1, "
        "received_at, 'applied', decided_at FROM commands WHERE quote_id = :id AND name = 'create'"
    ): "(cancel): the inbox says that it was applied, and no event records it",
    LINK.format(
        "viewed_at = viewed_at - interval '1 day'", "viewed_at IS NOT NULL"
    ): "the time of its first view does not match event",
    LINK.format(
        "viewed_at = NULL", "viewed_at IS NOT NULL"
    ): "the time of its first view does not match event",
    LINK.format("viewed_at = created_at", "viewed_at IS NULL"): "no event records its first view",
    LINK.format(
        "revoked_at = NULL", "revoked_at IS NOT NULL"
    ): "the time of its revocation does not match event",
    MAIL.format("sent_at = sent_at - interval '1 hour'", "status = 'sent'"): "sent_at does not match event",
    MAIL.format("sent_at = sent_at + interval '1 second'", "status = 'sent'"): "sent_at does not match event",
    MAIL.format("status = 'pending', sent_at = NULL", "status = 'sent'"): "status does not match event",
    MAIL.format("status = 'sent', sent_at = created_at", "status = 'failed'"): "status does not match event",
    MAIL.format("status = 'failed'", "status = 'pending'"): "no event records that it was failed",
    "DELETE FROM messages WHERE quote_id = :id AND status = 'sent'": "(quote.message_sent): its email is not in the outbox",
}


async def test_what_was_changed_beside_the_chain_is_named(
    database: Database, told_of: str, tmp_path: Path
) -> None:
    """The inbox, the links and the outbox say what the events say; each change is taken back before the next one."""
    assert (await run(database, tmp_path)).exit_code == 0
    unnamed = {}
    for change, told in BESIDE.items():
        with suppress(TakenBackError):
            async with database.write() as w:
                await w.run(sa.text("SET LOCAL session_replication_role = replica"))
                assert await w.run(sa.text(change), {"id": told_of}) > 0
                record = await verification.find_record(w, told_of)
                assert record is not None
                named = [str(each) for each in verify(record)]
                if not any(told in each for each in named):
                    unnamed[change] = named
                raise TakenBackError
    assert unnamed == {}
    await force(database, next(iter(BESIDE)), id=told_of)
    assert (await run(database, tmp_path)).exit_code == 1


async def test_a_mail_told_of_a_moment_later_is_no_mismatch(database: Database, told_of: str) -> None:
    """Row and event had a stamp each, some microseconds apart, before they were given the same."""
    await force(
        database,
        MAIL.format("sent_at = sent_at - interval '200 microseconds'", "status = 'sent'"),
        id=told_of,
    )
    async with database.read() as r:
        record = await verification.find_record(r, told_of)
    assert record is not None
    assert verify(record) == []
