"""`firm-offer verify` sets documents again: one exchanged with its event and its chain is named, and nothing else."""

import json
from pathlib import Path

import pytest
import pytest_asyncio
import sqlalchemy as sa

from activities import documents
from activities.documents import Documents, edition
from adapters.db.database import Database
from adapters.pdf.quotes import QuotePdf
from adapters.pdf.typesetter import Typesetter
from domain.presentation.document import DocumentKind
from tests.integration.db.desk import Desk
from tests.integration.db.test_acceptance import FULL
from tests.integration.test_checkpoint_command import rewrite
from tests.integration.test_verify_command import force, run

LINE = "1 quote(s), {} event(s), 1 version(s) checked: everything matches."


@pytest_asyncio.fixture
async def accepted(database: Database, desk: Desk) -> str:
    """An accepted quote with both its documents."""
    quote_id = await desk.sent()
    setter = Documents(database, QuotePdf(Typesetter()))
    await setter.made(quote_id, 1, DocumentKind.QUOTE)
    await desk.do(quote_id, "accept", FULL)
    await setter.made(quote_id, 1, DocumentKind.ACCEPTANCE)
    return quote_id


async def test_what_the_record_says_makes_the_same_bytes(
    database: Database, accepted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are set again to the byte, by another edition too where it sets the same; a document that was exchanged with
    its event, in a chain made anew, is named.
    """
    sound = await run(database, tmp_path)
    assert sound.stdout == f"{LINE.format(5)} 2 document(s) set again.\n"
    monkeypatch.setattr(documents, "edition", lambda: "another")
    assert (await run(database, tmp_path)).stdout == sound.stdout
    monkeypatch.undo()

    change = "data = data || jsonb_build_object('sha256', encode(sha256('another'), 'hex'))"
    where = "quote_id = :id AND type = 'quote.document_made' AND data ->> 'kind' = 'acceptance'"
    await force(database, f"UPDATE quote_events SET {change} WHERE {where}", id=accepted)  # noqa: S608 - literals
    await force(
        database,
        "UPDATE documents SET content = 'another', sha256 = encode(sha256('another'), 'hex') "
        "WHERE quote_id = :id AND kind = 'acceptance'",
        id=accepted,
    )
    await rewrite(database, accepted)
    assert (await run(database, tmp_path, "--skip-documents")).stdout == f"{LINE.format(5)}\n"
    found = await run(database, tmp_path)
    assert found.exit_code == 1
    assert "acceptance document of version 1: set again from the record, it has other bytes" in found.stdout
    monkeypatch.setattr(documents, "edition", lambda: "another")
    told = await run(database, tmp_path)
    assert (told.exit_code, "1 of them not comparable" in told.stdout) == (0, True)


async def test_a_record_that_nothing_can_be_set_from_is_a_mismatch(
    database: Database, accepted: str, tmp_path: Path
) -> None:
    """What was taken away is told as what was exchanged: beside the parties' digest, both documents."""
    await force(database, "UPDATE quote_versions SET seller = '[]' WHERE quote_id = :id", id=accepted)
    more = []
    for words in ((), ("--skip-documents",)):
        found = await run(database, tmp_path, "--json", *words)
        (broken,) = json.loads(found.stdout)["broken"]
        assert (found.exit_code, broken["place"]) == (1, "parties of version 1")
        more.append(broken["more"])
    assert more == [2, 0]


async def test_each_document_names_its_edition(database: Database, accepted: str) -> None:
    """In the event, and so in the chain: typesetter and a digest of what decides the bytes."""
    asked = "SELECT data ->> 'made_by' AS made_by FROM quote_events WHERE quote_id = :id AND type = 'quote.document_made'"
    async with database.read() as r:
        rows = await r.rows(sa.text(asked), {"id": accepted})
    assert [row["made_by"] for row in rows] == [edition()] * 2
    assert edition().startswith("typst 0.")
