"""`firm-offer forget` where others stay: whose evidence it is goes on proving itself, and nobody is told of the mark."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from activities.documents import Documents
from adapters.db.database import Database
from adapters.db.quotes.links import list_links, shown_by_link
from adapters.db.quotes.repository import PgQuotes
from adapters.db.quotes.waiting import lost_mails
from adapters.db.record import outbox
from adapters.db.record.views import LinkView
from adapters.pdf.quotes import QuotePdf
from adapters.pdf.typesetter import Typesetter
from domain.canonical import canonical_json
from domain.presentation.document import DocumentKind
from domain.proof.evidence import Agreement
from domain.proof.forgotten import MARK
from domain.quotes.notices import DeliveryState, Refusal
from domain.quotes.payloads import AnnulPayload
from tests.integration.db.desk import Desk
from tests.integration.test_forget_command import ADDRESS, NAME, SIGNED, deliver, found, run
from tests.integration.test_verify_command import force
from tests.integration.test_verify_command import run as verify

OTHER = "a.signer@lovelace.example"
SIGNER = {"signer_name": "Otto Other", "signer_email": OTHER, "method": "online"}


async def links_of(database: Database, quote_id: str) -> dict[str, LinkView]:
    """By recipient."""
    async with database.read() as r:
        return {link.recipient: link for link in await list_links(r, quote_id)}


async def accept(desk: Desk, quote_id: str, link: LinkView, **told: str) -> None:
    """A yes by that link."""
    await desk.do(quote_id, "accept", {**told, "link_id": link.id, "recipient": link.recipient})


async def documented(database: Database, quote_id: str) -> None:
    """Quote and certificate are made, and every mail is out."""
    documents = Documents(database, QuotePdf(Typesetter()))
    await documents.made(quote_id, 1, DocumentKind.QUOTE)
    await documents.made(quote_id, 1, DocumentKind.ACCEPTANCE)
    await deliver(database, quote_id)


async def sizes(database: Database) -> dict[str, bool]:
    """Whether each kind of document has its content still."""
    async with database.read() as r:
        rows = await r.rows(sa.text("SELECT kind, content <> '' AS is_there FROM documents"))
    return {row["kind"]: row["is_there"] for row in rows}


async def forgotten(database: Database, tmp_path: Path, *more: str) -> None:
    """The person is in no column any more, and the record verifies."""
    done = await run(database.url, tmp_path, ADDRESS, "--also-accepted", "--yes", *more)
    assert done.exit_code == 0, done.output
    assert await found(database, ADDRESS, NAME) == set()
    proved = await verify(database, tmp_path)
    assert proved.exit_code == 0, proved.stdout


async def is_tried(database: Database, told: AnnulPayload) -> bool:
    """Whether the log holds a digest of this, by any salt that the record holds, or by none."""
    async with database.read() as r:
        salts = await r.rows(sa.text("SELECT payload->>'salt' AS own FROM commands WHERE name = 'annul'"))
        quotes = await r.rows(sa.text("SELECT salt FROM quotes"))
        log = str(await r.rows(sa.text("SELECT data FROM quote_events")))
    own = {Agreement.digest(replace(told, salt=salt)) for salt in (None, *(row["own"] for row in salts))}
    words = canonical_json({"agreed_with": told.agreed_with, "reason": told.reason}).encode()
    own |= {hashlib.sha256(bytes(row["salt"]) + words).hexdigest() for row in quotes}
    return any(digest in log for digest in own)


async def test_nobody_can_try_names_on_an_annulments_digests(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    """Whoever agreed and did not sign, and whoever was named besides: by no salt on record is a digest theirs any more, in
    an event or a seal. The signer's evidence stays as it was, and any other change is named.
    """
    eve = "eve@third.example"
    quote_id = await desk.sent(OTHER, ADDRESS, eve)
    await accept(desk, quote_id, (await links_of(database, quote_id))[OTHER], **SIGNER)
    told = AnnulPayload(reason="Eve Third needs none.", agreed_with="Bob Partner")
    await desk.do(quote_id, "annul", told.to_data())
    await documented(database, quote_id)
    assert await is_tried(database, told)
    await forgotten(database, tmp_path, "--name", "Bob Partner")
    without_bob = replace(told, agreed_with=MARK)
    assert [await is_tried(database, each) for each in (told, without_bob)] == [False, True]
    done = await run(database.url, tmp_path, eve, "--name", "Eve Third", "--also-accepted", "--yes")
    assert done.exit_code == 0, done.output
    assert [await is_tried(database, each) for each in (told, without_bob)] == [False, False]
    sealed = json.loads((await verify(database, tmp_path, "--json")).stdout)["forgotten"]
    assert {seal["place"].rsplit(" ", 1)[-1] for seal in sealed} == {"(annul)"}
    await force(
        database,
        """UPDATE commands SET payload = payload || '{"agreed_with": "Eve"}' WHERE name = 'annul'""",
    )
    assert "with whom it was agreed, do not match" in (await verify(database, tmp_path)).stdout


async def test_who_said_yes_too_late_goes_without_the_evidence_of_who_was_first(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    """The other's yes keeps salt, signer and certificate; of the refused one not even a digest is left."""
    quote_id = await desk.sent(OTHER, ADDRESS)
    links = await links_of(database, quote_id)
    await accept(desk, quote_id, links[OTHER], **SIGNER)
    await accept(desk, quote_id, links[ADDRESS], **{**SIGNED, "method": "online"})
    await documented(database, quote_id)
    await forgotten(database, tmp_path)
    assert await sizes(database) == {"quote": True, "acceptance": True}
    async with database.read() as r:
        kept = await r.row(sa.text("SELECT signer_email, link_id FROM acceptances"))
        payloads = await r.rows(sa.text("SELECT outcome, payload FROM commands WHERE name = 'accept'"))
    assert kept is not None
    assert dict(kept) == {"signer_email": OTHER, "link_id": links[OTHER].id}
    assert {row["outcome"]: "signer" in row["payload"] for row in payloads} == {
        "applied": True,
        "refused": False,
    }


async def test_who_is_named_in_another_s_order_goes_out_of_it(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    """The signer stays; what the evidence has in place of the order's number is sealed, and nothing else may stand there."""
    quote_id = await desk.sent(OTHER)
    told = {**SIGNER, "purchase_order_number": f"77 ({ADDRESS})"}
    await accept(desk, quote_id, (await links_of(database, quote_id))[OTHER], **told)
    await documented(database, quote_id)
    await forgotten(database, tmp_path)
    assert await sizes(database) == {"quote": True, "acceptance": False}
    sealed = json.loads((await verify(database, tmp_path, "--json")).stdout)["forgotten"]
    assert {seal["place"].split(" of ")[0].split(" 0")[0] for seal in sealed} == {
        *("acceptance", "acceptance document", "command")
    }
    async with database.read() as r:
        assert await r.value(sa.text("SELECT signer_email FROM acceptances")) == OTHER


async def test_a_mail_that_never_reached_the_person_is_no_trouble_any_more(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    """A signer's address that was refused had no link to close: with the person goes what the quote and the doctor say."""
    quote_id = await desk.sent(OTHER)
    await accept(
        desk, quote_id, (await links_of(database, quote_id))[OTHER], **{**SIGNED, "method": "online"}
    )
    async with database.write() as w:
        [confirmation] = [
            each for each in await outbox.list_messages(w, quote_id) if each.recipient == ADDRESS
        ]
        await outbox.mark_failed(w, confirmation.id, f"550 5.1.1 <{ADDRESS}>", refused=Refusal.ADDRESS)
    await deliver(database, quote_id)
    for state, lost in ((DeliveryState.FAILED, 1), (DeliveryState.OK, 0)):
        async with database.read() as r:
            view = await PgQuotes(r).find(quote_id)
            assert view is not None
            assert (view.delivery.state, len(await lost_mails(r))) == (state, lost)
        if lost:
            await forgotten(database, tmp_path)


@pytest.mark.parametrize("read_only", [[], [ADDRESS]])
async def test_a_colleague_is_not_named_to_who_showed_the_quote(
    desk: Desk, database: Database, tmp_path: Path, read_only: list[str]
) -> None:
    """Nor is the mark: of a quote that is opened again the page tells nothing of the colleague, who gets no more mails."""
    quote_id = await desk.sent(OTHER)
    link = (await links_of(database, quote_id))[OTHER]
    by = {"link_id": link.id, "recipient": OTHER}
    note = {"recipients": [ADDRESS], "message": f"Dear {NAME}"}
    await desk.do(quote_id, "share", {**note, **by}, actor=f"link:{link.id}", shown_version=1)
    await desk.do(quote_id, "resend", {"recipients": [ADDRESS], "read_only": read_only})
    await deliver(database, quote_id)
    await desk.save(await desk.expire(quote_id))
    await deliver(database, quote_id)
    async with database.read() as r:
        assert await shown_by_link(r, link) == (ADDRESS,)
    await forgotten(database, tmp_path, "--name", NAME)
    await desk.do(quote_id, "extend", {"valid_days": 60})
    async with database.read() as r:
        assert await shown_by_link(r, link) == ()
        view = await PgQuotes(r).find(quote_id)
        assert view is not None
        assert [reader.address for reader in view.readers] == [OTHER]
        mails = await outbox.list_messages(r, quote_id)
    assert [each.recipient for each in mails if each.kind == "extended"] == [OTHER]


async def test_a_price_that_an_earlier_program_left_in_a_command_goes_too(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    """Only today's decisions empty it."""
    quote_id = await desk.sent(ADDRESS)
    async with database.write() as w:
        left = sa.text("UPDATE commands SET priced = CAST(:told AS jsonb) WHERE name = 'create'")
        await w.run(left, {"told": json.dumps({"notes": f"For {ADDRESS}"})})
    await desk.do(quote_id, "cancel", {"reason": "Not needed"})
    await deliver(database, quote_id)
    await forgotten(database, tmp_path)
