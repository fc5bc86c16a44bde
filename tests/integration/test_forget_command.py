"""`firm-offer forget`: the person is in no column of any table any more, and the record proves itself as before."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
import sqlalchemy as sa
from typer.testing import Result

from activities.documents import Documents
from adapters.db import migrate
from adapters.db.database import Database
from adapters.db.inbox.kept_answers import Idempotency, KeptAnswer, claim, keep_answer
from adapters.db.quotes.links import list_links
from adapters.db.quotes.parts_lists import keep_answers, store_list
from adapters.db.quotes.proofs import keep_proof
from adapters.db.quotes.stored_files import keep_file
from adapters.db.record import outbox
from adapters.pdf.quotes import QuotePdf
from adapters.pdf.typesetter import Typesetter
from cli.local import devenv
from cli.local.postgres.server import Postgres
from domain.offer.enclosures import Enclosure
from domain.offer.parts_lists.answers import ListAnswers
from domain.offer.parts_lists.grid import ListCell, ListRow, ListSource, grid_of
from domain.presentation.document import DocumentKind
from tests.integration.db.desk import Desk
from tests.integration.db.desk import content as priced_content
from tests.integration.db.test_acceptance import FULL
from tests.integration.test_verify_command import force
from tests.integration.test_verify_command import run as verify
from tests.roles import PRODUCT, as_product, make_role
from tests.shell import firm_offer

ADDRESS, NAME = "Ada.Buyer@Lovelace.example", "Ada Lovelace"
SIGNED: Final = {**FULL, "signer_name": NAME, "signer_email": ADDRESS, "recipient": ADDRESS.lower()}
REFUSED = """
UPDATE commands SET outcome = 'refused', decided_at = now(), code = 'not_priced', base_state_version = 0 WHERE id = :id
"""
COLUMNS = """
SELECT table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema = 'public' AND data_type IN ('text', 'jsonb', 'bytea', 'tsvector', 'ARRAY')
"""


async def run(url: str, tmp_path: Path, *arguments: str, typed: str = "") -> Result:
    """The command as a person calls it, who types this."""
    devenv.write(tmp_path, {"DATABASE_URL": url})
    words = ["forget", "--data-dir", str(tmp_path), *arguments]
    return await firm_offer(*words, stdin=typed)


async def deliver(database: Database, quote_id: str) -> None:
    """All its mails are out."""
    async with database.write() as w:
        for message in await outbox.list_messages(w, quote_id):
            await outbox.mark_sent(w, message.id)


async def found(database: Database, *needles: str) -> set[str]:
    """The columns of all tables that hold any of these, upper and lower case alike."""
    held = set()
    async with database.read() as r:
        for row in await r.rows(sa.text(COLUMNS)):
            column: Any = sa.column(row["column_name"])
            is_binary = row["data_type"] == "bytea"
            text = sa.func.encode(column, "escape") if is_binary else sa.cast(column, sa.Text)
            has = sa.or_(*(sa.func.strpos(sa.func.lower(text), needle.lower()) > 0 for needle in needles))
            if await r.value(sa.select(sa.func.count()).select_from(sa.table(row["table_name"])).where(has)):
                held.add(f"{row['table_name']}.{row['column_name']}")
    return held


@pytest_asyncio.fixture
async def accepted(desk: Desk, database: Database) -> str:
    """A quote in all of whose places Ada stands, accepted by her; all is delivered and every document made."""
    contacts = ({"name": NAME, "email": ADDRESS.upper(), "role": None},)
    customer = await desk.customer(name="Lovelace Works", email=ADDRESS, contacts=contacts)
    create = await desk.store_create(customer_id=customer, owner=ADDRESS, external_id=f"{ADDRESS}/1")
    head = f"ISO-10303-21;\nHEADER;\nFILE_NAME('block','2026-11-28',('{ADDRESS}'),(''),'','','');".encode()
    async with database.write() as w:
        kept = await keep_file(w, head, media_type="model/step", stored_by="key:test")
    model = Enclosure(sha256=kept.sha256, name="block.step", media_type="model/step", size=len(head))
    priced = replace(priced_content(), notes=f"To {NAME}, as agreed", files=(model,))
    await desk.save(await desk.request(quote_id := create.quote_id, create.envelope, priced))
    asked = {"recipients": [ADDRESS, "other@lovelace.example"], "message": f"Dear {NAME}"}
    await desk.do(quote_id, "send", asked)
    documents = Documents(database, QuotePdf(Typesetter()))
    await documents.made(quote_id, 1, DocumentKind.QUOTE)
    async with database.write() as w:
        content = f"Order by {NAME} <{ADDRESS}>".encode()
        proof = await keep_proof(w, content, media_type="text/plain", stored_by="key:test")
    told = {
        **SIGNED,
        "method": "mail",
        "proof_sha256": proof.sha256,
        "link_id": None,
        "purchase_order_number": NAME,
    }
    await desk.do(quote_id, "accept", told)
    await documents.made(quote_id, 1, DocumentKind.ACCEPTANCE)
    await deliver(database, quote_id)
    grid = grid_of([ListRow(1, (ListCell("Teil"), ListCell(f"for {NAME}")))], ListSource(format="csv"))
    said = ListAnswers(map={f"{NAME}'s column": "item"}, defaults={"special_requirements": f"ask {ADDRESS}"})
    async with database.write() as w:
        await store_list(
            w, grid, customer_id=customer, name=f"{NAME}.csv", answers=said, stored_by="key:test"
        )
        await keep_answers(w, customer, said)
        request = Idempotency(caller="key:test", key="k", body_hash="h")
        await claim(w, request)
        await keep_answer(
            w, request, KeptAnswer(status=200, headers={}, body=f'{{"email":"{ADDRESS}"}}'.encode())
        )
        await w.run(
            sa.text("UPDATE messages SET last_error = :told WHERE recipient = :who"),
            {"told": f"550 <{ADDRESS}>: unknown", "who": ADDRESS},
        )
    return quote_id


async def test_a_person_is_in_no_column_of_any_table(
    desk: Desk, database: Database, accepted: str, tmp_path: Path
) -> None:
    """Address and name are gone everywhere, in files too; the record is sound, and verify names what was blanked."""
    held = await found(database, ADDRESS, NAME)
    assert held >= {
        *(
            "acceptances.signer_name",
            "acceptances.recipient",
            "answered_requests.answer_body",
            "commands.payload",
        ),
        *(
            "customer_links.recipient",
            "customers.contacts",
            "customers.email",
            "messages.key",
            "messages.recipient",
        ),
        *("messages.data", "messages.last_error", "proofs.content", "quotes.owner", "quotes.external_id"),
        "quote_versions.content",
        "files.content",
        *("parts_lists.name", "parts_lists.grid", "parts_lists.answers", "kept_list_answers.answers"),
    }
    done = await run(database.url, tmp_path, ADDRESS.lower(), "--also-accepted", "--yes")
    assert done.exit_code == 0, f"{done.output} {done.exc_info}"
    assert await found(database, ADDRESS, NAME) == set()
    async with database.read() as r:
        words = {*await r.value(sa.text("SELECT tsvector_to_array(words) FROM quote_search"))}
    assert words & {"ada", "buyer", "other"} == {"other"}
    assert (number := (await desk.found(accepted)).number) in done.stdout
    proved = await verify(database, tmp_path)
    assert proved.exit_code == 0, proved.stdout
    assert f"{number}: acceptance document of version 1: blanked on " in proved.stdout
    assert "everything matches. " in proved.stdout
    again = await run(database.url, tmp_path, ADDRESS, "--also-accepted", "--yes")
    assert (again.exit_code, "has nothing of this address" in again.stdout) == (0, True)


async def test_who_agreed_to_an_annulment_is_forgotten_too(
    desk: Desk, database: Database, accepted: str, tmp_path: Path
) -> None:
    """Name and reason are gone from command and mails, and a seal takes the place of what the event's digest was over."""
    await desk.do(accepted, "annul", {"reason": f"{NAME} needs none.", "agreed_with": NAME})
    await deliver(database, accepted)
    done = await run(database.url, tmp_path, ADDRESS, "--also-accepted", "--yes")
    assert done.exit_code == 0, f"{done.output} {done.exc_info}"
    assert await found(database, ADDRESS, NAME) == set()
    proved = await verify(database, tmp_path)
    assert proved.exit_code == 0, proved.stdout
    assert "(annul): blanked on " in proved.stdout


async def test_what_was_blanked_is_sealed_and_nothing_else_is_excused(
    database: Database, accepted: str, tmp_path: Path
) -> None:
    """Every kind of row is named with its digest of before. Another change beside a seal, or behind it, is found: a total,
    a document filled again, a signer put in, a seal taken away. So is blanking by hand.
    """
    before = {seal["place"]: seal for seal in await sealed(database, tmp_path)}
    assert before == {}
    await run(database.url, tmp_path, ADDRESS, "--also-accepted", "--yes")
    seals = {seal["place"].split(" ")[0]: seal for seal in await sealed(database, tmp_path)}
    assert set(seals) == {"quote", "acceptance", "version", "parties", "command", "file"}
    assert all(len(seal["held"]) == len(seal["since"]) == 64 for seal in seals.values())
    assert {seal["by"] for seal in seals.values()} == {"operator:firm_offer"}

    for change, undo, named in (
        (
            "UPDATE quote_versions SET total = total + 1",
            "UPDATE quote_versions SET total = total - 1",
            "version 1",
        ),
        (
            "UPDATE quote_versions SET content = jsonb_set(content, '{notes}', '\"as agreed\"')",
            "UPDATE quote_versions SET content = jsonb_set(content, '{notes}', '\"(forgotten)\"')",
            "version 1",
        ),
        (
            "UPDATE documents SET content = 'x' WHERE kind = 'quote'",
            "UPDATE documents SET content = ''",
            "quote document of version 1",
        ),
        (
            "UPDATE acceptances SET signer_name = 'Eve'",
            "UPDATE acceptances SET signer_name = NULL",
            "acceptance",
        ),
    ):
        await force(database, change)
        assert f": {named}: " in (proved := await verify(database, tmp_path, "--skip-documents")).stdout
        assert (proved.exit_code, "mismatches in 1 quote(s)" in proved.stdout) == (1, True), change
        await force(database, undo)
    assert (await verify(database, tmp_path, "--skip-documents")).exit_code == 0
    await force(
        database, "UPDATE quote_events SET data = data - 'rows' WHERE type = 'quote.person_forgotten'"
    )
    assert (await verify(database, tmp_path, "--skip-documents")).exit_code == 1


async def sealed(database: Database, tmp_path: Path) -> list[dict[str, Any]]:
    """What `verify` names as blanked."""
    told: list[dict[str, Any]] = json.loads((await verify(database, tmp_path, "--json")).stdout)["forgotten"]
    return told


async def test_a_record_that_was_tampered_with_is_not_blanked(
    database: Database, accepted: str, tmp_path: Path
) -> None:
    """Forgetting somebody would hide it: it is named instead, and nothing is changed."""
    await force(database, "UPDATE documents SET content = 'x' WHERE kind = 'acceptance'")
    held = await found(database, ADDRESS, NAME)
    refused = await run(database.url, tmp_path, ADDRESS, "--also-accepted", "--yes")
    assert refused.exit_code == 1
    assert "blanking would hide it (Q-" in refused.output
    assert "acceptance document of version 1: its bytes do not match" in refused.output
    assert await found(database, ADDRESS, NAME) == held


async def test_without_an_answer_and_in_a_dry_run_nothing_is_changed(
    database: Database, accepted: str, tmp_path: Path
) -> None:
    """What would be done is shown either way, with what it cannot do only when it was done."""
    held = await found(database, ADDRESS, NAME)
    dry = await run(database.url, tmp_path, ADDRESS, "--also-accepted", "--dry-run")
    asked = await run(database.url, tmp_path, ADDRESS, "--also-accepted", typed="n\n")
    assert (dry.exit_code, asked.exit_code) == (0, 1)
    for told in (dry.output, asked.output):
        assert f"{ADDRESS}, known as {NAME}." in told
        assert "2  documents and certificates: emptied, their digest stays" in told
    assert await found(database, ADDRESS, NAME) == held
    done = await run(database.url, tmp_path, ADDRESS, "--also-accepted", typed="y\n")
    assert (done.exit_code, "Not touched: backups" in done.output) == (0, True)


async def test_an_accepted_quote_is_kept_as_long_as_the_operator_says(
    desk: Desk, database: Database, accepted: str, tmp_path: Path
) -> None:
    """The quote stays whole and is named; the customer's row, of no quote, goes at once, and so does what is older."""
    number = (await desk.found(accepted)).number
    kept = await run(database.url, tmp_path, ADDRESS, "--yes")
    assert (kept.exit_code, f"{number}, accepted on " in kept.output) == (0, True)
    held = await found(database, ADDRESS, NAME)
    assert "customers.email" not in held
    assert {"acceptances.signer_name", "documents.content"} - held == {"documents.content"}
    assert (await sealed(database, tmp_path)) == []
    again = await run(database.url, tmp_path, ADDRESS, "--yes", "--keep-accepted", "0")
    assert (again.exit_code, await found(database, ADDRESS, NAME)) == (0, set())


async def test_a_person_on_a_live_offer_is_not_forgotten(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    """The quotes are named, whether open or with a mail on its way; once they have ended, it goes."""
    quote_id = await desk.sent(ADDRESS)
    number = (await desk.found(quote_id)).number
    for step in ("sent", "cancelled"):
        if step == "cancelled":
            await desk.do(quote_id, "cancel", {"reason": f"{NAME} called"})
        refused = await run(database.url, tmp_path, ADDRESS, "--yes")
        assert (refused.exit_code, f"have something under way: {number}." in refused.output) == (1, True)
    await deliver(database, quote_id)
    done = await run(database.url, tmp_path, ADDRESS, "--yes", "--name", NAME)
    assert (done.exit_code, await found(database, ADDRESS, NAME)) == (0, set())


async def test_a_name_alone_may_be_somebody_else_s(desk: Desk, database: Database, tmp_path: Path) -> None:
    """Where the address does not stand, the name is left, and the quote is named."""
    mine = await desk.sent(ADDRESS)
    await desk.do(mine, "accept", SIGNED)
    other = await desk.sent()
    await desk.do(other, "accept", {**FULL, "signer_name": NAME})
    for quote_id in (mine, other):
        await deliver(database, quote_id)
    done = await run(database.url, tmp_path, ADDRESS, "--yes", "--also-accepted")
    assert f"it may be somebody else's: {(await desk.found(other)).number}." in done.output
    async with database.read() as r:
        names = await r.rows(sa.text("SELECT signer_name, ip FROM acceptances ORDER BY signer_name"))
    assert [(row["signer_name"], row["ip"]) for row in names] == [(NAME, FULL["ip"]), (None, None)]


async def test_a_customer_s_name_is_the_person_s_only_where_somebody_says_so(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    """Who signs as the company does not take its name out of every quote; a refused creation is found without a quote."""
    customer = await desk.customer(name="Lovelace Works", email=ADDRESS)
    quote_id = await desk.sent(ADDRESS, customer_id=customer)
    await Documents(database, QuotePdf(Typesetter())).made(quote_id, 1, DocumentKind.QUOTE)
    await desk.do(quote_id, "accept", {**SIGNED, "signer_name": "Lovelace Works"})
    await deliver(database, quote_id)
    refused = await desk.store_create(customer_id=customer, notes=f"For {ADDRESS}")
    async with database.write() as w:
        await w.run(sa.text(REFUSED), {"id": refused.envelope.command_id})
    told = await run(database.url, tmp_path, ADDRESS, "--yes", "--also-accepted")
    assert "because a customer is called so: Lovelace Works." in told.output
    assert await found(database, ADDRESS) == set()
    assert await found(database, "Lovelace Works") == {
        *("customers.name", "customers.search", "quote_versions.customer_name")
    }
    assert (await run(database.url, tmp_path, ADDRESS, "--yes", "--name", "Lovelace Works")).exit_code == 0
    assert await found(database, "Lovelace Works") == {
        *("customers.name", "customers.search", "quote_versions.customer_name")
    }, "nothing leads to it any more: names count where the address stands"


async def test_an_ended_link_s_answers_are_blanked_by_who_sent_them(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    """Words, network address and browser of who came by the person's link go, whatever they say; the shop's words stay."""
    quote_id = await desk.sent(ADDRESS)
    async with database.read() as r:
        [link] = await list_links(r, quote_id)
    by_link = {"link_id": link.id, "recipient": ADDRESS, "ip": "203.0.113.77", "user_agent": "Odd/7"}
    await desk.do(quote_id, "reject", {**by_link, "reason": "My daughter is ill"}, actor=f"link:{link.id}")
    await deliver(database, quote_id)
    assert (await run(database.url, tmp_path, ADDRESS, "--yes")).exit_code == 0
    assert await found(database, "daughter", "203.0.113.77", "Odd/7", ADDRESS) == set()
    async with database.read() as r:
        [link] = await list_links(r, quote_id)
    assert link.revoked_at is not None
    assert (await verify(database, tmp_path)).exit_code == 0


async def test_the_product_s_role_can_forget_nobody(
    database: Database, desk: Desk, accepted: str, tmp_path: Path
) -> None:
    """It is told whose role it takes, and the rows written once stay as they are, whatever it sets."""
    await make_role(database.url)
    await asyncio.to_thread(migrate.upgrade, database.url, role=PRODUCT)
    held = await found(database, ADDRESS, NAME)
    refused = await run(as_product(database.url), tmp_path, ADDRESS, "--also-accepted", "--yes")
    assert (refused.exit_code, "Only the owner of the tables may forget somebody" in refused.output) == (
        1,
        True,
    )
    assert await found(database, ADDRESS, NAME) == held
    other = Database.connect(as_product(database.url))
    async with other.write() as w:
        await w.rows(sa.text("SELECT set_config('firm_offer.forgetting', 'on', true)"))
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="written once"):
            await w.run(sa.text("UPDATE quote_versions SET customer_name = NULL"))
    await other.close()


async def test_what_is_no_address_or_the_shop_s_own_is_refused(database: Database, tmp_path: Path) -> None:
    """One sentence, and the way out."""
    async with database.write() as w:
        await w.run(sa.text("UPDATE seller SET email = 'shop@shop.example'"))
    for words, told in (
        (("Ada",), "ADDRESS must be one email address"),
        ((ADDRESS, "--name", "Al"), "--name: a name needs 3 characters"),
        (("Shop@shop.example",), "This is the seller's own address"),
        ((ADDRESS,), "The record has nothing of this address."),
    ):
        assert told in (await run(database.url, tmp_path, *words)).output


async def test_a_backup_carries_seals_and_guards(
    postgres: Postgres, database: Database, accepted: str, tmp_path: Path
) -> None:
    """What is restored verifies as before, names nobody, and can be blanked by its owner alone as before."""
    await run(database.url, tmp_path, ADDRESS, "--also-accepted", "--yes")
    file = tmp_path / "dump"
    assert (await firm_offer("backup", file, "--data-dir", tmp_path)).exit_code == 0
    url = await postgres.create_database(f"restored_{uuid4().hex}")
    told = await firm_offer("restore", file, "--record-only", env={"DATABASE_URL": url})
    assert (told.exit_code, "acceptance: blanked on " in told.output) == (0, True), told.output
    restored = Database.connect(url)
    assert await found(restored, ADDRESS, NAME) == set()
    async with restored.write() as w:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="written once"):
            await w.run(sa.text("UPDATE acceptances SET signer_name = 'Eve'"))
    await restored.close()
